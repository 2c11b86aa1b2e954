"""Keys with a guard: they join no clusters that contradict each other. Pure, and free of the order of arrival."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from groundfact.model import Guard
from groundfact.pipeline.identity.membership import Member, Sets

__all__ = ["Told", "join_guarded"]

_Values = dict[str, Counter[int]]
"""How many records of each stream say a value."""
_Said = dict[str, _Values]
_CONFIRMED = 2
"""Records that must say a value before it is more than a slip."""
_TORN = 50
"""A key whose holders fall into more parts than this is not asked about the others: the cost stays linear."""


class Told:
    """What the records of each cluster say of the attributes that guards name."""

    def __init__(self, members: Sequence[Member], sets: Sets) -> None:
        self._of: dict[int, _Said] = {}
        for position, member in enumerate(members):
            if member.says:
                _add(self._of.setdefault(sets.find(position), {}), member)

    def unite(self, kept: int, lost: int) -> None:
        """Two clusters are one now."""
        said = self._of.setdefault(kept, {})
        for name, values in self._of.pop(lost, {}).items():
            held = said.setdefault(name, defaultdict(Counter))
            for value, streams in values.items():
                held[value].update(streams)

    def contradict(self, one: int, other: int, guard: Guard) -> bool:
        """Whether a guard keeps two clusters apart."""
        return _contradict(self._of.get(one), self._of.get(other), guard)

    def contradicts(self, member: Member, root: int, guard: Guard) -> bool:
        """Whether a guard keeps a record out of a cluster."""
        return _contradict(_said_by(member), self._of.get(root), guard)


def _said_by(member: Member) -> _Said:
    said: _Said = {}
    _add(said, member)
    return said


def _add(said: _Said, member: Member) -> None:
    for one in member.says:
        name, _, value = one.partition("=")
        said.setdefault(name, defaultdict(Counter))[value][member.stream] += 1


def _contradict(ours: _Said | None, theirs: _Said | None, guard: Guard) -> bool:
    if not ours or not theirs:
        return False
    if any(name in ours and name in theirs and ours[name].keys().isdisjoint(theirs[name]) for name in guard.differ):
        return True
    return any(name in ours and name in theirs and _told_apart(ours[name], theirs[name]) for name in guard.apart)


def _told_apart(ours: _Values, theirs: _Values) -> bool:
    """Whether both sides confirm values of their own, and one list has records on both with none in common."""
    confirmed = [{v for v, streams in side.items() if streams.total() >= _CONFIRMED} for side in (ours, theirs)]
    if not all(confirmed) or not confirmed[0].isdisjoint(confirmed[1]):
        return False
    lists = [{stream for streams in side.values() for stream in streams} for side in (ours, theirs)]
    return any(_of_list(ours, stream).isdisjoint(_of_list(theirs, stream)) for stream in lists[0] & lists[1])


def _of_list(values: _Values, stream: int) -> set[str]:
    return {value for value, streams in values.items() if stream in streams}


def join_guarded(
    holders: Mapping[str, Sequence[int]], guards: Mapping[str, Guard], members: Sequence[Member], sets: Sets
) -> None:
    """Join the holders of keys, matcher by matcher and then key by key, where no guard objects."""
    told = Told(members, sets)
    rank = {space: n for n, space in enumerate(guards)}
    for key in sorted(holders, key=lambda key: (rank[key.partition("=")[0]], key)):
        guard = guards[key.partition("=")[0]]
        # First those that say the same: only then is it known which values are confirmed.
        for group in _of_one_mind(holders[key], guard, members):
            _join(group, guard, sets, told)
        _join(holders[key], guard, sets, told)


def _of_one_mind(holders: Sequence[int], guard: Guard, members: Sequence[Member]) -> Iterable[Sequence[int]]:
    """The holders by what they say of the guard's attributes."""
    names = {*guard.differ, *guard.apart}
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position in holders:
        groups[tuple(one for one in members[position].says if one.partition("=")[0] in names)].append(position)
    return groups.values()


def _join(positions: Sequence[int], guard: Guard, sets: Sets, told: Told) -> None:
    parts: list[int] = []
    for position in positions:
        root = sets.find(position)
        for part in parts:
            other = sets.find(part)
            if other != root and not told.contradict(root, other, guard):
                kept, lost = min(root, other), max(root, other)
                sets.join(root, other)
                told.unite(kept, lost)
                root = kept
        parts = list(dict.fromkeys(map(sets.find, [*parts, root])))[:_TORN]
