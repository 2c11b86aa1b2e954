"""Freshness rules: until when a value may be relied on, as HTTP caching has it, but for every field.

A clock that is not known is replaced by `observed_at`, the moment we first saw the value: it cannot have been
confirmed earlier, nor changed later. A lifetime is therefore never endless for want of a clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from groundfact.component import component
from groundfact.model import FactTimes, Lifetime
from groundfact.model.durations import Duration, duration_text
from groundfact_plugins.freshness_options import Serving, in_order, ms

__all__ = ["FIXED", "HEURISTIC", "Fixed", "FixedOptions", "Heuristic", "HeuristicOptions"]


class FixedOptions(Serving):
    """A lifetime that somebody decided on."""

    fresh_for: Duration = Field(description="How long a value is fresh.", examples=["30d"])
    stale_after: Duration | None = Field(
        None, description="When it is stale; in between it is aging. Without it: twice `fresh_for`."
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
        self._options = options
        self._fresh = ms(options.fresh_for)
        self._stale = ms(options.stale_after) if options.stale_after is not None else 2 * self._fresh

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Both ends, counted from the chosen clock."""
        basis = self._options.since
        clock = times.verified_at if basis == "verified" else times.changed_at
        start = times.observed_at if clock is None else clock
        return self._options.lifetime(start + self._fresh, start + self._stale, basis)


class HeuristicOptions(Serving):
    """A lifetime guessed from how long a value has held already (RFC 9111, 4.2.2)."""

    share: float = Field(0.1, gt=0, le=1, description="Of the time since its last change, when confirmed.")
    at_least: Duration = Field(timedelta(days=1), description="The shortest lifetime.", examples=["1d"])
    at_most: Duration = Field(timedelta(days=180), description="The longest lifetime.", examples=["180d"])

    @model_validator(mode="after")
    def _in_order(self) -> HeuristicOptions:
        in_order(self.at_least, self.at_most)
        return self


class Heuristic:
    """What has held for long is trusted for longer; stale after twice that."""

    def __init__(self, options: HeuristicOptions) -> None:
        self._options = options
        self._least, self._most = ms(options.at_least), ms(options.at_most)

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Counted from the last confirmation."""
        verified = times.observed_at if times.verified_at is None else times.verified_at
        changed = times.observed_at if times.changed_at is None else times.changed_at
        life = min(max(int((verified - changed) * self._options.share), self._least), self._most)
        return self._options.lifetime(verified + life, verified + 2 * life)


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
    example="type: heuristic\nshare: 0.1\nat_least: 1d\nat_most: 180d\nstale_if_error: 14d",
)
