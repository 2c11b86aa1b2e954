"""How fresh a fact is, computed on reading and never stored. Times are ms since 1970 UTC."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["FactTimes", "Freshness", "Learnt", "Lifetime"]


class Learnt(NamedTuple):
    """How often values of one attribute changed while they were watched, over all records that everybody may see."""

    changes: int
    watched: int
    """Milliseconds, added up over the records."""


class FactTimes(NamedTuple):
    """The clocks of a fact, as a freshness rule sees them."""

    changed_at: int | None
    observed_at: int
    verified_at: int | None
    now: int
    declared_until: int | None = None
    """Until when the record itself says that it holds, for a rule that is `declared_by` one of its attributes."""
    learnt: Learnt | None = None
    """What was learnt of the attribute, for a rule that `learns`; None before anything was."""


class Lifetime(NamedTuple):
    """How long a value may be relied on; None: for ever. Each span ends before the instant that is named."""

    fresh_until: int | None
    stale_after: int | None
    must_revalidate: bool = False
    """A stale value of such a field is never served as the value."""
    basis: Literal["verified", "changed"] = "verified"
    """Which clock the lifetime runs on, for the words of the answer."""
    stale_while_revalidate: int | None = None
    """For so many milliseconds it is served stale, while its source is wished to be read again; then withheld."""
    stale_if_error: int | None = None
    """For so many milliseconds it is served stale where its source cannot be read; then withheld."""


class Freshness(NamedTuple):
    """The answer: a status word, which of several things is wrong, and since when it is unconfirmed."""

    status: Literal["fresh", "aging", "stale", "unknown"]
    why: Literal["", "fact_old", "source_behind", "source_unreachable", "never_verified", "older_than_asked"] = ""
    verified_at: int | None = None
    since: int | None = None
    """The instant its age counts from."""
    withheld: bool = False
    """Too old to be served: shown as "last known …, not confirmed", never as the value."""
    refresh: bool = False
    """Its source is to be read ahead of its turn."""
