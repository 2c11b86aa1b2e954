"""Why a value is believed: the winner, every loser with its reason, the rule, the margin, and what would flip it."""

from __future__ import annotations

from typing import Any

from groundfact.errors import Denied, UnknownName
from groundfact.model import Claim, Fact
from groundfact.pipeline.reader import EntityView, Reader
from groundfact.pipeline.resolution import MARKS
from groundfact.pipeline.served import claim_entry, conflict_sides, served_fact

__all__ = ["explain"]


def explain(reader: Reader, view: EntityView, attribute: str, digest: str) -> dict[str, Any]:
    """The explanation of one fact, from visible claims alone. `digest` names the rules it was decided by."""
    kind = reader.plans[view.kind].kind
    if attribute not in kind.attributes:
        from rapidfuzz import process

        near = [match[0] for match in process.extract(attribute, list(kind.attributes), limit=3, score_cutoff=60)]
        hint = f"nearest: {', '.join(near)}" if near else f"{view.kind} has: {', '.join(kind.attributes)}"
        raise UnknownName(f"{view.kind} has no attribute {attribute!r}", near=near, hint=hint)
    if reader.access.decide(view.kind, attribute) != "permit":
        # The same words whether or not anything is known.
        raise Denied(
            f"{reader.access.principal} may not see {view.kind}.{attribute}",
            hint="ask somebody who may, or change `policies:`",
        )
    told: dict[str, Any] = {"kind": view.kind, "id": view.id, "name": view.title, "rules": digest[:12]}
    fact = view.facts.get(attribute)
    if fact is None:
        told["fact"] = {"attribute": attribute, "status": "unknown", "value": None, "confidence": "none"}
        return {
            **told,
            "because": "no source that may be seen says anything about it",
            "flips": ["if any source states it"],
        }
    told["fact"] = served_fact(reader, view, attribute)
    told["chain"] = [name for name, _ in reader.plans[view.kind].chains[attribute].rules]
    told["because"] = _because(fact)
    if fact.margin:
        told["margin"] = fact.margin
    first = conflict_sides(fact) if fact.status == "conflict" else fact.claims[:1]
    told["winner"] = _entry(reader, view, attribute, fact.claims[0]) if fact.status == "known" else None
    told["agree"] = [_entry(reader, view, attribute, c) for c in fact.claims if c not in first]
    told["losers"] = [
        {**_entry(reader, view, attribute, loser.claim), "rule": loser.rule, "reason": loser.code}
        for loser in fact.losers
    ]
    told["flips"] = list(fact.flips) or _default_flips(fact)
    return told


def _entry(reader: Reader, view: EntityView, attribute: str, claim: Claim) -> dict[str, Any]:
    entry = claim_entry(reader, view.kind, attribute, claim)
    for record in view.records:
        if record.rec == claim.record and record.url:
            entry["url"] = record.url
        if record.rec == claim.record and MARKS in record.attributes:
            entry.update(
                {key: record.attributes[MARKS][key] for key in ("by", "reason") if key in record.attributes[MARKS]}
            )
    return entry


def _because(fact: Fact) -> str:
    if fact.status == "conflict":
        return f"the rules leave {len(conflict_sides(fact))} values standing; nothing is guessed"
    if fact.status == "unknown":
        return f"{fact.rule} believes none of the claims"
    if fact.rule == "only_claim":
        return "it is the only claim that counts" if fact.losers else "it is the only claim"
    if fact.rule == "prefer":
        return "the rules leave several values standing; the latest is preferred"
    if fact.rule == "correction":
        return "somebody who may set facts right corrected it"
    if fact.rule == "stated_over_inferred":
        return "somebody states it; the others only infer"
    if fact.rule == "unanimous":
        return f"all {len(fact.claims)} claims agree"
    return f"{fact.rule} decided"


def _default_flips(fact: Fact) -> list[str]:
    if fact.status == "conflict" or fact.rule == "prefer":
        return ["if the sources come to agree, or the attribute gets a rule that decides between them"]
    return ["if another source states something else"]
