"""Resolution: claims of one entity to facts. Pure, and the same whatever the order of arrival.

Rules narrow the claims one after the other. One distinct value left: it is known. Several left at the end: a
conflict, both sides shown. None stated: unknown. Among claims that agree, the one cited is chosen by a total order:
latest change of the attribute, then source, stream and record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from groundfact.model import Fact, Question
from groundfact.pipeline.deciding.chains import Chain, Chains
from groundfact.pipeline.deciding.claims import (
    MARKS,
    NEVER,
    RecordClaims,
    agreed_claims,
    claims_about,
    tie_key,
    unexpired,
)
from groundfact.pipeline.deciding.decide import agreed, decide, judged
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
    kind: str, attributes: Mapping[str, Attribute], chains: Chains, records: Sequence[RecordClaims], now: int
) -> dict[str, Fact]:
    """The facts of one entity, for every attribute that some record speaks of, in the vocabulary's order.

    `attributes` are those that may be seen: no other has a say, not even in a group or a validator.
    """
    records = unexpired(records, now)
    said = [record.attributes for record in records]
    if len(records) > 1:
        records = sorted(records, key=_record_order)
    # Where no attribute has a time of its own, the order of the records is the order of their claims.
    timed = not all(record.changed is None for record in records)
    facts: dict[str, Fact] = {}
    for name, chain in chains.items():
        if chain.group is not None:
            if name == chain.group.parts[0]:
                known = known_of(chain, facts)
                facts |= grouped(chain.group, chains, records, Asked(kind, attributes, now, known))
            continue
        values = [own[name] for own in said if name in own] if name in attributes else []
        if not values:
            continue
        if chain.plain and not chain.mirrors and values.count(values[0]) == len(values):
            # Most facts: all who speak of it write the same. No rule to ask, and a value is its own key.
            claims = agreed_claims(name, values, records)
            if timed:
                claims.sort(key=tie_key)
            facts[name] = agreed(name, claims)
        else:
            question = Question(kind, name, attributes[name].type, now, known_of(chain, facts))
            claims, dropped = judged(question, chain, records, attributes)
            facts[name] = decide(claims, chain, question, dropped)
    facts = contest(facts, records)
    return {name: facts[name] for name in attributes if name in facts}


def known_of(chain: Chain, facts: Mapping[str, Fact]) -> Mapping[str, Any]:
    """What is known of the attributes that a chain needs."""
    if not chain.needs:
        return _NOTHING
    return {name: facts[name].value for name in chain.needs if name in facts and facts[name].status == "known"}


def _record_order(record: RecordClaims) -> tuple[int, str, str, str]:
    stamp = record.asserted_at
    return (NEVER if stamp is None else -stamp, record.source, record.stream, record.record)
