"""Syncing sources: each under its own lease, none stopping another, everything derived once at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from groundfact.config.config import Config, SourceSettings
from groundfact.errors import Busy, GroundfactError, SourceError, SourceRefused
from groundfact.model.times import to_ms
from groundfact.pipeline.remap import remap_if_changed
from groundfact.pipeline.runtime import SourceRuntime
from groundfact.pipeline.stream_sync import StreamJob, StreamResult, sync_stream
from groundfact.plugins import Plugins
from groundfact.protocols import Connector
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.world import World

__all__ = ["Progress", "SourceResult", "SyncOptions", "build_connector", "sync_sources"]

Progress = Callable[[str, str, int, int | None], None]
_log = logging.getLogger("groundfact.sync")


def _quiet(source: str, stream: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class SyncOptions:
    """How a sync is to go."""

    full: bool = False
    limit: int | None = None
    confirm_deletes: bool = False
    workers: int = 1
    progress: Progress = _quiet


@dataclass
class SourceResult:
    """What syncing a source came to. status: done, partial (look at `notes`), failed or busy."""

    source: str
    status: str = "done"
    calls: int = 0
    retries: int = 0
    streams: list[StreamResult] = field(default_factory=list)
    error: GroundfactError | None = None
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """How long it took."""

    @property
    def counts(self) -> dict[str, int]:
        """Numbers over all streams."""
        names = ("new", "changed", "gone", "unchanged", "late")
        total = {name: sum(getattr(s.counts, name) for s in self.streams) for name in names}
        total["rejected"] = sum(s.rejected for s in self.streams)
        total["problems"] = sum(s.problems for s in self.streams)
        return {**total, "calls": self.calls}


def build_connector(settings: SourceSettings, config: Config, world: World) -> tuple[Connector, SourceRuntime]:
    """A source's connector and the runtime it reads through."""
    runtime = SourceRuntime(settings.name, world, config.folder, config.allow)
    try:
        connector: Connector = settings.component.build(settings.options, runtime)
    except ModuleNotFoundError as error:
        kind = settings.component.name
        message = f"source {settings.name}: connector {kind} needs the Python package {error.name}"
        raise SourceRefused(message, hint=f"pip install 'groundfact[{kind}]'") from error
    runtime.connector = connector
    return connector, runtime


def sync_sources(
    store: Store,
    plugins: Plugins,
    config: Config,
    world: World,
    sources: Sequence[SourceSettings],
    options: SyncOptions,
) -> list[SourceResult]:
    """Sync sources, several at a time where the options say so; a failure is a result, not the end."""

    def one(settings: SourceSettings) -> SourceResult:
        return _Source(store, plugins, config, world, settings, options).sync()

    if options.workers <= 1 or len(sources) <= 1:
        return [one(settings) for settings in sources]
    with ThreadPoolExecutor(min(options.workers, len(sources)), "groundfact-sync") as pool:
        return list(pool.map(one, sources))


class _Source:
    """One sync of one source."""

    def __init__(
        self,
        store: Store,
        plugins: Plugins,
        config: Config,
        world: World,
        settings: SourceSettings,
        options: SyncOptions,
    ) -> None:
        self._store, self._plugins, self._config, self._world = store, plugins, config, world
        self._settings, self._options = settings, options
        self._result = SourceResult(settings.name)

    def _now(self) -> int:
        return to_ms(self._world.now())

    def sync(self) -> SourceResult:
        """Take the lease, read every stream, say how it went."""
        result = self._result
        started = self._world.monotonic()
        try:
            with self._leased() as (workspace, run, token):
                self._plugins.tell("sync_started", source=result.source, run=run)
                self._guarded(workspace, run, token)
                self._close(run)
        except Busy as error:
            # No lease: somebody else is syncing it. Nothing was opened, so there is nothing to close.
            result.status, result.error = "busy", error
        except GroundfactError as error:
            result.status, result.error = "failed", error
        result.seconds = self._world.monotonic() - started
        return result

    @contextmanager
    def _leased(self) -> Iterator[tuple[int, int, int]]:
        name = self._result.source
        with self._store.writing() as tx:
            workspace = registry.ensure_workspace(tx, self._config.workspace)
            holder = runs.lease_holder(tx, workspace, name)
            lives = holder is None or self._world.is_running(holder)
            me = self._world.identity()
            token = runs.take_lease(tx, workspace, name, me, self._now(), holder_lives=lives)
            runs.close_abandoned(tx, workspace, name, self._now())
            run = runs.begin_run(tx, workspace, name, self._now())
        try:
            yield workspace, run, token
        finally:
            with self._store.writing() as tx:
                runs.release(tx, workspace, name, token)

    def _guarded(self, workspace: int, run: int, token: int) -> None:
        result = self._result
        runtime: SourceRuntime | None = None
        try:
            connector, runtime = build_connector(self._settings, self._config, self._world)
            for spec in connector.streams():
                if self._settings.enabled(spec.name):
                    self._stream(workspace, run, token, connector, spec)
        except SourceError as error:
            result.status, result.error = "failed", error
        except GroundfactError as error:
            result.status, result.error = "failed", error
        except Exception as error:
            _log.exception("source %s: the connector failed in a way it does not explain", result.source)
            message = f"source {result.source}: {type(error).__name__}: {error}"
            result.status = "failed"
            result.error = SourceError(message, hint="this is a bug in the connector: please report it to its author")
            result.error.__cause__ = error
        if runtime is not None:
            result.calls, result.retries = runtime.calls, runtime.retries

    def _stream(self, workspace: int, run: int, token: int, connector: Connector, spec: Any) -> None:
        mapping, digest = mapping_of(self._config, self._settings.name, spec)
        job = StreamJob(
            self._store,
            self._world,
            workspace,
            run,
            self._settings.name,
            token,
            connector,
            spec,
            mapping,
            digest,
            tuple(self._settings.access_to(spec.name)),
            self._options.full,
            self._options.limit,
            self._options.confirm_deletes,
            self._options.progress,
        )
        remap_if_changed(job)
        done = sync_stream(job)
        self._result.streams.append(done)
        if done.held_back:
            self._result.status = "partial"
            self._result.notes.append(
                f"{spec.name}: {done.held_back} records are missing from the source, more than a fifth. They are kept"
                f" until `groundfact sync {self._settings.name} --confirm-deletes`"
            )

    def _close(self, run: int) -> None:
        result = self._result
        error = str(result.error) if result.error is not None else None
        with self._store.writing() as tx:
            runs.end_run(tx, run, self._now(), result.status, result.counts, error)
        if error is not None:
            self._plugins.tell("sync_failed", source=result.source, run=run, error=error)
        else:
            self._plugins.tell("sync_finished", source=result.source, run=run, counts=result.counts)


def mapping_of(config: Config, source: str, spec: Any) -> tuple[Any, str]:
    """A stream's mapping, built, and the digest of what it was built from."""
    mapping = config.mapping_for(source, spec)
    told = repr((sorted(mapping.origin.items()), list(mapping.fields), config.digest))
    return mapping, sha256(told.encode()).hexdigest()[:16]
