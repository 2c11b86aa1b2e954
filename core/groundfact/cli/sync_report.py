"""What a sync came to, for people, for scripts, and as an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from groundfact.errors import Busy, GroundfactError, StoreError

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen
    from groundfact.memory import SyncReport
    from groundfact.pipeline.deciding.changes import Change
    from groundfact.pipeline.ingest.dry_run import Forecast
    from groundfact.pipeline.ingest.sync import SourceResult

__all__ = [
    "exit_code",
    "fact_counts",
    "forecast_data",
    "report_exit_code",
    "show",
    "show_forecast",
    "source_data",
    "sync_data",
]

_COUNTS = ("new", "changed", "gone", "unchanged", "rejected", "calls")
_FAILED = 3
_CHANGES_SHOWN = 10
_CHANGES_TOLD = 1_000


def exit_code(results: Sequence[SourceResult] | Sequence[Forecast]) -> int:
    """0 when every source was read completely; the store's code before a source's, and that before busy."""
    errors = [result.error for result in results if result.error is not None]
    if any(isinstance(error, StoreError) for error in errors):
        return StoreError.exit_code
    held_back = any(getattr(result, "status", "done") == "partial" for result in results)
    if held_back or any(not isinstance(error, Busy) for error in errors):
        return _FAILED
    return Busy.exit_code if errors else 0


def report_exit_code(report: SyncReport) -> int:
    """The sources' code; busy where all went well but the store was locked when facts were to be worked out."""
    code = exit_code(report.sources)
    return Busy.exit_code if code == 0 and report.pending is not None else code


def sync_data(report: SyncReport, pruned: Mapping[str, int], known: int) -> dict[str, Any]:
    """A sync as JSON, after which so many facts are known; of those that changed, the first 1,000 are told singly."""
    changed = _parted(report.changes)[1]
    return {
        "ok": report.ok,
        "exit_code": report_exit_code(report),
        "sources": [source_data(result) for result in report.sources],
        "facts": {"known": known, **fact_counts(report.changes)},
        "changes": [change._asdict() for change in changed[:_CHANGES_TOLD]],
        "links": report.links,
        "pending": report.pending is not None,
        "pruned": dict(pruned),
    }


def source_data(result: SourceResult) -> dict[str, Any]:
    """One source's part as JSON."""
    streams = [
        {"stream": s.stream, "mode": s.mode, "rows": s.rows, "complete": s.complete, "held_back": s.held_back}
        for s in result.streams
    ]
    return {
        "source": result.source,
        "status": result.status,
        **result.counts,
        "seconds": round(result.seconds, 3),
        "streams": streams,
        "notes": list(result.notes),
        **_error(result.error),
    }


def _error(error: GroundfactError | None) -> dict[str, Any]:
    return {"error": error.message if error else None, "hint": error.hint if error else None}


def forecast_data(told: Sequence[Forecast], pruned: Mapping[str, int]) -> dict[str, Any]:
    """A dry run as JSON."""
    sources = [
        {
            "source": one.source,
            "calls_made": one.calls_made,
            "streams": one.streams,
            **_error(one.error),
            "errors": [error.message for error in one.errors],
        }
        for one in told
    ]
    return {"dry_run": True, "exit_code": exit_code(told), "sources": sources, "pruned": dict(pruned)}


def show(report: SyncReport, pruned: Mapping[str, int], known: int, screen: Screen) -> None:
    """A sync for people, after which so many facts are known."""
    rows = []
    for result in report.sources:
        counts = result.counts
        rows.append([result.source, result.status, *(counts[name] for name in _COUNTS), f"{result.seconds:.1f} s"])
    screen.table(("source", "status", *_COUNTS, "time"), rows)
    for result in report.sources:
        for note in result.notes:
            screen.note(f"{result.source}: {note}", "yellow")
        _tell_rejects(result, screen)
        _tell(result.source, result.error, screen)
    for source, records in pruned.items():
        screen.write(f"forgot {source}, which the YAML does not have any more: {records} records")
    if report.pending is not None:
        screen.note(f"error: {report.pending.message}: links and facts were not worked out", "red")
        screen.note("  → nothing is lost: `groundfact rebuild` or the next sync does it")
    _show_changes(report.changes, known, screen)


def _tell_rejects(result: SourceResult, screen: Screen) -> None:
    """That something was left out, which nothing else of the table shows."""
    values, rows = result.counts["problems"], result.counts["rejected"]
    left = [
        f"{count} {what}" for count, what in ((values, "values that do not fit their type"), (rows, "rows")) if count
    ]
    if left:
        told = f"{result.source}: left out {' and '.join(left)}: `groundfact status --rejects 20` shows them"
        screen.note(told, "yellow")


def _tell(source: str, error: GroundfactError | None, screen: Screen) -> None:
    if error is None:
        return
    named = error.message if source in error.message else f"source {source}: {error.message}"
    screen.note(f"error: {named}", "red")
    if error.hint:
        screen.note(f"  → {error.hint}")


def fact_counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many facts of what was known before are new, and how many are others now."""
    new, changed = _parted(changes)
    return {"new": len(new), "changed": len(changed)}


def _parted(changes: Sequence[Change]) -> tuple[list[Change], list[Change]]:
    """Facts that nothing was known of before, and those that are others now."""
    new = [change for change in changes if change.before is None]
    return new, [change for change in changes if change.before is not None]


def _show_changes(changes: Sequence[Change], known: int, screen: Screen) -> None:
    from groundfact.cli.text import cell

    new, changed = _parted(changes)
    screen.write(f"{known:,} facts; of what was known before, {len(changed)} changed and {len(new)} are new")
    for change in changed[:_CHANGES_SHOWN]:
        screen.write(f"  {change.title} · {change.attribute}: {cell(change.before)} → {cell(change.after)}")
    if len(changed) > _CHANGES_SHOWN:
        screen.write(f"  … and {len(changed) - _CHANGES_SHOWN} more: --json names them")


def show_forecast(told: Sequence[Forecast], pruned: Mapping[str, int], screen: Screen) -> None:
    """A dry run for people."""
    rows = []
    for one in told:
        for stream in one.streams:
            calls = str(stream["calls"]) if stream["exact"] else f"about {stream['calls']}"
            counts = [stream[name] for name in ("rows", "total", "new", "changed", "gone", "unchanged", "rejected")]
            rows.append([one.source, stream["stream"], stream["mode"], *counts, calls])
    screen.table(("source", "stream", "mode", "looked at", "of", *_COUNTS), rows)
    screen.write(f"nothing was written; looking took {sum(one.calls_made for one in told)} calls")
    for source, records in pruned.items():
        screen.write(f"--prune would forget {source}, which the YAML does not have any more: {records} records")
    for one in told:
        for error in one.errors:
            _tell(one.source, error, screen)
