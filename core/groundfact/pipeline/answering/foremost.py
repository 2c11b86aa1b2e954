"""Which claims an explanation tells where there are very many: the most telling ones, and how many it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from groundfact.model import Claim, Fact, Loser
from groundfact.pipeline.reading.served import conflict_sides

__all__ = ["MOST_TOLD", "Told", "told_of"]

T = TypeVar("T")
MOST_TOLD = 25
"""Of each kind of claim: beyond that a further one says little, and an answer must fit into somebody's context."""


class Told(NamedTuple):
    """The claims about one attribute that an explanation tells."""

    sides: Sequence[Claim]
    """Of a conflict, one claim for each side; else the winner alone, if there is one."""
    agree: Sequence[Claim]
    losers: Sequence[Loser]
    left_out: dict[str, int]
    """How many more there are of each; only of what is not told whole."""


def told_of(fact: Fact) -> Told:
    """The claims of a fact: all of them where they are few, in their order.

    Else those first that lost to the rule that decided, and of each source and value one before a second one.
    """
    sides = conflict_sides(fact) if fact.status == "conflict" else fact.claims[:1]
    # By which they are, not by what they say: there may be thousands of either.
    own = {id(claim) for claim in sides}
    agree = [claim for claim in fact.claims if id(claim) not in own]
    nearest = sorted(fact.losers, key=lambda loser: loser.rule != fact.rule)
    lost = _most_telling(fact.losers, [(loser.claim, loser) for loser in nearest])
    same = _most_telling(agree, [(claim, claim) for claim in agree])
    left_out = {
        "sides": len(sides) - len(sides[:MOST_TOLD]),
        "agree": len(agree) - len(same),
        "losers": len(fact.losers) - len(lost),
    }
    return Told(sides[:MOST_TOLD], same, lost, {part: count for part, count in left_out.items() if count})


def _most_telling(items: Sequence[T], ranked: Iterable[tuple[Claim, T]]) -> Sequence[T]:
    if len(items) <= MOST_TOLD:
        return items
    said: set[tuple[str, str]] = set()
    first: list[T] = []
    again: list[T] = []
    for claim, item in ranked:
        # A value may be a list, which has no hash.
        says = (claim.source, repr(claim.key))
        (again if says in said else first).append(item)
        said.add(says)
    return [*first, *again][:MOST_TOLD]
