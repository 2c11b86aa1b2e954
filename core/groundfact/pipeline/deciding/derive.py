"""Everything that can be dropped and recomputed: links, the fact cache, passages. One commit, one watermark."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import orjson

from groundfact.pipeline.deciding.changes import Change, differences
from groundfact.pipeline.deciding.documents import Documents
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.resolution import RecordClaims
from groundfact.pipeline.identity.directly import link_directly
from groundfact.pipeline.identity.linking import Audiences, NeedsReview, link_kind
from groundfact.pipeline.ingest.collector import collector_paused
from groundfact.store import facts as cache
from groundfact.store import listing, passages, registry, runs
from groundfact.store.engine import Store, Tx
from groundfact.store.links import DirtyRecord
from groundfact.store.passages import Texts
from groundfact.store.reading import Said, View, VisibleRecord, said_of
from groundfact.store.versions import Incoming

__all__ = ["Derived", "Fresh", "Judged", "claims_of", "derive", "derive_told", "drop_derived", "is_settled"]

T = TypeVar("T")
Judged = Mapping[str, Collection[tuple[int, str]]]
"""By kind, the records that somebody has just decided about."""
_STAGE = "derived"
_CHUNK = 2_000


class Derived(NamedTuple):
    """What the stage did."""

    changes: list[Change]
    reviews: list[NeedsReview]
    links: int
    entities: int
    settled: bool = True
    """Whether everything is worked in now, where it was before."""


class Workspace(NamedTuple):
    """A workspace in the store and by name."""

    id: int
    name: str


class Fresh(NamedTuple):
    """A record that was told for the first time, in the transaction that it is worked in by."""

    stream: registry.StreamRow
    row: Incoming
    public: bool
    """Whether everybody in the workspace may see it."""
    seq: int


def derive(
    store: Store, workspace: Workspace, plans: Mapping[str, KindPlan], digest: str, now: Callable[[], int]
) -> Derived:
    """Bring links, facts and passages up to the record versions, and facts up to the time; nothing to do writes
    nothing."""
    with store.reading() as tx:
        top = listing.last_version(tx, workspace.id)
        done = runs.mark(tx, workspace.id, _STAGE) == (top, digest)
        if done and not cache.any_due(tx, workspace.id, now()):
            return Derived([], [], 0, 0)
    with collector_paused(), store.writing() as tx:
        # Asked again under the write lock: another process may have done the work meanwhile.
        top = listing.last_version(tx, workspace.id)
        after, rules = runs.mark(tx, workspace.id, _STAGE)
        after = after if rules == digest else 0
        stage = _Stage(tx, workspace, plans, now)
        derived = stage.run(after, everything=rules != digest, due=cache.due_entities(tx, workspace.id, now()))
        runs.set_mark(tx, workspace.id, _STAGE, top, digest)
        return derived


def derive_told(
    tx: Tx,
    workspace: Workspace,
    plans: Mapping[str, KindPlan],
    digest: str,
    now: Callable[[], int],
    before: int,
    judged: Judged | None = None,
    fresh: Fresh | None = None,
) -> Derived:
    """Bring links, facts and passages up to what was told in this very transaction, after the version `before`, and to
    what was decided in it about records. `fresh`: that record, and nothing else.

    What a sync under way has written meanwhile is left to its own end: an answer must not wait for that.
    """
    top = listing.last_version(tx, workspace.id)
    if top == before and not judged:
        return Derived([], [], 0, 0)
    stage = _Stage(tx, workspace, plans, now)
    derived = None if fresh is None else stage.run_directly(fresh, top)
    if derived is None:
        derived = stage.run(before, everything=False, judged=judged or {})
    return derived._replace(settled=runs.move_mark(tx, workspace.id, _STAGE, before, top, digest))


def is_settled(tx: Tx, workspace: int) -> bool:
    """Whether every version has been worked into links, facts and passages."""
    return runs.mark(tx, workspace, _STAGE)[0] == listing.last_version(tx, workspace)


def drop_derived(store: Store, workspace: Workspace) -> None:
    """Forget the fact cache, the passages and the watermark; links stay, because decisions are history."""
    with store.writing() as tx:
        cache.drop_documents(tx, workspace.id)
        passages.drop_passages(tx, workspace.id)
        runs.set_mark(tx, workspace.id, _STAGE, 0, "")


class _Stage:
    """One run of the stage inside one transaction."""

    def __init__(self, tx: Tx, workspace: Workspace, plans: Mapping[str, KindPlan], now: Callable[[], int]) -> None:
        self._tx, self._workspace, self._plans, self._now = tx, workspace, plans, now
        self._seq: int | None = None
        self._changes: list[Change] = []

    @cached_property
    def _streams(self) -> Mapping[int, registry.StreamRow]:
        return {row.id: row for row in registry.streams(self._tx, self._workspace.id)}

    @cached_property
    def _public(self) -> list[int]:
        return registry.public_label_sets(self._tx, self._workspace.id)

    @cached_property
    def _audiences(self) -> Audiences:
        return Audiences(frozenset(self._public), registry.alike(self._tx, self._workspace.id))

    def _commit(self) -> int:
        if self._seq is None:
            self._seq = registry.next_seq(self._tx, self._workspace.id, self._now())
        return self._seq

    def run(
        self,
        after: int,
        *,
        everything: bool,
        judged: Judged = MappingProxyType({}),
        due: Mapping[str, str] = MappingProxyType({}),
    ) -> Derived:
        """Link, decide and index what is above a version, and decide again the entities (id to kind) that are due."""
        reviews: list[NeedsReview] = []
        touched: dict[str, set[str]] = {name: set() for name in self._plans}
        links = 0
        kinds = listing.kinds_after(self._tx, self._workspace.id, after)
        for name, plan in self._plans.items():
            if name not in kinds and name not in judged:
                continue
            linked = link_kind(
                self._tx,
                self._workspace.id,
                self._workspace.name,
                plan.identity,
                self._streams,
                self._audiences,
                after,
                self._commit,
                judged.get(name, ()),
                everything,
            )
            touched[name] |= linked.entities
            links += linked.opened
            reviews += linked.reviews
        if not everything:
            changed = cache.entities_of_versions(self._tx, self._workspace.id, after)
            for entity, kind in (*changed.items(), *due.items()):
                touched.setdefault(kind, set()).add(entity)
        else:
            cache.forget_kinds(self._tx, self._workspace.id, self._plans)
        count = 0
        for name, plan in self._plans.items():
            # An episode is told by its text: nobody looks it up by its facts.
            if not plan.kind.episode and (everything or touched[name]):
                count += self._cache_facts(plan, None if everything else touched[name])
        self._index(after)
        return Derived(self._changes, reviews, links, count)

    def run_directly(self, fresh: Fresh, version: int) -> Derived | None:
        """The same for one record; None where it takes more than that."""
        stream, row, public, seq = fresh
        plan = self._plans.get(stream.kind)
        if plan is None:
            return None
        said = DirtyRecord(stream.id, row.rec, row.labels, row.attributes, None, row.about)
        entity = link_directly(self._tx, self._workspace, plan.identity, stream, said, lambda: self._audiences, seq)
        if entity is None:
            return None
        count = 0 if plan.kind.episode else self._cache_facts(plan, {entity})
        if row.text is not None:
            texts = Texts(self._workspace.id, {stream.id: stream}, (row.labels,) if public else (), self._when())
            passages.index_fresh(self._tx, texts, version, stream.id, row)
        return Derived(self._changes, [], 1, count)

    def _index(self, after: int) -> None:
        if not after:
            passages.drop_passages(self._tx, self._workspace.id)
        texts = Texts(self._workspace.id, self._streams, self._public, self._when())
        passages.index_passages(self._tx, texts, after)

    def _when(self) -> dict[str, str]:
        return {name: plan.kind.when for name, plan in self._plans.items() if plan.kind.when}

    def _view(self) -> View:
        labels = orjson.dumps(self._public).decode()
        return View(self._workspace.id, labels, self._streams, None)

    def _cache_facts(self, plan: KindPlan, entities: Collection[str] | None) -> int:
        view = self._view()
        makes = Documents(plan, self._streams)
        if entities is None:
            wanted: Sequence[str] = self._linked.get(plan.name, ())
            # With other rules an entity may have gone into another: nobody would ask for its document again.
            gone = cache.cached(self._tx, self._workspace.id, plan.name).difference(wanted)
            self._write(plan, makes, [], gone)
        else:
            wanted = sorted(entities)
        count, told = 0, len(self._changes)
        for part in _batches(iter(wanted)):
            found = said_of(self._tx, view, part)
            count += self._write(plan, makes, found, set(part) - {group[0][0] for group in found})
        # In whatever order they are read, they are told in one.
        self._changes[told:] = sorted(self._changes[told:], key=attrgetter("entity"))
        return count

    @cached_property
    def _linked(self) -> Mapping[str, Sequence[str]]:
        return cache.entities_by_link(self._tx, self._workspace.id)

    def _write(self, plan: KindPlan, makes: Documents, groups: Sequence[Sequence[Said]], empty: set[str]) -> int:
        ids = [group[0][0] for group in groups]
        before = cache.documents(self._tx, [*ids, *empty])
        now = self._now()
        rows: list[tuple[str, str, int, int, int | None]] = []
        for entity, group in zip(ids, groups, strict=True):
            made = makes.make(group, now)
            was = before.get(entity)
            if was is None or was != (made.text, made.due):
                rows.append((entity, *made))
            if was is not None and was.text != made.text:
                self._changes += differences(plan, entity, was.text, made.text)
        for entity in sorted(empty & before.keys()):
            # It vanished or went into another: whoever listens must not go on believing it.
            self._changes += differences(plan, entity, before[entity].text, "{}")
        cache.write_documents(self._tx, self._workspace.id, plan.name, rows)
        cache.forget_documents(self._tx, sorted(empty & before.keys()))
        return len(ids)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(items, _CHUNK)):
        yield part


def claims_of(
    records: Iterable[VisibleRecord], streams: Mapping[int, registry.StreamRow], verified: Mapping[int, int]
) -> list[RecordClaims]:
    """Records as resolution wants them; `verified` says up to when each stream confirms all its records."""
    found = []
    for record in records:
        stream = streams[record.stream]
        seen = max(record.observed_at, record.confirmed_at or 0, verified.get(record.stream, 0))
        found.append(
            RecordClaims(
                record.attributes,
                stream.source,
                stream.name,
                record.rec,
                record.changed,
                record.asserted_at,
                record.observed_at,
                seen,
            )
        )
    return found
