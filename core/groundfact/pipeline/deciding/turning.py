"""When what is decided may come out otherwise although nobody says anything new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from groundfact.model import Claim, Question
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, NEVER, RecordClaims
from groundfact.protocols import Turns

__all__ = ["Turn", "expiries", "may_turn", "turns_of"]


class Turn(NamedTuple):
    """An instant at which an answer may change, with what happens then."""

    at: int
    because: str


def may_turn(chain: Chain) -> bool:
    """Whether time alone can change what a chain comes to."""
    ends = chain.span is not None and (chain.span.begins or chain.span.ends) is not None
    return ends or any(isinstance(rule, Turns) for _, rule in chain.rules)


def turns_of(chain: Chain, claims: Sequence[Claim], question: Question) -> Iterator[Turn]:
    """The instants at which what a chain makes of claims may change; their own times are read already."""
    for claim in claims:
        if claim.valid_to is not None:
            yield Turn(claim.valid_to, f"what {claim.source} says ends")
        if claim.valid_from is not None:
            yield Turn(claim.valid_from, f"what {claim.source} says begins")
    for _, rule in chain.rules:
        if isinstance(rule, Turns):
            yield from (Turn(at, because) for at, because in rule.turns(claims, question))


def expiries(records: Sequence[RecordClaims]) -> Iterator[Turn]:
    """The instants at which what somebody told for a time is over."""
    for record in records:
        marks = record.attributes.get(MARKS, {})
        if marks.get("expires", NEVER) < NEVER:
            yield Turn(marks["expires"], f"what {marks.get('by', record.source)} told expires")
