"""The clocks of a value and what follows from them, as `why` shows them to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundfact.cli.text import cell

__all__ = ["clock_lines", "out_of_time_lines"]

_CLOCKS = {
    "changed_at": "changed",
    "observed_at": "first seen",
    "verified_at": "confirmed",
    "valid_from": "valid from",
    "valid_to": "valid to",
}
_ENDS = {"declared_until": "declared until", "fresh_until": "fresh until", "stale_after": "stale from"}


def clock_lines(claim: Mapping[str, Any]) -> Iterator[str]:
    """One line of clocks, one of the lifetime."""
    known = [f"{word} {_minute(claim[name])}" for name, word in _CLOCKS.items() if claim.get(name)]
    yield f"clocks: {', '.join(known)}"
    life = claim["lifetime"]
    ends = [f"{word} {_minute(life[name])}" for name, word in _ENDS.items() if life.get(name)]
    learnt = life.get("learnt")
    by = f" (learnt from {learnt['changes']} changes in {learnt['days_watched']:g} days watched)" if learnt else ""
    yield f"lifetime: {', '.join(ends) or 'without end'}{by}"


def out_of_time_lines(fact: Mapping[str, Any]) -> Iterator[str]:
    """What a value was whose time is over, and what it will be."""
    if was := fact.get("was"):
        yield f"was {cell(was['value'])} until {was['valid_until']}, says {was['source']}"
    if coming := fact.get("will_be"):
        yield f"will be {cell(coming['value'])} from {_minute(coming['valid_from'])}, says {coming['source']}"


def _minute(at: str) -> str:
    """Without seconds; a midnight as its date."""
    return at[:10] if at[11:19] == "00:00:00" else at[:16].replace("T", " ")
