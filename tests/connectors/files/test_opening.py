"""Files that are packed, cut off, replaced, forbidden or not there."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable

from .conftest import Make

ROWS = "id,name\n" + "".join(f"{n},Company {n}\n" for n in range(3_000))


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.csv"])
def test_a_gzipped_file_is_read_like_a_plain_one(source: Make, name: str) -> None:
    """Gzip is known by its first bytes, in one part or several."""
    half = len(ROWS) // 2
    packed = gzip.compress(ROWS[:half].encode()) + gzip.compress(ROWS[half:].encode())

    records, rejects = source(name, packed).read()

    assert (len(records), rejects) == (3_000, [])


def test_a_gzip_bomb_is_refused_before_it_fills_anything(source: Make) -> None:
    """A file that unpacks to more than a hundred times its size is not read to its end."""
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(b"id,name\n")
    packed += b"".join(packer.compress((b"1," + b"x" * 999 + b"\n") * 1_000) for _ in range(100)) + packer.flush()

    with pytest.raises(SourceRefused, match="unpacks to more than"):
        source("rows.csv.gz", packed).read()


def test_a_file_that_was_cut_off_is_not_a_listing(source: Make) -> None:
    """A gzip file that ends too early or is damaged fails: its rows so far are not all there are."""
    packed = gzip.compress(os.urandom(8).hex().encode().join([ROWS.encode()] * 2))
    for broken in (packed[:-20], packed[:600] + b"\xff" * 40 + packed[640:]):
        with pytest.raises(SourceUnavailable, match="cut off or damaged"):
            source("rows.csv.gz", broken).read()


def test_a_utf_16_file_that_was_cut_off_is_not_a_listing(source: Make) -> None:
    """Half a character at the end fails the read."""
    with pytest.raises(SourceRefused, match="not in its encoding"):
        source("rows.csv", ROWS.encode("utf-16")[:-1], encoding="utf-16").read()


@pytest.mark.parametrize("change", ["append", "replace", "remove"])
def test_a_file_that_changes_while_it_is_read_is_read_later(source: Make, tmp_path: Path, change: str) -> None:
    """Half of one version and half of another is neither: no cursor, no listing, and the error says why."""
    path = tmp_path / "rows.csv"
    batches = source("rows.csv", ROWS).batches()
    assert next(batches).cursor is None
    if change == "append":
        with path.open("a") as file:
            file.write("new,New\n")
    elif change == "replace":
        (tmp_path / "other").write_text(ROWS)
        os.replace(tmp_path / "other", path)
    else:
        path.unlink()

    with pytest.raises(SourceUnavailable):
        assert all(batch.cursor is None for batch in batches)


def test_a_file_that_is_not_there_is_refused(source: Make, tmp_path: Path) -> None:
    """The error names the file and the key to mend."""
    made = source("rows.csv", ROWS)
    (tmp_path / "rows.csv").unlink()

    with pytest.raises(SourceRefused, match=r"there is no file .*rows\.csv"):
        made.read()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(source: Make, tmp_path: Path) -> None:
    """Missing permission needs a person, so it is not tried again and again."""
    made = source("rows.csv", ROWS)
    (tmp_path / "rows.csv").chmod(0)

    with pytest.raises(SourceRefused, match="may not be read"):
        made.read()


def test_what_an_error_means_is_told_apart(source: Make) -> None:
    """Permission needs a person, a disk may recover, damage needs a new export; a bug is nobody's verdict."""
    connector = source("rows.csv", ROWS).connector

    verdicts = [
        connector.classify(error)
        for error in (PermissionError(13, "no", "a.csv"), OSError(5, "i/o"), EOFError("end"), KeyError("bug"))
    ]

    assert [verdict.action if verdict else None for verdict in verdicts] == ["refuse", "retry", "fail", None]
