"""How far sources can be trusted: learnt from an audited sample, or guessed from how they agree. Pure functions.

They advise; nothing here changes a winner by itself: what they say goes into the rules `trust` and `weighted_vote`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

__all__ = ["Judged", "guessed_weights", "learnt_trust", "vote_weights"]

_BORROWED = 4.0
"""A source is judged as if it had given so many more answers, in a field as good as its others, and over all fields
as good as everybody's: a source that was right once is not perfect."""
_ROUNDS = 20
_AT_FIRST = 0.8
_SURE = 0.99


class Judged(NamedTuple):
    """One statement of a sample that somebody audited."""

    attribute: str
    source: str
    right: bool


class _Tally:
    def __init__(self) -> None:
        self.right, self.of = 0.0, 0.0

    def add(self, right: float) -> None:
        self.right += right
        self.of += 1

    def share(self, expected: float) -> float:
        return (self.right + _BORROWED * expected) / (self.of + _BORROWED)


def learnt_trust(sample: Iterable[Judged]) -> Mapping[str, Mapping[str, float]]:
    """By attribute and source, how often it is right, from 0 to 100: the `sources:` of the rule `trust`.

    Every source of the sample is rated in every attribute of it: where it was not seen, as in its others.
    """
    everybody = _Tally()
    sources: dict[str, _Tally] = defaultdict(_Tally)
    fields: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    attributes = set()
    for attribute, source, right in sample:
        attributes.add(attribute)
        for tally in (everybody, sources[source], fields[attribute, source]):
            tally.add(right)
    overall = {name: sources[name].share(everybody.share(0.5)) for name in sorted(sources)}
    return {
        attribute: {name: round(100 * fields[attribute, name].share(overall[name]), 3) for name in overall}
        for attribute in sorted(attributes)
    }


def vote_weights(trust: Mapping[str, float], wrong: float) -> Mapping[str, float]:
    """By source the weight of its vote: the log-odds of its being right, where about `wrong` wrong values go round.

    `trust` is that of one attribute, from `learnt_trust`. Who is right no more often than chance has no vote.
    """
    return {name: round(max(0.0, _weight(share / 100, wrong)), 3) for name, share in sorted(trust.items())}


def guessed_weights(statements: Sequence[Mapping[str, Hashable]]) -> Mapping[str, float]:
    """By source the weight of its vote, where nobody has audited anything: for the rule `weighted_vote`.

    `statements` holds for each fact what each source says. A source that is often with the likely value is likely to
    be right (Dong et al. 2009, without their detection of copies: declare those as mirrors). Fields are not told
    apart: guessing so much from so little does worse than a plain majority.
    """
    others = [len(set(said.values())) - 1 for said in statements]
    wrong = max(1.0, sum(others) / max(1, sum(1 for count in others if count)))
    right = {name: _AT_FIRST for said in statements for name in said}
    for _ in range(_ROUNDS):
        weights = {name: _weight(share, wrong) for name, share in right.items()}
        tallies: dict[str, _Tally] = defaultdict(_Tally)
        for said in statements:
            likely = _likely(said, weights)
            for name, value in said.items():
                tallies[name].add(likely[value])
        right = {name: tally.share(_AT_FIRST) for name, tally in tallies.items()}
    return {name: round(max(0.0, _weight(share, wrong)), 6) for name, share in sorted(right.items())}


def _weight(share: float, wrong: float) -> float:
    share = min(max(share, 1 - _SURE), _SURE)
    return math.log(wrong * share / (1 - share))


def _likely(said: Mapping[str, Hashable], weights: Mapping[str, float]) -> Mapping[Hashable, float]:
    """How likely each value is, by who states it."""
    votes: dict[Hashable, float] = defaultdict(float)
    for name in sorted(said):
        votes[said[name]] += weights[name]
    most = max(votes.values())
    odds = {value: math.exp(vote - most) for value, vote in votes.items()}
    total = math.fsum(odds.values())
    return {value: each / total for value, each in odds.items()}
