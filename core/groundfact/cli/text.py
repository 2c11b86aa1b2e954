"""Text that comes from sources is data: made harmless before a terminal sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["cell", "clean", "one_line", "to_json"]

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline: escape sequences begin with them
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line separators, and marks that reorder what is read
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # invisible text
)
_BLANKS = re.compile(r"\s+")
_MANY = 4


def clean(text: str) -> str:
    """The text without characters that steer a terminal or reorder or hide what is read; lines stay lines."""
    return _HARMFUL.sub("", text)


def one_line(text: str) -> str:
    """The cleaned text with every run of blanks and line ends as one space."""
    return _BLANKS.sub(" ", clean(_BLANKS.sub(" ", text))).strip()


def cell(value: Any) -> str:
    """Any value as one line of a table; nothing known is `–`, and of a long list the first few are shown."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        more = f" … {len(value)} in all" if len(value) > _MANY + 1 else ""
        return one_line(", ".join(cell(item) for item in (value[:_MANY] if more else value))) + more or "–"
    return one_line(value if isinstance(value, str) else to_json(value) if isinstance(value, Mapping) else str(value))


def to_json(value: Any) -> str:
    """One line of JSON; harmful characters are written as escapes, so that it means the same and steers nothing."""
    import orjson

    return _HARMFUL.sub(_escaped, orjson.dumps(value, default=_plain).decode())


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
