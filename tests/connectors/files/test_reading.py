"""Ids, times, batches and cursors: what a read promises whatever the format."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundfact.model import Record
from groundfact_connectors.files.row_ids import joined

from .conftest import UNTIL, Make


def test_batches_are_small_and_only_the_last_has_a_cursor(source: Make) -> None:
    """A crash before the end leaves no cursor behind, because half a file is not a listing."""
    text = "id,name\n" + "".join(f"{n},Company {n}\n" for n in range(1_200))

    batches = list(source("rows.csv", text).batches())

    assert [len(b.rows) for b in batches] == [500, 500, 200]
    assert [b.cursor is not None for b in batches] == [False, False, True]
    assert batches[-1].total == 1_200
    cursor = batches[-1].cursor
    assert cursor is not None
    assert (cursor.at, cursor.value["size"]) == (UNTIL, len(text))


def test_large_rows_make_small_batches(source: Make) -> None:
    """A batch is bounded by its size, too: 500 rows of a megabyte each are not one batch."""
    text = "id,name\n" + "".join(f"{n},{'x' * 900_000}\n" for n in range(30))

    assert max(len(b.rows) for b in source("rows.csv", text).batches()) < 12


def test_a_second_read_is_as_complete_as_the_first(source: Make) -> None:
    """An unchanged file is read again whole: a shorter answer would mean that all its records are gone."""
    made = source("rows.csv", "id,name\n1,One\n2,Two\n")
    stream = made.connector.streams()[0]
    cursor = list(made.batches())[-1].cursor

    again = list(made.connector.read(stream, ["name"], cursor, UNTIL))

    assert [row.id for batch in again for row in batch.rows] == ["1", "2"]
    assert (stream.order, stream.deletes, stream.confirms) == ("full", "absence", "stream")


@pytest.mark.parametrize("repeats", [3, 30_000])
def test_an_id_that_comes_twice_is_a_reject_that_names_both_lines(source: Make, repeats: int) -> None:
    """The first row with an id is taken, every later one named with its line and the first one's, near or far."""
    lines = [f"{n},Company {n}" for n in range(repeats)]
    made = source("rows.csv", "id,name\n" + "\n".join([*lines, "1,Again", *(f"x{n},X" for n in range(600)), "0,Again"]))

    records, rejects = made.read()

    assert len(records) == repeats + 600
    assert [(r.id, r.raw, r.error) for r in rejects] == [
        ("1", b"1,Again\n", f"line {repeats + 2} has the id as line 3, which was taken"),
        ("0", b"0,Again", f"line {repeats + 603} has the id as line 2, which was taken"),
    ]


def test_several_columns_make_one_id(source: Make) -> None:
    """An id of two columns needs both, and no two pairs give the same id."""
    made = source("rows.csv", "a,b,name\n1,2,One\n1|2,3,Two\n1,2|3,Three\n,2,Four\n", id=["a", "b"])

    records, rejects = made.read()

    assert [r.id for r in records] == ["1|2", "1\\|2|3", "1|2\\|3"]
    assert [r.error for r in rejects] == ["line 5 has no value in its id `a`, `b`"]


@given(
    st.lists(st.text("ab|\\", min_size=1), min_size=2, max_size=4), st.lists(st.text("ab|\\", min_size=1), min_size=2)
)
def test_different_parts_never_make_the_same_id(left: list[str], right: list[str]) -> None:
    """Joining parts to one id loses no difference between them."""
    assert (joined(left) == joined(right)) == (left == right)


def test_without_an_id_a_row_is_named_by_what_it_says(source: Make) -> None:
    """The same content has the same id wherever it stands and however columns are ordered; an edit makes a new one."""
    first, _ = source("rows.csv", "name,zip\nOne,1\nTwo,2\n", id=[]).read()
    moved, rejects = source("rows.csv", "zip,name\n2,Two\n1,One\n1,One\n3,One\n", id=[]).read()

    assert {r.id for r in first} < {r.id for r in moved}
    assert [r.error for r in rejects] == ["line 4 says the same as line 3, which was taken"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-02T08:00:00Z", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("2026-11-02T10:00:00+02:00", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("2026-11-02 08:00:00", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("2026-11-02", datetime(2026, 11, 2, tzinfo=UTC)),
        ("20261102", datetime(2026, 11, 2, tzinfo=UTC)),
        ("1793606400", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("1793606400000", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("1793606400.5", datetime(2026, 11, 2, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("", None),
        (" ", None),
    ],
)
def test_times_are_read_as_files_write_them(source: Make, written: str, meant: datetime | None) -> None:
    """ISO 8601 with or without zone, dates, epoch seconds and milliseconds; an empty cell says nothing."""
    records, rejects = source("rows.csv", f"id,name,at\n1,One,{written}\n", updated_at="at").read()

    assert ([r.updated_at for r in records], rejects) == ([meant], [])


@pytest.mark.parametrize("written", ["31/02/2024", "soon", "0001-01-01T00:00:00+23:00", "9" * 30, "2026-13-01"])
def test_a_time_that_cannot_be_read_costs_the_time_only(source: Make, written: str) -> None:
    """The row is taken without a time, and the time is counted as a reject that says so."""
    records, rejects = source("rows.csv", f"id,name,at\n1,One,{written}\n", updated_at="at").read()

    assert [(r.id, r.updated_at) for r in records] == [("1", None)]
    assert [(r.id, r.raw, r.error) for r in rejects] == [
        ("1", written.encode(), "line 2 `at` is not a time; the row was taken without one")
    ]


def test_a_column_without_times_does_not_flood_the_rejects(source: Make) -> None:
    """After a hundred unreadable times the rest is one reject that counts them."""
    text = "id,name,at\n" + "".join(f"{n},One,soon\n" for n in range(1_300))

    records, rejects = source("rows.csv", text, updated_at="at").read()

    assert (len(records), len(rejects)) == (1_300, 101)
    assert rejects[-1].error == "1,200 more rows have no time in `at`; they too were taken"


def test_json_times_may_be_numbers(source: Make) -> None:
    """JSONL may hold its times as numbers."""
    records, _ = source("rows.jsonl", '{"id": 1, "at": 1793606400}\n{"id": 2, "at": {}}', updated_at="at").read()

    assert [r.updated_at for r in records if isinstance(r, Record)] == [datetime(2026, 11, 2, 8, tzinfo=UTC), None]
