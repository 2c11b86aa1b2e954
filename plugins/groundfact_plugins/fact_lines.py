"""One fact on one line: value, who says so, since when, and every mark it carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundfact.model.text import one_line

__all__ = ["fact_line", "is_marked", "lowered", "money", "short_line", "side"]

Fact = Mapping[str, Any]


def is_marked(fact: Fact) -> bool:
    """Whether a fact carries a mark of conflict or staleness, which must not be lost."""
    return fact["status"] in ("conflict", "unconfirmed") or fact.get("freshness") in (
        "stale",
        "aging",
        "unknown",
    )


def fact_line(fact: Fact) -> str:
    """A fact of the entity itself."""
    label = fact["label"]
    if fact["status"] == "conflict":
        sides = " or ".join(f"{shown(s['value'])} [{_provenance(s)}]" for s in fact["sides"])
        return f"- {label}: CONFLICT, unresolved: {sides}. Ask: {one_line(fact['ask'], 300)}"
    if fact["status"] == "unconfirmed":
        return f"- {label}: UNCONFIRMED; last known {shown(fact['last_known'])} [{_provenance(fact)}]"
    if fact["status"] == "unknown":
        return f"- {label}: unknown (the rules believe none of the claims)"
    agree = fact["sources"]
    also = f"; {len(agree)} sources agree" if len(agree) > 1 else ""
    return f"- {label}: {shown(fact['value'])} [{_provenance(fact)}{also}; confidence {fact['confidence']}]"


def short_line(fact: Fact) -> str:
    """The same in few words, for a tight budget."""
    if fact["status"] == "conflict":
        return f"- {fact['label']}: CONFLICT"
    if fact["status"] == "unconfirmed":
        return f"- {fact['label']}: UNCONFIRMED"
    if is_marked(fact):
        return f"- {fact['label']}: {one_line(shown(fact['value']), 40)} ({fact['freshness'].upper()})"
    return fact_line(fact)


def lowered(fact: Fact) -> str:
    """A fact of something related: label, value and marks, without its provenance."""
    label = fact["label"][0].lower() + fact["label"][1:]
    if fact["status"] == "conflict":
        return f"{label} CONFLICT " + " or ".join(f"{shown(s['value'])} ({s['source']})" for s in fact["sides"])
    if fact["status"] == "unconfirmed":
        return f"{label} UNCONFIRMED, last known {shown(fact['last_known'])}"
    if fact["status"] == "unknown":
        return f"{label} unknown"
    mark = f" ({fact['freshness'].upper()})" if is_marked(fact) else ""
    return f"{label} {shown(fact['value'])}{mark}"


def side(fact: Fact) -> str:
    """What to show where a value is wanted and there is none to rely on."""
    if fact["status"] == "conflict":
        return " or ".join(f"{shown(s['value'])} ({s['source']})" for s in fact["sides"]) + " (CONFLICT)"
    if fact["status"] == "unconfirmed":
        return f"last known {shown(fact['last_known'])} (UNCONFIRMED)"
    return "unknown"


def _provenance(claim: Fact) -> str:
    told = [claim["source"]]
    if claim.get("changed_at"):
        earlier = " or earlier" if claim["changed"] == "at_latest" else ""
        told.append(f"since {claim['changed_at'][:10]}{earlier}")
    told.append(_freshness(claim))
    return ", ".join(told)


def _freshness(claim: Fact) -> str:
    status = claim["freshness"]
    if status == "fresh":
        return "fresh"
    word = "STALE" if status == "stale" else status.upper()
    if claim.get("why") == "source_behind":
        return f"{word}: {claim['source']} last read {claim.get('age', 'long')} ago"
    if claim.get("why") == "never_verified":
        return f"{word}: never confirmed"
    if "age" not in claim:
        return word
    return f"{word}: {'unchanged' if claim['age_of'] == 'change' else 'not confirmed'} for {claim['age']}"


def shown(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return "none (stated)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:,.0f}"
    if isinstance(value, (int, float)):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(item) for item in value)
    return one_line(str(value))


def money(amount: float, currency: str) -> str:
    """An amount with its currency, where that is known."""
    return f"{currency} {amount:,}".strip()
