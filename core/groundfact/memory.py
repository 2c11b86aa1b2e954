"""`Memory`: the one façade. Every door goes through it, and it asks the policy once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from groundfact.advising import Advising
from groundfact.asking import KnownAt
from groundfact.config.build import load_config
from groundfact.config.config import SourceSettings
from groundfact.errors import Busy, UnknownName, UsageError
from groundfact.model.times import parse_instant, to_ms
from groundfact.pipeline.answering.reports import Context, Rebuilt, SyncReport
from groundfact.pipeline.deciding.derive import Digests, derive
from groundfact.pipeline.deciding.dump import dump_digest
from groundfact.pipeline.deciding.lifetimes import days, learn
from groundfact.pipeline.deciding.rules_then import note_rules
from groundfact.pipeline.deciding.stage import Derived
from groundfact.pipeline.ingest.dry_run import Forecast, forecast
from groundfact.pipeline.ingest.sync import Progress, SyncOptions, sync_sources
from groundfact.pipeline.reading.ground import Ground
from groundfact.pipeline.stewarding.memories import find_told, withdraw
from groundfact.pipeline.stewarding.telling import Scope, Statement, telling_of
from groundfact.plugins import Plugins
from groundfact.stewarding import Written
from groundfact.store import registry
from groundfact.store.engine import Tx
from groundfact.store.listing import last_version
from groundfact.store.migrate import open_store
from groundfact.store.prune import orphans, prune_source
from groundfact.world import SystemWorld, World

__all__ = ["Context", "KnownAt", "Memory", "Rebuilt", "Scope", "SyncReport"]


@dataclass
class Memory(Advising):
    """A workspace's memory, opened from its YAML. Use it as a context manager, or call `close`."""

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
        return cls(
            config, config.plugins, open_store(config.store_path, config.root.store.wait), world or SystemWorld()
        )

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    # ---- syncing -----------------------------------------------------------------------------------------------

    def sync(self, sources: Sequence[str] = (), options: SyncOptions | None = None) -> SyncReport:
        """Sync the named sources (all without names), then link and decide what changed.

        A source that fails is a result with its error; it never stops the others.
        """
        chosen = self._chosen(sources)
        how = options or SyncOptions()
        note_rules(self.store, self._workspace().id, self.config, self.now())
        results = sync_sources(self.store, self.plugins, self.config, self.world, chosen, how)
        if how.stopping is not None and how.stopping():
            return SyncReport(results, (), 0, Busy("asked to stop", hint="the next sync does what is left"))
        try:
            derived = self._derive(stopping=how.stopping, progress=how.progress)
        except Busy as error:
            return SyncReport(results, (), 0, error)
        return SyncReport(results, derived.changes, derived.links)

    def settle(self, *, stopping: Callable[[], bool] | None = None) -> None:
        """Link and decide what a sync left behind that was stopped, or found the store locked.

        Raises Busy where `stopping` asks to end.
        """
        self._derive(stopping=stopping)

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

    def rebuild(self, at: str | datetime | None = None, *, progress: Progress | None = None) -> Rebuilt:
        """Compute everything derived again from the record versions, as of `at` (now without it).

        `progress` is told how far it is, as a sync tells.
        """
        moment = None if at is None else parse_instant(at) if isinstance(at, str) else to_ms(at)
        workspace = self._workspace()
        with self.store.reading() as tx:
            before, then = dump_digest(tx, workspace.id), last_version(tx, workspace.id)
        derived = self._derive(moment, anew=True, progress=progress)
        with self.store.reading() as tx:
            alone = last_version(tx, workspace.id) == then
            return Rebuilt(before, dump_digest(tx, workspace.id), derived.entities, alone)

    def learn_lifetimes(self) -> Sequence[dict[str, Any]]:
        """Learn from the history how often each attribute changes, for the freshness rule `learned`."""
        found = learn(self.store, self._workspace().id, self._plans, self.now())
        return [
            {"kind": kind, "attribute": name, "changes": one.changes, "days_watched": days(one)}
            for kind, by in sorted(found.items())
            for name, one in sorted(by.items())
        ]

    def _chosen(self, names: Sequence[str]) -> list[SourceSettings]:
        for name in names:
            if name not in self.config.sources:
                hint = f"the sources are: {', '.join(self.config.sources)}"
                raise UnknownName(f"there is no source {name!r} in {self.config.path.name}", hint=hint)
        return [self.config.sources[name] for name in names or self.config.sources]

    def _derive(
        self,
        at: int | None = None,
        *,
        anew: bool = False,
        stopping: Callable[[], bool] | None = None,
        progress: Progress | None = None,
    ) -> Derived:
        workspace = self._workspace()
        note_rules(self.store, workspace.id, self.config, self.now())
        digests, world = Digests(self.config.digest, self.config.identity_digest), self.world
        return derive(
            self.store,
            workspace,
            self._plans,
            digests,
            world,
            self.now if at is None else lambda: at,
            anew=anew,
            stopping=stopping,
            tell=(lambda step: progress("memory", *step)) if progress is not None else None,
            announce=self._announce,
        )

    # ---- telling -----------------------------------------------------------------------------------------------

    def remember(
        self,
        text: str | None = None,
        *,
        about: str | None = None,
        kind: str = "account",
        attribute: str | None = None,
        value: Any = None,
        type: Literal["note", "preference", "instruction", "fact"] | None = None,
        inferred: bool | None = None,
        scope: Scope = "workspace",
        team: str | None = None,
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Remember a fact (`attribute` and `value`), a note, a preference or an instruction; its id and what it says.

        `about` names an account (or another kind); without it, the workspace is meant. `expires` is a date, a time
        or a span like 30d. `inferred` left out: a copilot infers, a person states. Saying the same thing of the same
        attribute again replaces what was said before. Raises Denied where the principal may not speak to that scope.
        """
        said = Statement(text, about, kind, attribute, value, type, inferred, scope, team, expires)
        return self._remember([said], principal)[0]

    def remember_many(
        self, statements: Sequence[Mapping[str, Any]], *, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """Remember several things at once, each with the arguments of `remember`: all of them, or none."""
        try:
            said = [Statement(**one) for one in statements]
        except TypeError as error:
            raise UsageError(f"a statement cannot be read: {error}", hint="it takes what `remember` takes") from None
        return self._remember(said, principal)

    def _remember(self, statements: Sequence[Statement], principal: str | None) -> Sequence[dict[str, Any]]:
        who = self._who(principal)
        return self._tell(who, "remember", lambda reader: [telling_of(reader, who, one) for one in statements])

    def forget(self, memory_id: str, *, reason: str = "", principal: str | None = None) -> dict[str, Any]:
        """Withdraw something that was told; it is hidden at once. One's own, or anybody's where one may `forget`."""
        who = self._who(principal)
        with self.reader(principal) as reader:
            told = find_told(reader, who, memory_id)

        def write(tx: Tx, ground: Ground, now: int) -> Written:
            withdraw(tx, ground.workspace, told=told, now=now)
            return Written([("forget", memory_id, reason[:200])])

        self._told(who, write)
        return {"id": memory_id, "forgotten": True}
