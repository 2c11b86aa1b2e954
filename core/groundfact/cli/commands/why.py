"""`groundfact why`: who says so, who says otherwise, and what would change the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.commands.context import NameArgument, known_at_of
from groundfact.cli.options import AsOption, JsonOption, KindOption, KnownAtOption
from groundfact.cli.setup import setup_of
from groundfact.cli.text import cell

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen

__all__ = ["show", "why"]

_COLUMNS = ("", "value", "source", "record", "changed", "confirmed", "freshness", "reason")


def why(
    ctx: typer.Context,
    name: NameArgument,
    attribute: Annotated[str, typer.Argument(metavar="ATTRIBUTE", help="An attribute of its kind.")],
    principal: AsOption = None,
    kind: KindOption = "account",
    known_at: KnownAtOption = None,
    json: JsonOption = False,
) -> None:
    """Explain one value: who says so, and who does not.

    The winner, the losers with their reasons, the rule, the margin, and what would flip it.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        told = memory.why(name, attribute, principal=principal, kind=kind, known_at=known_at_of(known_at))
    if json:
        setup.screen.json(told)
    else:
        show(told, setup.screen)


def show(told: Mapping[str, Any], screen: Screen) -> None:
    """An explanation for people."""
    fact = told["fact"]
    label = fact.get("label") or fact["attribute"]
    screen.title(f"{told['name']} · {label}: {_answer(fact)}")
    margin = f", {told['margin']}" if told.get("margin") else ""
    screen.write(f"because {told['because']}{margin}")
    if fact.get("confidence"):
        screen.write(f"confidence {fact['confidence']}{_freshness(fact)}")
    rows = _rows(told)
    if rows:
        screen.write("")
        screen.table(_COLUMNS, rows)
        screen.write("")
    if fact.get("ask"):
        screen.write(f"ask: {fact['ask']}")
    for flip in told.get("flips", ()):
        screen.write(f"would change {flip}")
    chain = ", then ".join(told.get("chain", ())) or "none"
    screen.write(f"rules: {chain} (version {told['rules']}); {told['kind']} {told['id']}")


def _answer(fact: Mapping[str, Any]) -> str:
    if fact["status"] == "known":
        return cell(fact["value"]) if fact["value"] is not None else "known to be none"
    if fact["status"] == "unconfirmed":
        return f"not confirmed (last known {cell(fact['last_known'])})"
    return str(fact["status"])


def _freshness(fact: Mapping[str, Any]) -> str:
    if not fact.get("freshness"):
        return ""
    reason = str(fact.get("why", "")).replace("_", " ")
    return f"; {fact['freshness']}" + (f" ({reason})" if reason else "")


def _rows(told: Mapping[str, Any]) -> list[Sequence[Any]]:
    rows = []
    if told.get("winner"):
        rows.append(_row("wins", told["winner"], ""))
    rows += [_row("side", side, "") for side in told["fact"].get("sides", ())]
    rows += [_row("agrees", claim, "") for claim in told.get("agree", ())]
    for loser in told.get("losers", ()):
        rows.append(_row("loses", loser, f"{loser['reason'].replace('_', ' ')} ({loser['rule']})"))
    return rows


def _row(role: str, claim: Mapping[str, Any], reason: str) -> Sequence[Any]:
    changed, verified = (str(claim.get(name) or "–")[:10] for name in ("changed_at", "verified_at"))
    return (role, claim["value"], claim["source"], claim["record"], changed, verified, claim["freshness"], reason)
