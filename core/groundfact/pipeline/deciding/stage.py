"""The stage that links records, decides facts and indexes texts, step by step: a commit may end in between."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import orjson

from groundfact.pipeline.deciding.changes import Change, differences
from groundfact.pipeline.deciding.documents import Documents
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.identity.directly import link_directly
from groundfact.pipeline.identity.linking import Audiences, Look, NeedsReview, link_kind
from groundfact.store import facts as cache
from groundfact.store import listing, passages, registry
from groundfact.store.engine import Tx
from groundfact.store.links import DirtyRecord
from groundfact.store.passages import Texts
from groundfact.store.reading import Said, View, said_of
from groundfact.store.versions import Incoming

__all__ = ["Derived", "Fresh", "Judged", "Span", "Stage", "Step", "Workspace"]

T = TypeVar("T")
Judged = Mapping[str, Collection[tuple[int, str]]]
"""By kind, the records that somebody has just decided about."""
_CHUNK = 2_000
_TEXTS = 20_000
"""Versions whose texts are indexed together."""


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


class Span(NamedTuple):
    """What is to be worked in."""

    top: int
    """The newest version that is worked in now."""
    after: int
    """The newest version whose facts were decided before."""
    links_after: int
    """The newest version that was linked before."""
    texts_after: int
    """The newest version whose text was indexed before."""
    everything: bool = False
    """Whether the rules are others: then no fact is taken for granted."""
    anew: bool = False
    """Whether facts are written also where they are the same."""
    links_anew: bool = False
    """Whether no link is taken for granted."""
    texts_anew: bool = False
    """Whether texts are indexed also where they are."""


class Step(NamedTuple):
    """How far the stage is."""

    part: str
    """What it is at: links, facts or texts."""
    done: int
    total: int | None
    """About; None: nobody knows."""


class _Look:
    """What one transaction sees of the workspace, and the number it writes under."""

    def __init__(self, tx: Tx, workspace: int, clock: Callable[[], int]) -> None:
        self.tx, self._workspace, self._clock = tx, workspace, clock
        self._seq: int | None = None
        self._makes: dict[str, Documents] = {}

    @cached_property
    def streams(self) -> Mapping[int, registry.StreamRow]:
        return {row.id: row for row in registry.streams(self.tx, self._workspace)}

    @cached_property
    def public(self) -> list[int]:
        return registry.public_label_sets(self.tx, self._workspace)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(frozenset(self.public), registry.alike(self.tx, self._workspace))

    @cached_property
    def view(self) -> View:
        return View(self._workspace, orjson.dumps(self.public).decode(), self.streams, None)

    def makes(self, plan: KindPlan) -> Documents:
        """Makes the documents of a kind."""
        if plan.name not in self._makes:
            self._makes[plan.name] = Documents(plan, self.streams)
        return self._makes[plan.name]

    def commit(self) -> int:
        if self._seq is None:
            self._seq = registry.next_seq(self.tx, self._workspace, self._clock())
        return self._seq


class Stage:
    """One run of the stage. `enter` tells it the transaction it works in, before each step that begins another."""

    def __init__(
        self, workspace: Workspace, plans: Mapping[str, KindPlan], now: Callable[[], int], clock: Callable[[], int]
    ) -> None:
        """`now`: the time to decide for; `clock`: that of its commits."""
        self._workspace, self._plans, self._now, self._clock = workspace, plans, now, clock
        self._changes: list[Change] = []
        self._reviews: list[NeedsReview] = []
        self._links = self._entities = 0
        self._anew = False
        self._told = (0, 0)
        """Of how many changes and reviews somebody was told."""

    @property
    def derived(self) -> Derived:
        """What was done so far."""
        return Derived(self._changes, self._reviews, self._links, self._entities)

    def untold(self) -> Derived:
        """What was done since this was last asked."""
        changes, reviews = self._told
        self._told = (len(self._changes), len(self._reviews))
        return self.derived._replace(changes=self._changes[changes:], reviews=self._reviews[reviews:])

    @property
    def when(self) -> dict[str, str]:
        """By kind, the attribute that says when it happened: the one thing of the rules that texts rest on."""
        return {name: plan.kind.when for name, plan in self._plans.items() if plan.kind.when}

    def enter(self, tx: Tx) -> None:
        """Work in this transaction from now on: what another one saw may be out of date."""
        self._look = _Look(tx, self._workspace.id, self._clock)

    def steps(
        self,
        span: Span,
        *,
        judged: Judged = MappingProxyType({}),
        due: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Step]:
        """Link, decide and index, and decide again the entities (id to kind) that are due.

        After each step the transaction may end; what the steps did rests on what comes after them until the last one.
        """
        self._anew = span.anew
        touched: dict[str, set[str]] = {name: set() for name in self._plans}
        looked = 0
        kinds = listing.kinds_after(self._look.tx, self._workspace.id, span.links_after)
        for name, plan in self._plans.items():
            if name not in kinds and name not in judged:
                continue
            after, anew = span.links_after, span.links_anew
            for linked in link_kind(self._workspace, plan.identity, self._seen, after, judged.get(name, ()), anew):
                touched[name] |= linked.entities
                self._links += linked.opened
                self._reviews += linked.reviews
                looked += linked.looked
                yield Step("links", looked, max(looked, span.top - after))
        yield from self._decided(self._every() if span.everything else self._touched(span.after, touched, due))
        yield from self._indexed(span)

    def run_directly(self, fresh: Fresh, version: int) -> bool:
        """The same for one record; False where it takes more than that, and nothing was done."""
        stream, row, public, seq = fresh
        plan, look = self._plans.get(stream.kind), self._look
        if plan is None:
            return False
        said = DirtyRecord(stream.id, row.rec, row.labels, row.attributes, None, row.about)
        entity = link_directly(look.tx, self._workspace, plan.identity, stream, said, lambda: look.audiences, seq)
        if entity is None:
            return False
        self._links += 1
        if not plan.kind.episode:
            self._cache_facts(plan, [entity])
        if row.text is not None:
            texts = Texts(self._workspace.id, {stream.id: stream}, (row.labels,) if public else (), self.when)
            passages.index_fresh(look.tx, texts, version, stream.id, row)
        return True

    def _seen(self) -> Look:
        look = self._look
        return Look(look.tx, look.streams, look.audiences, look.commit)

    def _indexed(self, span: Span) -> Iterator[Step]:
        if span.texts_anew:
            # All at once: a search must not find half of them.
            passages.drop_passages(self._look.tx, self._workspace.id)
            # Also what came meanwhile and may be indexed already: it went as well.
            self._index(0, listing.last_version(self._look.tx, self._workspace.id))
            yield Step("texts", span.top, span.top)
            return
        for start in range(span.texts_after, span.top, _TEXTS):
            end = min(start + _TEXTS, span.top)
            self._index(start, end)
            yield Step("texts", end - span.texts_after, span.top - span.texts_after)

    def _index(self, after: int, top: int) -> None:
        look = self._look
        texts = Texts(self._workspace.id, look.streams, look.public, self.when)
        passages.index_passages(look.tx, texts, after, top)

    def _touched(
        self, after: int, touched: Mapping[str, set[str]], due: Mapping[str, str]
    ) -> Mapping[str, Sequence[str]]:
        """The entities to decide, by kind: those of changed records, and those that are due."""
        changed = cache.entities_of_versions(self._look.tx, self._workspace.id, after)
        found = {kind: set(entities) for kind, entities in touched.items()}
        for entity, kind in (*changed.items(), *due.items()):
            found.setdefault(kind, set()).add(entity)
        return {kind: sorted(entities) for kind, entities in found.items()}

    def _every(self) -> Mapping[str, Sequence[str]]:
        """Every entity, by kind; documents that nobody would ask for any more go."""
        tx, workspace = self._look.tx, self._workspace.id
        cache.forget_kinds(tx, workspace, self._plans)
        linked = cache.entities_by_link(tx, workspace)
        for name, plan in self._plans.items():
            # With other rules an entity may have gone into another, and a kind may have become one of episodes.
            wanted = () if plan.kind.episode else linked.get(name, ())
            self._write(plan, [], cache.cached(tx, workspace, name).difference(wanted))
        return linked

    def _decided(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        # An episode is told by its text: nobody looks it up by its facts.
        plans = [plan for plan in self._plans.values() if not plan.kind.episode]
        done, total = 0, sum(len(wanted.get(plan.name, ())) for plan in plans)
        for plan in plans:
            told = len(self._changes)
            for part in _batches(iter(wanted.get(plan.name, ()))):
                self._cache_facts(plan, part)
                done += len(part)
                yield Step("facts", done, total)
            # In whatever order they are read, those of one commit are told in one.
            told = max(told, self._told[0])
            self._changes[told:] = sorted(self._changes[told:], key=attrgetter("entity"))

    def _cache_facts(self, plan: KindPlan, entities: list[str]) -> None:
        """Decide entities, as many as fit into memory."""
        found = said_of(self._look.tx, self._look.view, entities)
        self._write(plan, found, set(entities) - {group[0][0] for group in found})

    def _write(self, plan: KindPlan, groups: Sequence[Sequence[Said]], empty: set[str]) -> None:
        tx, makes = self._look.tx, self._look.makes(plan)
        ids = [group[0][0] for group in groups]
        before = {} if self._anew else cache.documents(tx, [*ids, *empty])
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
        cache.write_documents(tx, self._workspace.id, plan.name, rows)
        cache.forget_documents(tx, sorted(empty))
        self._entities += len(ids)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(items, _CHUNK)):
        yield part
