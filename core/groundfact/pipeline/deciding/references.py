"""References read with the links that the asker may see: from what a record says to the entity that it means.

This happens before the claims are compared, so that two sources which name one parent by different ids agree. What
nothing visible answers to is nobody, whether it is hidden or not there: the two must not look different.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from groundfact.model import Fact, Loser, Target
from groundfact.pipeline.deciding.chains import Chains
from groundfact.pipeline.deciding.claims import RecordClaims, claims_about, claims_of
from groundfact.pipeline.deciding.decide import ordered
from groundfact.pipeline.deciding.naming import chains_for, title_of
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.resolution import resolve
from groundfact.pipeline.identity.reference_keys import Referring
from groundfact.store import reading, relations
from groundfact.store.engine import Tx
from groundfact.store.reading import View, VisibleRecord
from groundfact.vocabulary import Attribute, reference_parts

__all__ = ["Fallen", "Look", "References", "with_fallen"]

_RULE = "reference"
"""What a claim is told to have lost by that refers to nothing known, or to itself."""
_AHEAD = 256
Named = tuple[str, str, str]
"""The kind of what is meant, the source that says it, and the reference as it is stored."""


class Look(NamedTuple):
    """What a reader looks at, and when."""

    tx: Tx
    view: View
    plans: Mapping[str, KindPlan]
    verified: Mapping[int, int]
    """By stream, up to when all its records are confirmed."""
    now: int


class Fallen(NamedTuple):
    """Claims of one attribute that cannot be compared with the others, each with its reason."""

    attribute: str
    losers: Sequence[Loser]


class References:
    """What the references in the records that a reader sees lead to."""

    def __init__(
        self,
        look: Look,
        shown: Callable[[KindPlan], Mapping[str, Attribute]],
        records_of: Callable[[Collection[str]], Sequence[VisibleRecord]],
    ) -> None:
        self._look, self._shown, self._records_of = look, shown, records_of
        self._of = {name: plan.identity.referring for name, plan in look.plans.items()}
        self._known: dict[Named, Target] = {}
        self._naming: dict[str, Chains] = {}
        self._streams = {(row.source, row.name): row.id for row in look.view.streams.values()}

    def ahead(self, groups: Iterable[list[VisibleRecord]]) -> Iterator[list[VisibleRecord]]:
        """The groups, with what many of them refer to looked up before the first is handed on."""
        for part in _parts(groups):
            self.learn(record for group in part for record in group)
            yield from part

    def learn(self, records: Iterable[VisibleRecord]) -> None:
        """Look up what records refer to, all at once; asking one by one would cost a query each."""
        wanted: set[Named] = set()
        for record in records:
            referring = self._of[record.kind]
            if referring:
                wanted |= self._said(referring, self._look.view.streams[record.stream].source, record.attributes)
        self._look_up(wanted - self._known.keys())

    def _said(self, referring: Referring, source: str, attributes: Mapping[str, object]) -> set[Named]:
        return {(to, source, str(attributes[name])) for name, to in referring if attributes.get(name) is not None}

    def _look_up(self, wanted: Collection[Named]) -> None:
        by_kind: dict[str, list[Named]] = defaultdict(list)
        for named in wanted:
            by_kind[named[0]].append(named)
        meant: dict[Named, str] = {}
        for kind, group in by_kind.items():
            meant |= self._entities(kind, group)
        names = self._names(set(meant.values()))
        for named in wanted:
            entity = meant.get(named, "")
            known = entity in names
            kind, _, said = named
            self._known[named] = Target(names[entity], entity, kind, said) if known else Target.nobody(kind, said)

    def _entities(self, kind: str, group: Sequence[Named]) -> dict[Named, str]:
        look, records, keys, ids = self._look, {}, {}, {}
        for named in group:
            form, first, second = reference_parts(named[2])
            if form == "key":
                keys[named] = f"{first}={second}"
            elif form == "id":
                ids[named] = second
            elif (named[1], first) in self._streams:
                records[named] = (self._streams[named[1], first], second)
        behind = relations.entities_behind(look.tx, look.view, kind, set(records.values())) if records else {}
        found = {named: behind[record] for named, record in records.items() if record in behind}
        if keys:
            asked = {key: (key, f"~{key}") for key in keys.values()}
            holders = relations.holders_of(look.tx, look.view, kind, asked)
            # A key that several have says of none of them that it is meant.
            found |= {named: holders[key][0] for named, key in keys.items() if len(holders.get(key, ())) == 1}
        return found | {named: entity for named, old in ids.items() if (entity := self._now_called(kind, old))}

    def _now_called(self, kind: str, entity: str) -> str | None:
        look = self._look
        if not entity.startswith(f"{kind}-"):
            return None
        if self._records_of([entity]):
            return entity
        return next(iter(reading.who_was_called(look.tx, look.view, entity)), None)

    def _names(self, entities: Collection[str]) -> dict[str, str]:
        """What entities are called by what the asker may see of them."""
        groups: dict[str, list[VisibleRecord]] = defaultdict(list)
        for record in self._records_of(entities) if entities else ():
            groups[record.entity].append(record)
        return {entity: self._name(group) for entity, group in groups.items()}

    def _name(self, group: list[VisibleRecord]) -> str:
        look = self._look
        plan = look.plans[group[0].kind]
        if plan.name not in self._naming:
            self._naming[plan.name] = chains_for(plan, [plan.kind.title])
        claims = claims_of(group, look.view.streams, look.verified)
        shown, chains = self._shown(plan), self._naming[plan.name]
        return title_of(plan, resolve(plan.name, shown, chains, claims, look.now, explained=False), group)

    def read(self, kind: str, claims: Sequence[RecordClaims]) -> Sequence[RecordClaims]:
        """The claims with what their references mean in place of what they say."""
        referring = self._of[kind]
        if not referring:
            return claims
        self._look_up({n for c in claims for n in self._said(referring, c.source, c.attributes)} - self._known.keys())
        return [self._read(referring, claim) for claim in claims]

    def _read(self, referring: Referring, claim: RecordClaims) -> RecordClaims:
        own = claim.attributes
        meant = {n: self._known[to, claim.source, str(own[n])] for n, to in referring if own.get(n) is not None}
        return claim._replace(attributes={**own, **meant}) if meant else claim

    def standing(
        self, plan: KindPlan, entity: str, claims: Sequence[RecordClaims]
    ) -> tuple[Sequence[RecordClaims], Sequence[Fallen]]:
        """The claims without those that refer to nothing known, or to the entity itself: a parent is another one."""
        fallen: list[Fallen] = []
        for name, _ in self._of[plan.name]:
            lost = [claim for claim in claims if _leads_nowhere(claim.attributes.get(name), entity)]
            if lost and name in self._shown(plan):
                told = claims_about(name, "reference", lost)
                codes = ["names_itself" if claim.value.id else "target_not_known" for claim in told]
                losers = [Loser(claim, _RULE, code) for claim, code in zip(told, codes, strict=True)]
                fallen.append(Fallen(name, losers))
            for claim in lost:
                left = {key: value for key, value in claim.attributes.items() if key != name}
                claims = [one._replace(attributes=left) if one is claim else one for one in claims]
        return claims, fallen


def _parts(groups: Iterable[list[VisibleRecord]]) -> Iterator[list[list[VisibleRecord]]]:
    walk = iter(groups)
    while part := list(islice(walk, _AHEAD)):
        yield part


def _leads_nowhere(value: object, entity: str) -> bool:
    return isinstance(value, Target) and value.id in ("", entity)


def with_fallen(plan: KindPlan, facts: dict[str, Fact], fallen: Sequence[Fallen]) -> dict[str, Fact]:
    """The facts with the claims that could not be compared among their losers."""
    for attribute, losers in fallen:
        fact = facts.get(attribute)
        if fact is None:
            facts[attribute] = Fact(attribute, "unknown", None, (), ordered(losers), _RULE)
        else:
            facts[attribute] = fact._replace(losers=ordered([*fact.losers, *losers]))
    return {name: facts[name] for name in plan.kind.attributes if name in facts} if fallen else facts
