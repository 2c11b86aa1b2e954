"""`groundfact undo`: the memory as if a source, or a run, had never been read."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of
from groundfact.errors import UsageError

__all__ = ["undo"]


def undo(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Everything that this source ever said.")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", metavar="N", help="What this run brought; see `status`.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Take back a source, or its latest run.

    The memory is then as if it had never been read, and the next sync reads it again from the start. What was
    believed until now can still be asked for with --known-at.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        planned = memory.undo_plan(source, run)
        what = f"{planned['versions']} versions of {planned['records']} records of {planned['source']}"
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"this would take back {what}", hint="say so with --yes")
            typer.confirm(f"Take back {what}?", abort=True, err=True)
        done = memory.undo(source, run)
    if json:
        setup.screen.json(done)
    else:
        setup.screen.write(f"took back {what}; {done['restored']} records say what they said before")
        if done["told"]:
            setup.screen.write(f"with them went what people told about them alone, or pinned by them: {done['told']}")
