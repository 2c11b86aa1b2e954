"""`groundfact check`: the YAML, then every source and permission, each failure with its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from groundfact.cli.options import JsonOption, SourcesArgument
from groundfact.cli.setup import Setup, setup_of

if TYPE_CHECKING:
    from groundfact.cli.checking import Checked
    from groundfact.config.config import Config, SourceSettings

__all__ = ["check"]

_FAILED = 3


def check(
    ctx: typer.Context,
    sources: SourcesArgument = None,
    fields: Annotated[bool, typer.Option("--fields", help="Also list every field that the sources offer.")] = False,
    json: JsonOption = False,
) -> None:
    """Check the configuration and try every source.

    Each permission that a source needs is tried, read-only; exit code 3 where one fails.
    """
    from groundfact.cli.checking import check_source, on_nothing
    from groundfact.config.build import load_config
    from groundfact.world import SystemWorld

    setup = setup_of(ctx)
    config = load_config(setup.path, variables=setup.variables)
    world = SystemWorld()
    chosen = _chosen(config, sources or ())
    told = [check_source(config, one, world, fields=fields) for one in chosen]
    warnings = on_nothing(config, {one.name for one in chosen})
    ok = all(one.ok for one in told)
    if json:
        setup.screen.json({**_data(config, told, ok), "warnings": warnings})
    else:
        _show(config, told, fields, setup)
        for one in warnings:
            setup.screen.write(f"warning: {one['where']}: {one['reason']}")
    if not ok:
        raise typer.Exit(_FAILED)


def _chosen(config: Config, names: list[str] | tuple[()]) -> list[SourceSettings]:
    from groundfact.errors import UnknownName

    for name in names:
        if name not in config.sources:
            hint = f"the sources are: {', '.join(config.sources)}"
            raise UnknownName(f"there is no source {name!r} in {config.path.name}", hint=hint)
    return [config.sources[name] for name in names or config.sources]


def _data(config: Config, told: list[Checked], ok: bool) -> dict[str, object]:
    return {
        "config": str(config.path),
        "ok": ok,
        "sources": [
            {
                "source": one.source,
                "ok": one.ok,
                "checks": [each._asdict() for each in one.checks],
                "fields": [each._asdict() for each in one.fields],
            }
            for one in told
        ],
    }


def _show(config: Config, told: list[Checked], fields: bool, setup: Setup) -> None:
    screen = setup.screen
    screen.write(f"{config.path}: the configuration is valid")
    if not told:
        screen.write("it names no sources yet")
    rows = [
        (one.source, each.name, "ok" if each.ok else "failed", each.detail, each.fix)
        for one in told
        for each in one.checks
    ]
    if rows:
        screen.table(("source", "check", "result", "detail", "fix"), rows)
    if fields:
        screen.write("")
        offered = [(one.source, f.stream, f.field, f.type, f.mapped, f.label) for one in told for f in one.fields]
        screen.table(("source", "stream", "field", "type", "mapped", "label"), offered)
