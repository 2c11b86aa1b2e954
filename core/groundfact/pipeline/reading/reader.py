"""Reading through the eyes of one principal: visible records, permitted attributes, facts with their freshness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import orjson

from groundfact.model import Access, Claim, Fact, Freshness
from groundfact.pipeline.deciding.claims import MARKS, stands
from groundfact.pipeline.deciding.clocks import Clocks
from groundfact.pipeline.deciding.derive import claims_of, is_settled
from groundfact.pipeline.deciding.freshness import SourceState
from groundfact.pipeline.deciding.naming import title_of
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.references import Look, References, with_fallen
from groundfact.pipeline.deciding.resolution import RecordClaims, resolve
from groundfact.store import past, reading, registry
from groundfact.store.engine import Tx
from groundfact.store.reading import View, VisibleRecord
from groundfact.vocabulary import Attribute

__all__ = ["EntityView", "Reader"]


class EntityView(NamedTuple):
    """An entity as a principal sees it."""

    id: str
    kind: str
    title: str
    facts: Mapping[str, Fact]
    records: tuple[VisibleRecord, ...]


@dataclass
class Reader:
    """One consistent look at the store for one principal, at one instant."""

    tx: Tx
    access: Access
    plans: Mapping[str, KindPlan]
    behind_after: Mapping[str, int]
    """By source, milliseconds after which it counts as behind; a source not listed is always behind."""
    workspace: int
    now: int
    known_at: int | None = None
    max_age: int | None = None
    """How many milliseconds ago the caller accepts that a value was confirmed; None: as long as its lifetime says."""
    as_of: int | None = None
    """An instant in the world to answer for, as far as it is known at `known_at`; then `now` is that instant."""
    digest: str = ""
    """Of the rules that decide."""

    def __post_init__(self) -> None:
        """Find what may be seen, before anything is read."""
        labels = registry.visible_label_sets(self.tx, self.workspace, self.access.labels)
        streams = {row.id: row for row in registry.streams(self.tx, self.workspace)}
        self.view = View(self.workspace, orjson.dumps(labels).decode(), streams, self.known_at, self.as_of)
        self.clocks = Clocks(self.tx, self.view, self.behind_after, self.now, self.max_age)
        self.verified = self.clocks.verified
        self._permitted: dict[str, Mapping[str, Attribute]] = {}
        self._merging: bool | None = None
        self._keys: dict[frozenset[tuple[int, str]], set[tuple[str, str]]] = {}
        look = Look(self.tx, self.view, self.plans, self.verified, self.now)
        self.references = References(look, self.shown, self._records_of)
        self.versions: dict[tuple[int, str], Mapping[str, int]] = {}
        """With `as_of`, the version that tells each attribute of the records read so far."""
        self.later: dict[tuple[int, str], Mapping[str, int]] = {}
        """With `as_of`, the earliest instants of what is not known at that time."""

    @cached_property
    def texts(self) -> View:
        """The same look, for passages: those of now are listed, once the last sync has been worked in."""
        if self.known_at is not None or self.as_of is not None:
            return self.view
        return self.view._replace(settled=is_settled(self.tx, self.workspace))

    def source_state(self, source: str) -> SourceState:
        """How far a source has been read: as far as the stream that is furthest behind."""
        return self.clocks.of_source(source)

    def entities(self, ids: Collection[str]) -> dict[str, EntityView]:
        """Entities by id; one of which nothing is visible is missing."""
        if not ids:
            return {}
        groups: dict[str, list[VisibleRecord]] = defaultdict(list)
        for record in self._records_of(ids):
            groups[record.entity].append(record)
        standing = map(self._standing, groups.values())
        return {group[0].entity: self._entity(group) for group in self.references.ahead(standing)}

    def each(self, kind: str) -> Iterator[EntityView]:
        """Every visible entity of a kind, by id."""
        for group in self.references.ahead(map(self._standing, self._each_group(kind))):
            yield self._entity(group)

    def _records_of(self, ids: Collection[str]) -> list[VisibleRecord]:
        if self.as_of is None:
            return reading.records_of(self.tx, self.view, ids)
        return [self._noted(then) for then in past.then_of(self.tx, self.view, ids)]

    def _each_group(self, kind: str) -> Iterator[list[VisibleRecord]]:
        if self.as_of is None:
            yield from reading.each_entity(self.tx, self.view, kind)
            return
        for group in past.each_then(self.tx, self.view, kind):
            yield [then.record for then in group]

    def _standing(self, group: list[VisibleRecord]) -> list[VisibleRecord]:
        """The records of an entity, without a steward's word on one of them that may not be seen any more."""
        if not any(MARKS in record.attributes for record in group):
            return group
        streams = self.view.streams
        named = [(streams[r.stream].source, streams[r.stream].name, r.rec) for r in group]
        return [r for r in group if stands(r.attributes.get(MARKS, {}), named)]

    def _noted(self, then: past.Then) -> VisibleRecord:
        record = then.record
        self.versions[record.stream, record.rec], self.later[record.stream, record.rec] = then.versions, then.later
        return record

    def _entity(self, group: list[VisibleRecord]) -> EntityView:
        plan = self.plans[group[0].kind]
        claims, fallen = self.references.standing(plan, group[0].entity, self.claims(group))
        facts = resolve(plan.name, self.shown(plan), plan.chains, claims, self.now)
        facts = with_fallen(plan, facts, fallen)
        return EntityView(group[0].entity, plan.name, title_of(plan, facts, group), facts, tuple(group))

    def shown(self, plan: KindPlan) -> Mapping[str, Attribute]:
        """The attributes of a kind that the principal may see."""
        if plan.name not in self._permitted:
            decide = self.access.decide
            permitted = {n: a for n, a in plan.kind.attributes.items() if decide(plan.name, n) == "permit"}
            self._permitted[plan.name] = permitted
        return self._permitted[plan.name]

    def claims(self, group: list[VisibleRecord]) -> Sequence[RecordClaims]:
        """The records' claims with the time up to which each is verified, their references read."""
        return self.references.read(group[0].kind, claims_of(group, self.view.streams, self.verified))

    def freshness(self, kind: str, attribute: str, claim: Claim) -> Freshness:
        """How fresh a claim is now."""
        return self.clocks.freshness(self.plans[kind], attribute, claim)

    def record_name(self, stream: int, rec: str) -> str:
        """What a person calls a record: `crm/accounts/42`."""
        row = self.view.streams[stream]
        return f"{row.source}/{row.name}/{rec}"

    def linking_keys(self, records: Collection[VisibleRecord]) -> set[tuple[str, str]]:
        """The keys (with their kind) that link records; several parts of an answer ask for those of the same ones."""
        ids = frozenset((record.stream, record.rec) for record in records)
        if ids not in self._keys:
            self._keys[ids] = reading.linking_keys(self.tx, self.view, ids)
        return self._keys[ids]

    @cached_property
    def workspace_name(self) -> str:
        """What the workspace is called; ids are made from it."""
        return registry.workspace_name(self.tx, self.workspace)

    def stand_for(self, records: Collection[VisibleRecord]) -> set[tuple[int, str]]:
        """The records' ids, and those that went into them: a source may take days to tell what hung on those."""
        ids = {(record.stream, record.rec) for record in records}
        if self._merging is None:
            self._merging = reading.any_merged(self.tx, self.view)
        return reading.merged_into(self.tx, self.view, ids) if self._merging else ids

    def children(self, records: Collection[VisibleRecord], scopes: Collection[str], most: int) -> list[EntityView]:
        """What hangs on any of the records or scopes, by kind and id; episodes are told by their texts instead."""
        found = self._hanging(records, scopes, most)
        views = self.entities(found)
        return [views[entity] for entity in found if entity in views]

    def child_records(
        self, records: Collection[VisibleRecord], scopes: Collection[str], most: int
    ) -> Sequence[VisibleRecord]:
        """The records of what hangs on any of the records or scopes."""
        found = self._hanging(records, scopes, most)
        return self._records_of(found) if found else ()

    def _hanging(self, records: Collection[VisibleRecord], scopes: Collection[str], most: int) -> list[str]:
        kinds = [name for name, plan in self.plans.items() if not plan.kind.episode]
        found = reading.child_entities(self.tx, self.view, self.stand_for(records), scopes, kinds, most)
        return [entity for _, entity in found]
