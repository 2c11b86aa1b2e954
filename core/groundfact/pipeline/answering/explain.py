"""Why a value is believed: the winner, every loser with its reason, the rule, the margin, and what would flip it."""

from __future__ import annotations

from typing import Any

from groundfact.errors import Denied, UnknownName
from groundfact.model import Claim, Fact
from groundfact.model.reasons import reason_of
from groundfact.model.times import iso
from groundfact.pipeline.answering.foremost import told_of
from groundfact.pipeline.deciding.flips import flips_of
from groundfact.pipeline.deciding.resolution import MARKS
from groundfact.pipeline.reading.evidence import Evidence
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import claim_entry, conflict_sides, served_fact
from groundfact.pipeline.reading.spans import aged
from groundfact.pipeline.reading.stewarded import stewarded

__all__ = ["earliest", "explain"]


def explain(reader: Reader, view: EntityView, attribute: str, digest: str) -> dict[str, Any]:
    """The explanation of one fact, from visible claims alone. `digest` names the rules it was decided by."""
    _permitted(reader, view, attribute)
    told: dict[str, Any] = {"kind": view.kind, "id": view.id, "name": view.title, "rules": digest[:12]}
    if reader.as_of is not None:
        told["as_of"] = iso(reader.as_of)
    fact = reader.explained(view).get(attribute)
    return {**told, **(_unknown(reader, view, attribute) if fact is None else _explained(reader, view, fact))}


def _permitted(reader: Reader, view: EntityView, attribute: str) -> None:
    """Raise UnknownName or Denied."""
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


def _unknown(reader: Reader, view: EntityView, attribute: str) -> dict[str, Any]:
    told = {"fact": {"attribute": attribute, "status": "unknown", "value": None, "confidence": "none"}}
    since = earliest(reader, view).get(attribute)
    if since is not None:
        because = f"unknown at that time, earliest known from {iso(since)}"
        return {**told, "because": because, "earliest_known": iso(since), "flips": []}
    return {
        **told,
        "because": "no source that may be seen says anything about it",
        "flips": [undated("any source states it")],
    }


def _explained(reader: Reader, view: EntityView, fact: Fact) -> dict[str, Any]:
    attribute = fact.attribute
    plan = reader.plans[view.kind]
    told: dict[str, Any] = {"fact": served_fact(reader, view, attribute)}
    told["chain"] = [name for name, _ in plan.chains[attribute].rules]
    told["because"] = _because(fact)
    if fact.margin:
        told["margin"] = fact.margin
    of = told_of(fact)
    claims = [*of.sides, *of.agree, *(loser.claim for loser in of.losers)]
    evidence = Evidence(reader, view, attribute, claims)

    def entry(claim: Claim) -> dict[str, Any]:
        said = claim_entry(reader, view.kind, attribute, claim)
        return {**said, **aged(reader, view.kind, attribute, claim), **evidence.of(claim)}

    told["winner"] = entry(fact.claims[0]) if fact.status == "known" else None
    told["agree"] = [entry(claim) for claim in of.agree]
    if fact.status == "conflict" and plan.kind.attributes[attribute].on_conflict == "flag":
        told["sides"] = [entry(claim) for claim in of.sides]
    told["losers"] = [
        # Whose word it is stands under `told_because`: `reason` is why it lost.
        {**_renamed(entry(loser.claim)), "rule": loser.rule, **reason_of(loser.code)}
        for loser in of.losers
    ]
    if of.left_out:
        told["left_out"] = of.left_out
    told.update(stewarded(reader, view, attribute, fact))
    told["flips"] = _flips(reader, view, fact)
    return told


def _renamed(entry: dict[str, Any]) -> dict[str, Any]:
    return {"told_because" if key == "reason" else key: value for key, value in entry.items()}


def _flips(reader: Reader, view: EntityView, fact: Fact) -> list[dict[str, Any]]:
    """What happens by itself, by its day; then what the rules say; then what a source could say."""
    plan = reader.plans[view.kind]
    claims, _ = reader.references.standing(plan, view.id, reader.claims(list(view.records)))
    tried = flips_of(plan, reader.shown(plan), claims, fact.attribute, reader.now)
    said = [undated(text.removeprefix("if ")) for text in fact.flips]
    found = [flip for flip in tried if flip["at"]] + said + [flip for flip in tried if not flip["at"]]
    return found if said else [*found, *map(undated, _default_flips(fact))]


_BECAUSE = {
    "prefer": "the rules leave several values standing; the latest is preferred",
    "correction": "somebody who may set facts right corrected it",
    "pin": "a steward pinned it",
    "stated_over_inferred": "somebody states it; the others only infer",
}


def _because(fact: Fact) -> str:
    if fact.status == "conflict":
        return f"the rules leave {len(conflict_sides(fact))} values standing; nothing is guessed"
    if fact.status == "unknown":
        return f"{fact.rule} believes none of the claims"
    if fact.rule == "only_claim":
        return "it is the only claim that counts" if fact.losers else "it is the only claim"
    if fact.rule == "unanimous":
        return f"all {len(fact.claims)} claims agree"
    return _BECAUSE.get(fact.rule, f"{fact.rule} decided")


def _default_flips(fact: Fact) -> list[str]:
    if fact.status == "conflict" or fact.rule == "prefer":
        return ["the sources come to agree, or the attribute gets a rule that decides between them"]
    return ["another source states something else"]


def earliest(reader: Reader, view: EntityView) -> dict[str, int]:
    """What is not known at the instant asked for but later, with the earliest instant at which it is."""
    found: dict[str, int] = {}
    for record in view.records:
        for name, since in reader.later.get((record.stream, record.rec), {}).items():
            if name != MARKS and name not in view.facts and reader.access.decide(view.kind, name) == "permit":
                found[name] = min(since, found.get(name, since))
    return found


def undated(because: str) -> dict[str, Any]:
    """Something that would change the answer whenever it happens."""
    return {"at": None, "because": because, "to": None, "status": None}
