"""The smallest commands."""

from __future__ import annotations

import typer

from groundfact import __version__

__all__ = ["demo", "version"]


def version() -> None:
    """Show the version."""
    typer.echo(f"groundfact {__version__}")


def demo(ctx: typer.Context) -> None:
    """Show the whole way on fictional companies, without keys."""
    from groundfact.cli.demo import demo as show
    from groundfact.cli.options import GlobalsCommand

    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command("demo", cls=GlobalsCommand)(show)
    command = typer.main.get_command(app)
    with command.make_context("demo", list(ctx.args), parent=ctx.parent, obj=ctx.obj) as inner:
        command.invoke(inner)
