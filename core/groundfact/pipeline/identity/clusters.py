"""Which records are the same entity: pure, order-free, and blind to what not everybody may see.

Records that everybody in the workspace may see are joined by their keys. A restricted record may *join* such a
cluster, or form one with records under exactly the same labels; it never *bridges* two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from groundfact.model import Guard
from groundfact.pipeline.identity.guarding import Told, join_guarded
from groundfact.pipeline.identity.membership import Member, Sets

__all__ = ["Review", "cluster", "entity_id"]

RecordId = tuple[int, str]
_Held = dict[str, list[int]]
"""Who has each key that a guard watches."""


class Review(NamedTuple):
    """A restricted record that fits several clusters which it must not join into one."""

    record: RecordId
    anchors: Sequence[RecordId]
    """The first record of each cluster; it was linked to the first cluster."""


def entity_id(workspace: str, kind: str, source: str, stream: str, rec: str) -> str:
    """The id of the entity whose first record this is; the same wherever and whenever it is computed."""
    digest = blake2b("\0".join((workspace, kind, source, stream, rec)).encode(), digest_size=8)
    return f"{kind}-{digest.hexdigest()}"


def cluster(
    members: Sequence[Member],
    public: frozenset[int],
    rank: Mapping[int, int],
    alike: Mapping[int, int] | None = None,
    resemble: Callable[[Sequence[Member], Sets], None] | None = None,
    guards: Mapping[str, Guard] | None = None,
) -> tuple[dict[RecordId, RecordId], list[Review]]:
    """Every record's anchor (the first record of its cluster), and what a person should look at.

    `public` are the label sets that everybody may see, `rank` orders the streams by source and name; `alike` names
    for each label set the first one with the same labels; `resemble` joins further what is public, by likeness;
    `guards` keep the holders of a key apart, for what the key begins with.
    """
    ordered = sorted((m for m in members if not m.attached), key=lambda m: (rank[m.stream], m.rec))
    opened = [m for m in ordered if m.labels in public]
    anchors, owners = _joined(opened, guards or {}, resemble)
    reviews: list[Review] = []
    groups: dict[int, list[Member]] = defaultdict(list)
    same = alike or {}
    for member in ordered:
        if member.labels not in public:
            groups[same.get(member.labels, member.labels)].append(member)
    for group in groups.values():
        anchors.update(_placed(group, owners, guards or {}, reviews))
    attached = [member for member in members if member.attached]
    labels = {member.id: same.get(member.labels, member.labels) for member in ordered} if attached else {}
    for member in attached:
        own = same.get(member.labels, member.labels)
        anchors[member.id] = _followed(member, own, anchors, labels, public)
    return anchors, reviews


def _followed(
    member: Member,
    own: int,
    anchors: Mapping[RecordId, RecordId],
    labels: Mapping[RecordId, int],
    public: frozenset[int],
) -> RecordId:
    """Where what is said about records goes: with the first that is still there and seen by all who see this."""
    for record in member.attached:
        if record in labels and (labels[record] in public or labels[record] == own):
            return anchors[record]
    return member.id


class _Owners:
    """The clusters that a record which must not join any two could join itself."""

    def __init__(self, members: Sequence[Member], sets: Sets, first: Mapping[str, int], held: _Held) -> None:
        self._members, self._sets, self._first, self._held = members, sets, first, held
        self._told: Told | None = None

    def of(self, member: Member, guards: Mapping[str, Guard]) -> list[RecordId]:
        """Their anchors, in the order of the record's keys."""
        found: list[int] = []
        for key in member.keys:
            if key in self._first:
                found.append(self._sets.find(self._first[key]))
            elif key in self._held:
                guard = guards[key.partition("=")[0]]
                roots = dict.fromkeys(map(self._sets.find, self._held[key]))
                found += [root for root in roots if not self._contradicts(member, root, guard)]
        return [self._members[root].id for root in dict.fromkeys(found)]

    def _contradicts(self, member: Member, root: int, guard: Guard) -> bool:
        if self._told is None:
            self._told = Told(self._members, self._sets)
        return self._told.contradicts(member, root, guard)


def _joined(
    members: Sequence[Member],
    guards: Mapping[str, Guard],
    resemble: Callable[[Sequence[Member], Sets], None] | None = None,
) -> tuple[dict[RecordId, RecordId], _Owners]:
    """Join members by shared keys; members are in rank order, so the smallest position is the anchor."""
    sets = Sets(len(members))
    first: dict[str, int] = {}
    held: _Held = defaultdict(list)
    for position, member in enumerate(members):
        for key in member.keys:
            if guards and key.partition("=")[0] in guards:
                held[key].append(position)
                continue
            earlier = first.setdefault(key, position)
            if earlier != position:
                sets.join(earlier, position)
    if held:
        join_guarded(held, guards, members, sets)
    if resemble is not None:
        resemble(members, sets)
    ids = [(member.stream, member.rec) for member in members]
    anchors = dict(zip(ids, map(ids.__getitem__, sets.roots()), strict=True))
    return anchors, _Owners(members, sets, first, held)


def _placed(
    group: Sequence[Member], owners: _Owners, guards: Mapping[str, Guard], reviews: list[Review]
) -> dict[RecordId, RecordId]:
    """Place restricted records of one label set: with a public cluster, or among themselves."""
    among, _ = _joined(group, guards)
    direct: dict[RecordId, RecordId] = {}
    targets: dict[RecordId, set[RecordId]] = defaultdict(set)
    for member in group:
        hits = owners.of(member, guards)
        if hits:
            direct[member.id] = hits[0]
            targets[among[member.id]].update(hits)
        if len(hits) > 1:
            reviews.append(Review(member.id, hits))
    left = [m for m in group if len(targets[among[m.id]]) != 1 and m.id not in direct]
    alone, _ = _joined(left, guards)
    placed: dict[RecordId, RecordId] = {}
    for member in group:
        reached = targets[among[member.id]]
        if member.id in direct:
            placed[member.id] = direct[member.id]
        elif len(reached) == 1:
            placed[member.id] = next(iter(reached))
        else:
            placed[member.id] = alone[member.id]
    return placed
