"""Resolution: claims of one entity to facts. Pure, and the same whatever the order of arrival.

Rules narrow the claims one after the other. One distinct value left: it is known. Several left at the end: a
conflict, both sides shown. None stated: unknown. Among claims that agree, the one cited is chosen by a total order:
latest change of the attribute, then source, stream and record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from groundfact.model import Fact, Question
from groundfact.pipeline.deciding.chains import Chain, Chains
from groundfact.pipeline.deciding.claims import (
    MARKS,
    NEVER,
    RecordClaims,
    Voice,
    claims_about,
    tie_key,
    unexpired,
    voiced,
    voices_of,
)
from groundfact.pipeline.deciding.decide import agreed, decide, judged, undisturbed
from groundfact.pipeline.deciding.groups import Asked, grouped
from groundfact.pipeline.deciding.settled import contest
from groundfact.vocabulary import Attribute

__all__ = [
    "MARKS",
    "NEVER",
    "Chain",
    "Chains",
    "RecordClaims",
    "claims_about",
    "decide",
    "resolve",
    "unexpired",
]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def resolve(
    kind: str,
    attributes: Mapping[str, Attribute],
    chains: Chains,
    records: Sequence[RecordClaims],
    now: int,
    *,
    explained: bool = True,
) -> dict[str, Fact]:
    """The facts of one entity, for every attribute that some record speaks of, in the vocabulary's order.

    `attributes` are those that may be seen: no other has a say, not even in a group or a validator. Without
    `explained`, rules leave out what they say for people.
    """
    records = unexpired(records, now)
    if len(records) > 1:
        records = sorted(records, key=_record_order)
    said = [record.attributes for record in records]
    told = any(MARKS in own for own in said)
    # Where no attribute has a time of its own, the order of the records is the order of their claims.
    entity = _Entity(records, voices_of(records), told, all(record.changed is None for record in records))
    facts: dict[str, Fact] = {}
    for name, chain in chains.items():
        values = [own[name] for own in said if name in own] if name in attributes else []
        if values and chain.bare and values.count(values[0]) == len(values):
            # Most facts: all who speak of it write the same. No rule to ask, and a value is its own key.
            claims = voiced(name, entity.voices)
            if not entity.in_order:
                claims.sort(key=tie_key)
            facts[name] = agreed(name, claims)
        elif values or chain.group is not None:
            facts |= _decided(name, chains, entity, Asked(kind, attributes, now, known_of(chain, facts), explained))
    facts = contest(facts, records) if told else facts
    return {name: facts[name] for name in attributes if name in facts}


class _Entity(NamedTuple):
    records: Sequence[RecordClaims]
    voices: Sequence[Voice]
    told: bool
    """Whether a record has marks."""
    in_order: bool


def _decided(name: str, chains: Chains, entity: _Entity, asked: Asked) -> dict[str, Fact]:
    """The fact of an attribute, or of all parts of a group where it is the first of them."""
    chain = chains[name]
    if chain.group is not None:
        return grouped(chain.group, chains, entity.records, asked) if name == chain.group.parts[0] else {}
    question = Question(asked.kind, name, asked.attributes[name].type, asked.now, asked.known, asked.explained)
    if chain.bare and not entity.told:
        return {name: undisturbed(question, chain, entity.voices, in_order=entity.in_order)}
    claims, dropped = judged(question, chain, entity.records, asked.attributes)
    return {name: decide(claims, chain, question, dropped)}


def known_of(chain: Chain, facts: Mapping[str, Fact]) -> Mapping[str, Any]:
    """What is known of the attributes that a chain needs."""
    if not chain.needs:
        return _NOTHING
    return {name: facts[name].value for name in chain.needs if name in facts and facts[name].status == "known"}


def _record_order(record: RecordClaims) -> tuple[int, str, str, str]:
    stamp = record.asserted_at
    return (NEVER if stamp is None else -stamp, record.source, record.stream, record.record)
