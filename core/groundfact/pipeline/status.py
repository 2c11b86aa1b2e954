"""`status`: every source with its last run, how far it has been read, what it holds, and what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from groundfact.config.config import Config
from groundfact.model.times import ago, iso
from groundfact.store import listing, runs
from groundfact.store.engine import Tx
from groundfact.store.reading import View, passes
from groundfact.store.registry import StreamRow, streams

__all__ = ["source_status"]


def source_status(tx: Tx, workspace: int, config: Config, now: int) -> list[dict[str, Any]]:
    """One entry for each source that is configured or of which something is remembered."""
    rows = streams(tx, workspace)
    latest = {run.source: run for run in runs.last_runs(tx, workspace)}
    counts = listing.record_counts(tx, workspace)
    rejects = runs.reject_counts(tx, workspace)
    read = passes(tx, View(workspace, "[]", {row.id: row for row in rows}, None))
    told = []
    for name in sorted({*config.sources, *(row.source for row in rows if counts.get(row.id))}):
        own = [row for row in rows if row.source == name]
        until = _read_until(own, read)
        run = latest.get(name)
        entry: dict[str, Any] = {
            "source": name,
            "state": _state(name, config, run, until, now),
            "records": sum(counts.get(row.id, 0) for row in own),
            "rejects": sum(rejects.get(row.id, 0) for row in own),
            "read_until": iso(until),
            "age": ago(until, now) if until is not None else None,
        }
        if run is not None:
            entry["last_run"] = {
                "id": run.id,
                "status": run.status,
                "started_at": iso(run.started_at),
                "counts": run.counts,
                "error": run.error,
            }
        told.append(entry)
    return told


def _read_until(rows: list[StreamRow], read: dict[int, dict[str, int]]) -> int | None:
    found = [max(read[row.id].values()) for row in rows if row.id in read]
    return min(found) if found else None


def _state(name: str, config: Config, run: runs.RunRow | None, until: int | None, now: int) -> str:
    """ok, behind, failed, partial, running, never, or orphaned: no longer in the YAML, its memory kept."""
    if name not in config.sources:
        return "orphaned"
    if run is not None and run.status in ("failed", "partial", "running"):
        return run.status
    if until is None:
        return "never"
    behind = config.sources[name].behind_after // timedelta(milliseconds=1)
    return "behind" if now - until > behind else "ok"
