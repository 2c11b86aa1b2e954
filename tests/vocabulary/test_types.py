"""Value types: what is read, what is refused, what is equal."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from groundfact.vocabulary import TYPES, BadValue, compare_key, convert


def outcome(type_name: str, value: Any) -> Any:
    """The converted value, or why there is none."""
    try:
        return convert(type_name, value)
    except BadValue as error:
        return f"refused: {error}"


@pytest.mark.parametrize(
    ("type_name", "value", "read"),
    [
        ("string", "  Retail \n & Trade ", "Retail & Trade"),
        ("string", 60602, "60602"),
        ("string", "N/A", None),
        ("string", "A name that is longer than any placeholder", "A name that is longer than any placeholder"),
        ("name", "Zu\u0308rich \ud800", "Zu\u0308rich ?"),
        ("integer", "1,250", 1250),
        ("integer", "12345678901234567", 12345678901234567),
        ("integer", 250.0, 250),
        ("integer", "0", 0),
        ("integer", "n/a", None),
        ("number", "$1'000.50", 1000.5),
        ("number", "1.2E3", 1200.0),
        ("boolean", "No", False),
        ("boolean", "unknown", None),
        ("date", "2026-01-02", "2026-01-02"),
        ("date", "2026-01-02T23:30:00-05:00", "2026-01-03"),
        ("date", "2026-W01-5", "2026-01-02"),
        ("datetime", "2026-01-02T03:04:05.678+0000", "2026-01-02T03:04:05Z"),
        ("datetime", "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("datetime", "1767323045000", "2026-01-02T03:04:05Z"),
        ("datetime", 1767323045, "2026-01-02T03:04:05Z"),
        ("time", "7:05 p.m.", "19:05"),
        ("time", "12:05a", "00:05"),
        ("time", "1905", "19:05"),
        ("time", "19:05:00.000", "19:05"),
        ("time", "2026-01-02T19:05:07+02:00", "19:05"),
        ("time", "19:05:07", "19:05:07"),
        ("email", "mailto:Jane@ACME.example", "jane@acme.example"),
        ("domain", "https://www.acme-group.example/about?x=1", "acme-group.example"),
        ("domain", "http://www.acme.example/", "acme.example"),
        ("phone", "+1 (312) 555-0100", "+1 (312) 555-0100"),
        ("phone", "(000) 000-0000", None),
        ("list", "a; b ;;n/a", ["a", "b"]),
        ("list", [], None),
    ],
)
def test_values_are_read(type_name: str, value: Any, read: Any) -> None:
    """A value comes out normalised; a placeholder or nothing comes out as None."""
    assert convert(type_name, value) == read


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("string", {"a": 1}),
        ("string", True),
        ("integer", "2.5"),
        ("integer", 2**63),
        ("integer", True),
        ("number", float("nan")),
        ("number", float("-inf")),
        ("number", "1e400"),
        ("number", "²"),
        ("boolean", "maybe"),
        ("date", "02/01/2026"),
        ("date", "2026-02-30"),
        ("datetime", "2026-02-30T00:00:00Z"),
        ("time", "24:05"),
        ("time", "13:05 pm"),
        ("time", "tomorrow"),
        ("datetime", "0001-01-01T00:00:00+14:00"),
        ("datetime", "²²²²²²²²²²"),
        ("email", "jane@acme"),
        ("email", "a" * 400 + "@acme.example"),
        ("domain", "-acme.example"),
        ("domain", "not a domain"),
        ("phone", "123"),
        ("list", [["nested"]]),
    ],
)
def test_what_does_not_fit_is_refused(type_name: str, value: Any) -> None:
    """A value that does not fit its type is a BadValue, never another error and never a guess."""
    with pytest.raises(BadValue):
        convert(type_name, value)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.text(alphabet="0123456789+-.:/TZ @www.example()xe", max_size=30),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.dates().map(str),
    st.emails(),
)


@settings(max_examples=400)
@given(st.sampled_from(sorted(TYPES)), ANYTHING)
def test_reading_never_crashes_and_is_stable(type_name: str, value: Any) -> None:
    """Any value is read or refused; what was read can be stored, reads as itself and has a hashable key."""
    try:
        read = convert(type_name, value)
    except BadValue:
        return
    assert orjson.loads(orjson.dumps(read)) == read
    assert convert(type_name, read) == read
    hash(compare_key(type_name, read))


@settings(max_examples=400)
@given(st.sampled_from(sorted(TYPES)), ANYTHING.filter(lambda value: isinstance(value, str)))
@example("domain", "www.www.acme.example")
@example("datetime", "2026-W01-1T00:00:00Z")
@example("datetime", "2026-01-02T24:00:00Z")
@example("phone", "5551234")
@example("phone", "00000")
def test_the_short_way_reads_what_the_thorough_one_reads(type_name: str, value: str) -> None:
    """Blanks around a text, which rule the short ways out, change nothing."""
    assert outcome(type_name, value) == outcome(type_name, f" {value} ")


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("string", "RETAIL", "retail"),
        ("string", "Zürich", "Zu\u0308rich"),
        ("name", "Acme, Inc.", "ACME INC"),
        ("phone", "+1 312-555-0100", "(312) 555 0100 ext. 12"),
        ("phone", "312 555 0100 x5", "0312 5550100"),
        ("list", ["b", "A"], ["a", "B", "b"]),
        ("number", 3, 3.0),
    ],
)
def test_equal_meaning_has_an_equal_key(type_name: str, one: Any, other: Any) -> None:
    """Spelling does not make two values of one."""
    assert compare_key(type_name, one) == compare_key(type_name, other)


def test_different_names_of_nothing_but_signs_stay_different() -> None:
    """A name without letters keeps its signs: else all such names would be one company."""
    assert compare_key("name", "+++") != compare_key("name", "***")
