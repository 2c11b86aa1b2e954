"""The demo's scenes of asking, as data. Everything comes from the calls that a copilot makes, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.cli.demo_scenes import ASKED, Scene, missing
from groundfact.cli.demo_world import Stage
from groundfact.errors import Denied, UnknownName, UsageError

__all__ = ["SUPPORT", "asked", "explained", "restricted"]

SUPPORT = "support_copilot"
_TIGHT = 250
_MARKS = ("CONFLICT", "STALE", "UNCONFIRMED")


def asked(stage: Stage) -> Scene:
    """The context a copilot gets, in its budget and in a very small one."""
    context = stage.memory.context(ASKED)
    tight = stage.memory.context(ASKED, max_tokens=_TIGHT)
    budget = stage.memory.config.root.context.max_tokens
    facts = {fact["attribute"]: fact for fact in context.data["facts"]}
    conflicts = [name for name, fact in facts.items() if fact["status"] == "conflict"]
    stale = [name for name, fact in facts.items() if fact["status"] == "known" and fact["freshness"] == "stale"]
    unconfirmed = [name for name, fact in facts.items() if fact["status"] == "unconfirmed"]
    sides = [fact for name in conflicts for fact in facts[name]["sides"]]
    data = {
        "text": context.text, "tokens": context.tokens, "budget": budget, "conflicts": conflicts, "stale": stale,
        "unconfirmed": unconfirmed, "tight": {"text": tight.text, "tokens": tight.tokens, "budget": _TIGHT},
        "context": context.data,
    }  # fmt: skip
    marked = [line for line in context.text.splitlines() if any(mark in line for mark in _MARKS)]
    return Scene(data, {
        "it keeps the token budget": context.tokens <= budget and tight.tokens <= _TIGHT,
        "it opens with owner, open deals and last touch": _opens(context.text, ("Owner", "Open deals", "Last touch")),
        "one conflict shows both sides and the question to ask": len(conflicts) == 1 and len(sides) == 2
        and facts[conflicts[0]]["ask"] in context.text and {s["source"] for s in sides} == {"crm", "marketing"},
        "one old value is marked stale": len(stale) == 1,
        "one value that must be current is withheld": len(unconfirmed) == 1
        and facts[unconfirmed[0]]["value"] is None,
        "the marked facts outlive a small budget": len(marked) == len(conflicts + stale + unconfirmed)
        and not set(marked) - set(tight.text.splitlines()),
    })  # fmt: skip


def _opens(text: str, words: Sequence[str]) -> bool:
    """Whether the lines before the facts begin so, in this order."""
    head = [line.partition(":")[0] for line in text.partition("## Facts")[0].splitlines()]
    return [line for line in head if line in words] == list(words)


def explained(stage: Stage) -> Scene:
    """Why a contested value is believed."""
    why = stage.memory.why(ASKED, "industry")
    winner, losers = why["winner"], why["losers"]
    return Scene({"why": why}, {
        "the system of record wins": why["fact"]["rule"] == "system_of_record" and winner["source"] == "crm",
        "a newer value loses, with its reason": any(
            loser["reason"] and loser["changed_at"] > winner["changed_at"] for loser in losers
        ),
        "it says by how much, and what would flip it": bool(why.get("margin")) and bool(why["flips"]),
    })  # fmt: skip


def restricted(stage: Stage, full: Scene) -> Scene:
    """The same question from somebody who may see less, and that nothing of the rest shows."""
    context = stage.memory.context(ASKED, principal=SUPPORT)
    hero = stage.fiction.hero
    hidden = _hidden(full.data["context"], context.data)
    deal = stage.fiction.record("salesforce", "Opportunity", hero.restricted_opportunity_id)
    secrets = {deal.id, *(spelt for value in (*hidden.values(), deal.fields["Amount"]) for spelt in _spelt(value))}
    told = f"{context.text}\n{context.data}"
    denied = [_refusal(stage, account, SUPPORT) for account in (ASKED, _without_revenue(stage))]
    real, made_up = hero.restricted_opportunity_id, "006Gf00000ZZZZZIAA"
    answers = [_unknown(stage, number).replace(number, "…") for number in (real, made_up)]
    data = {
        "principal": SUPPORT, "text": context.text, "tokens": context.tokens, "hidden": hidden,
        "only_full": missing(full.data["text"], context.text),
        "only_restricted": missing(context.text, full.data["text"]),
        "why_revenue": denied[0], "by_id": _unknown(stage, real),
    }  # fmt: skip
    return Scene(data, {
        "a restricted deal and the revenue are gone": len(hidden) >= 2 and bool(data["only_full"]),
        "nothing of them is in the answer": not any(secret in told for secret in secrets),
        "the refusal is the same where nothing is known": len(set(denied)) == 1,
        "the hidden deal answers like one that never existed": len(set(answers)) == 1,
    })  # fmt: skip


def _hidden(full: Mapping[str, Any], less: Mapping[str, Any]) -> dict[str, Any]:
    """What only the fuller answer holds: facts and related entities, by name."""
    known = {fact["attribute"] for fact in less["facts"]}
    found = {fact["label"]: fact["value"] for fact in full["facts"] if fact["attribute"] not in known}
    seen = {entity["id"] for group in less["related"].values() for entity in group["shown"]}
    for kind, group in full["related"].items():
        found |= {f"{kind} {e['id']}": e["name"] for e in group["shown"] if e["id"] not in seen}
    return found


def _spelt(value: Any) -> Sequence[str]:
    """A value as text and data write it."""
    return (f"{value:.0f}", f"{value:,.0f}") if isinstance(value, (int, float)) else (str(value),)


def _refusal(stage: Stage, account: str, principal: str) -> str:
    try:
        return str(stage.memory.why(account, "annual_revenue", principal=principal))
    except Denied as error:
        return error.message


def _without_revenue(stage: Stage) -> str:
    """An account of which nobody has ever stated the revenue."""
    known = {fact["entity"] for fact in stage.memory.list("facts", kind="account") if "annual_revenue" in fact.values()}
    return next(str(account["id"]) for account in stage.memory.list("accounts") if account["id"] not in known)


def _unknown(stage: Stage, number: str) -> str:
    try:
        return stage.memory.context(number, kind="deal", principal=SUPPORT).text
    except UnknownName as error:
        return error.message
    except UsageError as error:
        return f"{type(error).__name__}: {error.message}"
