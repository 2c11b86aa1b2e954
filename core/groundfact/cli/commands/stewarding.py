"""`groundfact pin`, `ignore`, `worklist`, `keep-apart`: what a steward decides, and what waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.commands.review import OneArgument, ReasonOption, say
from groundfact.cli.commands.telling import AttributeArgument, EvidenceOption, ExpiresOption, WhoArgument
from groundfact.cli.options import AsOption, JsonOption, KindOption
from groundfact.cli.setup import setup_of
from groundfact.cli.text import cell

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ignore", "keep_apart", "pin", "worklist"]

_TASKS = ("contested", "conflict", "stale", "review", "merge")


def pin(
    ctx: typer.Context,
    name: WhoArgument,
    attribute: AttributeArgument,
    reason: ReasonOption,
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help="The value to believe: somebody says it.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="SOURCE", help="Instead: what a source, or crm/42, says now.")
    ] = None,
    evidence: EvidenceOption = None,
    kind: KindOption = "account",
    expires: ExpiresOption = None,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Decide which value is to be believed.

    Whatever the rules prefer. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.pin(
            name, attribute, value, source=source, reason=reason, evidence=evidence, kind=kind, expires=expires,
            principal=principal,
        )  # fmt: skip
    say(setup, told, f"pinned {cell(told['value'])}; `groundfact forget {told['id']}` takes it back", json)


def ignore(
    ctx: typer.Context,
    name: WhoArgument,
    attribute: AttributeArgument,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Whose value: a source, or a record like crm/42.")],
    reason: ReasonOption,
    evidence: EvidenceOption = None,
    kind: KindOption = "account",
    expires: ExpiresOption = None,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Decide that a source's value does not count.

    For as long as it says that value. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.ignore(
            name, attribute, source, reason=reason, evidence=evidence, kind=kind, expires=expires, principal=principal
        )
    told_as = f"ignored {cell(told['value'])} of {told['of']}"
    say(setup, told, f"{told_as}; `groundfact forget {told['id']}` takes it back", json)


def keep_apart(
    ctx: typer.Context,
    one: OneArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="What it is not.")],
    reason: ReasonOption,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="This is no longer said.")] = False,
    kind: KindOption = "account",
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Decide that two are not the same.

    Likeness neither proposes nor merges them any more. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.keep_apart(one, other, reason=reason, kind=kind, withdraw=withdraw, principal=principal)
    done = "no longer keeps" if withdraw else "keeps"
    say(setup, told, f"{done} {told['record']} and {told['with']} apart", json)


def worklist(
    ctx: typer.Context,
    kind: KindOption = "account",
    only: Annotated[str | None, typer.Option("--only", metavar="TASK", help=f"One of {', '.join(_TASKS)}.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="At most so many.", show_default=True)] = 50,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """List what waits for a steward, the worst first.

    Each with the command that would settle it. --json writes one line for each. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    chosen: Any = only
    with setup.memory() as memory:
        found = memory.worklist(kind=kind, only=chosen, limit=limit, principal=principal)
    if json:
        for one in found:
            setup.screen.json(one)
    elif found:
        setup.screen.table(
            ("task", "name", "what", "settle"), [(one["task"], one["name"], _what(one), one["settle"]) for one in found]
        )
    else:
        setup.screen.write("nothing waits for a steward")


def _what(one: Mapping[str, Any]) -> str:
    if one["task"] == "merge":
        return f"looks like {one['other']['name']} ({', '.join(one['evidence'])})"
    if one["task"] == "review":
        return f"{one['record']} fits {', '.join(entity['name'] for entity in one['entities'])}"
    if one["task"] == "conflict":
        values = " or ".join(
            f"{cell(side.get('last_known', side['value']))} ({side['source']})" for side in one["sides"]
        )
        return f"{one['label']}: {values}"
    if one["task"] == "stale":
        return f"{one['label']}: last known {cell(one['last_known'])}, confirmed {str(one['verified_at'])[:10]}"
    steward = one["steward"]
    news = ", ".join(f"{against['source']} says {cell(against['value'])}" for against in steward["against"])
    return f"{one['label']}: {cell(one['value'])} by {steward['by']}, but {news}"
