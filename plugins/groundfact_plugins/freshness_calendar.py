"""The freshness rule `calendar`: what was confirmed in a week, month or quarter holds until its end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from groundfact.component import component
from groundfact.model import FactTimes, Lifetime
from groundfact.model.durations import Duration
from groundfact.model.times import from_ms, to_ms
from groundfact_plugins.freshness_options import Serving, ms

__all__ = ["CALENDAR", "Calendar", "CalendarOptions"]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it like Europe/Berlin") from None
    return name


class CalendarOptions(Serving):
    """A lifetime that ends with a span of the calendar."""

    until_end_of: Literal["day", "week", "month", "quarter", "year"] = Field(
        description="Fresh until the end of this span, in which it was confirmed; weeks begin on Monday."
    )
    grace: Duration = Field(timedelta(days=7), description="How much later it is stale; in between it is aging.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", description="Where the span ends.", examples=["Europe/Berlin"]
    )
    year_starts: int = Field(1, ge=1, le=12, description="The month in which the (fiscal) year begins.")
    since: Literal["verified", "changed"] = Field(
        "verified", description="The span of the last confirmation, or that of the last change."
    )


class Calendar:
    """Fresh until the day, week, month, quarter or year is over."""

    def __init__(self, options: CalendarOptions) -> None:
        self._options = options
        self._zone = ZoneInfo(options.timezone)
        self._grace = ms(options.grace)

    def lifetime(self, times: FactTimes) -> Lifetime:
        """The next span of the calendar begins where this one's freshness ends."""
        basis = self._options.since
        clock = times.verified_at if basis == "verified" else times.changed_at
        # A stamp that lies ahead must not buy a span that has not begun.
        start = min(times.observed_at if clock is None else clock, max(times.now, times.observed_at))
        following = self._next(from_ms(start).astimezone(self._zone).date())
        end = to_ms(datetime(following.year, following.month, following.day, tzinfo=self._zone))
        return self._options.lifetime(end, end + self._grace, basis)

    def _next(self, day: date) -> date:
        """The first day of the span after the one that a day lies in."""
        span = self._options.until_end_of
        if span == "day":
            return day + timedelta(days=1)
        if span == "week":
            return day + timedelta(days=7 - day.weekday())
        length = _MONTHS[span]
        into = (day.month - self._options.year_starts) % 12 % length
        months = day.year * 12 + day.month - 1 - into + length
        return date(months // 12, months % 12 + 1, 1)


CALENDAR = component(
    "calendar",
    "Fresh until the day, week, month, quarter or year is over in which it was confirmed",
    CalendarOptions,
    Calendar,
    example="type: calendar\nuntil_end_of: quarter\ntimezone: Europe/Berlin\nyear_starts: 2\ngrace: 14d",
)
