"""CSV: every honest row arrives, every broken one is named, and none takes others with it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundfact.errors import SourceRefused, SourceUnavailable

from .conftest import Make

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, CELL), max_size=30),
    delimiter=st.sampled_from(",;\t"),
    # Before 3.13 the writer leaves a carriage return unquoted where lines end in "\n": no reader can mend that.
    style=st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_row_a_csv_writer_wrote_comes_back(
    source: Make, rows: Any, delimiter: str, style: Any, encoding: str
) -> None:
    """Whatever text is in the cells, in whatever dialect and encoding, each row is read back as it was."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=style[0], quoting=style[1])
    writer.writerow(["id", "name", "note"])
    writer.writerows((number, *row) for number, row in enumerate(rows))
    said = {} if encoding == "utf-8-sig" else {"encoding": encoding}
    made = source("rows.csv", out.getvalue().encode(encoding), **said)

    records, rejects = made.read(["name", "note"])

    assert not rejects
    assert [(r.id, r.data["name"], r.data["note"]) for r in records] == [
        (str(number), *row) for number, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"2,too,many", "line 3 has too many columns: 3 instead of 2"),
        (b"2", "line 3 has too few columns: 1 instead of 2"),
        (b"2,caf\xe9", "line 3 is not valid utf-8"),
        (b"2,a\0b", "line 3 holds a NUL byte"),
        (b" ,nameless", "line 3 has no value in its id `id`"),
        (b"1,first again", "line 3 has the id as line 2, which was taken"),
        (b'2,"a"b', "line 3 is not CSV"),
        (b"x" * 600 + b",long id", "line 3 has an id longer than 500"),
        (b"2," + b"x" * 1_000_001, "line 3 has a field of more than 1,000,000"),
        (b"2," + b"x" * 9_000_000, "line 3 is longer than 8,000,000"),
        (b'2,"' + b"x\n" * 5 + b'",3', "line 3 has too many columns: 3 instead of 2 (it spans 6 lines)"),
    ],
)
def test_a_bad_row_is_one_reject_and_the_rest_is_read(source: Make, bad: bytes, why: str) -> None:
    """One row that cannot be taken is counted, says its line and why, keeps its bytes, and stops nothing."""
    made = source("rows.csv", b"id,name\n1,One\n" + bad + b'\n3,"Three\nor more"\n')

    records, rejects = made.read()

    assert [r.id for r in records] == ["1", "3"]
    assert len(rejects) == 1
    assert rejects[0].error.startswith(why)
    assert rejects[0].raw == (bad + b"\n")[:16_000]


def test_a_lone_quote_costs_its_own_line_and_no_other(source: Make) -> None:
    """A quote that is never closed is one reject, not 100,000 rows; so is each of several."""
    lines = [f"{n},Company {n}" for n in range(100_000)]
    lines[10] = '10,"unclosed'
    lines[40_000] = '40000,"unclosed too'
    lines[90_000] = '90000,"Proper, Inc."'
    made = source("rows.csv", "id,name\n" + "\n".join(lines))

    records, rejects = made.read()

    assert [(r.id, r.error.split(" ", 2)[1]) for r in rejects] == [("10", "12"), ("40000", "40002")]
    assert {r.id for r in records} == {str(n) for n in range(100_000)} - {"10", "40000"}
    assert next(r for r in records if r.id == "90000").data["name"] == "Proper, Inc."


def test_a_file_made_of_broken_quotes_is_read_in_linear_time(source: Make) -> None:
    """Lines that each keep a quote open are each given up, without reading the file again for each of them."""
    made = source("rows.csv", "id,name\n0,Zero\n" + 'x","y\n' * 60_000 + "9,Nine\n")

    records, rejects = made.read()

    assert [r.id for r in records] == ["0", "9"]
    assert len(rejects) == 60_000


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("csv", ";"), ("tsv", "\t"), ("csv", "|")])
def test_the_delimiter_is_found_or_told(source: Make, ending: str, delimiter: str) -> None:
    """Comma, semicolon and tab are told apart by the header, even where it also holds the others."""
    text = f'id{delimiter}"name"{delimiter}a,b;c\n1{delimiter}One{delimiter}x\n'.replace("a,b;c", '"a,b;c"')
    said = {"delimiter": "|"} if delimiter == "|" else {}

    records, _ = source(f"rows.{ending}", text, **said).read()

    assert [(r.id, r.data) for r in records] == [("1", {"name": "One"})]


def test_a_missing_column_is_refused_with_its_nearest_name(source: Make) -> None:
    """A header without a column that the YAML names is not read; the error says what it may be called."""
    made = source("rows.csv", "id,Naem,zip\n1,One,2\n")

    with pytest.raises(SourceRefused, match=r"rows\.csv.* has no column `name` \(did you mean `Naem`\?\)"):
        made.read()


@pytest.mark.parametrize(
    ("content", "error", "why"),
    [
        (b"", SourceUnavailable, "is empty .0 bytes."),
        (b"\n\n", SourceUnavailable, "is empty"),
        (b"\xef\xbb\xbf", SourceUnavailable, "is empty"),
        (b"id,name,name\n1,a,b\n", SourceRefused, "two columns `name`"),
        (b"i\xe9d,name\n", SourceRefused, "not valid utf-8"),
        (b"PK\x03\x04\0\0id,name\n", SourceRefused, "NUL byte"),
        ("id,name\n1,One\n".encode("utf-16"), SourceRefused, "is UTF-16"),
        (b",".join([b"id", b"name"] + [b"c%d" % n for n in range(2_000)]) + b"\n", SourceRefused, "2,002 columns"),
        (b"<!DOCTYPE html>\n<html>\n", SourceRefused, "has no column `id`, `name`"),
        (b"id,name\n" + b"1;One\n" * 3, SourceRefused, "none of the first 3 rows"),
        (b"id,name\n" + b"1;One\n" * 5_000, SourceRefused, "none of the first 1,000 rows"),
    ],
)
def test_a_file_that_is_no_listing_never_reads_as_one(source: Make, content: bytes, error: Any, why: str) -> None:
    """Empty, foreign and wholly unreadable files are errors, never "0 records, success"."""
    with pytest.raises(error, match=why):
        source("rows.csv", content).read()


def test_a_header_alone_is_a_list_of_nothing(source: Make) -> None:
    """A file with a header and no rows is read with success and says that nothing is there."""
    batches = list(source("rows.csv", "id,name\n").batches())

    assert [(list(b.rows), list(b.rejects), b.total) for b in batches] == [([], [], 0)]
    assert batches[0].cursor is not None


def test_lines_of_nothing_but_delimiters_are_passed_over(source: Make) -> None:
    """Blank lines and the empty tail of a spreadsheet are neither rows nor rejects."""
    records, rejects = source("rows.csv", "id,name\n\n1,One\n,\n,\n\n").read()

    assert ([r.id for r in records], rejects) == (["1"], [])


def test_text_of_another_encoding_is_read_when_told(source: Make) -> None:
    """`encoding: cp1252` reads what Western spreadsheets write."""
    records, _ = source("rows.csv", "id,name\n1,Café €\n".encode("cp1252"), encoding="cp1252").read()

    assert records[0].data == {"name": "Café €"}


def test_the_id_of_a_bad_row_is_kept_where_it_can_be_read(source: Make) -> None:
    """A reject names its record, so that a record with a broken row is not taken for gone."""
    _, rejects = source("rows.csv", b'id,name\n1,One\n2,a,b\n3,\xff\n\xff,x\n4,"open\n').read()

    assert [r.id for r in rejects] == ["2", "3", None, "4"]
