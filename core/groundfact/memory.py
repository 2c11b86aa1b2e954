"""`Memory`: the one façade. Every door goes through it, and it asks the policy once."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from groundfact.config.build import load_config
from groundfact.config.config import Config, SourceSettings
from groundfact.errors import Busy, PluginError, UnknownName, UsageError
from groundfact.governance.access import access_for
from groundfact.model.times import parse_instant, to_ms
from groundfact.model.tokens import estimate_tokens
from groundfact.pipeline.context import build_context
from groundfact.pipeline.derive import Change, Derived, Workspace, derive, drop_derived
from groundfact.pipeline.dry_run import Forecast, forecast
from groundfact.pipeline.dump import canonical_dump, dump_digest
from groundfact.pipeline.explain import explain
from groundfact.pipeline.find import find
from groundfact.pipeline.listings import LISTS, listed
from groundfact.pipeline.plan import kind_plans
from groundfact.pipeline.reader import Reader
from groundfact.pipeline.status import source_status
from groundfact.pipeline.sync import SourceResult, SyncOptions, sync_sources
from groundfact.plugins import Plugins
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.store.migrate import open_store
from groundfact.store.prune import orphans, prune_source
from groundfact.world import SystemWorld, World

__all__ = ["Context", "Memory", "Rebuilt", "SyncReport"]

KnownAt = int | str | datetime | None
_LEAST_TOKENS = 60


class Context(NamedTuple):
    """What a copilot receives: the rendered text, its size, and the same as data."""

    text: str
    tokens: int
    data: Mapping[str, Any]


class SyncReport(NamedTuple):
    """What a sync came to, source by source, and which facts are others now."""

    sources: Sequence[SourceResult]
    changes: Sequence[Change]
    links: int
    pending: Busy | None = None
    """The store was locked when links and facts were to be worked out: the next sync, or `rebuild`, does it."""

    @property
    def ok(self) -> bool:
        """Whether every source was read completely, and what it says is linked and decided."""
        return self.pending is None and all(result.status == "done" for result in self.sources)


class Rebuilt(NamedTuple):
    """What a rebuild came to: the digest of the canonical dump before and after."""

    before: str
    after: str
    entities: int


@dataclass
class Memory:
    """A workspace's memory, opened from its YAML. Use it as a context manager, or call `close`."""

    config: Config
    plugins: Plugins
    store: Store
    world: World

    @classmethod
    def open(
        cls,
        path: str | Path = "groundfact.yaml",
        *,
        variables: Mapping[str, str] | None = None,
        plugins: Plugins | None = None,
        world: World | None = None,
    ) -> Memory:
        """Open a memory. Raises ConfigError (with file and line), PluginError or StoreError."""
        config = load_config(path, plugins, variables=variables)
        return cls(config, config.plugins, open_store(config.store_path), world or SystemWorld())

    def __post_init__(self) -> None:
        """Build the plan of every kind once."""
        self._plans = kind_plans(
            self.config.vocabulary, self.config.matchers, self.config.chains, self.config.freshness
        )
        self._behind = {
            name: source.behind_after // timedelta(milliseconds=1) for name, source in self.config.sources.items()
        }

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def now(self) -> int:
        """The injected clock, ms since 1970 UTC."""
        return to_ms(self.world.now())

    # ---- writing -----------------------------------------------------------------------------------------------

    def sync(self, sources: Sequence[str] = (), options: SyncOptions | None = None) -> SyncReport:
        """Sync the named sources (all without names), then link and decide what changed.

        A source that fails is a result with its error; it never stops the others.
        """
        chosen = self._chosen(sources)
        results = sync_sources(self.store, self.plugins, self.config, self.world, chosen, options or SyncOptions())
        try:
            derived = self._derive()
        except Busy as error:
            return SyncReport(results, (), 0, error)
        return SyncReport(results, derived.changes, derived.links)

    def forecast(self, sources: Sequence[str] = (), limit: int | None = None) -> Sequence[Forecast]:
        """What a sync would do and how many calls it would take; nothing is written."""
        chosen = self._chosen(sources)
        return [forecast(self.store, self.config, self.world, settings, limit) for settings in chosen]

    def prune(self) -> dict[str, int]:
        """Forget sources that the YAML no longer has; how many records each held."""
        with self.store.writing() as tx:
            workspace = registry.ensure_workspace(tx, self.config.workspace)
            names = orphans(tx, workspace, self.config.sources.keys())
            found = {name: prune_source(tx, workspace, name, self.now()) for name in names}
        self._derive()
        return found

    def rebuild(self, at: str | datetime | None = None) -> Rebuilt:
        """Drop everything derived and compute it again from the record versions, as of `at` (now without it)."""
        moment = self.now() if at is None else parse_instant(at) if isinstance(at, str) else to_ms(at)
        workspace = self._workspace()
        with self.store.reading() as tx:
            before = dump_digest(tx, workspace.id)
        drop_derived(self.store, workspace)
        derived = self._derive(moment)
        with self.store.reading() as tx:
            return Rebuilt(before, dump_digest(tx, workspace.id), derived.entities)

    def _chosen(self, names: Sequence[str]) -> list[SourceSettings]:
        for name in names:
            if name not in self.config.sources:
                hint = f"the sources are: {', '.join(self.config.sources)}"
                raise UnknownName(f"there is no source {name!r} in {self.config.path.name}", hint=hint)
        return [self.config.sources[name] for name in names or self.config.sources]

    def _workspace(self) -> Workspace:
        with self.store.reading() as tx:
            number = registry.workspace_id(tx, self.config.workspace)
        if number is None:
            with self.store.writing() as tx:
                number = registry.ensure_workspace(tx, self.config.workspace)
        return Workspace(number, self.config.workspace)

    def _derive(self, at: int | None = None) -> Derived:
        workspace = self._workspace()
        moment = self.now() if at is None else at
        derived = derive(self.store, workspace, self._plans, self.config.digest, lambda: moment)
        for change in derived.changes:
            self.plugins.tell(
                "fact_changed",
                kind=change.kind,
                entity=change.entity,
                attribute=change.attribute,
                before=change.before,
                after=change.after,
            )
        for review in derived.reviews:
            self.plugins.tell("match_needs_review", **review._asdict())
        return derived

    # ---- reading -----------------------------------------------------------------------------------------------

    @contextmanager
    def reader(self, principal: str | None = None, known_at: KnownAt = None) -> Iterator[Reader]:
        """One consistent look at the memory for a principal. Raises Denied where nobody asks."""
        who = self.config.principal(principal)
        access = access_for(who, self.config.policies, self.config.vocabulary)
        with self.store.reading() as tx:
            workspace = registry.workspace_id(tx, self.config.workspace) or 0
            seq, now = self._instant(tx, workspace, known_at)
            yield Reader(tx, access, self._plans, self._behind, workspace, now, seq)

    def _instant(self, tx: Any, workspace: int, known_at: KnownAt) -> tuple[int | None, int]:
        """The commit and the wall clock to answer for."""
        if known_at is None:
            return None, self.now()
        if isinstance(known_at, int):
            return known_at, registry.commit_time(tx, known_at) or self.now()
        at = parse_instant(known_at) if isinstance(known_at, str) else to_ms(known_at)
        return registry.belief_at(tx, workspace, at), at

    def context(
        self,
        account: str,
        question: str | None = None,
        *,
        principal: str | None = None,
        max_tokens: int | None = None,
        kind: str = "account",
        known_at: KnownAt = None,
    ) -> Context:
        """Everything a copilot may rely on about an account (or another kind), in at most `max_tokens`.

        `account` is a name, a domain, an id of ours or a source's own id. Raises UnknownName, Ambiguous or Denied.
        """
        budget = self.config.root.context.max_tokens if max_tokens is None else max_tokens
        if budget < _LEAST_TOKENS:
            raise UsageError(f"max_tokens is {budget}; nothing useful fits below {_LEAST_TOKENS}", hint="ask for more")
        self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            view = find(reader, kind, account)
            order = self.config.root.context.attributes.get(kind, ())
            data = build_context(reader, view, question, order)
            who, entity, workspace = reader.access.principal, view.id, reader.workspace
        text = self.config.renderer.render(data, budget)
        tokens = estimate_tokens(text)
        if tokens > budget:
            raise PluginError(f"renderer {type(self.config.renderer).__name__} made {tokens} tokens of {budget}")
        self._served(workspace, who, kind, entity, tokens)
        return Context(text, tokens, data)

    def why(
        self,
        account: str,
        attribute: str,
        *,
        principal: str | None = None,
        kind: str = "account",
        known_at: KnownAt = None,
    ) -> dict[str, Any]:
        """Why a value is believed: winner, losers with reasons, rule, margin, and what would flip it."""
        self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            return explain(reader, find(reader, kind, account), attribute, self.config.digest)

    def list(
        self, what: str, *, principal: str | None = None, kind: str | None = None, known_at: KnownAt = None
    ) -> Generator[dict[str, Any], None, None]:
        """Stream accounts, contacts, records, links, facts or claims; close it if you do not read it to its end."""
        if what not in LISTS:
            raise UnknownName(f"there is no list of {what!r}", near=list(LISTS), hint=f"there are: {', '.join(LISTS)}")
        if kind is not None:
            self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            yield from listed(reader, what, kind=kind)

    def status(self) -> Sequence[dict[str, Any]]:
        """Every source: last run, how far it has been read, records, rejects. For operators, not for principals."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            return source_status(tx, workspace.id, self.config, self.now())

    def dump(self) -> Iterator[bytes]:
        """The canonical dump, line by line: equal memories give equal bytes."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            yield from canonical_dump(tx, workspace.id)

    def belief(self) -> int:
        """The last commit, for `known_at`."""
        with self.store.reading() as tx:
            return registry.latest_seq(tx)

    def _known_kind(self, kind: str) -> None:
        if kind not in self.config.vocabulary:
            known = ", ".join(self.config.vocabulary)
            raise UnknownName(
                f"there is no kind {kind!r}", near=list(self.config.vocabulary), hint=f"there are: {known}"
            )

    def _served(self, workspace: int, principal: str, kind: str, entity: str, tokens: int) -> None:
        with self.store.writing() as tx:
            runs.audit(tx, workspace, self.now(), principal, "context", f"{kind}:{entity}", f"{tokens} tokens")
        self.plugins.tell("context_served", principal=principal, kind=kind, entity=entity, tokens=tokens)
