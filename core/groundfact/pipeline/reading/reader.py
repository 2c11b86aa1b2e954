"""Reading through the eyes of one principal: visible records, permitted attributes, facts with their freshness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import orjson

from groundfact.model import Access, Claim, Fact, Freshness
from groundfact.pipeline.deciding.chains import Chains
from groundfact.pipeline.deciding.claims import MARKS, claims_of, stands
from groundfact.pipeline.deciding.clocks import Clocks
from groundfact.pipeline.deciding.freshness import SourceState
from groundfact.pipeline.deciding.naming import chains_for, title_of
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.references import Look, References, with_fallen
from groundfact.pipeline.deciding.resolution import RecordClaims, resolve
from groundfact.pipeline.reading.ground import Ground, ground_of
from groundfact.store import past, reading
from groundfact.store.engine import Tx
from groundfact.store.links import HANGS
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
    ground: Ground | None = None
    """What is known already of what this look sees."""

    def __post_init__(self) -> None:
        """Find what may be seen, before anything is read."""
        ground = self._ground = self.ground or ground_of(self.tx, self.workspace)
        labels = ground.visible(self.access.labels)
        streams, merging = ground.streams, ground.merging
        self.view = View(self.workspace, labels, streams, self.known_at, self.as_of, merging=merging)
        read = ground.passes if self.known_at is None else reading.passes(self.tx, self.view)
        self.clocks = Clocks(self.tx, self.view, read, self.behind_after, self.now, self.max_age)
        self.verified = self.clocks.verified
        self._permitted: dict[str, Mapping[str, Attribute]] = {}
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
        return self.view._replace(settled=self._ground.settled)

    def holds_any(self, kinds: Collection[str]) -> bool:
        """Whether any stream, seen or not, holds records of one of these kinds."""
        return any(row.kind in kinds for row in self.view.streams.values())

    def begun(self, places: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of these kinds and beginnings of keys, those with a key that any record ever had, seen or not."""
        return self._ground.begun(self.tx, places)

    def source_state(self, source: str) -> SourceState:
        """How far a source has been read: as far as the stream that is furthest behind."""
        return self.clocks.of_source(source)

    def entities(self, ids: Collection[str]) -> dict[str, EntityView]:
        """Entities by id; one of which nothing is visible is missing."""
        return {group[0].entity: self._entity(group) for group in self.references.ahead(self._groups(ids))}

    def briefly(self, ids: Collection[str], names: Collection[str] = ()) -> dict[str, EntityView]:
        """Entities as they are called, and at least the facts of these names: of many, that is a fraction."""
        found = {}
        for group in self._groups(ids):
            plan = self.plans[group[0].kind]
            chains = chains_for(plan, [plan.kind.title, *names])
            if any(name in chains for name, _ in plan.identity.referring):
                return self.entities(ids)
            claims = claims_of(group, self.view.streams, self.verified)
            facts = resolve(plan.name, self._shown_of(plan, chains), chains, claims, self.now, explained=False)
            entity = group[0].entity
            found[entity] = EntityView(entity, plan.name, title_of(plan, facts, group), facts, tuple(group))
        return found

    def _shown_of(self, plan: KindPlan, chains: Chains) -> Mapping[str, Attribute]:
        """Of the attributes that the principal may see, those that the chains look at."""
        if plan.name in self._permitted or any(chain.checks for chain in chains.values()):
            # A validator may look at whatever else the record says.
            return self.shown(plan)
        decide = self.access.decide
        own = plan.kind.attributes
        return {name: own[name] for name in own if name in chains and decide(plan.name, name) == "permit"}

    def _groups(self, ids: Collection[str]) -> Iterator[list[VisibleRecord]]:
        """The visible records of entities, entity by entity."""
        groups: dict[str, list[VisibleRecord]] = defaultdict(list)
        for record in self._records_of(ids) if ids else ():
            groups[record.entity].append(record)
        return map(self._standing, groups.values())

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
        facts = self._facts(plan, group, explained=False)
        return EntityView(group[0].entity, plan.name, title_of(plan, facts, group), facts, tuple(group))

    def explained(self, view: EntityView) -> Mapping[str, Fact]:
        """The facts of an entity with what only `why` tells: by how much they won, and what would change them."""
        return self._facts(self.plans[view.kind], list(view.records), explained=True)

    def _facts(self, plan: KindPlan, group: list[VisibleRecord], *, explained: bool) -> Mapping[str, Fact]:
        claims, fallen = self.references.standing(plan, group[0].entity, self.claims(group))
        facts = resolve(plan.name, self.shown(plan), plan.chains, claims, self.now, explained=explained)
        return with_fallen(plan, facts, fallen)

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
        """The keys (with their kind) that link records."""
        if self.as_of is None:
            return {(record.kind, key) for record in records for key in orjson.loads(record.keys)}
        # What has gone by now is linked no more, though it was seen at that instant.
        return reading.linking_keys(self.tx, self.view, {(record.stream, record.rec) for record in records})

    @property
    def label_sets(self) -> Mapping[int, frozenset[str]]:
        """Every set of labels, by number."""
        return self._ground.labels

    @property
    def workspace_name(self) -> str:
        """What the workspace is called; ids are made from it."""
        return self._ground.name

    def stand_for(self, records: Collection[VisibleRecord]) -> set[tuple[int, str]]:
        """The records' ids, and those that went into them: a source may take days to tell what hung on those."""
        return reading.merged_into(self.tx, self.view, {(record.stream, record.rec) for record in records})

    def children(self, records: Collection[VisibleRecord], scopes: Collection[str], most: int) -> dict[str, list[str]]:
        """The ids of what hangs on any of the records or scopes, by kind; episodes are told by their texts instead."""
        hanging = self.begun([(name, HANGS) for name in self.plans])
        kinds = {name: (name, HANGS) in hanging for name, plan in self.plans.items() if not plan.kind.episode}
        found: dict[str, list[str]] = defaultdict(list)
        for kind, entity in reading.child_entities(self.tx, self.view, self.stand_for(records), scopes, kinds, most):
            found[kind].append(entity)
        return found

    def child_records(
        self, records: Collection[VisibleRecord], scopes: Collection[str], most: int
    ) -> Sequence[VisibleRecord]:
        """The records of what hangs on any of the records or scopes."""
        found = [entity for ids in self.children(records, scopes, most).values() for entity in ids]
        return self._records_of(found) if found else ()
