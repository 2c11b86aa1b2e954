"""`groundfact init`: a commented YAML to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of

__all__ = ["init"]


def init(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="The file or its folder; else what --config says.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a commented starter configuration."""
    from groundfact.config.starter import starter
    from groundfact.errors import UsageError

    setup = setup_of(ctx)
    target = path or setup.path
    target = target / "groundfact.yaml" if target.is_dir() else target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError as error:
        raise UsageError(f"{target} is there already", hint="overwrite it with --force") from error
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror})", hint="choose another path") from error
    if json:
        setup.screen.json({"written": str(target)})
        return
    setup.screen.write(f"wrote {target}")
    setup.screen.note(f"  → edit it, then `groundfact check --config {target}`")
