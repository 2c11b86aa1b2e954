"""How sources agree, by attribute and pair: of the same fact, do both say the same, and where somebody is wrong?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from itertools import combinations
from typing import Any

from groundfact.pipeline.advice.walk import Spoken

__all__ = ["Agreement", "Pair"]

_BACKERS = 2
"""A value is taken for the right one where so many other sources say it, and more than say any other."""


class Pair:
    """What two sources, in the order of their names, say of one attribute."""

    __slots__ = ("agree", "both", "dated", "exact", "later", "later_exact", "spelt", "wrong", "wrong_alike")

    def __init__(self) -> None:
        self.both = self.agree = 0
        self.spelt = 0
        """Of those that agree, how many are written alike, letter by letter."""
        self.dated = self.later = 0
        """Of those that agree and changed at different times: all, and those where the second one changed later."""
        self.exact = self.later_exact = 0
        """The same where both times are exact."""
        self.wrong = self.wrong_alike = 0
        """Facts in which one of the two is wrong, and those in which both say the same wrong value."""

    def plus(self, other: Pair) -> Pair:
        """Both together."""
        found = Pair()
        for name in Pair.__slots__:
            setattr(found, name, getattr(self, name) + getattr(other, name))
        return found

    def add(self, one: Spoken, other: Spoken) -> None:
        """Count one fact of which both speak."""
        self.both += 1
        if one.key != other.key:
            return
        self.agree += 1
        self.spelt += one.raw == other.raw
        if one.changed_at is None or other.changed_at is None or one.changed_at == other.changed_at:
            return
        later = other.changed_at > one.changed_at
        self.dated += 1
        self.later += later
        if one.exact and other.exact:
            self.exact += 1
            self.later_exact += later

    def judge(self, one: Spoken, other: Spoken, right: Hashable) -> None:
        """Count who is wrong, where it is known what is right."""
        if one.key != right or other.key != right:
            self.wrong += 1
            self.wrong_alike += one.key == other.key


class Agreement:
    """Counts over everything; as large as the number of attributes and pairs, whatever the number of facts."""

    def __init__(self) -> None:
        self.pairs: dict[tuple[str, str, str, str], Pair] = {}
        """By kind, attribute and the two sources."""
        self.statements: Counter[tuple[str, str, str]] = Counter()
        """By kind, attribute and source."""

    def add(self, kind: str, said: Mapping[str, Mapping[str, Spoken]], right: Mapping[str, Any]) -> None:
        """Count one entity; `right` are keys of values that are known to be right, by attribute."""
        for attribute, by in said.items():
            for source in by:
                self.statements[kind, attribute, source] += 1
            if len(by) > 1:
                self._add(kind, attribute, by, right.get(attribute))

    def _add(self, kind: str, attribute: str, by: Mapping[str, Spoken], right: Any) -> None:
        names = sorted(by)
        votes = Counter(each.key for each in by.values())
        for first, second in combinations(names, 2):
            place = (kind, attribute, first, second)
            pair = self.pairs.get(place)
            if pair is None:
                pair = self.pairs[place] = Pair()
            one, other = by[first], by[second]
            pair.add(one, other)
            if right is not None:
                pair.judge(one, other, right)
            elif len(votes) > 1 and len(by) > _BACKERS + 1:
                backed = _backed(votes, one, other)
                if backed is not None:
                    pair.judge(one, other, backed)


def _backed(votes: Counter[Any], one: Spoken, other: Spoken) -> Any:
    """The value that most of the other sources say, where it is clear which; None where it is not."""
    left = votes.copy()
    left[one.key] -= 1
    left[other.key] -= 1
    (key, most), *rest = left.most_common(2)
    return key if most >= _BACKERS and (not rest or rest[0][1] < most) else None
