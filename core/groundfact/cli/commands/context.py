"""`groundfact context`: what a copilot gets."""

from __future__ import annotations

from typing import Annotated

import typer

from groundfact.cli.options import AsOption, JsonOption, KindOption, KnownAtOption
from groundfact.cli.setup import setup_of
from groundfact.errors import UsageError

__all__ = ["context", "known_at_of"]

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A name, domain, e-mail, an id of ours or a source's own id.")
]


def context(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A name, domain, e-mail, an id of ours or a source's own id."),
    ] = None,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Adds the texts that speak of it.")] = None,
    principal: AsOption = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", metavar="N", help="The budget; else the YAML's.")
    ] = None,
    kind: KindOption = "account",
    known_at: KnownAtOption = None,
    workspace: Annotated[
        bool, typer.Option("--workspace", help="Of the workspace instead: words, playbooks, pipelines, people.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Print what a copilot may rely on.

    About an account (or --kind), or about the workspace.

    The text goes to stdout exactly as a copilot would get it.
    """
    setup = setup_of(ctx)
    if (name is None) != workspace:
        raise UsageError("a context is of an account or of the workspace", hint="give a NAME, or --workspace")
    with setup.memory() as memory:
        if name is None:
            found = memory.workspace_context(question, principal=principal, max_tokens=max_tokens)
        else:
            at = known_at_of(known_at)
            found = memory.context(name, question, principal=principal, max_tokens=max_tokens, kind=kind, known_at=at)
    if json:
        setup.screen.json({"text": found.text, "tokens": found.tokens, "data": found.data})
    else:
        setup.screen.exact(found.text)


def known_at_of(text: str | None) -> int | str | None:
    """A commit's number or a time."""
    return int(text) if text is not None and text.isdecimal() else text
