"""Everything that can be dropped and recomputed: links, the fact cache, passages. One commit, one watermark."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson

from groundfact.model import Fact
from groundfact.pipeline.identity import NeedsReview, link_kind
from groundfact.pipeline.plan import KindPlan
from groundfact.pipeline.resolution import RecordClaims, resolve
from groundfact.store import facts as cache
from groundfact.store import listing, passages, registry, runs
from groundfact.store.engine import Store, Tx
from groundfact.store.reading import View, VisibleRecord, each_entity, records_of

__all__ = ["Change", "Derived", "claims_of", "derive", "document", "drop_derived"]

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
    with _collector_paused(), store.writing() as tx:
        # Asked again under the write lock: another process may have done the work meanwhile.
        top = listing.last_version(tx, workspace.id)
        after, rules = runs.mark(tx, workspace.id, _STAGE)
        after = after if rules == digest else 0
        return _Stage(tx, workspace, plans, now).run(after, top, digest, everything=rules != digest)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """The stage holds millions of objects that no cycle keeps alive: walking them again and again finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
        self._changes: list[Change] = []

    def _commit(self) -> int:
        if self._seq is None:
            self._seq = registry.next_seq(self._tx, self._workspace.id, self._now())
        return self._seq

    def run(self, after: int, top: int, digest: str, *, everything: bool) -> Derived:
        """Link, decide, index, then move the watermark."""
        reviews: list[NeedsReview] = []
        touched: dict[str, set[str]] = {name: set() for name in self._plans}
        links = 0
        for name, plan in self._plans.items():
            linked = link_kind(
                self._tx,
                self._workspace.id,
                self._workspace.name,
                plan.identity,
                self._streams,
                frozenset(self._public),
                after,
                self._commit,
            )
            touched[name] |= linked.entities
            links += linked.opened
            reviews += linked.reviews
        for entity, kind in cache.entities_of_versions(self._tx, self._workspace.id, after).items():
            touched.setdefault(kind, set()).add(entity)
        count = 0
        for name, plan in self._plans.items():
            count += self._cache_facts(plan, None if everything else touched[name])
        passages.index_passages(self._tx, self._workspace.id, after)
        runs.set_mark(self._tx, self._workspace.id, _STAGE, top, digest)
        return Derived(self._changes, reviews, links, count)

    def _view(self) -> View:
        labels = orjson.dumps(self._public).decode()
        return View(self._workspace.id, labels, self._streams, None)

    def _cache_facts(self, plan: KindPlan, entities: Collection[str] | None) -> int:
        view = self._view()
        count = 0
        groups: Iterable[list[VisibleRecord]]
        if entities is None:
            groups = each_entity(self._tx, view, plan.name, confirmed=False)
            for part in _chunks(groups):
                count += self._write(plan, part, set())
            return count
        ordered = sorted(entities)
        for start in range(0, len(ordered), _CHUNK):
            wanted = ordered[start : start + _CHUNK]
            found: dict[str, list[VisibleRecord]] = {}
            for record in records_of(self._tx, view, wanted):
                found.setdefault(record.entity, []).append(record)
            count += self._write(plan, list(found.values()), set(wanted) - found.keys())
        return count

    def _write(self, plan: KindPlan, groups: list[list[VisibleRecord]], empty: set[str]) -> int:
        ids = [group[0].entity for group in groups]
        before = cache.documents(self._tx, [*ids, *empty])
        now = self._now()
        rows: list[tuple[str, str]] = []
        for entity, group in zip(ids, groups, strict=True):
            found = resolve(plan.name, plan.kind.attributes, plan.chains, claims_of(group, self._streams, {}), now)
            text = orjson.dumps(document(found)).decode()
            if before.get(entity) != text:
                rows.append((entity, text))
                if entity in before:
                    self._changes += _differences(plan, entity, before[entity], text)
        cache.write_documents(self._tx, self._workspace.id, plan.name, rows)
        cache.forget_documents(self._tx, sorted(empty & before.keys()))
        return len(ids)


def _chunks(groups: Iterable[list[VisibleRecord]]) -> Iterable[list[list[VisibleRecord]]]:
    part: list[list[VisibleRecord]] = []
    for group in groups:
        part.append(group)
        if len(part) == _CHUNK:
            yield part
            part = []
    if part:
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


def document(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The cached form: status, value, who says so since when, the rule, and who says otherwise."""
    doc: dict[str, Any] = {}
    for name, fact in facts.items():
        entry: dict[str, Any] = {"s": fact.status, "v": fact.value, "rule": fact.rule}
        if fact.claims:
            first = fact.claims[0]
            entry["by"] = [first.source, first.stream, first.record]
            entry["at"] = first.changed_at
            entry["agree"] = len(fact.claims)
        if fact.status == "conflict":
            entry["v"] = [claim.value for claim in fact.claims]
        if fact.losers:
            entry["against"] = [[x.claim.source, x.claim.record, x.claim.value, x.code] for x in fact.losers]
        doc[name] = entry
    return doc


def _differences(plan: KindPlan, entity: str, before: str, after: str) -> list[Change]:
    old, new = orjson.loads(before), orjson.loads(after)
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
