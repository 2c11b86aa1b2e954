"""Freshness on reading: which of two things is wrong, the source is behind or the fact is old."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from groundfact.errors import UsageError
from groundfact.model import Claim, FactTimes, Freshness, Learnt, Lifetime
from groundfact.model.durations import parse_duration
from groundfact.protocols import FreshnessRule

__all__ = ["SourceState", "assess", "times_of", "tolerance"]


class SourceState(NamedTuple):
    """How far a stream, or a source with all its streams, has been read."""

    read_until: int | None
    """The latest instant up to which it was read completely; None: never."""
    behind_after: int
    """Milliseconds after which it counts as behind."""
    failing: bool = False
    """The last run of its source failed and did not get it."""

    @property
    def behind_from(self) -> int | None:
        """The last instant at which it is not behind; None where it was never read."""
        return None if self.read_until is None else self.read_until + self.behind_after


def times_of(claim: Claim, now: int, learnt: Learnt | None = None) -> FactTimes:
    """The clocks of a claim, as its rule wants them."""
    return FactTimes(claim.changed_at, claim.observed_at, claim.verified_at, now, claim.declared_until, learnt)


def assess(
    claim: Claim,
    rule: FreshnessRule,
    source: SourceState,
    now: int,
    learnt: Learnt | None = None,
    max_age: int | None = None,
) -> Freshness:
    """How fresh a claim is at `now`; `max_age` is how long ago the caller accepts that it was confirmed."""
    life = rule.lifetime(times_of(claim, now, learnt))
    verified = claim.verified_at
    if verified is None:
        must = life.must_revalidate or max_age is not None
        return Freshness("unknown", "never_verified", None, None, must)
    found = _aged(claim, life, source, now, verified)
    if max_age is not None and now - verified > max_age and not found.withheld:
        why = found.why or "older_than_asked"
        since = found.since if found.why else verified
        return found._replace(why=why, since=since, withheld=True)
    return found


def _aged(claim: Claim, life: Lifetime, source: SourceState, now: int, verified: int) -> Freshness:
    behind_from = source.behind_from
    if behind_from is None:
        return _stale(life, source, Freshness("stale", "source_behind", verified, None), None, now)
    since = claim.changed_at if life.basis == "changed" else verified
    old = life.stale_after is not None and now >= life.stale_after
    if now > behind_from:
        begun = min(behind_from, life.stale_after) if old and life.stale_after is not None else behind_from
        return _stale(life, source, Freshness("stale", "source_behind", verified, source.read_until), begun, now)
    if old:
        return _stale(life, source, Freshness("stale", "fact_old", verified, since), life.stale_after, now)
    if life.fresh_until is None or now < life.fresh_until:
        return Freshness("fresh", "", verified, since)
    return Freshness("aging", "fact_old", verified, since, refresh=life.stale_while_revalidate is not None)


def _stale(life: Lifetime, source: SourceState, found: Freshness, begun: int | None, now: int) -> Freshness:
    """What may still be served of a value that is stale since `begun`; None: nobody knows how long."""
    found = found._replace(refresh=life.stale_while_revalidate is not None)
    if life.must_revalidate:
        return found._replace(withheld=True)
    grace = life.stale_while_revalidate
    if source.failing and life.stale_if_error is not None:
        found = found._replace(why="source_unreachable")
        grace = max(life.stale_if_error, grace or 0)
    if grace is None:
        return found
    return found._replace(withheld=begun is None or now >= begun + grace)


def tolerance(max_age: str | timedelta | None) -> int | None:
    """What a caller accepts, in milliseconds. Raises UsageError for what is no span of time."""
    if max_age is None:
        return None
    try:
        return parse_duration(max_age) // timedelta(milliseconds=1)
    except ValueError as error:
        raise UsageError(f"max_age: {error}", hint="write a span like 7d") from None
