"""Everything that can be dropped and recomputed: links, the fact cache, passages. One commit, one watermark."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import orjson

from groundfact.pipeline.deciding.documents import Documents, facts_in
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.resolution import RecordClaims
from groundfact.pipeline.identity.linking import Audiences, NeedsReview, link_kind
from groundfact.pipeline.ingest.collector import collector_paused
from groundfact.store import facts as cache
from groundfact.store import listing, passages, registry, runs
from groundfact.store.engine import Store, Tx
from groundfact.store.passages import Texts
from groundfact.store.reading import Said, View, VisibleRecord, each_said, said_of

__all__ = ["Change", "Derived", "Judged", "claims_of", "derive", "derive_told", "drop_derived", "is_settled"]

T = TypeVar("T")
Judged = Mapping[str, Collection[tuple[int, str]]]
"""By kind, the records that somebody has just decided about."""
_STAGE = "derived"
_CHUNK = 2_000


class Change(NamedTuple):
    """A fact that everybody may see and that is no longer what it was."""

    kind: str
    entity: str
    title: str
    attribute: str
    before: Any
    after: Any


class Derived(NamedTuple):
    """What the stage did."""

    changes: list[Change]
    reviews: list[NeedsReview]
    links: int
    entities: int


class Workspace(NamedTuple):
    """A workspace in the store and by name."""

    id: int
    name: str


def derive(
    store: Store, workspace: Workspace, plans: Mapping[str, KindPlan], digest: str, now: Callable[[], int]
) -> Derived:
    """Bring links, facts and passages up to the record versions; nothing to do writes nothing."""
    with store.reading() as tx:
        top = listing.last_version(tx, workspace.id)
        if runs.mark(tx, workspace.id, _STAGE) == (top, digest):
            return Derived([], [], 0, 0)
    with collector_paused(), store.writing() as tx:
        # Asked again under the write lock: another process may have done the work meanwhile.
        top = listing.last_version(tx, workspace.id)
        after, rules = runs.mark(tx, workspace.id, _STAGE)
        after = after if rules == digest else 0
        derived = _Stage(tx, workspace, plans, now).run(after, everything=rules != digest)
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
) -> Derived:
    """Bring links, facts and passages up to what was told in this very transaction, after the version `before`, and to
    what was decided in it about records.

    What a sync under way has written meanwhile is left to its own end: an answer must not wait for that.
    """
    top = listing.last_version(tx, workspace.id)
    if top == before and not judged:
        return Derived([], [], 0, 0)
    derived = _Stage(tx, workspace, plans, now).run(before, everything=False, judged=judged or {})
    if runs.mark(tx, workspace.id, _STAGE) == (before, digest):
        runs.set_mark(tx, workspace.id, _STAGE, top, digest)
    return derived


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
        self._streams = {row.id: row for row in registry.streams(tx, workspace.id)}
        self._public = registry.public_label_sets(tx, workspace.id)
        self._audiences = Audiences(frozenset(self._public), registry.alike(tx, workspace.id))
        self._changes: list[Change] = []

    def _commit(self) -> int:
        if self._seq is None:
            self._seq = registry.next_seq(self._tx, self._workspace.id, self._now())
        return self._seq

    def run(self, after: int, *, everything: bool, judged: Judged = MappingProxyType({})) -> Derived:
        """Link, decide and index what is above a version."""
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
            )
            touched[name] |= linked.entities
            links += linked.opened
            reviews += linked.reviews
        if not everything:
            for entity, kind in cache.entities_of_versions(self._tx, self._workspace.id, after).items():
                touched.setdefault(kind, set()).add(entity)
        count = 0
        for name, plan in self._plans.items():
            # An episode is told by its text: nobody looks it up by its facts.
            if not plan.kind.episode and (everything or touched[name]):
                count += self._cache_facts(plan, None if everything else touched[name])
        self._index(after)
        return Derived(self._changes, reviews, links, count)

    def _index(self, after: int) -> None:
        if not after:
            passages.drop_passages(self._tx, self._workspace.id)
        when = {name: plan.kind.when for name, plan in self._plans.items() if plan.kind.when}
        passages.index_passages(self._tx, Texts(self._workspace.id, self._streams, self._public, when), after)

    def _view(self) -> View:
        labels = orjson.dumps(self._public).decode()
        return View(self._workspace.id, labels, self._streams, None)

    def _cache_facts(self, plan: KindPlan, entities: Collection[str] | None) -> int:
        view = self._view()
        makes = Documents(plan, self._streams)
        count = 0
        if entities is None:
            # With other rules an entity may have gone into another: nobody would ask for its document again.
            left = cache.cached(self._tx, self._workspace.id, plan.name)
            for part in _batches(each_said(self._tx, view, plan.name)):
                count += self._write(plan, makes, part, set())
                left -= {group[0][0] for group in part}
            self._write(plan, makes, [], left)
            return count
        for wanted in _batches(iter(sorted(entities))):
            found = said_of(self._tx, view, wanted)
            count += self._write(plan, makes, found, set(wanted) - {group[0][0] for group in found})
        return count

    def _write(self, plan: KindPlan, makes: Documents, groups: Sequence[Sequence[Said]], empty: set[str]) -> int:
        ids = [group[0][0] for group in groups]
        before = cache.documents(self._tx, [*ids, *empty])
        now = self._now()
        rows: list[tuple[str, str, int, int]] = []
        for entity, group in zip(ids, groups, strict=True):
            made = makes.make(group, now)
            if before.get(entity) != made.text:
                rows.append((entity, *made))
                if entity in before:
                    self._changes += _differences(plan, entity, before[entity], made.text)
        for entity in sorted(empty & before.keys()):
            # It vanished or went into another: whoever listens must not go on believing it.
            self._changes += _differences(plan, entity, before[entity], "{}")
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


def _differences(plan: KindPlan, entity: str, before: str, after: str) -> list[Change]:
    old, new = facts_in(before), facts_in(after)
    called = new.get(plan.kind.title) or old.get(plan.kind.title) or {"s": "unknown", "v": None}
    title = called["v"][0] if called["s"] == "conflict" else called["v"] or entity
    changes = []
    for name in plan.kind.attributes:
        was, now = _shown(old.get(name)), _shown(new.get(name))
        if was != now:
            changes.append(Change(plan.name, entity, str(title), name, was, now))
    return changes


def _shown(entry: dict[str, Any] | None) -> Any:
    if entry is None:
        return None
    return {"conflict": entry["v"]} if entry["s"] == "conflict" else entry["v"]
