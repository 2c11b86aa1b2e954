"""Freshness on reading: which of two things is wrong, the source is behind or the fact is old."""

from __future__ import annotations

from typing import NamedTuple

from groundfact.model import Claim, FactTimes, Freshness
from groundfact.protocols import FreshnessRule

__all__ = ["SourceState", "assess"]


class SourceState(NamedTuple):
    """How far a source has been read."""

    read_until: int | None
    """The latest instant up to which one of its streams was read completely; None: never."""
    behind_after: int
    """Milliseconds after which the source counts as behind."""


def assess(claim: Claim, rule: FreshnessRule, source: SourceState, now: int) -> Freshness:
    """How fresh a claim is at `now`."""
    verified = claim.verified_at
    times = FactTimes(claim.changed_at, claim.observed_at, verified, now)
    life = rule.lifetime(times)
    if verified is None:
        return Freshness("unknown", "never_verified", None, None, life.must_revalidate)
    if source.read_until is None or now - source.read_until > source.behind_after:
        return Freshness("stale", "source_behind", verified, source.read_until, life.must_revalidate)
    since = claim.changed_at if life.basis == "changed" else verified
    if life.fresh_until is None or now <= life.fresh_until:
        return Freshness("fresh", "", verified, since)
    if life.stale_after is None or now <= life.stale_after:
        return Freshness("aging", "fact_old", verified, since)
    return Freshness("stale", "fact_old", verified, since, life.must_revalidate)
