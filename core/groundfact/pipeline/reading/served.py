"""A fact as it is handed out: never a superseded value, never a stale one where it must be current."""

from __future__ import annotations

from typing import Any

from groundfact.model import Claim, Fact, Freshness, Target
from groundfact.model.times import iso, span
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.spans import last_day, out_of_time
from groundfact.pipeline.reading.stewarded import contested_entry

__all__ = ["MOST_SIDES", "claim_entry", "confidence", "served_fact", "served_facts"]

MOST_SIDES = 5
"""Of a conflict, the first in their order: of hundreds, the others would only crowd everything else out."""


def served_facts(reader: Reader, view: EntityView) -> list[dict[str, Any]]:
    """The facts of an entity that are shown, in the vocabulary's order."""
    attributes = reader.plans[view.kind].kind.attributes
    return [served_fact(reader, view, name) for name in view.facts if not attributes[name].hidden]


def served_fact(reader: Reader, view: EntityView, attribute: str) -> dict[str, Any]:
    """One fact with its source, its times, its freshness and how sure it is."""
    fact = view.facts[attribute]
    spec = reader.plans[view.kind].kind.attributes[attribute]
    label = spec.label or attribute.replace("_", " ").capitalize()
    status = fact.status
    entry: dict[str, Any] = {"attribute": attribute, "label": label, "status": status, "rule": fact.rule}
    if status == "unknown":
        ask = f"What is right for {view.title}, {label}?"
        return {**entry, "value": None, "confidence": "none", **out_of_time(fact), "ask": ask}
    if status == "conflict":
        if spec.on_conflict == "hide":
            return {**entry, "status": "unknown", "value": None, "confidence": "none"}
        sides = conflict_sides(fact)
        if spec.on_conflict != "ask":
            entry |= _sides(reader, view.kind, attribute, sides)
        return {**entry, "value": None, "confidence": "none", "ask": _question(reader, view, attribute, label, sides)}
    claims = fact.claims
    fresh = reader.freshness(view.kind, attribute, claims[0])
    entry |= _told(claims[0], fresh, reader.now)
    entry["value"] = fact.value
    entry["sources"] = sorted({claim.source for claim in claims})
    entry["confidence"] = confidence(fact, fresh)
    if fact.rule == "prefer":
        # Only the claims that the rules left are sides; what lost before is superseded.
        other = [loser.claim for loser in fact.losers if loser.code == "not_preferred"]
        sides = conflict_sides(fact._replace(claims=[fact.claims[0], *other]))
        entry.update(disputed=True, ask=_question(reader, view, attribute, label, sides))
    if fact.contested:
        sides = conflict_sides(fact._replace(claims=[fact.claims[0], *fact.contested]))
        entry.update(contested_entry(fact), ask=_question(reader, view, attribute, label, sides))
    if fresh.withheld:
        entry.update(status="unconfirmed", last_known=fact.value, value=None, confidence="none")
    return entry


def conflict_sides(fact: Fact) -> list[Claim]:
    """One claim for each value of a conflict."""
    sides: dict[Any, Claim] = {}
    for claim in fact.claims:
        sides.setdefault(claim.key, claim)
    return list(sides.values())


def claim_entry(reader: Reader, kind: str, attribute: str, claim: Claim) -> dict[str, Any]:
    """Who says it, since when, last confirmed when, and how fresh that is."""
    return _told(claim, reader.freshness(kind, attribute, claim), reader.now)


def _sides(reader: Reader, kind: str, attribute: str, sides: list[Claim]) -> dict[str, Any]:
    told: dict[str, Any] = {"sides": [_side(reader, kind, attribute, claim) for claim in sides[:MOST_SIDES]]}
    return {**told, "more_sides": len(sides) - MOST_SIDES} if len(sides) > MOST_SIDES else told


def _side(reader: Reader, kind: str, attribute: str, claim: Claim) -> dict[str, Any]:
    """One side of a conflict; what is too old to be the value is no better for being disputed."""
    entry = claim_entry(reader, kind, attribute, claim)
    if reader.freshness(kind, attribute, claim).withheld:
        entry.update(value=None, last_known=claim.value)
    return entry


def _told(claim: Claim, fresh: Freshness, now: int) -> dict[str, Any]:
    entry = {
        "value": claim.value,
        "source": claim.source,
        "record": f"{claim.stream}/{claim.record}",
        "changed_at": iso(claim.changed_at),
        "changed": "at_latest" if claim.at_latest else "exactly",
        "verified_at": iso(claim.verified_at),
        "freshness": fresh.status,
    }
    if isinstance(claim.value, Target):
        entry["target"] = {"id": claim.value.id, "kind": claim.value.kind}
    if claim.valid_to is not None:
        entry["valid_until"] = last_day(claim.valid_to)
    if fresh.why:
        entry["why"] = fresh.why
        if fresh.since is not None:
            entry["age"] = span(now - fresh.since)
            entry["age_of"] = "change" if fresh.since == claim.changed_at else "confirmation"
    return entry


def confidence(fact: Fact, fresh: Freshness) -> str:
    """How sure an answer is.

    high: two or more sources agree, nobody disagrees, and it is not stale; a copy of another source is not counted.
    medium: one source says it, or a rule decided between several. low: it is stale, only inferred, doubtful, or
    merely the latest side of a conflict, or contested. none: a conflict, unknown, or unconfirmed where it must be
    current.
    """
    if fact.status != "known":
        return "none"
    claims, first = fact.claims, fact.claims[0]
    if fact.rule == "prefer" or fact.contested or fresh.status in ("stale", "unknown"):
        return "low"
    if (first.inferred or first.doubtful) and all([claim.inferred or claim.doubtful for claim in claims]):
        return "low"
    if len(claims) == 1 or (fact.losers and any([loser.claim.key != first.key for loser in fact.losers])):
        return "medium"
    if len({claim.source for claim in claims if not claim.inferred}) < 2:
        return "medium"
    return "high" if all([claim.key == first.key for claim in claims]) else "medium"


def _question(reader: Reader, view: EntityView, attribute: str, label: str, sides: list[Claim]) -> str:
    told = []
    for claim in sides[:MOST_SIDES]:
        last = "last known " if reader.freshness(view.kind, attribute, claim).withheld else ""
        told.append(f"{last}{claim.value} ({claim.source}{_dated(claim)})")
    if len(sides) > MOST_SIDES:
        told.append(f"one of {len(sides) - MOST_SIDES} other values")
    return f"What is right for {view.title}, {label}: {', '.join(told[:-1])} or {told[-1]}?"


def _dated(claim: Claim) -> str:
    return f", {(iso(claim.changed_at) or '')[:10]}" if claim.changed_at is not None else ""
