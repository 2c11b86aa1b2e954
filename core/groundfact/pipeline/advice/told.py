"""Advice as it is handed out: numbers, sentences, and the lines of YAML that would follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.config.config import Config
from groundfact.config.suggested import Setting, difference, snippet, text_of, with_settings
from groundfact.pipeline.advice.agreement import Agreement
from groundfact.pipeline.advice.cases import Case, judgements
from groundfact.pipeline.advice.known import Sample
from groundfact.pipeline.advice.mirrors import Suspicion
from groundfact.pipeline.advice.trying import LEAST, LEAST_EACH, Tried, Trust

__all__ = ["Advised", "attribute_path", "mirror_settings", "told", "why_copy"]


class Advised(NamedTuple):
    """Everything that was found."""

    entities: int
    agreement: Agreement
    mirrors: Sequence[Suspicion]
    sample: Sample
    stewards: int
    cases: Sequence[Case]
    tried: Sequence[Tried]
    trust: Trust


def told(config: Config, found: Advised) -> dict[str, Any]:
    """The advice as plain data; `yaml` is the whole file with every suggestion in it."""
    text = text_of(config.path)
    origins = {name: source.mirror_of for name, source in config.root.sources.items() if source.mirror_of}
    mirrors, settings = [], []
    for suspicion in found.mirrors:
        own = mirror_settings(config, suspicion, origins)
        settings += own if suspicion.sure else []
        mirrors.append(_mirror(config, text, suspicion, own))
    rules = []
    for tried in found.tried:
        setting = Setting((*attribute_path(config, tried.kind, tried.attribute), "survivorship"), tried.survivorship)
        settings += [] if tried.why_not else [setting]
        rules.append(_rule(config, text, tried, setting))
    whole = with_settings(text, settings)
    return {
        "entities": found.entities,
        "agreement": _matrix(found.agreement),
        "mirrors": mirrors,
        "known": _known(found),
        "trust": _trust(found),
        "rules": rules,
        "diff": difference(text, whole, config.path.name),
        "yaml": whole if settings else "",
    }


def _matrix(agreement: Agreement) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind, "attribute": attribute, "one": one, "other": other,
            "both": pair.both, "agree": pair.agree, "share": round(pair.agree / pair.both, 4),
        }
        for (kind, attribute, one, other), pair in sorted(agreement.pairs.items())
    ]  # fmt: skip


def _mirror(config: Config, text: str, found: Suspicion, settings: Sequence[Setting]) -> dict[str, Any]:
    counts = found.counts
    return {
        "copy": found.copy,
        "origin": found.origin,
        "attributes": {kind: list(names) for kind, names in found.attributes.items()},
        "whole": found.whole,
        "sure": "likely" if found.sure else "possible",
        "direction": "by change times" if found.directed else "unknown",
        "both": counts.both,
        "agree": counts.agree,
        "mistakes": counts.wrong,
        "mistakes_shared": counts.wrong_alike,
        "why": why_copy(found),
        "where": config.where(*settings[0].path) if settings else "",
        "lines": snippet(settings),
        "diff": difference(text, with_settings(text, settings), config.path.name),
    }


def why_copy(found: Suspicion) -> str:
    """The evidence in one sentence."""
    counts = found.counts
    alike = f"says the same as {found.origin} in {counts.agree} of {counts.both} facts"
    if found.sure:
        alike += f", also in {counts.wrong_alike} of {counts.wrong} where one of them is wrong"
    else:
        alike += f", letter by letter in {counts.spelt}"
    if not found.directed:
        return f"{found.copy} {alike}; who copies whom cannot be told"
    return f"{found.copy} {alike}, and changes later"


def mirror_settings(config: Config, found: Suspicion, origins: dict[str, str]) -> list[Setting]:
    """What would declare a copy; nothing where its direction is unknown, or it would copy itself by way of others.

    `origins` grows by what is declared.
    """
    if not found.directed:
        return []
    if not found.whole:
        return [
            Setting((*attribute_path(config, kind, name), "mirrors", found.copy), found.origin)
            for kind, names in found.attributes.items()
            for name in names
        ]
    way, name = {found.copy}, found.origin
    while name not in way and name in origins:
        way.add(name)
        name = origins[name]
    if name in way or found.copy in origins:
        return []
    origins[found.copy] = found.origin
    return [Setting(("sources", found.copy, "mirror_of"), found.origin)]


def attribute_path(config: Config, kind: str, attribute: str) -> tuple[str, ...]:
    """Where the YAML speaks of an attribute, or would."""
    own = config.root.kinds.get(kind)
    changed = attribute in config.root.attributes.get(kind, {})
    if own is not None and attribute in own.attributes and not changed:
        return ("kinds", kind, "attributes", attribute)
    return ("attributes", kind, attribute)


def _known(found: Advised) -> dict[str, Any]:
    by = Counter(case.known.by == "audit" for case in found.cases)
    return {
        "audited": by[True],
        "stewards": by[False],
        "needed": LEAST,
        "needed_of_an_attribute": LEAST_EACH,
        "enough": len(found.cases) >= LEAST,
        "by_attribute": dict(sorted(Counter(case.place for case in found.cases).items())),
        "not_used": found.sample.unused,
        "problems": list(found.sample.skipped),
    }


def _trust(found: Advised) -> list[dict[str, Any]]:
    """Only where a source was seen: what was borrowed for the others is nobody's record."""
    if not found.trust:
        return []
    tally: Counter[tuple[str, str]] = Counter()
    good: Counter[tuple[str, str]] = Counter()
    for case in found.cases:
        for one in judgements(case):
            tally[one.attribute, one.source] += 1
            good[one.attribute, one.source] += one.right
    return [
        {
            "kind": place.partition(".")[0], "attribute": place.partition(".")[2], "source": source,
            "known": count, "right": good[place, source], "trust": round(found.trust[place][source], 1),
        }
        for (place, source), count in sorted(tally.items())
    ]  # fmt: skip


def _rule(config: Config, text: str, tried: Tried, setting: Setting) -> dict[str, Any]:
    suggested: Mapping[str, Any] = {}
    if not tried.why_not:
        suggested = {
            "survivorship": tried.survivorship,
            "where": config.where(*setting.path),
            "lines": snippet([setting]),
            "diff": difference(text, with_settings(text, [setting]), config.path.name),
        }
    return {
        "kind": tried.kind,
        "attribute": tried.attribute,
        "known": tried.known,
        "right_now": round(tried.now, 4),
        "right_then": round(tried.then, 4),
        "gain": round(tried.then - tried.now, 4),
        "better": tried.better,
        "worse": tried.worse,
        "suggested": not tried.why_not,
        "why_not": tried.why_not,
        **suggested,
    }
