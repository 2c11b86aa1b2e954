"""`groundfact search`: the texts that answer a question."""

from __future__ import annotations

from typing import Annotated

import typer

from groundfact.cli.commands.context import known_at_of
from groundfact.cli.options import AsOption, JsonOption, KindOption, KnownAtOption
from groundfact.cli.setup import setup_of

__all__ = ["search"]


def search(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="A few words, or a sentence.")],
    account: Annotated[
        str | None, typer.Option("--in", metavar="NAME", help="Only texts of this account; else the workspace.")
    ] = None,
    principal: AsOption = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many at most.", show_default=True)] = 10,
    kind: KindOption = "account",
    known_at: KnownAtOption = None,
    json: JsonOption = False,
) -> None:
    """Find the texts that answer a question.

    Messages, tickets, pages, notes: of the workspace, or of one account.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        found = memory.search(
            question, account=account, kind=kind, principal=principal, limit=limit, known_at=known_at_of(known_at)
        )
    if json:
        setup.screen.json({"passages": found})
        return
    rows = [
        (hit["at"][:10], hit.get("about", {}).get("name", ""), hit["record"], hit.get("author", ""), hit["text"])
        for hit in found
    ]
    setup.screen.table(("when", "about", "record", "by", "text"), rows)
    if not found:
        setup.screen.note("nothing that may be seen has any of these words")
