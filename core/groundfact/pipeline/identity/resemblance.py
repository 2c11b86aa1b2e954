"""Joining what only looks alike: pure, order-free, and guarded against chains and against what contradicts."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from groundfact.model import Bounds, Guard, Likeness
from groundfact.pipeline.identity.guarding import Told
from groundfact.pipeline.identity.membership import Member, Profile, Sets

__all__ = ["Pair", "Resemblance", "merges"]


class Pair(NamedTuple):
    """Two profiles that look alike; both are the same where several records have one profile."""

    one: Profile
    other: Profile


def merges(likeness: Likeness, bounds: Bounds) -> bool:
    """Whether two records merge by themselves: alike enough, and something else agrees."""
    return bounds.merge_at is not None and likeness.score >= bounds.merge_at and likeness.agrees is True


@dataclass(frozen=True)
class Resemblance:
    """Which profiles look alike, and how far that may reach."""

    bounds: Bounds
    pairs: Mapping[Pair, Likeness]
    guard: Guard

    def __call__(self, members: Sequence[Member], sets: Sets) -> None:
        """Join members that look alike; the surest first, so that a guard refuses the less sure."""
        holders: dict[Profile, list[int]] = defaultdict(list)
        for position, member in enumerate(members):
            if member.profile is not None:
                holders[member.profile].append(position)
        groups = _Groups(members, sets, self)
        surest = self._surest(holders)
        for pair in surest:
            if pair.one == pair.other:
                first, *others = holders[pair.one]
                for position in others:
                    groups.join(first, position, far=False)
        for pair in surest:
            if pair.one != pair.other:
                groups.join(holders[pair.one][0], holders[pair.other][0], far=True)

    def _surest(self, holders: Mapping[Profile, Sequence[int]]) -> list[Pair]:
        """The pairs that merge, the most alike first, and of equals those of the first records."""

        def order(pair: Pair) -> tuple[float, list[int]]:
            return -self.pairs[pair].score, sorted((holders[pair.one][0], holders[pair.other][0]))

        found = [pair for pair, likeness in self.pairs.items() if merges(likeness, self.bounds)]
        return sorted((pair for pair in found if pair.one in holders and pair.other in holders), key=order)


class _Groups:
    """The clusters while likeness joins them: how many records each has, what it is identified by, and which of its
    parts look alike."""

    def __init__(self, members: Sequence[Member], sets: Sets, how: Resemblance) -> None:
        self._sets, self._bounds, self._guard = sets, how.bounds, how.guard
        self._told = Told(members, sets)
        # A part is what shared keys (or the very same profile) hold together; likeness lies between parts.
        self._parts = Sets(len(members))
        self._near: dict[int, set[int]] = defaultdict(set)
        self._sizes: dict[int, int] = defaultdict(int)
        self._known: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for position, member in enumerate(members):
            root = sets.find(position)
            self._parts.join(root, position)
            self._sizes[root] += 1
            for space, value in _identifiers(member.keys):
                self._known[root][space].add(value)

    def join(self, one: int, other: int, *, far: bool) -> None:
        """Make one cluster of two, unless a guard refuses; `far`: their parts are only alike, not the same."""
        a, b = self._sets.find(one), self._sets.find(other)
        p, q = self._parts.find(one), self._parts.find(other)
        if a == b:
            if far and p != q:
                self._link(p, q)
            return
        if self._sizes[a] + self._sizes[b] > self._bounds.largest or self._contradict(a, b):
            return
        if far and self._reach(p) + 1 + self._reach(q) > self._bounds.chain:
            return
        self._unite(a, b)
        if far:
            self._link(p, q)
        else:
            # Only before anything is merely alike: nothing is near either part yet.
            self._parts.join(p, q)

    def _unite(self, a: int, b: int) -> None:
        self._sets.join(a, b)
        kept, lost = min(a, b), max(a, b)
        self._told.unite(kept, lost)
        self._sizes[kept] += self._sizes.pop(lost)
        for space, values in self._known.pop(lost, {}).items():
            self._known[kept][space] |= values

    def _link(self, p: int, q: int) -> None:
        self._near[p].add(q)
        self._near[q].add(p)

    def _contradict(self, a: int, b: int) -> bool:
        """Whether two clusters have an identifier of the same kind, and none of its values in common; or what the
        guard names."""
        if self._told.contradict(a, b, self._guard):
            return True
        ours, theirs = self._known.get(a, {}), self._known.get(b, {})
        return any(space in theirs and ours[space].isdisjoint(theirs[space]) for space in ours)

    def _reach(self, part: int) -> int:
        """How many likenesses lie between a part and the farthest of its cluster."""
        seen = {part: 0}
        queue = deque([part])
        while queue:
            here = queue.popleft()
            for other in self._near[here]:
                if other not in seen:
                    seen[other] = seen[here] + 1
                    queue.append(other)
        return max(seen.values())


def _identifiers(keys: Iterable[str]) -> Iterable[tuple[str, str]]:
    """The keys of one attribute alone, with their values: `domain=acme.example`. Compound ones identify a spelling."""
    for key in keys:
        space, equals, value = key.partition("=")
        if equals and "+" not in space:
            yield space, value
