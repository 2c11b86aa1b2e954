"""Files as people export them: broken rows cost themselves, broken files fail, and nothing is lost either way."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tables import HEADER, Tables, row

from groundfact.errors import SourceRefused, SourceUnavailable

MANY = 30


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Thirty good companies, read once."""
    tables = Tables(tmp_path)
    tables.write([row(number) for number in range(1, MANY + 1)])
    assert tables.sync_one().counts["new"] == MANY
    return tables


def rows_but(*bad: str | bytes, without: int = 1) -> list[str | bytes]:
    """All good rows but the first ones, in whose place stand the bad ones."""
    return [*bad, *(row(number) for number in range(1 + without, MANY + 1))]


@pytest.mark.parametrize(
    "bad",
    [
        "1,too,few",
        "1,a,b,c,d,too,many",
        '1,"a quote that never ends,company1.example,10,2026-10-02T00:00:00Z',
        '1,a "stray" quote",company1.example,"10"x,2026-10-02T00:00:00Z',
        b"1,Caf\xe9,company1.example,10,2026-10-02T00:00:00Z",
        "1,NUL\0byte,company1.example,10,2026-10-02T00:00:00Z",
    ],
)
def test_a_malformed_row_is_a_counted_reject_and_its_record_stays(tables: Tables, bad: str | bytes) -> None:
    """A row that cannot be read is rejected and counted; the others are taken, and its record is not called gone."""
    tables.write(rows_but(bad))
    result = tables.sync_one()
    assert (result.status, result.counts["rejected"], result.counts["gone"]) == ("done", 1, 0)
    assert result.counts["unchanged"] == MANY - 1
    assert "Company 1" in tables.names()
    with tables.open() as memory:
        assert memory.status()[0]["rejects"] == 1


def test_rows_whose_ids_cannot_be_read_delete_nothing(tables: Tables) -> None:
    """A row that has lost its id may be any of the missing records: none of them is called gone."""
    tables.write(rows_but(row(1, id=""), b"\xff\xfe2,Company 2,company2.example,20,", without=2))
    result = tables.sync_one()
    assert (result.counts["rejected"], result.counts["gone"]) == (2, 0)
    assert {"Company 1", "Company 2"} <= tables.names()
    tables.write([row(number) for number in range(3, MANY + 1)])
    assert tables.sync_one().counts["gone"] == 2


def test_a_wrong_type_costs_the_value_and_keeps_the_record(tables: Tables) -> None:
    """A value that does not fit its type is rejected and counted; the rest of its record is taken."""
    tables.write(rows_but(row(1, company="Renamed", staff="a dozen", website="not a domain")))
    result = tables.sync_one()
    assert (result.status, result.counts["problems"], result.counts["rejected"]) == ("done", 2, 0)
    assert "Renamed" in tables.names()
    assert "Renamed" not in tables.facts("employees")
    with tables.open() as memory:
        answer = memory.context("Renamed")
    assert "a dozen" not in answer.text
    assert {"employees", "domain"} <= set(answer.data["unknown"])


def test_a_bad_time_does_not_cost_the_row(tables: Tables) -> None:
    """A row with a time nobody can read is taken without one, and that is counted."""
    tables.write(rows_but(row(1, company="Undated", changed="last Tuesday")))
    result = tables.sync_one()
    assert result.counts["rejected"] + result.counts["problems"] == 1
    assert "Undated" in tables.names()


def test_a_missing_column_fails_the_source_and_names_it(tables: Tables) -> None:
    """A file without a mapped column is refused with the column's name and the nearest one; nothing is lost."""
    tables.write(["1,Company 1,company1.example,10,2026-10-02"], header="id,company,websites,staff,changed")
    result = tables.sync_one()
    assert (result.status, result.counts["gone"]) == ("failed", 0)
    assert isinstance(result.error, SourceRefused)
    assert "`website` (did you mean `websites`?)" in result.error.message
    assert len(tables.names()) == MANY


def test_an_empty_file_is_a_failure_and_not_an_empty_source(tables: Tables) -> None:
    """A file of 0 bytes fails the source: it never reads as "0 records, success"."""
    (tables.folder / "books.csv").write_bytes(b"")
    result = tables.sync_one()
    assert result.status == "failed"
    assert isinstance(result.error, SourceUnavailable)
    assert "empty" in result.error.message
    assert len(tables.names()) == MANY


def test_a_file_that_is_not_there_or_is_something_else_fails(tables: Tables) -> None:
    """A missing file, a picture and a web page instead of a table fail the source; the records stay."""
    for content in (None, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, b"<!DOCTYPE html><html>Log in</html>"):
        path = tables.folder / "books.csv"
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        result = tables.sync_one()
        assert (result.status, result.counts["gone"]) == ("failed", 0)
        assert isinstance(result.error, SourceRefused | SourceUnavailable)
        path.touch()
    assert len(tables.names()) == MANY


def test_a_file_with_nothing_but_its_header_holds_the_deletions_back(tables: Tables) -> None:
    """A table that was full and is empty deletes nothing until somebody confirms it."""
    tables.write([])
    result = tables.sync_one()
    assert (result.status, result.counts["gone"]) == ("partial", 0)
    assert [stream.held_back for stream in result.streams] == [MANY]
    assert "--confirm-deletes" in result.notes[0]
    assert len(tables.names()) == MANY
    with tables.open() as memory:
        (told,) = memory.status()
    assert (told["state"], told["records"]) == ("partial", MANY)
    confirmed = tables.sync_one(confirm_deletes=True)
    assert (confirmed.status, confirmed.counts["gone"]) == ("done", MANY)
    assert tables.names() == set()


def test_what_was_held_back_comes_back_by_itself(tables: Tables) -> None:
    """Once the export is whole again the next sync is complete, and not one version was written meanwhile."""
    with tables.open() as memory:
        before = b"".join(memory.dump())
    tables.write([])
    assert tables.sync_one().status == "partial"
    tables.write([row(number) for number in range(1, MANY + 1)])
    result = tables.sync_one()
    assert (result.status, result.counts["unchanged"]) == ("done", MANY)
    with tables.open() as memory:
        assert b"".join(memory.dump()) == before


def test_a_few_missing_rows_are_gone_without_asking(tables: Tables) -> None:
    """Up to a fifth of a table may go in one sync, as companies do."""
    tables.write([row(number) for number in range(6, MANY + 1)])
    result = tables.sync_one()
    assert (result.status, result.counts["gone"]) == ("done", 5)
    assert len(tables.names()) == MANY - 5


def test_a_duplicate_id_is_a_reject_that_names_both_lines(tables: Tables) -> None:
    """Of two rows with one id the first is taken, and the other is told about."""
    tables.write([*rows_but(), row(1), row(1, company="Impostor")])
    result = tables.sync_one()
    assert (result.status, result.counts["rejected"]) == ("done", 1)
    assert "Impostor" not in tables.names()


def test_a_header_alone_in_a_new_source_is_no_failure(tmp_path: Path) -> None:
    """A table that never had a row is read completely and is simply empty."""
    tables = Tables(tmp_path)
    tables.write([], header=HEADER)
    result = tables.sync_one()
    assert (result.status, result.counts["new"], result.error) == ("done", 0, None)
