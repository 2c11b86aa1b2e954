"""What one row may be at most, and how a refusal names a column that is not there."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from groundfact.errors import SourceRefused

__all__ = ["MOST_COLUMNS", "MOST_FIELD", "MOST_ID", "MOST_ROW", "must_have", "spelt"]

MOST_COLUMNS = 2_000
MOST_FIELD = 1_000_000
MOST_ROW = 8_000_000
MOST_ID = 500
"""Bounds on one row, in characters (bytes for JSONL): what is larger is a reject, not a full memory."""


def must_have(name: str, wanted: Iterable[str], there: Collection[str]) -> None:
    """Refuse a file that lacks columns, naming them and what they might have been called."""
    missing = [column for column in wanted if column not in there]
    if missing:
        names = ", ".join(list(there)[:50])
        raise SourceRefused(
            f"{name} has no column {', '.join(spelt(column, there) for column in missing)}",
            hint=f"correct the name in the YAML, or the file; its first line has {names}",
        )


def spelt(column: str, there: Iterable[str]) -> str:
    """The name, with the nearest spelling that exists."""
    folded = {other.casefold(): other for other in there}
    near = difflib.get_close_matches(column.casefold(), folded, n=1, cutoff=0.6)
    return f"`{column}` (did you mean `{folded[near[0]]}`?)" if near else f"`{column}`"
