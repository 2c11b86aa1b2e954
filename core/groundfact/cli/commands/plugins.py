"""`groundfact plugins`: every component, its options, example and origin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import Setup, setup_of

if TYPE_CHECKING:
    from groundfact.plugins import Plugins

__all__ = ["plugins"]

_COMMANDS = "commands"


def plugins(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A component: show its options and an example.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what plugins offer, and all options.

    Connectors, mappings, matchers, rules, policies, renderers and commands, with the plugin each comes from.
    """
    setup = setup_of(ctx)
    loaded = setup.plugins()
    if name is not None:
        _one(loaded, name, setup, _ours(ctx))
        return
    offered = [*_components(loaded), *_added(loaded, _ours(ctx))]
    if json:
        told = [{"plugin": plugin, "origin": origin} for plugin, origin in loaded.names]
        setup.screen.json({"components": offered, "plugins": told, "blocked": sorted(loaded.blocked)})
        return
    columns = ("sort", "name", "summary", "origin")
    setup.screen.table(columns, [[each[column] for column in columns] for each in offered])
    setup.screen.write("")
    setup.screen.write(f"blocked: {', '.join(sorted(loaded.blocked)) or 'none'}")
    setup.screen.write("`groundfact plugins NAME` shows options and an example")


def _components(loaded: Plugins) -> list[dict[str, Any]]:
    from groundfact.plugins import COMPONENT_HOOKS

    return [
        {"sort": sort, "name": name, "summary": one.summary, "origin": loaded.origin(sort, name)}
        for sort in COMPONENT_HOOKS
        for name, one in loaded.offered(sort).items()
    ]


def _ours(ctx: typer.Context) -> Mapping[str, Any]:
    """The commands of groundfact itself."""
    root = ctx.find_root().command
    return root.commands if isinstance(root, TyperGroup) else {}


def _added(loaded: Plugins, ours: Mapping[str, Any]) -> list[dict[str, Any]]:
    from groundfact.cli.doors import commands_of

    return [
        {"sort": _COMMANDS, "name": name, "summary": command.get_short_help_str(100), "origin": None}
        for name, command in sorted(commands_of(loaded, ours).items())
    ]


def _one(loaded: Plugins, name: str, setup: Setup, ours: Mapping[str, Any]) -> None:
    from groundfact.errors import UnknownName

    offered = [*_components(loaded), *_added(loaded, ours)]
    fitting = [each for each in offered if each["name"] == name]
    if not fitting:
        from rapidfuzz import process

        names = sorted({each["name"] for each in offered})
        near = [match[0] for match in process.extract(name, names, limit=3, score_cutoff=60)]
        hint = f"nearest: {', '.join(near)}" if near else "`groundfact plugins` lists them"
        raise UnknownName(f"no plugin offers {name!r}", near=near, hint=hint)
    told = [_described(loaded, each) for each in fitting]
    if setup.json:
        setup.screen.json({"components": told})
        return
    for each in told:
        _show(each, setup)


def _described(loaded: Plugins, entry: dict[str, Any]) -> dict[str, Any]:
    from groundfact.cli.component_help import options_of

    if entry["sort"] == _COMMANDS:
        return {**entry, "options": [], "example": f"groundfact {entry['name']} --help\n"}
    found = loaded.offered(entry["sort"])[entry["name"]]
    options = [option._asdict() for option in options_of(found.options)]
    return {**entry, "options": options, "example": found.example}


def _show(entry: dict[str, Any], setup: Setup) -> None:
    screen = setup.screen
    screen.title(f"{entry['name']} ({entry['sort']})")
    origin = f"\nfrom {entry['origin']}" if entry["origin"] else ""
    screen.write(f"{entry['summary']}{origin}\n")
    rows = [
        (one["name"], one["type"], "required" if one["required"] else one["default"], one["description"])
        for one in entry["options"]
    ]
    if rows:
        screen.table(("option", "type", "default", "description"), rows)
    screen.write(f"\nexample:\n{entry['example']}")
