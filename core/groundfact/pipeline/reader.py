"""Reading through the eyes of one principal: visible records, permitted attributes, facts with their freshness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from groundfact.model import Access, Claim, Fact, Freshness
from groundfact.model.voices import is_voice
from groundfact.pipeline.derive import claims_of
from groundfact.pipeline.freshness import SourceState, assess
from groundfact.pipeline.plan import KindPlan
from groundfact.pipeline.resolution import NEVER, RecordClaims, resolve
from groundfact.store import reading, registry
from groundfact.store.engine import Tx
from groundfact.store.reading import View, VisibleRecord
from groundfact.vocabulary import Attribute

__all__ = ["EntityView", "Reader"]

_NEVER = SourceState(None, 0)
_ALWAYS = -1


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

    def __post_init__(self) -> None:
        """Find what may be seen, before anything is read."""
        labels = registry.visible_label_sets(self.tx, self.workspace, self.access.labels)
        streams = {row.id: row for row in registry.streams(self.tx, self.workspace)}
        self.view = View(self.workspace, orjson.dumps(labels).decode(), streams, self.known_at)
        self._passes = reading.passes(self.tx, self.view)
        self._states: dict[str, SourceState] = {}
        self._permitted: dict[str, Mapping[str, Attribute]] = {}
        self._merging: bool | None = None
        # A stream whose increments confirm everything is confirmed by any pass, others only by a full one.
        self.verified: dict[int, int] = {}
        for stream, modes in self._passes.items():
            confirmed = modes if streams[stream].confirms == "stream" else {"full": modes.get("full", 0)}
            self.verified[stream] = max(confirmed.values(), default=0)

    def source_state(self, source: str) -> SourceState:
        """How far a source has been read: as far as the stream that is furthest behind."""
        if is_voice(source):
            # Nobody syncs what people say: it is as they said it.
            return SourceState(self.now, NEVER)
        if source not in self._states:
            self._states[source] = self._source_state(source)
        return self._states[source]

    def _source_state(self, source: str) -> SourceState:
        until: list[int] = []
        for row in self.view.streams.values():
            if row.source == source:
                modes = self._passes.get(row.id)
                if modes:
                    until.append(max(modes.values()))
        return SourceState(min(until), self.behind_after.get(source, _ALWAYS)) if until else _NEVER

    def entities(self, ids: Collection[str]) -> dict[str, EntityView]:
        """Entities by id; one of which nothing is visible is missing."""
        groups: dict[str, list[VisibleRecord]] = defaultdict(list)
        for record in reading.records_of(self.tx, self.view, ids):
            groups[record.entity].append(record)
        return {entity: self._entity(group) for entity, group in groups.items()}

    def each(self, kind: str) -> Iterator[EntityView]:
        """Every visible entity of a kind, by id."""
        for group in reading.each_entity(self.tx, self.view, kind):
            yield self._entity(group)

    def _entity(self, group: list[VisibleRecord]) -> EntityView:
        plan = self.plans[group[0].kind]
        facts = resolve(plan.name, self._shown(plan), plan.chains, self.claims(group), self.now)
        return EntityView(group[0].entity, plan.name, title_of(plan, facts, group), facts, tuple(group))

    def _shown(self, plan: KindPlan) -> Mapping[str, Attribute]:
        """The attributes of a kind that the principal may see."""
        if plan.name not in self._permitted:
            decide = self.access.decide
            permitted = {n: a for n, a in plan.kind.attributes.items() if decide(plan.name, n) == "permit"}
            self._permitted[plan.name] = permitted
        return self._permitted[plan.name]

    def claims(self, group: list[VisibleRecord]) -> list[RecordClaims]:
        """The records' claims with the time up to which each is verified."""
        return claims_of(group, self.view.streams, self.verified)

    def freshness(self, kind: str, attribute: str, claim: Claim) -> Freshness:
        """How fresh a claim is now."""
        return assess(claim, self.plans[kind].freshness[attribute], self.source_state(claim.source), self.now)

    def stand_for(self, records: Collection[VisibleRecord]) -> set[tuple[int, str]]:
        """The records' ids, and those that went into them: a source may take days to tell what hung on those."""
        ids = {(record.stream, record.rec) for record in records}
        if self._merging is None:
            self._merging = reading.any_merged(self.tx, self.view)
        return reading.merged_into(self.tx, self.view, ids) if self._merging else ids

    def children(self, records: Collection[VisibleRecord], scopes: Collection[str], most: int) -> list[EntityView]:
        """What hangs on any of the records or scopes, by kind and id; episodes are told by their texts instead."""
        kinds = [name for name, plan in self.plans.items() if not plan.kind.episode]
        found = reading.child_entities(self.tx, self.view, self.stand_for(records), scopes, kinds, most)
        views = self.entities([entity for _, entity in found])
        return [views[entity] for _, entity in found if entity in views]


def title_of(plan: KindPlan, facts: Mapping[str, Fact], group: list[VisibleRecord]) -> str:
    """What an entity is called: the fact that names its kind, one side of a conflict, or its record."""
    fact = facts.get(plan.kind.title)
    if fact is not None and fact.claims:
        return str(fact.claims[0].value)
    return f"{plan.name} {min(record.rec for record in group)}"
