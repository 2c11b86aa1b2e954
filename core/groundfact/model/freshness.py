"""How fresh a fact is, computed on reading and never stored. Times are ms since 1970 UTC."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["FactTimes", "Freshness", "Lifetime"]


class FactTimes(NamedTuple):
    """The clocks of a fact, as a freshness rule sees them."""

    changed_at: int | None
    observed_at: int
    verified_at: int | None
    now: int


class Lifetime(NamedTuple):
    """How long a value may be relied on; None: for ever."""

    fresh_until: int | None
    stale_after: int | None
    must_revalidate: bool = False
    """A stale value of such a field is never served as the value."""
    basis: Literal["verified", "changed"] = "verified"
    """Which clock the lifetime runs on, for the words of the answer."""


class Freshness(NamedTuple):
    """The answer: a status word, which of two things is wrong, and since when it is unconfirmed."""

    status: Literal["fresh", "aging", "stale", "unknown"]
    why: Literal["", "fact_old", "source_behind", "never_verified"] = ""
    verified_at: int | None = None
    since: int | None = None
    """The instant its age counts from."""
    withheld: bool = False
    """Stale where it must be current: shown as "last known …, not confirmed", never as the value."""
