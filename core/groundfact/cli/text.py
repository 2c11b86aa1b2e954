"""Text that comes from sources is data: made harmless before a terminal sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundfact.doors.text import to_json

__all__ = ["cell", "clean", "one_line", "to_json"]

_BLANKS = re.compile(r"\s+")
_MANY = 4


def clean(text: str) -> str:
    """The text without characters that steer a terminal or reorder or hide what is read; lines stay lines."""
    # The model needs pydantic, which no `--help` should wait for.
    from groundfact.model.text import visible

    return visible(text)


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
