"""The options that commands share. The global ones are taken before the command and after it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from inspect import getdoc
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from groundfact.cli.setup import Setup

__all__ = [
    "AsOfOption",
    "AsOption",
    "GlobalsCommand",
    "JsonOption",
    "KindOption",
    "KnownAtOption",
    "LaterCommand",
    "LogOption",
    "MaxAgeOption",
    "RulesOption",
    "SourcesArgument",
    "global_params",
]


_LEVELS = ("debug", "info", "warning")


def _setup(ctx: typer.Context) -> Setup:
    setup: Setup = ctx.ensure_object(Setup)
    return setup


def _config(ctx: typer.Context, value: str | None) -> None:
    if value is not None:
        _setup(ctx).config = value


def _set(ctx: typer.Context, value: list[str] | None) -> None:
    for pair in value or ():
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{pair!r} is not name=value")
        _setup(ctx).variables[name] = text


def _debug(ctx: typer.Context, value: bool) -> None:
    if value:
        _setup(ctx).debug = True


def _colour(ctx: typer.Context, value: bool | None) -> None:
    if value is not None:
        _setup(ctx).colour = value


def _json(ctx: typer.Context, value: bool) -> bool:
    if value:
        _setup(ctx).json = True
    return value


def _log(value: str | None) -> str | None:
    import logging

    if value is None:
        return None
    if value not in _LEVELS:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(_LEVELS)}")
    # Ours alone: at this level the libraries would tell of every request.
    logging.getLogger("groundfact").setLevel(value.upper())
    return value


@cache
def global_params() -> tuple[Any, ...]:
    """The global options, built once."""
    holder = typer.Typer(add_completion=False, rich_markup_mode=None)

    @holder.command()
    def options(
        config: Annotated[
            str | None,
            typer.Option(
                "--config", "-c", metavar="PATH", callback=_config, expose_value=False,
                help="The YAML file; else $GROUNDFACT_CONFIG, else groundfact.yaml.",
            ),
        ] = None,
        variables: Annotated[
            list[str] | None,
            typer.Option(
                "--set", metavar="NAME=VALUE", callback=_set, expose_value=False,
                help="A variable of the YAML; may be repeated.",
            ),
        ] = None,
        debug: Annotated[
            bool,
            typer.Option(
                "--debug", callback=_debug, expose_value=False, help="Show tracebacks of errors."
            ),
        ] = False,
        colour: Annotated[
            bool | None,
            typer.Option(
                "--color/--no-color", callback=_colour, expose_value=False,
                help="Colours; else $NO_COLOR and $FORCE_COLOR, else on a terminal only.",
            ),
        ] = None,
    ) -> None:  # fmt: skip
        """Hold the options."""

    return tuple(typer.main.get_command(holder).params)


class GlobalsCommand(TyperCommand):
    """A command that takes the global options, too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params = [*self.params, *global_params()]


class LaterCommand(TyperCommand):
    """A command whose options are read from its function when they are asked for: a list of all commands needs none."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        super().__init__(name=name, help=getdoc(function), rich_markup_mode=None)
        self._function = function
        # What is missing is made when somebody looks for it.
        del self.params, self.callback

    def __getattr__(self, name: str) -> Any:
        """Its options and what it does, made the first time."""
        if name not in ("params", "callback"):
            raise AttributeError(name)
        holder = typer.Typer(add_completion=False, rich_markup_mode=None)
        holder.command(self.name, cls=GlobalsCommand)(self._function)
        made = typer.main.get_command(holder)
        self.params, self.callback = made.params, made.callback
        return getattr(self, name)


class RulesChoice(StrEnum):
    """Whose rules decide about the past."""

    then = "then"
    now = "now"


AsOption = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="PRINCIPAL", envvar="GROUNDFACT_PRINCIPAL", show_envvar=False,
        help="Who asks; else $GROUNDFACT_PRINCIPAL, else the default of the YAML.",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", callback=_json, help="Write JSON, errors included.")]
KindOption = Annotated[str, typer.Option("--kind", help="What is asked about.", show_default=True)]
KnownAtOption = Annotated[
    str | None,
    typer.Option("--known-at", metavar="TIME", help="Answer as of then: a time, or the number of a commit."),
]
MaxAgeOption = Annotated[
    str | None,
    typer.Option(
        "--max-age",
        metavar="SPAN",
        help="A value confirmed longer ago than this (7d) comes as the last known one, not confirmed.",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="What was true in the world at that time, as far as it is known."),
]
RulesOption = Annotated[
    RulesChoice,
    typer.Option("--rules", help="With --known-at: the rules of then, or today's.", show_default=True),
]
LogOption = Annotated[
    str | None,
    typer.Option(
        "--log", metavar="LEVEL", callback=_log,
        help="Show groundfact's own log on stderr: debug, info (the journal: a line for each event) or warning.",
    ),
]  # fmt: skip
SourcesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="SOURCES", help="Sources of the YAML; all without names.")
]
