"""The id of a row: its columns, several joined, or a hash of what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

__all__ = ["as_id", "hashed", "joined", "looked_up"]


def joined(parts: Sequence[str]) -> str:
    """One id of one or more parts, so that no two lists of parts give the same; "" if a part is missing."""
    clean = [part.strip() for part in parts]
    if not all(clean):
        return ""
    return clean[0] if len(clean) == 1 else "|".join(_escaped(part) for part in clean)


def hashed(values: Mapping[str, Any]) -> str:
    """An id for a row that names none: the same content, in whatever order of columns, gives the same."""
    return hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def as_id(value: Any) -> str:
    """A JSON value as (a part of) an id."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("has an id that is neither a text nor a whole number")


def looked_up(values: Mapping[str, Any], path: str) -> Any:
    """A key as it stands, else a dotted path into objects; None where there is nothing."""
    if path in values:
        return values[path]
    head, dot, rest = path.partition(".")
    inner = values.get(head)
    return looked_up(inner, rest) if dot and isinstance(inner, Mapping) else None


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|")
