"""`groundfact status`: what is late or broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.commands.context import known_at_of
from groundfact.cli.options import AsOfOption, JsonOption, KnownAtOption
from groundfact.cli.setup import setup_of

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen

__all__ = ["status"]

_COLUMNS = ("source", "state", "records", "rejects", "read until", "age", "late by", "last run")
_REJECT_COLUMNS = ("source", "stream", "record", "error", "value", "at")
_RUN_COLUMNS = ("source", "run", "started", "status", "took", "new", "changed", "gone", "rejected")


def status(
    ctx: typer.Context,
    history: Annotated[
        int, typer.Option("--runs", metavar="N", min=0, max=1000, help="How many of each source's last runs to show.")
    ] = 3,
    rejects: Annotated[
        int,
        typer.Option(
            "--rejects", metavar="N", min=0, max=1000, help="How many values and rows that could not be taken to show."
        ),
    ] = 0,
    known_at: KnownAtOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> None:
    """Show how far each source was read, and what is late.

    Late is a source without a complete read for longer than its `behind_after`. Below stand the last runs.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.status(history, known_at=known_at_of(known_at), as_of=as_of)
        store = str(memory.config.store_path)
        workspace = memory.config.workspace
        refused = memory.rejects(rejects) if rejects else ()
    if json:
        late = [entry["source"] for entry in told if entry["late"]]
        setup.screen.json({"workspace": workspace, "store": store, "late": late, "sources": told, "rejects": refused})
        return
    setup.screen.title(f"{workspace} in {store}")
    setup.screen.table(_COLUMNS, [_row(entry) for entry in told])
    for entry in told:
        _explain(entry, setup.screen)
    _show_runs(told, setup.screen)
    if refused:
        setup.screen.title("rejects")
        setup.screen.table(_REJECT_COLUMNS, [[entry[name] for name in _REJECT_COLUMNS] for entry in refused])


def _row(entry: Mapping[str, Any]) -> list[Any]:
    run = entry.get("last_run")
    last = f"{run['status']} at {run['started_at']}" if run else None
    names = ("source", "state", "records", "rejects", "read_until", "age", "late_by")
    return [*(entry[name] for name in names), last]


def _explain(entry: Mapping[str, Any], screen: Screen) -> None:
    error = entry.get("last_run", {}).get("error")
    if error:
        screen.write(f"{entry['source']}: {error}")
    if entry["late_by"]:
        screen.write(f"{entry['source']}: late; it is promised to be read every {entry['behind_after']}")
    if entry["state"] == "orphaned":
        screen.write(f"{entry['source']}: not in the YAML any more; `groundfact sync --prune` forgets its records")


def _show_runs(told: Sequence[Mapping[str, Any]], screen: Screen) -> None:
    rows = []
    for entry in told:
        for run in entry["runs"]:
            took = f"{run['seconds']:.1f} s" if run["seconds"] is not None else None
            counts = [run["counts"].get(name) for name in _RUN_COLUMNS[5:]]
            rows.append([entry["source"], run["id"], run["started_at"], run["status"], took, *counts])
    if rows:
        screen.title("last runs")
        screen.table(_RUN_COLUMNS, rows)
