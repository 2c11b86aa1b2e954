"""Filters and sorts of the fake Notion workspace; every time counts as it is shown, rounded down to the minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from groundfact.testing.notion_space import Page

_COMPARES: dict[str, Callable[[datetime, datetime], bool]] = {
    "on_or_after": lambda one, two: one >= two,
    "on_or_before": lambda one, two: one <= two,
    "after": lambda one, two: one > two,
    "before": lambda one, two: one < two,
    "equals": lambda one, two: one == two,
}
_STAMPS: dict[str, Callable[[Page], datetime]] = {
    "created_time": lambda page: page.created.replace(second=0, microsecond=0),
    "last_edited_time": lambda page: page.edited.replace(second=0, microsecond=0),
}


class Invalid(ValueError):
    """A body that Notion refuses with `validation_error`."""


def found(pages: Iterable[Page], told: dict[str, Any] | None) -> list[Page]:
    """The pages that a filter lets through."""
    test = _test(told) if told else None
    return [page for page in pages if test is None or test(page)]


def ordered(pages: list[Page], sorts: Any) -> list[Page]:
    """The pages in the order asked for; ties stay as they were made."""
    for sort in reversed(sorts or []):
        stamp = _STAMPS.get(sort.get("timestamp", "") if isinstance(sort, dict) else "")
        if stamp is None or sort.get("direction", "ascending") not in ("ascending", "descending"):
            raise Invalid("body failed validation: body.sorts[0] is not a sort by a timestamp")
        pages = sorted(pages, key=stamp, reverse=sort.get("direction") == "descending")
    return pages


def _test(told: dict[str, Any]) -> Callable[[Page], bool]:
    for word, combine in (("and", all), ("or", any)):
        if word in told:
            tests = [_test(part) for part in told[word]]
            return lambda page: combine(test(page) for test in tests)
    name = told.get("timestamp", "")
    if name not in _STAMPS or not isinstance(told.get(name), dict) or len(told[name]) != 1:
        raise Invalid("body failed validation: body.filter should be a timestamp filter of this fake")
    ((word, value),) = told[name].items()
    if word not in _COMPARES:
        raise Invalid(f"body failed validation: body.filter.{name}.{word} should be not present")
    return _compared(_STAMPS[name], _COMPARES[word], _moment(value))


def _compared(
    stamp: Callable[[Page], datetime], compare: Callable[[datetime, datetime], bool], wanted: datetime
) -> Callable[[Page], bool]:
    return lambda page: compare(stamp(page), wanted)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Invalid("body failed validation: a date filter should be a valid ISO 8601 date string") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
