"""The tree of commands."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from groundfact import __version__
from groundfact.cli.commands import (
    advise,
    check,
    context,
    diff,
    doctor,
    init,
    lifetimes,
    listing,
    mcp,
    others,
    plugins,
    rebuild,
    review,
    run,
    search,
    serve,
    status,
    stewarding,
    sync,
    telling,
    undo,
    why,
)
from groundfact.cli.doors import CommandGroup
from groundfact.cli.options import LaterCommand, global_params
from groundfact.cli.setup import setup_of

__all__ = ["tree"]

_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
_EPILOG = "Plugins may add commands: `groundfact plugins` lists them. Exit codes: docs/reference/exit-codes.md."


def _version(value: bool) -> None:
    if value:
        typer.echo(f"groundfact {__version__}")
        raise typer.Exit


def _groundfact(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A memory for AI copilots that a business can trust: who says so, since when, and may it still be relied on."""
    setup_of(ctx).listen()


@cache
def tree() -> TyperGroup:
    """Every command of ours, in the order in which somebody new needs them."""
    app = typer.Typer(
        cls=CommandGroup,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        epilog=_EPILOG,
    )
    app.callback()(_groundfact)
    # The demo has options of its own, which are read where it is imported: when it is called.
    app.command("demo", context_settings=_PASSED_ON)(others.demo)
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("several commands are a group")
    own = {name: LaterCommand(name, function) for name, function in _COMMANDS.items()}
    group.commands = {**own, **group.commands}
    group.params[:0] = global_params()
    return group


_COMMANDS: dict[str, Any] = {
    "init": init.init,
    "check": check.check,
    "sync": sync.sync,
    "run": run.run,
    "context": context.context,
    "search": search.search,
    "why": why.why,
    "remember": telling.remember,
    "correct": telling.correct,
    "pin": stewarding.pin,
    "ignore": stewarding.ignore,
    "forget": telling.forget,
    "remembered": telling.remembered,
    "worklist": stewarding.worklist,
    "review": review.review,
    "merge": review.merge,
    "unmerge": review.unmerge,
    "keep-apart": stewarding.keep_apart,
    "why-linked": review.why_linked,
    "diff": diff.diff,
    "list": listing.listing,
    "status": status.status,
    "serve": serve.serve,
    "mcp": mcp.mcp,
    "plugins": plugins.plugins,
    "advise": advise.advise,
    "doctor": doctor.doctor,
    "learn-lifetimes": lifetimes.learn_lifetimes,
    "undo": undo.undo,
    "rebuild": rebuild.rebuild,
    "version": others.version,
}
