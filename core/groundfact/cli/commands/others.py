"""The smallest commands."""

from __future__ import annotations

from typing import Any

import typer

from groundfact import __version__
from groundfact.cli.options import GlobalsCommand

__all__ = ["demo", "demo_command", "version"]


def version() -> None:
    """Show the version."""
    typer.echo(f"groundfact {__version__}")


def demo(ctx: typer.Context) -> None:
    """Show the whole way on fictional companies, without keys."""
    command = demo_command()
    with command.make_context("demo", list(ctx.args), parent=ctx.parent, obj=ctx.obj) as inner:
        command.invoke(inner)


def demo_command() -> Any:
    """The demo with its own options, imported."""
    from groundfact.cli.demo import demo as show

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("demo", cls=GlobalsCommand)(show)
    return typer.main.get_command(app)
