"""What is stored of a record: the allowed fields, flat, JSON-able and bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

__all__ = ["MISSING", "plain", "walker"]

MISSING: Any = object()
"""The record does not have this field: not the same as having it empty."""

_LONGEST_TEXT = 100_000
_MOST_ITEMS = 500
_DEEPEST = 6
_INT64 = 2**63


def walker(path: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function from a record's data to the value at a dotted path, or MISSING.

    An object that is empty on the way (`Owner: null` for `Owner.Name`) makes the value empty, not missing.
    """
    steps = path.split(".")
    first, last = steps[0], steps[-1]

    def look(data: Mapping[str, Any]) -> Any:
        inner = data.get(first)
        # An object in an object, as most vendors have them; anything else goes the long way.
        return inner.get(last, MISSING) if type(inner) is dict and path not in data else walk(data)

    def walk(data: Mapping[str, Any]) -> Any:
        # A CSV column may have dots in its name: the whole path goes first.
        if path in data:
            return data[path]
        node: Any = data
        for step in steps:
            if not isinstance(node, dict):
                return None if node is None else MISSING
            node = node.get(step, MISSING)
        return node

    if len(steps) == 1:
        return lambda data: data.get(path, MISSING)
    return look if len(steps) == 2 else walk


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON can carry it everywhere; what is beyond all bounds is cut."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if depth >= _DEEPEST:
        return _text(type(value).__name__)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item, depth + 1) for key, item in list(value.items())[:_MOST_ITEMS]}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(item, depth + 1) for item in value[:_MOST_ITEMS]]
    return _text(str(value))


def _text(text: str) -> str:
    text = text[:_LONGEST_TEXT]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _number(number: int | float) -> Any:
    if isinstance(number, float):
        return number if number - number == 0 else str(number)
    if -_INT64 <= number < _INT64:
        return number
    # Python refuses to write out integers of more than 4,300 digits.
    return str(number) if number.bit_length() < 1000 else f"integer of {number.bit_length()} bits"
