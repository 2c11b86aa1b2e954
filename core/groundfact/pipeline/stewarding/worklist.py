"""What waits for a steward, the worst first: found in one walk over what he may see, in bounded memory.

What everybody may see was decided when it was cached, and is read from there. Only entities of which a steward sees
more, of which somebody told something, or that time may have changed are decided anew; and what is listed is looked at
again before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeVar, get_args

import orjson

from groundfact.model import Claim, FactTimes
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.documents import facts_in
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import conflict_sides
from groundfact.store import registry
from groundfact.store.facts import due_entities
from groundfact.store.relations import REFERS
from groundfact.store.worklist import disputed_documents, each_document, entities_keyed_twice, entities_with

__all__ = ["TASKS", "FactTask", "Task", "fact_tasks", "task_of"]

T = TypeVar("T")
Task = Literal["contested", "conflict", "stale", "review", "merge"]
TASKS: Sequence[Task] = get_args(Task)
"""What a steward may have to do, the worst first."""
_CHUNK = 500
Rank = tuple[int, int, int, str, str]


class FactTask(NamedTuple):
    """A fact that needs a steward, and where it stands among the others."""

    rank: Rank
    task: Task
    entity: str
    attribute: str


def fact_tasks(reader: Reader, kind: str, only: Collection[Task], most: int) -> list[FactTask]:
    """The worst facts of a kind."""
    wanted = [task for task in ("contested", "conflict", "stale") if task in only]
    if not wanted:
        return []
    found = (task for task in _Walk(reader, kind).tasks() if task.task in wanted)
    return nsmallest(most, found)


def task_of(reader: Reader, view: EntityView, attribute: str) -> FactTask | None:
    """What a fact needs, if anything."""
    fact = view.facts.get(attribute)
    if fact is None or fact.status == "unknown":
        return None
    if fact.contested:
        news = [claim.observed_at if claim.changed_at is None else claim.changed_at for claim in fact.contested]
        return _ranked("contested", min(news), 0, view.id, attribute)
    if fact.status == "conflict":
        return _conflict(reader.plans[view.kind], len(conflict_sides(fact)), view.id, attribute)
    fresh = reader.freshness(view.kind, attribute, fact.claims[0])
    return _ranked("stale", fresh.verified_at or 0, 0, view.id, attribute) if fresh.withheld else None


def _conflict(plan: KindPlan, sides: int, entity: str, attribute: str) -> FactTask:
    """Of what must be current first, then where most values stand against each other."""
    return _ranked("conflict", 0 if _must_be_current(plan, attribute) else 1, -sides, entity, attribute)


def _ranked(task: Task, first: int, second: int, entity: str, attribute: str) -> FactTask:
    return FactTask((TASKS.index(task), first, second, entity, attribute), task, entity, attribute)


def _must_be_current(plan: KindPlan, attribute: str) -> bool:
    """Whether a value may ever be too old to be served."""
    life = plan.freshness[attribute].lifetime(FactTimes(0, 0, 0, 0))
    return life.must_revalidate or life.stale_while_revalidate is not None or life.stale_if_error is not None


class _Walk:
    """One walk over the entities of a kind."""

    def __init__(self, reader: Reader, kind: str) -> None:
        self._reader, self._kind, self._plan = reader, kind, reader.plans[kind]
        attributes = self._plan.kind.attributes
        # A relation is no line among the facts, but it is told, and may be disputed, like one.
        self._relations = {name for name, spec in attributes.items() if spec.type == "reference"}
        self._shown = [name for name, spec in attributes.items() if not spec.hidden or name in self._relations]
        self._current = {name for name in self._shown if _must_be_current(self._plan, name)}
        self._streams = {(row.source, row.name): row.id for row in reader.view.streams.values()}

    def tasks(self) -> Iterator[FactTask]:
        """Every fact that needs somebody."""
        reader, kind = self._reader, self._kind
        if any(reader.access.decide(kind, name) != "permit" for name in self._plan.kind.attributes):
            # What one may not see has no say: nothing that was decided with it can be used.
            for view in reader.each(kind):
                yield from self._of_view(view)
            return
        public = registry.public_label_sets(reader.tx, reader.workspace)
        voices = [row.id for row in reader.view.streams.values() if is_voice(row.source)]
        anew = entities_with(reader.tx, reader.view, kind, public, voices)
        # Time may have brought a dispute since, or settled one; the cache hears of it with the next sync.
        anew |= {one for one, of in due_entities(reader.tx, reader.workspace, reader.now).items() if of == kind}
        for part in _parts(iter(sorted(anew))):
            yield from self._decided(part)
        yield from self._cached(anew)

    def _cached(self, anew: Collection[str]) -> Iterator[FactTask]:
        unsure: list[str] = []
        for entity, text in self._documents():
            if entity in anew:
                continue
            found = self._of_document(entity, facts_in(text))
            if found is None:
                unsure.append(entity)
            else:
                yield from found
            if len(unsure) == _CHUNK:
                yield from self._decided(unsure)
                unsure = []
        yield from self._decided(unsure)

    def _documents(self) -> Iterator[tuple[str, str]]:
        """The documents in which there may be something to do."""
        reader, kind = self._reader, self._kind
        if self._current:
            return each_document(reader.tx, reader.workspace, kind)
        referring = reader.begun([(kind, f"{REFERS}{name}|") for name in sorted(self._relations)])
        # Two that name the other end alike may mean different ones; of one alone there is nothing to dispute.
        also = entities_keyed_twice(reader.tx, reader.view, kind, [key for _, key in referring]) if referring else ()
        return disputed_documents(reader.tx, reader.workspace, kind, also)

    def _decided(self, entities: Collection[str]) -> Iterator[FactTask]:
        for view in self._reader.entities(entities).values():
            yield from self._of_view(view)

    def _of_view(self, view: EntityView) -> Iterator[FactTask]:
        for name in self._shown:
            task = task_of(self._reader, view, name)
            if task is not None:
                yield task

    def _of_document(self, entity: str, facts: Mapping[str, Any]) -> list[FactTask] | None:
        """What the facts of an entity need; None where that takes more than the cache holds."""
        found = []
        for name, entry in facts.items():
            # The cache holds what sources say of the other end, not which entity that is: two may mean the same one
            # by different words, or different ones by the same.
            if name in self._relations and (entry.get("agree", 0) > 1 or "against" in entry):
                return None
            if entry["s"] == "conflict" and name in self._shown:
                sides = len({orjson.dumps(value) for value in entry["v"]})
                found.append(_conflict(self._plan, sides, entity, name))
            elif entry["s"] == "known" and name in self._current:
                verified = self._withheld_since(name, entry)
                if verified is None:
                    return None
                if verified >= 0:
                    found.append(_ranked("stale", verified, 0, entity, name))
        return found

    def _withheld_since(self, name: str, entry: Mapping[str, Any]) -> int | None:
        """The last confirmation of a value that is too old; -1: it is not; None: its record has to be looked at."""
        source, stream, record = entry["by"]
        verified = self._reader.verified.get(self._streams[source, stream], 0)
        # At the latest then: the record may have been confirmed by itself since.
        claim = Claim(entry["v"], None, source, stream, record, entry["at"], verified, verified)
        fresh = self._reader.freshness(self._kind, name, claim)
        if self._plan.chains[name].span is not None or not verified:
            return None
        if not fresh.withheld:
            return -1
        return verified if fresh.why == "source_behind" else None


def _parts(items: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(items, _CHUNK)):
        yield part
