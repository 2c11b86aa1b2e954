"""`groundfact list`: everything the memory holds, to be checked with other tools."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import typer

from groundfact.cli.aligned import aligned
from groundfact.cli.commands.context import known_at_of
from groundfact.cli.options import AsOfOption, AsOption, JsonOption, KnownAtOption, RulesChoice, RulesOption
from groundfact.cli.setup import setup_of

__all__ = ["listing"]

_WHAT = ("accounts", "contacts", "records", "links", "facts", "claims", "relations")
_COLUMNS = {
    "accounts": ("id", "name", "domain", "street", "city", "records"),
    "contacts": ("id", "name", "email", "records"),
    "records": ("source", "stream", "id", "kind", "entity", "asserted_at", "attributes"),
    "links": ("entity", "kind", "source", "stream", "id"),
    "facts": ("entity", "name", "attribute", "status", "value", "source", "freshness", "confidence", "rule"),
    "claims": ("entity", "kind", "attribute", "value", "source", "record", "changed_at"),
    "relations": ("entity", "name", "relation", "status", "value", "source", "freshness"),
}


def _complete(incomplete: str) -> list[str]:
    return [name for name in _WHAT if name.startswith(incomplete)]


def listing(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help=f"One of {', '.join(_WHAT)}.", autocompletion=_complete),
    ],
    principal: AsOption = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only this kind, of records, links, facts, claims and relations.")
    ] = None,
    known_at: KnownAtOption = None,
    as_of: AsOfOption = None,
    rules: RulesOption = RulesChoice.then,
    json: JsonOption = False,
) -> None:
    """List what the memory holds.

    Accounts, contacts, records, links, facts, claims or relations.

    --json writes one line for each, as they are read.
    """
    setup = setup_of(ctx)
    screen = setup.screen
    past: Any = {"known_at": known_at_of(known_at), "as_of": as_of, "rules": rules.value}
    # The list is closed before the memory is, also where the reader of a pipe goes away in the middle.
    with setup.memory() as memory, closing(memory.list(what, principal=principal, kind=kind, **past)) as items:
        if json:
            for item in items:
                screen.json(item)
            return
        width = screen.out.width if screen.is_terminal else None
        for line in aligned(items, _COLUMNS.get(what), width):
            screen.write(line)
