"""Durations as people write them in YAML: `30s`, `15m`, `6h`, `30d`, `2w`, `18mo`, `2y`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

__all__ = ["Duration", "duration_text", "parse_duration"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "mo": 2_629_800, "y": 31_557_600}
_PATTERN = r"^([1-9][0-9]{0,9}) ?(s|m|h|d|w|mo|y)$"
_WRITTEN = re.compile(_PATTERN)
_SECOND = timedelta(seconds=1)
_LONGEST = timedelta(days=36_525)
"""A century: added to any instant we handle it stays a date that Python can show."""


def parse_duration(value: Any) -> timedelta:
    """The duration that a text like `6h` means; a month is a twelfth of 365.25 days. ValueError says how."""
    if isinstance(value, timedelta):
        duration = value
    else:
        written = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
        if not written:
            raise ValueError(f"{value!r} is not a duration: write a number and a unit, like {_EXAMPLES}")
        # Beyond the limit Python's own arithmetic may overflow.
        seconds = min(int(written[1]) * _SECONDS[written[2]], 2 * _LONGEST // _SECOND)
        duration = timedelta(seconds=seconds)
    if not timedelta(0) < duration <= _LONGEST:
        raise ValueError(f"{value!r} is not between a moment and 100 years")
    return duration


def duration_text(duration: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this duration; parts of a second are dropped."""
    seconds = duration // _SECOND
    unit = next(unit for unit, size in reversed(_SECONDS.items()) if seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


_EXAMPLES = "15m, 6h, 30d, 18mo or 2y"

Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["15m", "6h", "30d", "18mo", "2y"]}),
]
"""An option's type: a text like `30d` in YAML and in the editor's schema, a timedelta in Python."""
