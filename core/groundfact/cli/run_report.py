"""One finished run of the schedule: as a line for people, as data for scripts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from groundfact.cli.sync_report import exit_code as sync_exit_code
from groundfact.cli.sync_report import fact_counts, source_data
from groundfact.cli.text import one_line
from groundfact.errors import Busy
from groundfact.model.times import iso, to_ms

if TYPE_CHECKING:
    from groundfact.memory import SyncReport
    from groundfact.pipeline.ingest.sync import SourceResult

__all__ = ["exit_code", "run_data", "run_line"]

_COUNTS = ("new", "changed", "gone", "rejected", "calls")


def exit_code(report: SyncReport) -> int:
    """As for a sync; but a turn that somebody else has is skipped, which is no failure."""
    code = sync_exit_code(report.sources)
    return 0 if code == Busy.exit_code else code


def run_data(result: SourceResult, report: SyncReport, at: datetime) -> dict[str, Any]:
    """A run as JSON."""
    told = source_data(result)
    if result.status == "busy":
        told["status"] = "skipped"
    return {"at": iso(to_ms(at)), **told, "facts": fact_counts(report.changes), "pending": report.pending is not None}


def run_line(result: SourceResult, report: SyncReport, at: datetime) -> str:
    """A run in one line."""
    counts = result.counts
    numbers = ", ".join(f"{counts[name]} {name}" for name in _COUNTS)
    said = f"{numbers}, {fact_counts(report.changes)['changed']} facts changed, {result.seconds:.1f} s"
    status, why = result.status, [*result.notes]
    if result.status == "busy":
        status, said = "skipped", ""
    if result.error is not None:
        why.insert(0, result.error.message)
    elif report.pending is not None:
        why.append(f"{report.pending.message}: links and facts follow with the next sync")
    return one_line(f"{iso(to_ms(at))} {result.source} {status}: {'; '.join(part for part in [said, *why] if part)}")
