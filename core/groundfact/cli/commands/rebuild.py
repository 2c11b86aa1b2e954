"""`groundfact rebuild`: everything derived, computed again; the same must come out."""

from __future__ import annotations

from typing import Annotated

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of

__all__ = ["rebuild"]


def rebuild(
    ctx: typer.Context,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="The time to compute for; else now.")] = None,
    json: JsonOption = False,
) -> None:
    """Drop what is derived and compute it again.

    Says whether the canonical dump is the same as before; exit code 1 where it is not, though nothing came meanwhile.
    """
    from groundfact.cli.progress import progress
    from groundfact.model.times import from_ms, parse_instant

    setup = setup_of(ctx)
    # What is no time is refused before anything is dropped.
    moment = from_ms(parse_instant(at)) if at is not None else None
    with setup.memory() as memory, progress(setup.screen, memory.world.monotonic) as tell:
        built = memory.rebuild(moment, progress=tell)
    identical = built.before == built.after
    if json:
        told = {**built._asdict(), "identical": identical}
        setup.screen.json(told)
    else:
        setup.screen.write(f"before {built.before}\nafter  {built.after}")
        words = "identical" if identical else "not identical: the derived part was not what the records say"
        if not identical and not built.alone:
            words = "not to be compared: something was read or told meanwhile"
        setup.screen.write(f"{built.entities} entities, {words}")
    if not identical and built.alone:
        raise typer.Exit(1)
