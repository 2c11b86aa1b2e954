"""`groundfact sync`: read the sources, link, decide, say what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundfact.cli.options import JsonOption, LogOption, SourcesArgument
from groundfact.cli.setup import Setup, setup_of

if TYPE_CHECKING:
    from groundfact.memory import Memory
    from groundfact.pipeline.ingest.sync import SyncOptions

__all__ = ["sync"]


def sync(
    ctx: typer.Context,
    sources: SourcesArgument = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Stop each stream after so many records.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look, write nothing, say what would happen and what it costs.")
    ] = False,
    confirm_deletes: Annotated[
        bool, typer.Option("--confirm-deletes", help="Accept that more than a fifth of a stream is gone.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget the records of sources that the YAML has no more.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", min=1, max=16, help="Sources at a time; else the YAML's.")
    ] = None,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Read the sources and bring the memory up to date.

    A source that fails stops no other; exit code 3 where one could not be read completely, 7 where one is being
    synced by somebody else.
    """
    from groundfact.pipeline.ingest.sync import SyncOptions

    setup = setup_of(ctx)
    with setup.memory() as memory:
        if dry_run:
            code = _looked(memory, sources or [], limit, prune, setup)
        else:
            chosen = workers or memory.config.root.schedule.workers
            options = SyncOptions(full, limit, confirm_deletes, chosen)
            code = _synced(memory, sources or [], options, prune, setup)
    if code:
        raise typer.Exit(code)


def _looked(memory: Memory, sources: list[str], limit: int | None, prune: bool, setup: Setup) -> int:
    from groundfact.cli.sync_report import exit_code, forecast_data, show_forecast

    told = memory.forecast(sources, limit)
    orphans = [entry for entry in memory.status() if prune and entry["state"] == "orphaned"]
    pruned = {entry["source"]: entry["records"] for entry in orphans}
    if setup.json:
        setup.screen.json(forecast_data(told, pruned))
    else:
        show_forecast(told, pruned, setup.screen)
    return exit_code(told)


def _synced(memory: Memory, sources: list[str], options: SyncOptions, prune: bool, setup: Setup) -> int:
    from dataclasses import replace

    from groundfact.cli.progress import progress
    from groundfact.cli.sync_report import report_exit_code, show, sync_data

    with progress(setup.screen, memory.world.monotonic) as tell:
        report = memory.sync(sources, replace(options, progress=tell))
    pruned = memory.prune() if prune else {}
    if setup.json:
        setup.screen.json(sync_data(report, pruned, memory.fact_count()))
    else:
        show(report, pruned, memory.fact_count(), setup.screen)
    return report_exit_code(report)
