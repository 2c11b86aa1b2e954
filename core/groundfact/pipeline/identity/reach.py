"""How far a change reaches: every record whose cluster it can alter, and no other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from groundfact.pipeline.identity.crowds import Crowds
from groundfact.pipeline.identity.lookalikes import Lookalikes
from groundfact.pipeline.identity.members import IdentityRules, stored_member
from groundfact.pipeline.identity.membership import Member
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import LinkRow

__all__ = ["Change", "Reach"]

RecordId = tuple[int, str]


class Change(NamedTuple):
    """What changed, as far as identity is concerned."""

    moved: dict[RecordId, Member]
    """Records whose keys, looks or labels are others now."""
    current: dict[RecordId, LinkRow]
    """The links of those and of records that are gone."""
    touched: set[str]
    """The entities of all records with a new version."""


class Reach:
    """Every record whose cluster a change can alter.

    A cluster of public records is closed under shared keys. What a restricted record could join is not, so its
    keys are followed as well; and so are what merges by likeness and keys with a guard, which may have refused before.
    """

    def __init__(
        self,
        tx: Tx,
        workspace: int,
        rules: IdentityRules,
        change: Change,
        public: frozenset[int],
        *,
        whole: bool = False,
    ) -> None:
        """`whole`: every record of the kind was looked at, as in a first load and in a rebuild."""
        self._tx, self._where, self._public = tx, (workspace, rules.name), public
        self.members = dict(change.moved)
        self.current = change.current
        """The links that the reached records had; those that the change did not touch are added."""
        self._gone = change.current.keys() - change.moved.keys()
        self._searched: set[str] = set()
        self._followed: set[str] = set()
        moved, comparer = change.moved, rules.comparer
        self._guards = rules.guards
        self.crowds = Crowds(tx, self._where, rules.limits, moved.values(), change.current, public)
        self.likes = Lookalikes(tx, self._where, comparer, moved, self.current, public) if comparer else None
        near = self._unsettled(self.likes) if self.likes is not None else set()
        # Where each link was looked at as well there is nobody left to find, by however many keys.
        if not (whole and store.count_links(tx, *self._where) == len(self.current)):
            self._follow(near)

    @cached_property
    def _before(self) -> Sequence[Member]:
        """What was linked of those that changed."""
        return [stored_member(row) for row in self.current.values()]

    def _unsettled(self, likes: Lookalikes) -> set[RecordId]:
        fresh = self.members.values()
        near = likes.unsettled(fresh, [member for member in self._before if member.labels in self._public])
        return near | (likes.look(fresh) - self.members.keys())

    def _follow(self, near: set[RecordId]) -> None:
        entities = {row.entity for row in self.current.values()}
        keys = {key for member in self.members.values() for key in member.keys}
        keys |= self.crowds.regained({key for member in self._before for key in member.keys})
        keys |= self._guarded(self._before)
        near.update(record for member in self.members.values() for record in member.attached)
        while near or keys - self._searched or entities - self._followed:
            near |= self._sharers(keys)
            entities.update(row.entity for row in store.links_of_records(self._tx, near))
            fresh = self._enter(entities)
            near = self.likes.look(fresh) - self.members.keys() if self.likes is not None else set()
            keys.update(key for member in fresh if member.labels not in self._public for key in member.keys)
            keys |= self._guarded(fresh)

    def _guarded(self, members: Iterable[Member]) -> set[str]:
        """Keys by which records may be kept apart now that were not, or the other way round."""
        if not self._guards:
            return set()
        return {key for member in members for key in member.keys if key.partition("=")[0] in self._guards}

    def _sharers(self, keys: Collection[str]) -> set[RecordId]:
        """Records that have keys which were not searched for yet."""
        new = {*keys} - self._searched
        self._searched |= new
        asked = self.crowds.followed(new)
        return store.records_with_keys(self._tx, *self._where, asked) - self.current.keys()

    def _enter(self, entities: Collection[str]) -> list[Member]:
        """Take in the records of entities that were not followed yet; those that are new here."""
        found = []
        for row in store.links_of_entities(self._tx, {*entities} - self._followed):
            record = (row.stream, row.rec)
            self.current.setdefault(record, row)
            if record not in self._gone and record not in self.members:
                self.members[record] = stored_member(row)
                found.append(self.members[record])
        self._followed.update(entities)
        return found
