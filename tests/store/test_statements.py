"""Bringing many rows: what is written is what was handed over, whichever columns are left empty."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from groundfact.store.engine import Store
from groundfact.store.statements import insert_many
from groundfact.store.tables import RejectedRow


@pytest.mark.parametrize("has_rec", [lambda n: False, lambda n: n == 41, lambda n: n == 3, lambda n: True])
def test_rows_are_written_as_they_come(store: Store, workspace: int, has_rec: Callable[[int], bool]) -> None:
    """A column comes out as it went in: filled by every row of forty-five, by one of them, or by none."""
    recs = [f"r{n}" if has_rec(n) else None for n in range(45)]
    rows = [(rec, "bad", f"raw{n}".encode(), bytearray(f"d{n}".encode())) for n, rec in enumerate(recs)]
    with store.writing() as tx:
        insert_many(tx, RejectedRow, rows, workspace=workspace, stream=1, run=7, at=5)
        found = tx.rows("select rec, error, raw, digest, workspace, stream, run, at from reject order by id")
    assert found == [(*row, workspace, 1, 7, 5) for row in rows]


def test_no_rows_write_nothing(store: Store, workspace: int) -> None:
    """Bringing no rows at all is no error and leaves nothing."""
    with store.writing() as tx:
        insert_many(tx, RejectedRow, [], workspace=workspace, stream=1, run=7, at=5)
        assert tx.rows("select * from reject") == []


def test_a_value_that_must_be_there_is_missed(store: Store, workspace: int) -> None:
    """A column that every row leaves empty is still refused where the table asks for a value."""
    row = (None, None, b"raw", b"digest")
    with store.writing() as tx, pytest.raises(sqlite3.IntegrityError, match="error"):
        insert_many(tx, RejectedRow, [row], workspace=workspace, stream=1, run=7, at=5)
