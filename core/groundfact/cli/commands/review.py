"""`groundfact review`, `merge`, `unmerge`, `why-linked`: which records are one company or person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.commands.context import NameArgument, known_at_of
from groundfact.cli.options import AsOption, JsonOption, KindOption, KnownAtOption
from groundfact.cli.setup import setup_of

if TYPE_CHECKING:
    from groundfact.cli.setup import Setup

__all__ = ["OneArgument", "ReasonOption", "merge", "review", "say", "unmerge", "why_linked"]

OneArgument = Annotated[str, typer.Argument(metavar="ONE", help="A name, an id, or a record like crm/42.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="How you know, in a sentence.")]


def review(
    ctx: typer.Context,
    kind: KindOption = "account",
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="At most so many.", show_default=True)] = 50,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """List what looks alike and was not merged.

    The surest first; `merge` joins a pair, `keep-apart` settles that it is none. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        found = memory.review(kind=kind, limit=limit, principal=principal)
    if json:
        setup.screen.json({"proposals": found})
        return
    if not found:
        setup.screen.write("nothing waits for a decision")
        return
    rows = [
        (f"{one['score']:.2f}", one["one"]["name"], one["other"]["name"], *one["records"], ", ".join(one["evidence"]))
        for one in found
    ]
    setup.screen.table(("score", "one", "other", "record", "other record", "evidence"), rows)


def merge(
    ctx: typer.Context,
    one: OneArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The same company or person.")],
    reason: ReasonOption,
    kind: KindOption = "account",
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Decide that two are one.

    Facts, texts and what people told follow. `unmerge` takes it back. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.merge(one, other, reason=reason, kind=kind, principal=principal)
    taken_back = f"; `groundfact unmerge {told['unmerge']}` takes it back" if "unmerge" in told else ""
    say(setup, told, f"merged {told['record']} and {told['with']} as {told['entity']}{taken_back}", json)


def unmerge(
    ctx: typer.Context,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A record like crm/42.")],
    reason: ReasonOption,
    kind: KindOption = "account",
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Decide that a record is something else.

    Where a `merge` linked it, that is taken back; else nothing links it any more but a `merge`.
    Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.unmerge(record, reason=reason, kind=kind, principal=principal)
    done = "took back the merge of" if told["reverted"] else "unmerged"
    say(setup, told, f"{done} {told['record']}: it is {told['entity']} now", json)


def why_linked(
    ctx: typer.Context,
    name: NameArgument,
    principal: AsOption = None,
    kind: KindOption = "account",
    known_at: KnownAtOption = None,
    json: JsonOption = False,
) -> None:
    """Explain why records are one account.

    The keys they share, how alike they look, and what people decided, as far as who asks may see it.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.why_linked(name, principal=principal, kind=kind, known_at=known_at_of(known_at))
    if json:
        setup.screen.json(told)
        return
    screen = setup.screen
    screen.title(f"{told['name']}: {told['kind']} {told['id']}")
    if told["because"]:
        screen.table(("by", "what", "records"), [_row(one) for one in told["because"]])
    else:
        screen.write(f"nothing links {', '.join(told['records'])} to another record")


def _row(one: Mapping[str, Any]) -> tuple[str, str, str]:
    if one["by"] == "key":
        what = one["key"]
    elif one["by"] == "likeness":
        what = ", ".join(one["evidence"])
    else:
        what = f"{one['decision']} by {one['author']}: {one['reason']}"
    return one["by"], what, ", ".join(one["records"])


def say(setup: Setup, told: Mapping[str, Any], text: str, json: bool) -> None:
    """What was decided: as JSON, or in a sentence."""
    if json:
        setup.screen.json(told)
    else:
        setup.screen.write(text)
