"""Page properties as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["ABSENT", "MOST_ITEMS", "Person", "plain_text", "property_value"]

ABSENT: Any = object()
"""The page says nothing: no such property, or one that the API does not show."""
MOST_ITEMS = 500
"""References and rolled-up values of one property that are kept."""
Value = Mapping[str, Any]
_PEOPLE = frozenset(("people", "created_by", "last_edited_by"))


class Person(NamedTuple):
    """Somebody of the workspace."""

    name: str | None
    email: str | None


Who = Callable[[Value], Person]
"""Who a user object stands for; often it is no more than an id."""


def plain_text(items: Any) -> str | None:
    """Rich text without its formatting."""
    return "".join(str(item.get("plain_text") or "") for item in items or ()) or None


def property_value(properties: Mapping[str, Value], name: str, who: Who) -> Any:
    """The plain value of a property, or of a part of it (`Period.end`, `Owner.email`); ABSENT where there is none."""
    if name in properties:
        return _value(properties[name], who)
    stem, _, part = name.rpartition(".")
    return _part(properties[stem], part, who) if stem in properties else ABSENT


def _value(told: Value, who: Who) -> Any:
    kind = told["type"]
    value = told.get(kind)
    if kind in _PEOPLE:
        return _one_or_all([person.name for person in _people(value, who)])
    if kind in ("formula", "rollup"):
        return _computed(value, who)
    read = _READERS.get(kind)
    return ABSENT if read is None else read(value)


def _part(told: Value, part: str, who: Who) -> Any:
    kind, value = told["type"], told.get(told["type"])
    if kind == "date" and part == "end":
        return value.get("end") if value else None
    if kind in _PEOPLE and part == "email":
        return _one_or_all([person.email for person in _people(value, who)])
    return ABSENT


def _people(value: Any, who: Who) -> list[Person]:
    users = value if isinstance(value, list) else [value] if value else []
    return [who(user) for user in users]


def _one_or_all(items: Sequence[Any]) -> Any:
    """A single one as itself, so that it fits an attribute that holds one value."""
    there = [item for item in items[:MOST_ITEMS] if item is not None]
    return there[0] if len(there) == 1 else there or None


def _computed(value: Any, who: Who) -> Any:
    """A formula or rollup: a value with a type of its own; `unsupported` and `incomplete` are no value."""
    kind = (value or {}).get("type")
    if kind == "array":
        items = [_value(item, who) for item in value["array"][:MOST_ITEMS]]
        flat = [part for item in items for part in (item if isinstance(item, list) else [item])]
        return [part for part in flat if part is not ABSENT and part is not None][:MOST_ITEMS] or None
    if kind == "date":
        return _start(value.get("date"))
    return value.get(kind) if kind in ("string", "number", "boolean") else ABSENT


def _name(value: Any) -> Any:
    return value.get("name") if value else None


def _names(value: Any) -> list[str]:
    return [str(item["name"]) for item in (value or ())[:MOST_ITEMS] if item.get("name")]


def _start(value: Any) -> Any:
    return value.get("start") if value else None


def _unique_id(value: Any) -> str | None:
    if not value or value.get("number") is None:
        return None
    return f"{value['prefix']}-{value['number']}" if value.get("prefix") else str(value["number"])


def _as_it_is(value: Any) -> Any:
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "title": plain_text,
    "rich_text": plain_text,
    "select": _name,
    "status": _name,
    "multi_select": _names,
    "date": _start,
    "relation": lambda value: _one_or_all([str(item["id"]) for item in value or ()]),
    # The names alone: the addresses of files expire within the hour.
    "files": _names,
    "unique_id": _unique_id,
    "verification": lambda value: value.get("state") if value else None,
    **dict.fromkeys(
        ("number", "checkbox", "url", "email", "phone_number", "created_time", "last_edited_time"), _as_it_is
    ),
}
