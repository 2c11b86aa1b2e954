"""`groundfact remember`, `correct`, `forget`, `remembered`: what people tell the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.options import AsOption, JsonOption, KindOption
from groundfact.cli.setup import setup_of

if TYPE_CHECKING:
    from groundfact.cli.setup import Setup

__all__ = [
    "AttributeArgument",
    "EvidenceOption",
    "ExpiresOption",
    "WhoArgument",
    "correct",
    "forget",
    "remember",
    "remembered",
]

AboutOption = Annotated[
    str | None, typer.Option("--about", metavar="NAME", help="The account (or --kind); else the workspace.")
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", metavar="WHEN", help="When it ends: a date, a time, or like 30d.")
]
WhoArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account (or --kind).")]
AttributeArgument = Annotated[str, typer.Argument(metavar="ATTRIBUTE", help="An attribute of its kind.")]
EvidenceOption = Annotated[
    str | None, typer.Option("--evidence", metavar="TEXT", help="Where that can be seen: an address, a document.")
]
_TYPES = "note, preference or instruction"


def remember(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help=f"A {_TYPES}.")] = None,
    about: AboutOption = None,
    fact: Annotated[
        tuple[str, str] | None,
        typer.Option("--fact", metavar="ATTRIBUTE VALUE", help="Instead of a text: that an attribute has a value."),
    ] = None,
    kind: KindOption = "account",
    type_name: Annotated[str, typer.Option("--type", help=f"What the text is: {_TYPES}.", show_default=True)] = "note",
    scope: Annotated[
        str, typer.Option("--scope", help="Who is to see it: user, team or workspace.", show_default=True)
    ] = "workspace",
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Which team, for --scope team.")] = None,
    expires: ExpiresOption = None,
    inferred: Annotated[bool, typer.Option("--inferred", help="It is concluded, nobody stated it.")] = False,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Remember a note, a preference or a fact.

    As said by who asks; an instruction for others takes `may: [direct]`.
    """
    setup = setup_of(ctx)
    attribute, value = fact if fact is not None else (None, None)
    with setup.memory() as memory:
        told = memory.remember(
            text, about=about, kind=kind, attribute=attribute, value=value,
            type=_chosen(type_name, ("note", "preference", "instruction")) if fact is None else "fact",
            inferred=True if inferred else None, scope=_chosen(scope, ("user", "team", "workspace")), team=team,
            expires=expires, principal=principal,
        )  # fmt: skip
    _say(setup, told, f"remembered as {told['id']}", json)


def _chosen(value: str, among: tuple[str, ...]) -> Any:
    if value not in among:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(among)}")
    return value


def correct(
    ctx: typer.Context,
    name: WhoArgument,
    attribute: AttributeArgument,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="What is right.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="How you know, in a sentence.")],
    evidence: EvidenceOption = None,
    kind: KindOption = "account",
    expires: ExpiresOption = None,
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Set a fact right for everybody.

    It is believed before what any source says. Takes `may: [correct]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.correct(
            name, attribute, value, reason=reason, evidence=evidence, kind=kind, expires=expires, principal=principal
        )
    _say(setup, told, f"corrected; `groundfact forget {told['id']}` takes it back", json)


def forget(
    ctx: typer.Context,
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="As `remembered` lists it.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the audit.")] = "",
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Withdraw something that was told.

    It is hidden at once: one's own, or anybody's with `may: [forget]`.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.forget(memory_id, reason=reason, principal=principal)
    _say(setup, told, f"forgotten: {memory_id}", json)


def remembered(
    ctx: typer.Context,
    about: Annotated[
        str | None, typer.Argument(metavar="NAME", help="An account (or --kind); else everything.")
    ] = None,
    kind: KindOption = "account",
    principal: AsOption = None,
    json: JsonOption = False,
) -> None:
    """List what people and copilots told.

    As far as who asks may see it.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        found = memory.remembered(about, kind=kind, principal=principal)
    if json:
        setup.screen.json({"memories": found})
        return
    rows = [
        (one["id"], one["type"], one["by"], one["at"][:10], _what(one), (one["expires"] or "")[:10]) for one in found
    ]
    setup.screen.table(("id", "type", "by", "when", "what", "expires"), rows)


def _what(one: dict[str, Any]) -> str:
    if "text" in one:
        return str(one["text"])
    of = f" ({one['of']})" if "of" in one else ""
    return f"{one['attribute']} {'≠' if one['type'] == 'ignore' else '='} {one['value']}{of}"


def _say(setup: Setup, told: dict[str, Any], text: str, json: bool) -> None:
    if json:
        setup.screen.json(told)
    else:
        setup.screen.write(text)
