"""`advise`: what the memory itself shows about its sources, and the settings that would follow from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundfact.config.config import Config
from groundfact.pipeline.advice.agreement import Agreement
from groundfact.pipeline.advice.cases import Case, cases_of
from groundfact.pipeline.advice.known import Audited, audited, known_of, set_aside
from groundfact.pipeline.advice.mirrors import Suspicion, suspicions
from groundfact.pipeline.advice.told import Advised, told
from groundfact.pipeline.advice.trying import Trier
from groundfact.pipeline.advice.walk import Progress, groups, spoken
from groundfact.pipeline.deciding.learning import Judged
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.reading.reader import Reader
from groundfact.protocols import Compares

__all__ = ["advise", "declared", "linking", "suspected"]


@dataclass
class _Seen:
    """What one walk over everything leaves."""

    agreement: Agreement = field(default_factory=Agreement)
    cases: list[Case] = field(default_factory=list)
    aside: list[Judged] = field(default_factory=list)
    stewards: int = 0
    """Facts on which a steward has decided."""
    entities: int = 0


def advise(reader: Reader, config: Config, rows: Iterable[Audited], progress: Progress) -> dict[str, Any]:
    """All advice, from what everybody may see; the same for the same memory."""
    sample = audited(reader, rows)
    seen = _Seen()
    for group in groups(reader, progress):
        plan = reader.plans[group.kind]
        said = spoken(plan, group.systems) if len(group.systems) > 1 else {}
        known = known_of(plan, group, sample.known) if group.told or sample.known else {}
        seen.entities += 1
        seen.stewards += sum(one.by != "audit" for one in known.values())
        seen.agreement.add(group.kind, said, {name: one.key for name, one in known.items()})
        seen.cases += cases_of(plan, group, known, reader.now)
        seen.aside += [Judged(f"{group.kind}.{name}", source, False) for name, source in set_aside(plan, group)]
    trier = Trier(reader.plans, config.plugins, seen.aside)
    found = _suspected(seen.agreement, reader.plans, config)
    enough = trier.tried(seen.cases)
    trust = trier.trust(seen.cases) if enough else {}
    return told(
        config,
        Advised(seen.entities, seen.agreement, found, sample, seen.stewards, seen.cases, enough, trust),
    )


def suspected(reader: Reader, config: Config, progress: Progress) -> Sequence[Suspicion]:
    """The suspicions alone, for whoever only wants to know who copies whom."""
    agreement = Agreement()
    for group in groups(reader, progress):
        if len(group.systems) > 1:
            plan = reader.plans[group.kind]
            known = known_of(plan, group, {}) if group.told else {}
            right = {name: one.key for name, one in known.items()}
            agreement.add(group.kind, spoken(plan, group.systems), right)
    return _suspected(agreement, reader.plans, config)


def _suspected(agreement: Agreement, plans: Mapping[str, KindPlan], config: Config) -> Sequence[Suspicion]:
    return suspicions(agreement, linking(plans), declared(config))


def linking(plans: Mapping[str, KindPlan]) -> Collection[tuple[str, str]]:
    """Attributes that records are linked by, and ids: in those, one entity's records agree whoever copies whom."""
    return {
        (kind, name)
        for kind, plan in plans.items()
        for name in (*_matched(plan), *(name for name, spec in plan.kind.attributes.items() if spec.type == "id"))
    }


def _matched(plan: KindPlan) -> Iterator[str]:
    for _, matcher in plan.identity.matchers:
        yield from matcher.attributes if not isinstance(matcher, Compares) else ()


def declared(config: Config) -> Collection[tuple[str, str]]:
    """Copy and origin, where the YAML says so already for the whole source."""
    return {(name, source.mirror_of) for name, source in config.root.sources.items() if source.mirror_of is not None}
