"""Syncing sources: each under its own lease, none stopping another, everything derived once at the end."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from groundfact.config.config import Config, SourceSettings
from groundfact.errors import Busy, GroundfactError, SourceError, SourceRefused
from groundfact.model import StreamSpec
from groundfact.model.times import to_ms
from groundfact.pipeline.ingest.remap import remap_if_changed, was_read
from groundfact.pipeline.ingest.runtime import SourceRuntime, Stopped
from groundfact.pipeline.ingest.stream_sync import StreamJob, StreamResult, sync_stream
from groundfact.plugins import Plugins
from groundfact.protocols import Connector
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.world import World

__all__ = ["Progress", "SourceResult", "SyncOptions", "build_connector", "sync_sources", "unexplained"]

Progress = Callable[[str, str, int, int | None], None]
_log = logging.getLogger("groundfact.sync")
_WAKE = 0.5
"""Seconds after which the thread that waits for the sources looks whether somebody pressed Ctrl-C."""


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
    stopping: Callable[[], bool] | None = None
    """Asked between two pages; true ends each run there, as `stopped`, and the next one goes on from its cursor."""


@dataclass
class SourceResult:
    """What syncing a source came to. status: done, partial (look at `notes`), stopped, failed or busy."""

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


def unexplained(source: str, runtime: SourceRuntime | None, error: Exception) -> SourceError:
    """What a connector did not explain, as an error; the log holds all of it, without secrets."""
    hide = runtime.redact if runtime is not None else str
    told = hide("".join(traceback.format_exception(error)))
    _log.error("source %s: the connector failed in a way it does not explain\n%s", source, told)
    message = hide(f"source {source}: {type(error).__name__}: {error}")
    explained = SourceError(message, hint="this is a bug in the connector: please report it to its author")
    # A note instead of the cause: a traceback that is printed later must not hold a secret either.
    explained.add_note(told)
    return explained


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
        waiting = [pool.submit(one, settings) for settings in sources]
        # A signal that comes just before a wait begins is handled only when the wait ends: so no wait is long.
        while wait(waiting, timeout=_WAKE).not_done:
            pass
        return [each.result() for each in waiting]


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
                try:
                    self._guarded(workspace, run, token)
                except KeyboardInterrupt:
                    # Between two pages, where whoever watches the progress says so: nothing is half written.
                    result.status = "stopped"
                    self._close(run)
                    raise
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
            try:
                with self._store.writing() as tx:
                    runs.release(tx, workspace, name, token)
            except GroundfactError as error:
                # What was read counts for more: the lease runs out by itself.
                _log.warning("source %s: the lease could not be given back: %s", name, error.message)

    def _guarded(self, workspace: int, run: int, token: int) -> None:
        """Read every stream; whatever goes wrong becomes the result's error."""
        result = self._result
        runtime: SourceRuntime | None = None
        try:
            connector, runtime = build_connector(self._settings, self._config, self._world)
            runtime.stopping = self._options.stopping
            self._config.check_streams(result.source, connector.streams())
            jobs = [self._job(workspace, run, token, connector, spec) for spec in self._specs(workspace, connector)]
            # First of all: who may see what is stored does not wait for a source that may be down.
            for job in jobs:
                job.stop_if_asked()
                remap_if_changed(job)
            for job in jobs:
                if self._settings.enabled(job.spec.name):
                    job.stop_if_asked()
                    self._attempt(job)
        except Stopped:
            result.status = "stopped" if result.error is None else result.status
        except GroundfactError as error:
            self._fail(error)
        except Exception as error:
            self._fail(unexplained(result.source, runtime, error))
        if runtime is not None:
            result.calls, result.retries = runtime.calls, runtime.retries

    def _specs(self, workspace: int, connector: Connector) -> list[StreamSpec]:
        """The streams to read, and those that are not read any more but of which records are stored and shown."""
        known = was_read(self._store, workspace, self._settings.name)
        return [spec for spec in connector.streams() if self._settings.enabled(spec.name) or spec.name in known]

    def _attempt(self, job: StreamJob) -> None:
        """One stream; one that the source refuses us does not keep the others from being read."""
        try:
            self._stream(job)
        except SourceRefused as error:
            self._fail(error)

    def _fail(self, error: GroundfactError) -> None:
        self._result.status = "failed"
        self._result.error = self._result.error or error

    def _job(self, workspace: int, run: int, token: int, connector: Connector, spec: StreamSpec) -> StreamJob:
        mapping = self._config.mapping_for(self._settings.name, spec)
        digest = self._config.mapping_digest(self._settings.name, spec)
        return StreamJob(
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
            self._options.stopping,
        )

    def _stream(self, job: StreamJob) -> None:
        done = StreamResult(job.spec.name)
        # Before it is read: what was committed until a failure counts.
        self._result.streams.append(done)
        sync_stream(job, done)
        if done.held_back:
            self._result.status = "partial"
            why = (
                f"{done.nameless} rows whose ids cannot be read may be among them"
                if done.nameless
                else "more than a fifth"
            )
            self._result.notes.append(
                f"{job.spec.name}: {done.held_back} records are missing from the source, {why}. They are kept"
                f" until `groundfact sync {self._settings.name} --confirm-deletes`"
            )

    def _close(self, run: int) -> None:
        result = self._result
        error = str(result.error) if result.error is not None else None
        ended_early = error or ("it was asked to stop" if result.status == "stopped" else None)
        with self._store.writing() as tx:
            runs.end_run(tx, run, self._now(), result.status, result.counts, error)
        if ended_early is not None:
            self._plugins.tell("sync_failed", source=result.source, run=run, error=ended_early)
        else:
            self._plugins.tell("sync_finished", source=result.source, run=run, counts=result.counts)
