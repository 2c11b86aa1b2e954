"""When a row was last changed, as files write it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

__all__ = ["moment"]

_MILLISECONDS = 100_000_000_000
"""Numbers from here on are milliseconds: as seconds they would be after the year 5138."""


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time or date (UTC where it has no zone), epoch seconds or milliseconds; else ValueError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError
    text = str(value).strip()
    try:
        # Eight digits are a date (20261102); epochs have been longer than that since 1973.
        if isinstance(value, (int, float)) or (len(text) > 8 and text.replace(".", "", 1).isdecimal()):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS else number, UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error
