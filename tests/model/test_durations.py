"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from groundfact.model.durations import Duration, duration_text, parse_duration


class Setting(BaseModel):
    """An option that is a duration."""

    every: Duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("18mo", timedelta(days=547.875)),
        (" 2 y ", timedelta(days=730.5)),
    ],
)
def test_people_write_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    """`m` is a minute, `mo` a twelfth of 365.25 days."""
    assert Setting.model_validate({"every": text}).every == duration


@pytest.mark.parametrize(
    "wrong",
    [
        30,
        "30",
        "0d",
        "-1d",
        "1.5h",
        "2 years",
        "",
        True,
        None,
        "٣d",
        "1d\n2d",
        "101y",
        "9999999999y",
        timedelta(0),
        timedelta(-1),
    ],
)
def test_anything_else_is_refused_with_an_example(wrong: Any) -> None:
    """A bare number has no unit, nothing is endless, and the error shows how to write it."""
    with pytest.raises(ValidationError, match=r"like 15m, 6h, 30d, 18mo or 2y|between a moment and 100 years"):
        Setting.model_validate({"every": wrong})


@given(st.integers(1, 3_155_760_000))
def test_text_and_duration_are_the_same(seconds: int) -> None:
    """What `duration_text` writes, `parse_duration` reads as the same duration."""
    duration = timedelta(seconds=seconds)
    assert parse_duration(duration_text(duration)) == duration


def test_editors_and_dumps_know_it() -> None:
    """The JSON schema carries a pattern, and a dump is text that loads again."""
    schema = Setting.model_json_schema()["properties"]["every"]
    assert (schema["type"], "pattern" in schema) == ("string", True)
    assert Setting.model_validate({"every": "90m"}).model_dump_json() == '{"every":"90m"}'
