"""`sync --dry-run`: reads the first page (or so many rows) of each stream, writes nothing, estimates the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from groundfact.config.config import Config, SourceSettings
from groundfact.errors import GroundfactError
from groundfact.model import StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.pipeline.ingest.stream_sync import Plan, StreamJob, intake_of, plan_of, stream_id_of, write_rows
from groundfact.pipeline.ingest.sync import build_connector, unexplained
from groundfact.protocols import Connector
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.store.versions import PageCounts
from groundfact.world import World

__all__ = ["Forecast", "forecast"]


@dataclass
class Forecast:
    """What a sync of one source would do."""

    source: str
    calls_made: int
    streams: list[dict[str, Any]]
    errors: list[GroundfactError] = field(default_factory=list)
    """What a sync would stumble over, stream by stream."""

    @property
    def error(self) -> GroundfactError | None:
        """The first of the errors."""
        return self.errors[0] if self.errors else None


class _Undo(Exception):
    """Takes back what a dry run wrote."""


def forecast(store: Store, config: Config, world: World, settings: SourceSettings, limit: int | None) -> Forecast:
    """Look at a source without leaving a trace in the store."""
    told = Forecast(settings.name, 0, [])
    with _noted(told, None):
        connector, runtime = build_connector(settings, config, world)
        with _noted(told, runtime):
            config.check_streams(settings.name, connector.streams())
        # One that fails hides no other: they would all have to be mended.
        for spec in connector.streams():
            if settings.enabled(spec.name):
                with _noted(told, runtime):
                    calls = runtime.calls
                    told.streams.append(_stream(_job(store, config, world, settings, connector, spec, limit), config))
                    _estimate(told.streams[-1], runtime.calls - calls)
        told.calls_made = runtime.calls
    return told


@contextmanager
def _noted(told: Forecast, runtime: SourceRuntime | None) -> Iterator[None]:
    try:
        yield
    except GroundfactError as error:
        told.errors.append(error)
    except Exception as error:
        told.errors.append(unexplained(told.source, runtime, error))


def _job(
    store: Store,
    config: Config,
    world: World,
    settings: SourceSettings,
    connector: Connector,
    spec: StreamSpec,
    limit: int | None,
) -> StreamJob:
    mapping = config.mapping_for(settings.name, spec)
    digest = config.mapping_digest(settings.name, spec)
    labels = tuple(settings.access_to(spec.name))
    return StreamJob(store, world, 0, 0, settings.name, 0, connector, spec, mapping, digest, labels, limit=limit)


def _stream(job: StreamJob, config: Config) -> dict[str, Any]:
    workspace = config.workspace
    mode, since, _ = _planned(job, workspace)
    told: dict[str, Any] = {"stream": job.spec.name, "mode": mode, "rows": 0, "total": None, "complete": True}
    counts = PageCounts()
    rejected = 0
    for batch in job.connector.read(job.spec, job.mapping.fields, since, job.world.now()):
        found, lost = _page(job, workspace, batch.rows)
        counts, rejected = counts.plus(found), rejected + lost + len(batch.rejects)
        told["rows"] += len(batch.rows) + len(batch.rejects)
        told["total"] = batch.total if batch.total is not None else told["total"]
        if told["rows"] >= (job.limit or 1):
            told["complete"] = told["total"] is not None and told["rows"] >= told["total"]
            break
    names = ("new", "changed", "gone", "unchanged")
    return {**told, **{name: getattr(counts, name) for name in names}, "rejected": rejected}


def _planned(job: StreamJob, workspace: str) -> Plan:
    with job.store.reading() as tx:
        number = registry.workspace_id(tx, workspace)
        known = registry.streams(tx, number) if number is not None else []
        row = next((r for r in known if (r.source, r.name) == (job.source, job.spec.name)), None)
        if row is None:
            return plan_of(job, None, None)
        return plan_of(job, runs.checkpoint(tx, row.id), runs.last_pass(tx, row.id, "full"))


def _page(job: StreamJob, workspace: str, rows: Any) -> tuple[PageCounts, int]:
    found: list[tuple[PageCounts, int]] = []
    try:
        with job.store.writing() as tx:
            job.workspace = registry.ensure_workspace(tx, workspace)
            stream = stream_id_of(tx, job)
            taken = intake_of(tx, job, own_transaction=False).take(rows)
            found.append((write_rows(tx, job, stream, taken), taken.lost))
            raise _Undo
    except _Undo:
        return found[0]


def _estimate(told: dict[str, Any], calls: int) -> None:
    """How many calls the whole read would take, from what the first page took."""
    rows, total = told["rows"], told["total"]
    if told["complete"]:
        told["calls"], told["exact"] = calls, True
    elif total is not None and rows:
        told["calls"], told["exact"] = max(calls, -(-total * calls // rows)), False
    else:
        told["calls"], told["exact"] = calls, False
