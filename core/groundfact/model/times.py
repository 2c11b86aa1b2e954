"""Instants are whole milliseconds since 1970 UTC inside groundfact, and ISO 8601 with `Z` outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from groundfact.errors import UsageError

__all__ = ["MAX_MS", "ago", "from_ms", "iso", "parse_instant", "span", "to_ms"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MAX_MS = 253_402_300_799_999
"""The last instant that can be written: the end of the year 9999."""
_MIN_MS = -62_135_596_800_000
_UNITS = (("y", 31_557_600_000), ("mo", 2_629_800_000), ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000))


def to_ms(moment: datetime) -> int:
    """Milliseconds of an aware datetime; a naive one is refused, because guessing a zone loses records."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The UTC datetime of an instant; one outside the years 1 to 9999 is the nearest that can be written."""
    return _EPOCH + max(_MIN_MS, min(ms, MAX_MS)) * _MS


@lru_cache(maxsize=8192)
def iso(ms: int | None) -> str | None:
    """`2026-11-02T08:00:00Z`, with milliseconds only where there are any."""
    if ms is None:
        return None
    text = from_ms(ms).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Milliseconds of an ISO 8601 instant or date; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a time", hint="write it like 2026-11-02T08:00:00Z") from None
    # A zone may carry the first and the last day beyond what can be written.
    return max(_MIN_MS, min(to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), MAX_MS))


def span(ms: int) -> str:
    """A duration as people say it: `94 d`, `3 h`, `26 mo`."""
    for unit, size in _UNITS:
        if abs(ms) >= 2 * size or (unit == "min" and abs(ms) >= size):
            return f"{abs(ms) // size} {unit}"
    return f"{abs(ms) // 1000} s"


def ago(ms: int, now: int) -> str:
    """How long before `now` an instant was."""
    return f"{span(now - ms)} ago" if ms <= now else f"in {span(ms - now)}"
