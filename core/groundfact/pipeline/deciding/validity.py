"""Validity of a fact itself: true in the world from, and until, what its own record says. Spans are closed-open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from groundfact.model import Claim, Loser
from groundfact.model.times import to_ms
from groundfact.pipeline.deciding.chains import Span

__all__ = ["ENDED", "NOT_YET", "RULE", "dated", "in_time"]

RULE = "validity"
"""What a loser is told to have lost by."""
ENDED, NOT_YET = "ended", "not_yet"
_Id = tuple[str, str, str]
_DAY = timedelta(days=1)


def dated(claims: Sequence[Claim], beside: Mapping[_Id, Mapping[str, Any]], span: Span) -> list[Claim]:
    """The claims with the times that their own records give them; `beside` is what each record says."""
    found = []
    for claim in claims:
        said = beside[claim.source, claim.stream, claim.record]
        begins = None if span.begins is None else _instant(said.get(span.begins), last=False)
        ends = None if span.ends is None else _instant(said.get(span.ends), last=True)
        until = None if span.declared is None else _instant(said.get(span.declared), last=True)
        found.append(claim._replace(valid_from=begins, valid_to=ends, declared_until=until))
    return found


def in_time(claims: Sequence[Claim], now: int) -> tuple[list[Claim], list[Loser]]:
    """The claims that are true at `now`, and those whose time is over or has not come."""
    current, out = [], []
    for claim in claims:
        if claim.valid_to is not None and now >= claim.valid_to:
            out.append(Loser(claim, RULE, ENDED))
        elif claim.valid_from is not None and now < claim.valid_from:
            out.append(Loser(claim, RULE, NOT_YET))
        else:
            current.append(claim)
    return current, out


@lru_cache(maxsize=8192)
def _instant(written: str | None, *, last: bool) -> int | None:
    """The instant that a value of type `date` or `datetime` means; the last day of something belongs to it."""
    if written is None:
        return None
    if len(written) > len("2026-11-02"):
        return to_ms(datetime.fromisoformat(written))
    first = date.fromisoformat(written)
    if last and first == date.max:
        # 9999-12-31 is how systems that must have an end write that there is none.
        return None
    return to_ms(datetime.combine(first + _DAY if last else first, time.min, UTC))
