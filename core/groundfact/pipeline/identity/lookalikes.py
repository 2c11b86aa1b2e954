"""Finding what looks alike: only records that share a block are compared, and each pair of profiles once.

Only what everybody in the workspace may see takes part, also in what makes a block too common.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from groundfact.model import Likeness
from groundfact.pipeline.identity.members import stored_member
from groundfact.pipeline.identity.membership import Member, Profile
from groundfact.pipeline.identity.resemblance import Pair, merges
from groundfact.protocols import Compares
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import LinkRow

__all__ = ["Lookalikes"]

RecordId = tuple[int, str]


class Lookalikes:
    """The pairs that look alike, around the records a change can reach."""

    def __init__(
        self,
        tx: Tx,
        where: tuple[int, str],
        comparer: Compares,
        moved: Mapping[RecordId, Member],
        current: Mapping[RecordId, LinkRow],
        public: frozenset[int],
    ) -> None:
        self._tx, self._where, self._comparer, self._public = tx, where, comparer, public
        self._replaced = {*moved, *current}
        """Records of which the store holds what they were before."""
        self._fresh: dict[str, dict[str, set[RecordId]]] = defaultdict(lambda: defaultdict(set))
        self._blocks: dict[str, dict[str, set[RecordId]]] = {}
        self._before: dict[str, int] = {}
        self._held: dict[str, str] = {}
        """A block of each profile that was found: all of a profile's holders are in each of its blocks."""
        self._profiles: dict[str, Profile] = {}
        self._digests: dict[Profile, str] = {}
        self.pairs: dict[Pair, Likeness] = {}
        self.looked: dict[str, Profile | None] = {}
        """Profiles by digest whose pairs are known, those that nobody has any more with None."""
        for record, member in moved.items():
            if member.profile is not None and member.labels in public:
                self._keep(member)
                for block, digest in map(_split, member.blocks):
                    self._fresh[block][digest].add(record)

    def unsettled(self, moved: Iterable[Member], before: Iterable[Member]) -> set[RecordId]:
        """Records that did not change, but whose likenesses may have: a block of theirs became too common or ceased
        to be, or a profile of theirs is held by others than before."""
        touched = {_split(key) for member in (*moved, *before) for key in member.blocks}
        self._load({block for block, _ in touched})
        found: set[RecordId] = set()
        crowd = self._comparer.bounds.crowd
        for block, digest in touched:
            held = self._blocks[block]
            if (self._before[block] > crowd) != (len(held) > crowd):
                found.update(*held.values())
            found.update(held.get(digest, ()))
            if digest not in held:
                self.looked.setdefault(digest, None)
        return found - self._replaced

    def look(self, members: Iterable[Member]) -> set[RecordId]:
        """Compare what has not been compared, and name the records that merge with any of these."""
        asked: dict[str, Collection[str]] = {}
        for member in members:
            if member.profile is not None and member.labels in self._public:
                digest = _split(member.blocks[0])[1]
                if self.looked.get(digest) is None:
                    self._keep(member)
                    asked[digest] = [_split(key)[0] for key in member.blocks]
        self._load({block for blocks in asked.values() for block in blocks})
        near = {digest: self._near(digest, blocks) for digest, blocks in asked.items()}
        self._name({other for others in near.values() for other in others})
        found: set[RecordId] = set()
        for digest, others in near.items():
            for other in others:
                if self.looked.get(other) is None and self._alike(digest, other):
                    found |= self._holders(digest) | self._holders(other)
            self.looked[digest] = self._profiles[digest]
        return found

    def holders(self, profile: Profile) -> set[RecordId]:
        """Who has a profile of one of the pairs."""
        return self._holders(self._digests[profile])

    def digest(self, profile: Profile) -> str:
        """The short name of a profile of one of the pairs."""
        return self._digests[profile]

    def _holders(self, digest: str) -> set[RecordId]:
        return self._blocks[self._held[digest]][digest]

    def _near(self, digest: str, blocks: Collection[str]) -> set[str]:
        """Profiles that share a block that says something; its own among them in any case."""
        found = {digest}
        for block in blocks:
            held = self._blocks[block]
            if len(held) <= self._comparer.bounds.crowd:
                found.update(held)
        return found

    def _alike(self, digest: str, other: str) -> bool:
        """Compare two profiles; whether they merge."""
        one, two = sorted((self._profiles[digest], self._profiles[other]))
        likeness = self._comparer.score(one, two)
        bounds = self._comparer.bounds
        if likeness.score < bounds.propose_at or likeness.agrees is False:
            return False
        self.pairs[Pair(one, two)] = likeness
        return merges(likeness, bounds)

    def _load(self, blocks: Collection[str]) -> None:
        wanted = [block for block in blocks if block not in self._blocks]
        before: dict[str, set[str]] = defaultdict(set)
        for block in wanted:
            self._blocks[block] = defaultdict(set, self._fresh.get(block, {}))
        for key, stream, rec, labels in store.block_holders(self._tx, *self._where, wanted):
            if labels in self._public:
                block, digest = _split(key)
                before[block].add(digest)
                if (stream, rec) not in self._replaced:
                    self._blocks[block][digest].add((stream, rec))
        for block in wanted:
            self._before[block] = len(before[block])
            for digest in self._blocks[block]:
                self._held.setdefault(digest, block)

    def _name(self, digests: Iterable[str]) -> None:
        """Find the profiles behind digests: what moved is known, of the others a holder's link remembers."""
        holders = [min(self._holders(digest)) for digest in digests if digest not in self._profiles]
        for row in store.links_of_records(self._tx, holders):
            self._keep(stored_member(row))

    def _keep(self, member: Member) -> None:
        if member.profile is not None:
            digest = _split(member.blocks[0])[1]
            self._profiles[digest] = member.profile
            self._digests[member.profile] = digest


def _split(key: str) -> tuple[str, str]:
    block, _, digest = key.rpartition("\x1f")
    return block, digest
