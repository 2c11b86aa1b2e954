"""JSON that steers nothing: what texts from sources hide or reorder is written as escapes and means the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["HARMFUL", "to_json"]

HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline: escape sequences begin with them
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line separators, and marks that reorder what is read
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # invisible text
)


def to_json(value: Any) -> str:
    """One line of JSON; harmful characters are written as escapes, so that it means the same and steers nothing."""
    import orjson

    return HARMFUL.sub(_escaped, orjson.dumps(value, default=_plain).decode())


def _plain(value: Any) -> Any:
    """What a rule or a mapping may hand over beside JSON's own types."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
