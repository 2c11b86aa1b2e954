"""The clocks of a claim and its lifetime, for `why`; and what a fact was whose time is over."""

from __future__ import annotations

from typing import Any

from groundfact.model import Claim, Fact
from groundfact.model.times import iso
from groundfact.pipeline.deciding.freshness import times_of
from groundfact.pipeline.deciding.lifetimes import days
from groundfact.pipeline.deciding.validity import ENDED, NOT_YET
from groundfact.pipeline.reading.reader import Reader

__all__ = ["aged", "last_day", "out_of_time"]


def aged(reader: Reader, kind: str, attribute: str, claim: Claim) -> dict[str, Any]:
    """The four clocks that are never mixed, the lifetime that follows from them, and what that was learnt from."""
    plan = reader.plans[kind]
    learnt = reader.clocks.learnt(plan, attribute)
    life = plan.freshness[attribute].lifetime(times_of(claim, reader.now, learnt))
    told: dict[str, Any] = {"fresh_until": iso(life.fresh_until), "stale_after": iso(life.stale_after)}
    if claim.declared_until is not None:
        told["declared_until"] = iso(claim.declared_until)
    if learnt is not None:
        told["learnt"] = {"changes": learnt.changes, "days_watched": days(learnt)}
    return {
        "changed_at": iso(claim.changed_at),
        "observed_at": iso(claim.observed_at),
        "verified_at": iso(claim.verified_at),
        "valid_from": iso(claim.valid_from),
        "valid_to": iso(claim.valid_to),
        "lifetime": told,
    }


def out_of_time(fact: Fact) -> dict[str, Any]:
    """Of a fact that nobody's claim holds for now: what it was, until when, or what it will be, and from when."""
    ended = [loser.claim for loser in fact.losers if loser.code == ENDED]
    coming = [loser.claim for loser in fact.losers if loser.code == NOT_YET]
    told: dict[str, Any] = {}
    if ended:
        last = max(ended, key=lambda claim: (claim.valid_to or 0, claim.source, claim.stream, claim.record))
        told["was"] = {"value": last.value, "source": last.source, "valid_until": last_day(last.valid_to)}
    if coming:
        first = min(coming, key=lambda claim: (claim.valid_from or 0, claim.source, claim.stream, claim.record))
        told["will_be"] = {"value": first.value, "source": first.source, "valid_from": iso(first.valid_from)}
    return told


def last_day(valid_to: int | None) -> str | None:
    """The last day on which something is true, as people write it: `valid_to` itself is the first instant after it."""
    return None if valid_to is None else str(iso(valid_to - 1))[:10]
