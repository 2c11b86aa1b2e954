"""JSONL: an object a line; what no store could keep, or two readers would read differently, is a reject."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundfact.errors import SourceRefused, SourceUnavailable

from .conftest import Make

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUE, max_size=20), ascii_only=st.booleans(), end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_every_object_comes_back(source: Make, values: list[Any], ascii_only: bool, end: str) -> None:
    """Whatever JSON can say without ambiguity is read back as it was."""
    objects = [{"id": n, "name": value} for n, value in enumerate(values)]
    text = end.join(json.dumps(o, ensure_ascii=ascii_only) for o in [*objects, {"id": "last", "name": 1}])

    records, rejects = source("rows.jsonl", text).read()

    assert not rejects
    assert [(r.id, r.data["name"]) for r in records] == [(str(o["id"]), o["name"]) for o in objects] + [("last", 1)]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b'{"id": 2, "name": }', "is not JSON: Expecting value (column 19)"),
        (b'{"id": 2}{"id": 3}', "is not JSON: Extra data (column 10)"),
        (b'{"id": 2, "name": NaN}', "holds NaN, which is not JSON"),
        (b'{"id": 2, "name": -Infinity}', "holds -Infinity, which is not JSON"),
        (b'{"id": 2, "name": "a", "name": "b"}', "has the key `name` twice"),
        (b'{"id": 2, "name": {"a": 1, "a": 2}}', "has the key `a` twice"),
        (b'[2, "a"]', "is not an object"),
        (b'{"id": 2, "name": "caf\xe9"}', "is not valid utf-8"),
        (b'{"id": 2, "name": "\\ud800"}', "no low surrogate"),
        (b'{"id": 2, "name": "a\\u0000b"}', "holds a NUL character"),
        (b'{"id": 2, "name": "a\0b"}', "is not JSON: Invalid control character"),
        (b'{"id": 2, "name": ' + b"[" * 60 + b"]" * 60 + b"}", "nests deeper than 50 levels"),
        (b'{"id": 2, "name": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", "nests deeper than 50 levels"),
        (b'{"id": 2, "name": "' + b"x" * 1_000_001 + b'"}', "has a field of more than 1,000,000 characters"),
        (b'{"id": 2, "name": "' + b"x" * 9_000_000 + b'"}', "is longer than 8,000,000 bytes"),
        (b'{"name": "nameless"}', "has no value in its id `id`"),
        (b'{"id": null, "name": "nameless"}', "has no value in its id `id`"),
        (b'{"id": 1.5, "name": "a"}', "has an id that is neither a text nor a whole number"),
        (b'{"id": true, "name": "a"}', "has an id that is neither a text nor a whole number"),
        (b'{"id": "1", "name": "again"}', "has the id as line 1, which was taken"),
    ],
)
def test_a_bad_line_is_one_reject_and_the_rest_is_read(source: Make, bad: bytes, why: str) -> None:
    """One line that cannot be taken is counted, says why, keeps its bytes, and stops nothing."""
    records, rejects = source("rows.jsonl", b'{"id": 1, "name": "One"}\n' + bad + b'\n{"id": 3}').read()

    assert [r.id for r in records] == ["1", "3"]
    assert [r.error.startswith("line 2 ") and why in r.error for r in rejects] == [True], rejects[0].error
    assert rejects[0].raw == (bad + b"\n")[:16_000]


def test_numbers_no_store_keeps_exactly_stay_as_written(source: Make) -> None:
    """An integer beyond 64 bits or a number beyond all floats is kept as text, not rounded and not lost."""
    line = '{"id": 123456789012345678901234567890, "name": 1e999, "big": -9223372036854775809, "fit": 9007199254740993}'

    records, rejects = source("rows.jsonl", line).read(["name", "big", "fit"])

    assert not rejects
    assert records[0].id == "123456789012345678901234567890"
    assert records[0].data == {"name": "1e999", "big": "-9223372036854775809", "fit": 9007199254740993}


def test_a_text_about_an_escape_is_no_escape(source: Make) -> None:
    """A text that spells out the escape of a NUL holds none, and is taken."""
    records, rejects = source("rows.jsonl", b'{"id": 1, "name": "\\\\u0000"}').read()

    assert ([r.data["name"] for r in records], rejects) == (["\\u0000"], [])


def test_only_the_wanted_fields_leave_the_connector(source: Make) -> None:
    """What the mapping does not ask for is not handed over; a dotted path brings the object it is in."""
    line = '\ufeff{"id": 1, "secret": "x", "address": {"city": "Berlin"}, "a.b": 1}\n'

    records, _ = source("rows.ndjson", line).read(["address.city", "a.b", "missing"])

    assert records[0].data == {"address": {"city": "Berlin"}, "a.b": 1}


@pytest.mark.parametrize(
    ("content", "error", "why"),
    [
        (b"", SourceUnavailable, "is empty"),
        (b"\n \n", SourceUnavailable, "only blank lines"),
        (b"<html><body>502</body></html>\n", SourceRefused, "none of the first 1 rows"),
        (b"id,name\n1,One\n", SourceRefused, "none of the first 2 rows"),
    ],
)
def test_a_file_that_is_no_listing_never_reads_as_one(source: Make, content: bytes, error: Any, why: str) -> None:
    """Empty files and files in another format are errors, never "0 records, success"."""
    with pytest.raises(error, match=why):
        source("rows.jsonl", content).read()
