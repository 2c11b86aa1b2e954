"""`groundfact doctor`: what of the configuration should be decided or mended, with the YAML to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import Setup, setup_of

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen

__all__ = ["doctor"]

_TO_DO = 10


def doctor(ctx: typer.Context, json: JsonOption = False) -> None:
    """Find what the configuration leaves undecided.

    Asks its checklist: what should be decided or mended, where, and with which lines.

    Before the first sync the part that the YAML alone tells. No source is asked: `groundfact check` does that.

    Exit code 10 where there is an error or a warning; notes alone are 0.
    """
    setup = setup_of(ctx)
    found, synced = _examined(setup)
    if json:
        setup.screen.json({"store": synced, "findings": found})
    else:
        _show(found, synced, setup.screen)
    if any(one["severity"] != "note" for one in found):
        raise typer.Exit(_TO_DO)


def _examined(setup: Setup) -> tuple[Sequence[dict[str, Any]], bool]:
    """The findings, and whether there was a store to look at; none is created."""
    from groundfact.cli.progress import told
    from groundfact.config.build import load_config
    from groundfact.pipeline.doctor.doctor import examined
    from groundfact.world import SystemWorld

    config = load_config(setup.path, variables=setup.variables)
    if not config.store_path.is_file():
        return examined(config, SystemWorld()), False
    with setup.memory() as memory, told(setup.screen, memory.entity_count()) as progress:
        return memory.doctor(progress=progress), True


def _show(found: Sequence[dict[str, Any]], synced: bool, screen: Screen) -> None:
    if not synced:
        screen.write("there is no store yet: only the YAML was looked at")
    for one in found:
        screen.title(f"{one['severity']}: {one['subject']} ({one['check']})")
        screen.write(one["reason"])
        if one["where"]:
            screen.write(f"  {one['where']}")
        for line in one["lines"].splitlines():
            screen.write(f"  | {line}")
        if one["do"]:
            screen.write(f"  → {one['do']}")
    counts = Counter(one["severity"] for one in found)
    told = ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items())
    screen.write(told or "nothing to do")
