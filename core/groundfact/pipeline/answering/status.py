"""`status`: every source with its last runs, how far it has been read, what it holds, and what is late or wrong."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, NamedTuple

from groundfact.config.config import Config
from groundfact.model.durations import duration_text
from groundfact.model.times import ago, iso, span
from groundfact.model.voices import is_voice
from groundfact.store import listing, runs
from groundfact.store.engine import Tx
from groundfact.store.reading import View, passes
from groundfact.store.registry import StreamRow, streams

__all__ = ["Asked", "source_status"]

_MS = timedelta(milliseconds=1)


class Asked(NamedTuple):
    """For when a status is asked."""

    now: int
    known_at: int | None = None
    as_of: int | None = None

    @property
    def past(self) -> int | None:
        """Up to when runs and reads count; None: all of them."""
        return self.now if self.known_at is not None or self.as_of is not None else None


def source_status(tx: Tx, workspace: int, config: Config, asked: Asked, history: int = 1) -> list[dict[str, Any]]:
    """One entry for each source that is configured or of which something is remembered, with its last runs."""
    now = asked.now
    rows = streams(tx, workspace)
    latest: dict[str, list[runs.RunRow]] = defaultdict(list)
    for run in runs.last_runs(tx, workspace, max(history, 1), asked.past, asked.known_at):
        latest[run.source].append(run)
    counts = listing.record_counts(tx, workspace, asked.known_at)
    rejects = runs.reject_counts(tx, workspace)
    read = passes(tx, View(workspace, "[]", {row.id: row for row in rows}, asked.known_at), asked.as_of)
    told = []
    for name in sorted({*config.sources, *(s.source for s in rows if counts.get(s.id) and not is_voice(s.source))}):
        own = [row for row in rows if row.source == name]
        until = _read_until(own, read)
        past = latest[name]
        entry: dict[str, Any] = {
            "source": name,
            "state": _state(name, config, past[0] if past else None, until, now),
            "records": sum(counts.get(row.id, 0) for row in own),
            "rejects": sum(rejects.get(row.id, 0) for row in own),
            "read_until": iso(until),
            "age": ago(until, now) if until is not None else None,
            **_promise(name, config, until, now),
        }
        if past:
            entry["last_run"] = _run(past[0])
        entry["runs"] = [_run(run) for run in past[:history]]
        told.append(entry)
    return told


def _run(run: runs.RunRow) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": run.status,
        "started_at": iso(run.started_at),
        "seconds": (run.finished_at - run.started_at) / 1000 if run.finished_at is not None else None,
        "counts": run.counts,
        "error": run.error,
    }


def _promise(name: str, config: Config, until: int | None, now: int) -> dict[str, Any]:
    """How fresh the source is promised to be, and by how much it is late; a source never read breaks it, too."""
    if name not in config.sources:
        return {"behind_after": None, "late": False, "late_by": None}
    promised = config.sources[name].behind_after
    late = until is None or now - until > promised // _MS
    late_by = span(now - until - promised // _MS) if late and until is not None else None
    return {"behind_after": duration_text(promised), "late": late, "late_by": late_by}


def _read_until(rows: list[StreamRow], read: dict[int, dict[str, int]]) -> int | None:
    found = [max(read[row.id].values()) for row in rows if row.id in read]
    return min(found) if found else None


def _state(name: str, config: Config, run: runs.RunRow | None, until: int | None, now: int) -> str:
    """ok, behind, failed, partial, stopped, running, never, or orphaned: not in the YAML any more, its memory kept."""
    if name not in config.sources:
        return "orphaned"
    if run is not None and run.status in ("failed", "partial", "stopped", "running"):
        return run.status
    if until is None:
        return "never"
    return "behind" if now - until > config.sources[name].behind_after // _MS else "ok"
