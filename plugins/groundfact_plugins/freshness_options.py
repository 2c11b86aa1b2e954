"""What every freshness rule lets the YAML say: what becomes of a value whose lifetime is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from groundfact.component import Options
from groundfact.model import Lifetime
from groundfact.model.durations import Duration, duration_text

__all__ = ["Serving", "in_order", "ms"]


class Serving(Options):
    """What may still be served after the lifetime, as HTTP caching has it (RFC 9111, RFC 5861)."""

    must_revalidate: bool = Field(
        False, description='Never serve a stale value as the value, only as "last known, not confirmed".'
    )
    stale_while_revalidate: Duration | None = Field(
        None,
        description="Past `fresh_for`, let the schedule read the source ahead of its turn; serve a stale value, marked,"
        " for so long, and then no more.",
        examples=["3d"],
    )
    stale_if_error: Duration | None = Field(
        None,
        description="Where the last run of the source failed: serve a stale value, marked, for so long, then no more.",
        examples=["14d"],
    )

    @model_validator(mode="after")
    def _can_be_served(self) -> Serving:
        for name in ("stale_while_revalidate", "stale_if_error"):
            if self.must_revalidate and getattr(self, name) is not None:
                raise ValueError(f"must_revalidate never serves a stale value, and {name} would; keep one of them")
        return self

    def lifetime(
        self, fresh_until: int, stale_after: int, basis: Literal["verified", "changed"] = "verified"
    ) -> Lifetime:
        """A lifetime with what these options say of its end."""
        revalidate, error = self.stale_while_revalidate, self.stale_if_error
        return Lifetime(
            fresh_until,
            stale_after,
            self.must_revalidate,
            basis,
            None if revalidate is None else ms(revalidate),
            None if error is None else ms(error),
        )


def ms(duration: timedelta) -> int:
    """Whole milliseconds of a duration."""
    return duration // timedelta(milliseconds=1)


def in_order(least: timedelta, most: timedelta) -> None:
    """Raise ValueError where the shortest lifetime is longer than the longest."""
    if most < least:
        raise ValueError(f"at_most ({duration_text(most)}) is shorter than at_least ({duration_text(least)})")
