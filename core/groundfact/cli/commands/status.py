"""`groundfact status`: what is late or broken."""

from __future__ import annotations

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of

__all__ = ["status"]

_COLUMNS = ("source", "state", "records", "rejects", "read until", "age", "last run")


def status(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show how far each source has been read, and what failed."""
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.status()
        store = str(memory.config.store_path)
        workspace = memory.config.workspace
    if json:
        setup.screen.json({"workspace": workspace, "store": store, "sources": told})
        return
    rows = []
    for entry in told:
        run = entry.get("last_run")
        last = f"{run['status']} at {run['started_at']}" if run else None
        rows.append([*(entry[name] for name in ("source", "state", "records", "rejects", "read_until", "age")), last])
    setup.screen.title(f"{workspace} in {store}")
    setup.screen.table(_COLUMNS, rows)
    for entry in told:
        error = entry.get("last_run", {}).get("error")
        if error:
            setup.screen.write(f"{entry['source']}: {error}")
        if entry["state"] == "orphaned":
            setup.screen.write(
                f"{entry['source']}: not in the YAML any more; `groundfact sync --prune` forgets its records"
            )
