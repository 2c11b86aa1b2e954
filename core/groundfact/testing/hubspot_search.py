"""HubSpot's CRM search: filter groups, operators, one sort rule, and its silent and loud limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from groundfact.testing.hubspot_schema import MODIFIED, PROPERTIES, Property
from groundfact.testing.views import Record

MAX_GROUPS, MAX_FILTERS, MAX_LIMIT, MAX_QUERY = 6, 18, 200, 3_000
Test = Callable[[Record], bool]
_OPERATORS = frozenset(
    {
        "EQ",
        "NEQ",
        "LT",
        "LTE",
        "GT",
        "GTE",
        "BETWEEN",
        "IN",
        "NOT_IN",
        "HAS_PROPERTY",
        "NOT_HAS_PROPERTY",
        "CONTAINS_TOKEN",
        "NOT_CONTAINS_TOKEN",
    }
)
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "LT": lambda a, b: a < b,
    "LTE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GTE": lambda a, b: a >= b,
}


class SearchError(ValueError):
    """A search the vendor refuses with status 400."""


def value_of(kind: str, row: Record, name: str) -> Any:
    """A property as stored; the vendor's own stamps come from the record itself."""
    if name == "hs_object_id":
        return row.id
    if name == "createdate":
        return row.created
    if name == MODIFIED[kind]:
        return row.modified
    # The other object types' date property is known but never filled, which is the trap.
    return None if name in MODIFIED.values() else row.fields.get(name)


def find(kind: str, rows: Iterable[Record], body: dict[str, Any]) -> list[Record]:
    """All matching records in the asked order."""
    tests = [_group(kind, group.get("filters", [])) for group in _groups(body)]
    text = str(body.get("query") or "").casefold()
    if len(text) > MAX_QUERY:
        raise SearchError(f"query cannot be longer than {MAX_QUERY} characters")
    found = [row for row in rows if not tests or any(test(row) for test in tests)]
    if text:
        found = [row for row in found if any(text in str(value).casefold() for value in row.fields.values())]
    return _sorted(kind, found, body.get("sorts") or [])


def _groups(body: dict[str, Any]) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = body.get("filterGroups") or []
    if len(groups) > MAX_GROUPS:
        raise SearchError(f"The number of filterGroups cannot exceed {MAX_GROUPS}")
    if sum(len(group.get("filters", [])) for group in groups) > MAX_FILTERS:
        raise SearchError(f"The number of filters across all filterGroups cannot exceed {MAX_FILTERS}")
    return groups


def _sorted(kind: str, rows: list[Record], sorts: list[Any]) -> list[Record]:
    if len(sorts) > 1:
        raise SearchError("Only one sort is allowed")
    # Without a rule the oldest record comes first.
    rule = sorts[0] if sorts else {"propertyName": "createdate"}
    name = rule if isinstance(rule, str) else rule.get("propertyName", "")
    descending = not isinstance(rule, str) and rule.get("direction") == "DESCENDING"
    item = _property(kind, name)

    def key(row: Record) -> tuple[bool, Any]:
        value = _comparable(item, value_of(kind, row, name))
        return (value is None) != descending, value if value is not None else 0

    return sorted(rows, key=key, reverse=descending)


def _property(kind: str, name: str) -> Property:
    if name in MODIFIED.values():
        return Property(name, name, "datetime", "date")
    item = PROPERTIES[kind].get(name)
    if item is None:
        raise SearchError(f"Property '{name}' does not exist")
    return item


def _group(kind: str, filters: list[dict[str, Any]]) -> Test:
    tests = [_filter(kind, entry) for entry in filters]
    return lambda row: all(test(row) for test in tests)


def _filter(kind: str, entry: dict[str, Any]) -> Test:
    name, operator = str(entry.get("propertyName")), entry.get("operator")
    item = _property(kind, name)
    if operator not in _OPERATORS:
        raise SearchError(f"'{operator}' is not a valid operator")

    def get(row: Record) -> Any:
        return _comparable(item, value_of(kind, row, name))

    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return lambda row: (get(row) is not None) == (operator == "HAS_PROPERTY")
    if operator in ("IN", "NOT_IN"):
        members = {_comparable(item, value) for value in entry.get("values") or []}
        return lambda row: get(row) is not None and (get(row) in members) == (operator == "IN")
    wanted = _comparable(item, entry.get("value"))
    if wanted is None:
        raise SearchError(f"operator {operator} requires a value that fits property '{name}'")
    return _comparison(operator, get, wanted, _comparable(item, entry.get("highValue")))


def _comparison(operator: str, get: Callable[[Record], Any], wanted: Any, high: Any) -> Test:
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        token = str(wanted).strip("*")
        return lambda row: (token in str(get(row) or "")) == (operator == "CONTAINS_TOKEN")
    if operator in ("EQ", "NEQ"):
        # A missing value is neither equal nor unequal to anything.
        return lambda row: get(row) is not None and (get(row) == wanted) == (operator == "EQ")
    if operator == "BETWEEN":
        return lambda row: get(row) is not None and high is not None and wanted <= get(row) <= high
    compare = _ORDERED[operator]
    return lambda row: get(row) is not None and compare(get(row), wanted)


def _comparable(item: Property, value: Any) -> Any:
    """Numbers as floats, dates as epoch milliseconds, text without case; None for what does not fit."""
    if value is None or value == "":
        return None
    if item.type in ("date", "datetime"):
        return _milliseconds(value)
    if item.type == "number":
        try:
            return float(value)
        except (TypeError, ValueError):
            return None
    return str(value).casefold()


def _milliseconds(value: Any) -> int | None:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1_000)
    text = str(value)
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1_000)
