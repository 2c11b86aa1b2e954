"""The group of all commands: ours at once, those of plugins when one is called for.

`--help` loads no plugin: importing those that are installed costs more than the rest of the help. So it names our
commands and says that `groundfact plugins` lists the others; a name that is not ours is looked up among the plugins.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from groundfact.cli.failures import BROKEN_PIPE
from groundfact.errors import PluginError

if TYPE_CHECKING:
    from groundfact.plugins import Plugins

__all__ = ["CommandGroup", "commands_of"]


class CommandGroup(TyperGroup):
    """Our commands, and behind them those of plugins."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command of ours, else of a plugin."""
        own = self.commands.get(cmd_name)
        if own is not None or not cmd_name or cmd_name.startswith("-"):
            return own
        from groundfact.cli.setup import setup_of

        return commands_of(setup_of(ctx).plugins(), self.commands).get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader that went away (`| head`) is not an error."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # What is still buffered has nowhere to go, and Python would complain about it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None
        return result


def commands_of(plugins: Plugins, taken: Mapping[str, Any]) -> dict[str, Any]:
    """The commands that plugins add, by name. Raises PluginError where two have the same name or it is taken."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    plugins.register_commands(app)
    found: dict[str, Any] = {}
    for holder in _apart(app):
        command = typer.main.get_command(holder)
        named = command.commands if isinstance(command, TyperGroup) else {command.name: command}
        for name, each in named.items():
            if name in found or name in taken:
                message = f"a plugin adds the command {name!r}, which is there already"
                raise PluginError(message, hint="find it with `groundfact plugins` and block it")
            found[str(name)] = each
    return found


def _apart(app: typer.Typer) -> list[typer.Typer]:
    """One app for each command and group, because typer lets the last of two with the same name win."""
    parts = []
    for command in app.registered_commands:
        part = typer.Typer(add_completion=False, rich_markup_mode=None)
        part.registered_commands.append(command)
        parts.append(part)
    for group in app.registered_groups:
        part = typer.Typer(add_completion=False, rich_markup_mode=None)
        part.registered_groups.append(group)
        parts.append(part)
    return parts
