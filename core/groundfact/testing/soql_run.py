"""Run a parsed SOQL query over a vendor's records, with the vendor's type rules and error messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from groundfact.testing.salesforce_schema import TEXT_TYPES, Field
from groundfact.testing.soql import (
    Comparison,
    Condition,
    Group,
    Query,
    SoqlError,
    Token,
    no_such_column,
    point_at,
)
from groundfact.testing.views import Record

Getter = Callable[[Record], Any]
Resolve = Callable[[str], tuple[Field, Getter]]
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def run(query: Query, rows: Iterable[Record], resolve: Resolve) -> list[Record]:
    """The matching records in the asked order, cut to LIMIT and OFFSET."""
    found = list(rows)
    if query.where is not None:
        test = _compile(query.where, query, resolve)
        found = [row for row in found if test(row)]
    for path, descending, nulls_last in reversed(query.order):
        item, get = resolve(path)
        key = _sort_key(item, get, nulls_last != descending)
        found.sort(key=key, reverse=descending)
    end = None if query.limit is None else query.offset + query.limit
    return found[query.offset : end]


def _sort_key(item: Field, get: Getter, nulls_high: bool) -> Callable[[Record], tuple[bool, Any]]:
    ignore_case = item.type in TEXT_TYPES and item.type not in ("id", "reference")

    def key(row: Record) -> tuple[bool, Any]:
        value = get(row)
        if value is None:
            return nulls_high, ""
        return not nulls_high, value.casefold() if ignore_case else value

    return key


def _compile(condition: Condition, query: Query, resolve: Resolve) -> Callable[[Record], bool]:
    if isinstance(condition, Comparison):
        return _comparison(condition, query, resolve)
    tests = [_compile(part, query, resolve) for part in condition.parts]
    return _join(condition, tests)


def _join(group: Group, tests: list[Callable[[Record], bool]]) -> Callable[[Record], bool]:
    if group.operator == "NOT":
        return lambda row: not tests[0](row)
    if group.operator == "AND":
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _comparison(condition: Comparison, query: Query, resolve: Resolve) -> Callable[[Record], bool]:
    try:
        item, get = resolve(condition.path)
    except KeyError:
        raise no_such_column(query, condition.path, condition.at, query.sobject) from None
    if not item.filterable:
        raise SoqlError(
            "INVALID_FIELD",
            point_at(query.text, condition.at, f"field '{item.name}' can not be filtered in a query call"),
        )
    wanted = [_value(item, literal, query) for literal in condition.literals]
    operator = condition.operator
    if operator in ("IN", "NOT IN"):
        members = set(wanted)
        return lambda row: (_fold(item, get(row)) in members) == (operator == "IN")
    right = wanted[0]
    if operator in ("=", "!="):
        return lambda row: (_fold(item, get(row)) == right) == (operator == "=")
    if operator == "LIKE":
        pattern = re.compile("".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in str(right)))
        return lambda row: pattern.fullmatch(_fold(item, get(row)) or "") is not None
    compare = _ORDERED[operator]

    def ordered(row: Record) -> bool:
        left = _fold(item, get(row))
        return left is not None and right is not None and compare(left, right)

    return ordered


def _fold(item: Field, value: Any) -> Any:
    """Text compares without case; ids compare by their first 15 characters, with case."""
    if isinstance(value, str) and item.type in TEXT_TYPES:
        return value[:15] if item.type in ("id", "reference") else value.casefold()
    return value


def _value(item: Field, literal: Token, query: Query) -> Any:
    """The literal as a value of the field's type, or the vendor's complaint about its quotes."""
    if literal.kind == "literal" and literal.text == "null":
        return None
    text = item.type in TEXT_TYPES
    fits = {
        "string": text,
        "datetime": item.type == "datetime",
        "date": item.type == "date",
        "number": item.type in ("int", "double", "currency", "percent"),
        "literal": item.type == "boolean",
    }[literal.kind]
    if not fits:
        quotes = "should be enclosed in quotes" if text else "should not be enclosed in quotes"
        kind = {"datetime": "dateTime"}.get(item.type, "string" if text else item.type)
        raise SoqlError(
            "INVALID_FIELD",
            point_at(
                query.text,
                literal.at,
                (f"value of filter criterion for field '{item.name}' must be of type {kind} and {quotes}"),
            ),
        )
    if literal.kind == "datetime":
        return datetime.fromisoformat(literal.text.replace("Z", "+00:00")).astimezone(UTC)
    if literal.kind == "number":
        return float(literal.text)
    return literal.text == "true" if literal.kind == "literal" else _fold(item, literal.text)
