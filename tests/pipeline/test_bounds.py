"""By when a field had last changed, where a source's field history has no entry of it: a bound, never a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, at, config_of

from groundfact.model import Record
from groundfact.model.times import iso, to_ms

Change = Callable[..., None]
ACME = "acme.example"
RECENT = "attributes: {account: {industry: {survivorship: [most_recent]}}}\n"


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory in which the latest change of an industry is believed."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, RECENT))
    yield made
    made.close()


def said(day: float, industry: str, *, by: float | None = None, exactly: float | None = None, **data: Any) -> Record:
    """An account, and what its source's field history says of the industry."""
    row = account("1", day, domain=ACME, industry=industry, **data)
    changed = {"industry": at(exactly)} if exactly is not None else None
    return row._replace(changed=changed, changed_by={"industry": at(by)} if by is not None else None)


def told(lab: Lab) -> tuple[str, str]:
    """Since when the industry is what it is, and whether that is exact."""
    fact = lab.memory.why(ACME, "industry")["fact"]
    return fact["changed_at"], fact["changed"]


def read(lab: Lab, *rows: Record, source: str = "a") -> None:
    """Each row in a sync of its own."""
    for row in rows:
        lab.say(source, "accounts", row)
        lab.sync(source)


def moment(day: float) -> str | None:
    """A day of the lab as answers show it."""
    return iso(to_ms(at(day)))


def test_an_exact_change_later_than_the_bound_wins(lab: Lab) -> None:
    """The record was edited last, but not this field of it: whoever changed the field after the bound is believed."""
    read(lab, said(20, "Steel", by=3))
    read(lab, said(10, "Paper", exactly=5), source="b")
    fact = lab.memory.why(ACME, "industry")["fact"]
    assert (fact["status"], fact["value"]) == ("known", "Paper")


def test_an_exact_change_before_the_bound_decides_nothing(lab: Lab) -> None:
    """Nobody can tell whether the other value is from before or after it: a new record may repeat an old value."""
    read(lab, said(20, "Steel", by=7))
    read(lab, said(10, "Paper", exactly=5), source="b")
    assert lab.memory.why(ACME, "industry")["fact"]["status"] == "conflict"


@pytest.mark.parametrize(
    ("first", "second", "counts"), [(3, 7, 3), (7, 3, 3), (None, 4, 4), (4, None, 4), (90, None, 9)]
)
def test_of_two_bounds_of_an_unchanged_value_the_earlier_counts(
    lab: Lab, first: float | None, second: float | None, counts: float
) -> None:
    """Both are true. Without one it is the record's stamp, and so where the bound is later than that."""
    read(lab, said(9, "Steel", by=first), said(12, "Steel", by=second, phone="1"))
    assert told(lab) == (moment(counts), "at_latest")


def test_what_was_seen_to_change_is_not_bounded(lab: Lab) -> None:
    """A value that was another one in the read before has changed between the two, whatever the source says."""
    read(lab, said(9, "Steel", by=3), said(12, "Paper", by=3))
    assert told(lab) == (moment(12), "exactly")
    read(lab, said(15, "Paper", by=3, phone="1"))
    assert told(lab) == (moment(12), "exactly")


def test_an_exact_time_beats_a_bound(lab: Lab) -> None:
    """In one record, and where the entry is no longer kept when the record is next read."""
    read(lab, said(9, "Steel", exactly=5, by=3))
    assert told(lab) == (moment(5), "exactly")
    read(lab, said(12, "Steel", by=2, phone="1"))
    assert told(lab) == (moment(5), "exactly")


def test_late_news_keep_their_bounds(lab: Lab) -> None:
    """An older version that arrives later brings its bound into the chain, and a value that differed ends it."""
    read(lab, said(12, "Steel", by=8, phone="1"), said(9, "Steel", by=3))
    assert told(lab) == (moment(3), "at_latest")
    read(lab, said(10, "Paper"))
    assert told(lab) == (moment(12), "exactly")


def test_another_field_does_not_inherit_them(lab: Lab, change: Change) -> None:
    """What was said of one field is not true of the field that the attribute is read from now."""
    read(lab, said(9, "Steel", by=3, phone="Steel works", employees=7, annual_revenue=9))
    options = "script: 'a', streams: {accounts: {mapping: {attributes: {industry: phone}}}}"
    change("script: 'a'", options)
    lab.sync()
    assert told(lab) == (moment(9), "at_latest")
    # Read anew once more: the value is as before, and what was said of the other field must not come back.
    change(options, options.replace("phone", "phone, employees: annual_revenue"))
    lab.sync()
    assert told(lab) == (moment(9), "at_latest")
