"""`groundfact diff`: which winners flip under other rules, or flipped between two instants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.commands.context import known_at_of
from groundfact.cli.options import AsOption, JsonOption
from groundfact.cli.setup import setup_of
from groundfact.cli.text import cell

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen
    from groundfact.pipeline.answering.difference import Differences, Flipped

__all__ = ["diff"]

_COLUMNS = ("entity", "name", "attribute", "before", "by", "after", "by")


def diff(
    ctx: typer.Context,
    other: Annotated[
        Path | None, typer.Option("--with", metavar="FILE", help="Another YAML: what would be believed by its rules.")
    ] = None,
    earlier: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="What was believed then: a time, or a commit.")
    ] = None,
    later: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Compare that with then; else with now.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind; else all that are no episodes.")] = None,
    examples: Annotated[int, typer.Option("--examples", metavar="N", min=0, help="How many of each attribute.")] = 3,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Show which winners flip.

    Under the rules of another YAML, or between two instants of what was believed.

    Nothing is written. --json writes a line for each flip as it is found, and the numbers as the last line.
    """
    setup = setup_of(ctx)
    from groundfact.cli.progress import told

    with setup.memory() as memory, told(setup.screen, memory.entity_count()) as progress:
        kinds = _kinds(memory, kind)
        notes = memory.not_compared(other) if other is not None else []
        asked: Any = {"earlier": known_at_of(earlier), "later": known_at_of(later), "principal": principal}
        with memory.differences(other, progress=progress, **asked) as found:
            shown = _walked(found, kinds, examples, setup.screen if json else None)
    if json:
        setup.screen.json({"summary": _numbers(found), "not_compared": notes})
    else:
        _show(found, shown, notes, setup.screen)


def _kinds(memory: Any, kind: str | None) -> list[str]:
    if kind is not None:
        return [kind]
    return [name for name, spec in memory.config.vocabulary.items() if not spec.episode]


def _walked(
    found: Differences, kinds: list[str], examples: int, screen: Screen | None
) -> Mapping[str, Sequence[Flipped]]:
    """Look at everything: to a stream each flip as it comes, else the first few of each attribute."""
    shown: dict[str, list[Flipped]] = defaultdict(list)
    for flip in found.each(kinds):
        if screen is not None:
            screen.json(flip._asdict())
        elif len(shown[f"{flip.kind}.{flip.attribute}"]) < examples:
            shown[f"{flip.kind}.{flip.attribute}"].append(flip)
    return shown


def _numbers(found: Differences) -> dict[str, Any]:
    flips = {f"{kind}.{attribute}": count for (kind, attribute), count in sorted(found.flips.items())}
    return {
        "entities": found.entities,
        "facts": found.compared,
        "flips": sum(found.flips.values()),
        "by_attribute": flips,
        "appeared": found.appeared,
        "vanished": found.vanished,
    }


def _show(found: Differences, shown: Mapping[str, Sequence[Flipped]], notes: Sequence[str], screen: Screen) -> None:
    numbers = _numbers(found)
    screen.title(f"{numbers['flips']} of {numbers['facts']} facts flip, of {numbers['entities']} entities")
    if numbers["appeared"] or numbers["vanished"]:
        screen.write(f"{numbers['appeared']} entities are there only after, {numbers['vanished']} only before")
    if numbers["by_attribute"]:
        screen.table(("attribute", "flips"), sorted(numbers["by_attribute"].items(), key=lambda one: (-one[1], one[0])))
    rows = [_row(flip) for name in sorted(shown) for flip in shown[name]]
    if rows:
        screen.title("for example")
        screen.table(_COLUMNS, rows)
    for note in notes:
        screen.write(f"not compared: {note}")


def _row(flip: Flipped) -> Sequence[Any]:
    before, after = _side(flip.before), _side(flip.after)
    return (flip.entity, flip.name, flip.attribute, *before, *after)


def _side(told: Mapping[str, Any]) -> tuple[str, str]:
    value = cell(told["value"]) if told["status"] == "known" else str(told["status"])
    if told["status"] == "conflict":
        value = f"conflict: {', '.join(told['value'])}"
    return value, f"{told['source'] or ''} {told['rule'] or ''}".strip()
