"""`groundfact why`: who says so, who says otherwise, and what would change the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundfact.cli.clocks import clock_lines, out_of_time_lines
from groundfact.cli.commands.context import NameArgument, known_at_of
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
from groundfact.cli.stewards import steward_lines
from groundfact.cli.text import cell

if TYPE_CHECKING:
    from groundfact.cli.screen import Screen

__all__ = ["flip_line", "show", "why"]

_COLUMNS = ("", "value", "source", "record", "changed", "confirmed", "freshness", "reason")


def why(
    ctx: typer.Context,
    name: NameArgument,
    attribute: Annotated[str, typer.Argument(metavar="ATTRIBUTE", help="An attribute of its kind.")],
    principal: AsOption = None,
    kind: KindOption = "account",
    known_at: KnownAtOption = None,
    max_age: MaxAgeOption = None,
    as_of: AsOfOption = None,
    rules: RulesOption = RulesChoice.then,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Show the payload fields, their hash and the run behind each claim.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Explain one value: who says so, and who does not.

    The winner, the losers with their reasons, the rule, the margin, and what would flip it.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        at = known_at_of(known_at)
        past: Any = {"known_at": at, "as_of": as_of, "rules": rules.value}
        told = memory.why(name, attribute, principal=principal, kind=kind, max_age=max_age, **past)
    if json:
        setup.screen.json(told)
    else:
        show(told, setup.screen)
        if evidence:
            _show_evidence(told, setup.screen)


def show(told: Mapping[str, Any], screen: Screen) -> None:
    """An explanation for people."""
    fact = told["fact"]
    label = fact.get("label") or fact["attribute"]
    screen.title(f"{told['name']} · {label}: {_answer(fact)}")
    margin = f", {told['margin']}" if told.get("margin") else ""
    screen.write(f"because {told['because']}{margin}")
    for line in steward_lines(told):
        screen.write(line)
    if fact.get("confidence"):
        screen.write(f"confidence {fact['confidence']}{_freshness(fact)}")
    rows = _rows(told)
    if rows:
        screen.write("")
        screen.table(_COLUMNS, rows)
        screen.write("")
    if told.get("left_out"):
        screen.write(f"left out: {', '.join(f'{count} more {part}' for part, count in told['left_out'].items())}")
    for line in (*out_of_time_lines(fact), *(clock_lines(told["winner"]) if told.get("winner") else ())):
        screen.write(line)
    if fact.get("ask"):
        screen.write(f"ask: {fact['ask']}")
    for flip in told.get("flips", ()):
        screen.write(flip_line(flip))
    chain = ", then ".join(told.get("chain", ())) or "none"
    screen.write(f"rules: {chain} (version {told['rules']}); {told['kind']} {told['id']}")


def flip_line(flip: Mapping[str, Any]) -> str:
    """What would change the answer, as a sentence without its end."""
    if not flip["at"]:
        return f"would change if {flip['because']}"
    becomes = cell(flip["to"]) if flip["to"] is not None else flip["status"]
    return f"would change to {becomes} on {flip['at'][:10]}, when {flip['because']}"


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
    # An explanation tells more sides of a conflict than an answer does.
    rows += [_row("side", side, "") for side in told.get("sides", ())]
    rows += [_row("agrees", claim, "") for claim in told.get("agree", ())]
    for loser in told.get("losers", ()):
        rows.append(_row("loses", loser, f"{loser.get('detail', loser['reason']).replace('_', ' ')} ({loser['rule']})"))
    return rows


_EVIDENCE = ("", "source", "record", "run", "read at", "fields", "linked by", "payload sha256")


def _show_evidence(told: Mapping[str, Any], screen: Screen) -> None:
    """Where each claim comes from, down to the payload."""
    rows = []
    for role in ("winner", "sides", "agree", "losers"):
        entries = told.get(role) or ()
        for entry in (entries,) if role == "winner" and entries else entries:
            found = entry["evidence"]
            run = found["run"] or {"id": None, "at": None}
            fields = ", ".join(f"{name}={cell(value)}" for name, value in found["fields"].items())
            digest = (found["payload_hash"] or "")[:16]
            record = f"{found['stream']}/{found['record']}"
            links = ", ".join(found["linked_by"])
            rows.append((role, found["source"], record, run["id"], run["at"], fields, links, digest))
    if rows:
        screen.title("evidence")
        screen.table(_EVIDENCE, rows)


def _row(role: str, claim: Mapping[str, Any], reason: str) -> Sequence[Any]:
    changed, verified = (str(claim.get(name) or "–")[:10] for name in ("changed_at", "verified_at"))
    return (
        role,
        claim.get("last_known", claim["value"]),
        claim["source"],
        claim["record"],
        changed,
        verified,
        claim["freshness"],
        reason,
    )
