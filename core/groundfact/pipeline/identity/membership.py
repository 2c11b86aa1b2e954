"""A record that is to be placed with others, and the sets in which records are placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Member", "Profile", "Sets"]

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
    says: Sequence[str] = ()
    """What may contradict another record, like `postal_code=60608`."""

    @property
    def id(self) -> RecordId:
        """Stream and record."""
        return (self.stream, self.rec)


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

    def roots(self) -> Sequence[int]:
        """The smallest position of every item's set."""
        parent = self.parent
        for item, above in enumerate(parent):
            # What stands above an item is smaller, and so was led to its root before.
            parent[item] = parent[above]
        return parent

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        a, b = self.find(one), self.find(other)
        if a != b:
            self.parent[max(a, b)] = min(a, b)
