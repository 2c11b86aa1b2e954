"""Attributes that belong together, decided together: all parts come from one record, and none is filled from another.

The record that wins the leading part supplies the others, also with their absence. Where the leading part is a
conflict, so is every part in which the sides differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.model import Claim, Fact, Loser, Question
from groundfact.pipeline.deciding.chains import Chain, Chains, Group
from groundfact.pipeline.deciding.claims import RecordClaims, agree, tie_key
from groundfact.pipeline.deciding.decide import agreed, decide, judged, of_value, ordered, without_copies
from groundfact.vocabulary import Attribute

__all__ = ["Asked", "grouped"]

_Id = tuple[str, str, str]


class Asked(NamedTuple):
    """What is decided, as of when, and what is known already."""

    kind: str
    attributes: Mapping[str, Attribute]
    now: int
    known: Mapping[str, Any]
    explained: bool = True


class _Part(NamedTuple):
    question: Question
    claims: Sequence[Claim]
    losers: Sequence[Loser]


def grouped(group: Group, chains: Chains, records: Sequence[RecordClaims], asked: Asked) -> dict[str, Fact]:
    """The facts of a group's parts that some record speaks of, as far as they may be seen."""
    facts: dict[str, Fact] = {}
    parts: list[_Part] = []
    for name in group.parts:
        if name not in asked.attributes:
            continue
        question = Question(asked.kind, name, asked.attributes[name].type, asked.now, asked.known, asked.explained)
        claims, dropped = judged(question, chains[name], records, asked.attributes)
        if any(claim.correction or claim.pinned for claim in claims):
            # What somebody set right or pinned stands by itself, and takes nothing along.
            facts[name] = decide(claims, chains[name], question, dropped)
        elif claims or dropped:
            parts.append(_Part(question, claims, dropped))
    parts = _standing(parts, chains[group.parts[0]])
    lead, owners = _lead(group, parts, chains)
    for part in parts:
        facts[part.question.attribute] = _fact(group, part, owners, lead)
    return facts


def _standing(parts: Sequence[_Part], chain: Chain) -> list[_Part]:
    """The parts without what copies said, and without what is inferred where anybody states anything of the group."""
    rest, copies = without_copies([claim for part in parts for claim in part.claims], chain)
    copying = {loser.claim.source for loser in copies}
    stated = any(not claim.inferred for claim in rest)
    found = []
    for question, claims, losers in parts:
        mirror = [Loser(claim, "mirror", "mirror") for claim in claims if claim.source in copying]
        own = [claim for claim in claims if claim.source not in copying]
        weak = [Loser(c, "stated_over_inferred", "inferred") for c in own if stated and c.inferred]
        kept = [claim for claim in own if not (stated and claim.inferred)]
        found.append(_Part(question, kept, [*losers, *mirror, *weak]))
    return found


def _lead(group: Group, parts: Sequence[_Part], chains: Chains) -> tuple[Fact | None, list[_Id]]:
    """The fact of the part that decides, and the records that supply the others: one for each side of a conflict."""
    held = Counter(_id(claim) for part in parts for claim in part.claims)
    spoken = [part for part in parts if part.claims]
    if not spoken:
        return None, []
    ids: Collection[_Id] = held
    if group.most_parts or spoken[0].question.attribute != group.parts[0]:
        most = max(held.values())
        ids = {record for record, count in held.items() if count == most}
    first = next(part for part in spoken if any(_id(claim) in ids for claim in part.claims))
    name = first.question.attribute
    fact = decide([claim for claim in first.claims if _id(claim) in ids], chains[name], first.question)
    sides: dict[Any, Claim] = {}
    for claim in sorted(fact.claims, key=lambda claim: (-held[_id(claim)], tie_key(claim))):
        sides.setdefault(claim.key, claim)
    return fact, [_id(claim) for claim in sides.values()]


def _fact(group: Group, part: _Part, owners: Sequence[_Id], lead: Fact | None) -> Fact:
    """One part, as the records that supply the group have it."""
    name = part.question.attribute
    leads = lead is not None and lead.attribute == name
    told = {_id(loser.claim): loser for loser in lead.losers} if leads and lead is not None else {}
    owned = sorted((claim for claim in part.claims if _id(claim) in owners), key=tie_key)
    if not owned or (len(owned) < len(owners) and agree(owned)):
        # A side that is silent may be the one that is right.
        rest = [told.get(_id(claim), Loser(claim, group.name, "other_record")) for claim in part.claims]
        rule = lead.rule if leads and lead is not None else group.name
        return Fact(name, "unknown", None, (), ordered([*part.losers, *rest]), rule)
    said = {claim.key for claim in owned}
    others = [claim for claim in part.claims if claim.key not in said]
    lost = [told.get(_id(claim), Loser(claim, group.name, "other_record")) for claim in others]
    losers = ordered([*part.losers, *lost])
    if not agree(owned):
        also = [claim for claim in sorted(part.claims, key=tie_key) if claim.key in said and claim not in owned]
        return Fact(name, "conflict", None, [*owned, *also], losers, group.name)
    same, _ = of_value(sorted(part.claims, key=tie_key), owned[0])
    fact = agreed(name, same, losers)
    if leads and lead is not None and lead.losers:
        return fact._replace(rule=lead.rule, margin=lead.margin, flips=lead.flips)
    return fact._replace(rule=group.name, margin=_margin(lead)) if lost else fact


def _margin(lead: Fact | None) -> str:
    return f"from the record that won {lead.attribute}" if lead is not None else ""


def _id(claim: Claim) -> _Id:
    return claim.source, claim.stream, claim.record
