"""`groundfact advise`: how sources agree, who copies whom, and the rules that would be right more often."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen

__all__ = ["advise"]

_SHOWN = 30


def advise(
    ctx: typer.Context,
    audit: Annotated[
        Path | None,
        typer.Option("--audit", metavar="FILE", help="Facts somebody looked up: CSV or JSONL, entity,attribute,value."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write the YAML with every suggestion in it there.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show how sources agree, and suggest better rules.

    Who agrees with whom in what, who seems to copy whom, and which rules would be right more often.

    Learnt from stewards' corrections and pins and from an audited sample; each suggestion was tried on facts that were
    held out while it was learnt. Only what everybody may see is looked at.

    Nothing is decided by it: `groundfact diff --with FILE` shows what would flip.
    """
    from groundfact.cli.audit_file import read_audit
    from groundfact.cli.progress import told

    setup = setup_of(ctx)
    rows = read_audit(audit) if audit is not None else []
    with setup.memory() as memory, told(setup.screen, memory.entity_count()) as progress:
        found = memory.advise(rows, progress=progress)
        config = memory.config.path
    if write is not None:
        _write(write, config, found["yaml"])
    if json:
        setup.screen.json(found)
    else:
        _show(found, write, setup.screen)


def _write(target: Path, config: Path, yaml: str) -> None:
    from groundfact.errors import UsageError

    if target.resolve() == config.resolve():
        raise UsageError(f"{target} is the configuration itself", hint="write beside it, compare, then take it over")
    if not yaml:
        raise UsageError("there is nothing to suggest, so nothing was written", hint="leave --write out")
    if target.resolve().parent != config.resolve().parent:
        raise UsageError(
            f"{target} is in another folder", hint=f"paths in it count from its own: write to {config.parent}"
        )
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(yaml)


def _show(found: dict[str, Any], written: Path | None, screen: Screen) -> None:
    _agreement(found["agreement"], screen)
    for one in found["mirrors"]:
        screen.title(f"{one['sure']} mirror: {one['copy']} of {one['origin']}")
        screen.write(one["why"])
        screen.write(f"{one['where']}\n{one['lines']}" if one["lines"] else "declare it by hand if you know who copies")
    _known(found["known"], screen)
    if found["trust"]:
        screen.title("how often sources were right")
        columns = ("kind", "attribute", "source", "known", "right", "trust")
        screen.table(columns, [[one[name] for name in columns] for one in found["trust"]])
    if found["rules"]:
        screen.title("rules, tried on what was held out")
        screen.table(
            ("attribute", "known", "right now", "would be", "suggestion"), [_rule(one) for one in found["rules"]]
        )
    _changes(found["diff"], written, screen)


def _agreement(pairs: list[dict[str, Any]], screen: Screen) -> None:
    screen.title("how sources agree")
    if not pairs:
        screen.write("no two sources speak of the same fact")
        return
    worst = sorted(pairs, key=lambda one: one["share"])
    rows = [
        (
            f"{one['kind']}.{one['attribute']}",
            one["one"],
            one["other"],
            one["both"],
            one["agree"],
            f"{one['share']:.1%}",
        )
        for one in worst[:_SHOWN]
    ]
    screen.table(("attribute", "one", "other", "both speak", "agree", "share"), rows)
    if len(worst) > _SHOWN:
        screen.write(f"and {len(worst) - _SHOWN} more pairs that agree more often (--json)")


def _known(facts: dict[str, Any], screen: Screen) -> None:
    count = facts["audited"] + facts["stewards"]
    screen.title(f"{count} facts are known to be right: {facts['audited']} audited, {facts['stewards']} by stewards")
    for problem in facts["problems"]:
        screen.write(f"not used: {problem}")
    if facts["not_used"] > len(facts["problems"]):
        screen.write(f"not used: {facts['not_used'] - len(facts['problems'])} more")
    if not facts["enough"]:
        screen.write(
            f"too few to learn from: {facts['needed']} in all and {facts['needed_of_an_attribute']} of an attribute"
            " are needed; audit some with --audit FILE"
        )
    elif facts["stewards"] > facts["audited"]:
        screen.write("stewards decide where something looked wrong: an audited sample says more about the rest")


def _rule(one: dict[str, Any]) -> tuple[Any, ...]:
    would = f"{one['right_then']:.1%} ({one['gain'] * 100:+.1f} points)"
    suggestion = f"{one['where']}" if one["suggested"] else f"none: {one['why_not']}"
    return f"{one['kind']}.{one['attribute']}", one["known"], f"{one['right_now']:.1%}", would, suggestion


def _changes(diff: str, written: Path | None, screen: Screen) -> None:
    if not diff:
        screen.write("nothing to change")
        return
    screen.title("to paste")
    screen.write(diff.rstrip("\n"))
    name = written if written is not None else "FILE"
    first = "" if written is not None else "groundfact advise --write FILE, then "
    screen.write(f"nothing was changed; what would flip: {first}groundfact diff --with {name}")
