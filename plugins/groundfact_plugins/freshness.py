"""Freshness rules: until when a value may be relied on, as HTTP caching has it, but for every field.

A clock that is not known is replaced by `observed_at`, the moment we first saw the value: it cannot have been
confirmed earlier, nor changed later. A lifetime is therefore never endless for want of a clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from groundfact.component import Options, component
from groundfact.model import FactTimes, Lifetime
from groundfact.model.durations import Duration, duration_text

__all__ = ["FIXED", "HEURISTIC", "Fixed", "FixedOptions", "Heuristic", "HeuristicOptions"]


class FixedOptions(Options):
    """A lifetime that somebody decided on."""

    fresh_for: Duration = Field(description="How long a value is fresh.", examples=["30d"])
    stale_after: Duration | None = Field(
        None, description="When it is stale; in between it is aging. Without it: twice `fresh_for`."
    )
    must_revalidate: bool = Field(
        False, description='Never serve a stale value as the value, only as "last known, not confirmed".'
    )
    since: Literal["verified", "changed"] = Field(
        "verified",
        description="Count from the last confirmation, or from the last change (for what is news and goes off).",
    )

    @model_validator(mode="after")
    def _in_order(self) -> FixedOptions:
        if self.stale_after is not None and self.stale_after < self.fresh_for:
            fresh, stale = duration_text(self.fresh_for), duration_text(self.stale_after)
            raise ValueError(f"stale_after ({stale}) is shorter than fresh_for ({fresh})")
        return self


class Fixed:
    """Fresh for a fixed time after it was confirmed (or changed)."""

    def __init__(self, options: FixedOptions) -> None:
        self._fresh = _ms(options.fresh_for)
        self._stale = _ms(options.stale_after) if options.stale_after is not None else 2 * self._fresh
        self._must_revalidate = options.must_revalidate
        self._since = options.since

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Both ends, counted from the chosen clock."""
        clock = times.verified_at if self._since == "verified" else times.changed_at
        start = times.observed_at if clock is None else clock
        return Lifetime(start + self._fresh, start + self._stale, self._must_revalidate, self._since)


class HeuristicOptions(Options):
    """A lifetime guessed from how long a value has held already (RFC 9111, 4.2.2)."""

    share: float = Field(0.1, gt=0, le=1, description="Of the time since its last change, when confirmed.")
    at_least: Duration = Field(timedelta(days=1), description="The shortest lifetime.", examples=["1d"])
    at_most: Duration = Field(timedelta(days=180), description="The longest lifetime.", examples=["180d"])

    @model_validator(mode="after")
    def _in_order(self) -> HeuristicOptions:
        if self.at_most < self.at_least:
            least, most = duration_text(self.at_least), duration_text(self.at_most)
            raise ValueError(f"at_most ({most}) is shorter than at_least ({least})")
        return self


class Heuristic:
    """What has held for long is trusted for longer; stale after twice that."""

    def __init__(self, options: HeuristicOptions) -> None:
        self._share = options.share
        self._least, self._most = _ms(options.at_least), _ms(options.at_most)

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Counted from the last confirmation."""
        verified = times.observed_at if times.verified_at is None else times.verified_at
        changed = times.observed_at if times.changed_at is None else times.changed_at
        life = min(max(int((verified - changed) * self._share), self._least), self._most)
        return Lifetime(verified + life, verified + 2 * life)


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


FIXED = component(
    "fixed",
    "Fresh for a fixed time after it was confirmed",
    FixedOptions,
    Fixed,
    example="type: fixed\nfresh_for: 7d\nstale_after: 30d\nmust_revalidate: true",
)
HEURISTIC = component(
    "heuristic",
    "Fresh for a share of the time that it has held already",
    HeuristicOptions,
    Heuristic,
    example="type: heuristic\nshare: 0.1\nat_least: 1d\nat_most: 180d",
)
