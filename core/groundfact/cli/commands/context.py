"""`groundfact context`: what a copilot gets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from groundfact.cli.options import (
    AsOfOption,
    AsOption,
    JsonOption,
    KindOption,
    KnownAtOption,
    MaxAgeOption,
    RulesChoice,
    RulesOption,
)
from groundfact.cli.setup import setup_of
from groundfact.errors import UsageError

__all__ = ["context", "known_at_of"]

_LONGEST_NUMBER = 18
"""Of digits that a commit has; what is longer is no commit, and no time either."""
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
    max_age: MaxAgeOption = None,
    as_of: AsOfOption = None,
    rules: RulesOption = RulesChoice.then,
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
            past: Any = {"known_at": known_at_of(known_at), "as_of": as_of, "rules": rules.value}
            found = memory.context(
                name, question, principal=principal, max_tokens=max_tokens, kind=kind, max_age=max_age, **past
            )
    if json:
        setup.screen.json({"text": found.text, "tokens": found.tokens, "data": found.data})
    else:
        setup.screen.exact(found.text)


def known_at_of(text: str | None) -> int | str | None:
    """A commit's number or a time."""
    return int(text) if text is not None and text.isdecimal() and len(text) <= _LONGEST_NUMBER else text
