"""`cron:` lines: turns at fixed times of a time zone, with the weekdays counted as cron counts them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

__all__ = ["Cron", "CronLine", "TimeZone"]

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_EXAMPLE = "`0 6 * * 1-5` is 6:00 from Monday to Friday"
_PART = re.compile(r"(?P<first>\*|[0-7]|[a-z]{3})(-(?P<last>[0-7]|[a-z]{3}))?(/(?P<step>[1-7]))?")
_MOMENT = timedelta(microseconds=1)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_LOOK = 40
"""How many turns are looked at for the longest time between some: enough for every week of a month."""


class Cron:
    """The turns of one line."""

    def __init__(self, line: str, zone: str = "UTC") -> None:
        """Raises ValueError for a line that is not five fields, or whose time never comes."""
        self._triggers = _triggers(line, ZoneInfo(zone))
        if self.after(_START) is None:
            raise ValueError(f"{line!r} never comes")

    def after(self, moment: datetime) -> datetime | None:
        """The first turn after a moment, in UTC; None where the calendar has no more."""
        # Without the turn before: with it, APScheduler would hand the missed ones out one by one.
        found = [trigger.get_next_fire_time(None, moment.astimezone(UTC) + _MOMENT) for trigger in self._triggers]
        return min((turn.astimezone(UTC) for turn in found if turn is not None), default=None)

    def longest(self, turns: int) -> timedelta:
        """The longest time in which so many turns come: over a weekend, for a line that rests then."""
        found: list[datetime] = []
        moment: datetime | None = _START
        while moment is not None and len(found) < _LOOK:
            moment = self.after(moment)
            if moment is not None:
                found.append(moment)
        spans = [later - earlier for earlier, later in zip(found, found[turns:], strict=False)]
        return max(spans, default=found[-1] - found[0])


def _triggers(line: str, zone: ZoneInfo) -> list[Any]:
    from apscheduler.triggers import cron

    # It has no types.
    trigger: Any = cron.CronTrigger
    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f"{line!r} is not five fields (minute hour day month weekday): {_EXAMPLE}")
    minute, hour, day, month, weekday = fields
    own = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
    days = [{"day": day}] if day != "*" else []
    days += [{"day_of_week": _weekdays(weekday)}] if weekday != "*" else []
    try:
        # Where both are set, cron takes either, APScheduler both: two triggers are what the line says.
        return [trigger(second=0, **own, **chosen) for chosen in days or [{}]]
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}; {_EXAMPLE}") from error


def _weekdays(field: str) -> str:
    """The field by names: to APScheduler 0 is Monday, to cron it is Sunday, and so is 7."""
    chosen: set[int] = set()
    for part in field.lower().split(","):
        found = _PART.fullmatch(part)
        if not found:
            raise ValueError(f"{field!r} are no weekdays: {_EXAMPLE}")
        first, last = (0, 6) if found["first"] == "*" else (_day(found["first"]), _day(found["last"] or found["first"]))
        if found["last"] and last % 7 < first % 7:
            last += 7 if last < first else 0
        chosen.update(day % 7 for day in range(first, last + 1, int(found["step"] or 1)))
    return ",".join(_DAYS[day] for day in sorted(chosen))


def _day(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text not in _DAYS:
        raise ValueError(f"{text!r} is no weekday; they are {', '.join(_DAYS)} or 0 (Sunday) to 7")
    return _DAYS.index(text)


def _checked_line(line: str) -> str:
    Cron(line)
    return line


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"there is no time zone {name!r}; they are called like Europe/Berlin or UTC") from None
    return name


CronLine = Annotated[str, AfterValidator(_checked_line)]
"""Five fields as in a crontab."""
TimeZone = Annotated[str, AfterValidator(_checked_zone)]
"""A zone of the IANA database."""
