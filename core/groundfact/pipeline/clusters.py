"""Which records are the same entity: pure, order-free, and blind to what not everybody may see.

Records that everybody in the workspace may see are joined by their keys. A restricted record may *join* such a
cluster, or form one with records under exactly the same labels; it never *bridges* two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

__all__ = ["Member", "Profile", "Review", "Sets", "cluster", "entity_id"]

RecordId = tuple[int, str]
Profile = tuple[str, ...]
"""What a matcher compares of a record."""


class Member(NamedTuple):
    """A record to be placed."""

    stream: int
    rec: str
    labels: int
    keys: Sequence[str]
    """What links it, strongest first, in the order of the matchers."""
    finds: Sequence[str] = ()
    """What it is only found by."""
    attached: Sequence[RecordId] = ()
    """Records that it speaks about: it goes where the first of them goes, and joins nothing."""
    profile: Profile | None = None
    """What it is compared by; None for one that is not."""
    blocks: Sequence[str] = ()
    """Where it is looked for by records that may look like it."""

    @property
    def id(self) -> RecordId:
        """Stream and record."""
        return (self.stream, self.rec)


class Review(NamedTuple):
    """A restricted record that fits several clusters which it must not join into one."""

    record: RecordId
    anchors: Sequence[RecordId]
    """The first record of each cluster; it was linked to the first cluster."""


class Sets:
    """Union-find over record positions."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, item: int) -> int:
        """The smallest position of a set."""
        parent = self.parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        a, b = self.find(one), self.find(other)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


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
) -> tuple[dict[RecordId, RecordId], list[Review]]:
    """Every record's anchor (the first record of its cluster), and what a person should look at.

    `public` are the label sets that everybody may see, `rank` orders the streams by source and name; `alike` names
    for each label set the first one with the same labels; `resemble` joins further what is public, by likeness.
    """
    ordered = sorted((m for m in members if not m.attached), key=lambda m: (rank[m.stream], m.rec))
    opened = [m for m in ordered if m.labels in public]
    anchors, owner = _joined(opened, resemble)
    reviews: list[Review] = []
    groups: dict[int, list[Member]] = defaultdict(list)
    same = alike or {}
    for member in ordered:
        if member.labels not in public:
            groups[same.get(member.labels, member.labels)].append(member)
    for group in groups.values():
        anchors.update(_placed(group, owner, reviews))
    labels = {member.id: same.get(member.labels, member.labels) for member in ordered}
    for member in members:
        if member.attached:
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


def _joined(
    members: Sequence[Member], resemble: Callable[[Sequence[Member], Sets], None] | None = None
) -> tuple[dict[RecordId, RecordId], dict[str, RecordId]]:
    """Join members by shared keys; members are in rank order, so the smallest position is the anchor."""
    sets = Sets(len(members))
    first: dict[str, int] = {}
    for position, member in enumerate(members):
        for key in member.keys:
            held = first.setdefault(key, position)
            if held != position:
                sets.join(held, position)
    if resemble is not None:
        resemble(members, sets)
    ids = [(member.stream, member.rec) for member in members]
    anchors = {record: ids[sets.find(position)] for position, record in enumerate(ids)}
    owner = {key: ids[sets.find(position)] for key, position in first.items()}
    return anchors, owner


def _placed(group: Sequence[Member], owner: Mapping[str, RecordId], reviews: list[Review]) -> dict[RecordId, RecordId]:
    """Place restricted records of one label set: with a public cluster, or among themselves."""
    among, _ = _joined(group)
    direct: dict[RecordId, RecordId] = {}
    targets: dict[RecordId, set[RecordId]] = defaultdict(set)
    for member in group:
        hits = _unique(owner[key] for key in member.keys if key in owner)
        if hits:
            direct[member.id] = hits[0]
            targets[among[member.id]].update(hits)
        if len(hits) > 1:
            reviews.append(Review(member.id, hits))
    left = [m for m in group if len(targets[among[m.id]]) != 1 and m.id not in direct]
    alone, _ = _joined(left)
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


def _unique(items: Iterable[RecordId]) -> list[RecordId]:
    return list(dict.fromkeys(items))
