"""Keys that too many records share to mean one company or person: an agency's domain, a switchboard.

Counted over what everybody in the workspace may see, so that nothing hidden takes a key its power.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from groundfact.pipeline.identity.membership import Member
from groundfact.store import links as store
from groundfact.store.engine import Tx

__all__ = ["Crowds"]

RecordId = tuple[int, str]


class Crowds:
    """Who shares the keys that a matcher limits, before a change and after it."""

    def __init__(
        self,
        tx: Tx,
        where: tuple[int, str],
        limits: Mapping[str, int],
        moved: Iterable[Member],
        replaced: Collection[RecordId],
        public: frozenset[int],
    ) -> None:
        self._tx, self._where, self._limits, self._public = tx, where, limits, public
        self._replaced = frozenset(replaced)
        self._moved = [member for member in moved if member.labels in public] if limits else []
        self._before: dict[str, int] = {}
        self._after: dict[str, int] = {}

    def followed(self, keys: Collection[str]) -> set[str]:
        """Keys that link, or that linked before the change."""
        found = self._counted(keys)
        return {key for key in keys if key not in found or min(self._before[key], self._after[key]) <= found[key]}

    def powerless(self, keys: Collection[str]) -> set[str]:
        """Keys that link nobody."""
        return {key for key, most in self._counted(keys).items() if self._after[key] > most}

    def regained(self, keys: Collection[str]) -> set[str]:
        """Keys that linked nobody before the change and do now."""
        return {key for key, most in self._counted(keys).items() if self._before[key] > most >= self._after[key]}

    def _counted(self, keys: Collection[str]) -> dict[str, int]:
        """The limit of each key that has one, once its holders are counted."""
        if not self._limits:
            return {}
        limited = {}
        for key in keys:
            most = self._limits.get(key.partition("=")[0] + "=")
            if most is not None:
                limited[key] = most
        self._count({key for key in limited if key not in self._after})
        return limited

    def _count(self, keys: set[str]) -> None:
        if not keys:
            return
        self._before.update(dict.fromkeys(keys, 0))
        self._after.update(dict.fromkeys(keys, 0))
        for key, stream, rec, labels in store.key_holders(self._tx, *self._where, keys):
            if labels in self._public:
                self._before[key] += 1
                self._after[key] += (stream, rec) not in self._replaced
        for member in self._moved:
            for key in member.keys:
                if key in keys:
                    self._after[key] += 1
