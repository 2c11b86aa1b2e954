"""A CSV file as a table: its header, and what to take from each record."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact_connectors.files.bounds import MOST_COLUMNS, must_have
from groundfact_connectors.files.csv_rows import CsvRow, CsvRows
from groundfact_connectors.files.opening import Opened, opened
from groundfact_connectors.files.options import FileOptions
from groundfact_connectors.files.row_ids import hashed, joined

__all__ = ["CsvTable", "csv_header"]

_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")
"""The byte order marks of UTF-16, as they look when read as UTF-8."""


class CsvTable:
    """A CSV file whose first record names the columns; refuses one that lacks a wanted column."""

    def __init__(self, options: FileOptions, file: Opened, fields: Sequence[str]) -> None:
        self._columns, self._records = csv_header(options, file)
        stamps = [options.updated_at] if options.updated_at else []
        wanted = tuple(dict.fromkeys([*options.id_columns, *stamps, *fields]))
        must_have(file.name, wanted, self._columns)
        twin = next((column for column in wanted if self._columns.count(column) > 1), None)
        if twin is not None:
            raise SourceRefused(
                f"{file.name} has two columns `{twin}`", hint="give each column of the file its own name"
            )
        place = self._columns.index
        self._ids = [place(name) for name in options.id_columns]
        self._stamp = place(stamps[0]) if stamps else None
        self._fields = tuple(fields)
        self._pick = _picker([place(name) for name in fields], len(self._columns))

    def rows(self) -> Iterator[CsvRow]:
        """Every record after the header."""
        return iter(self._records)

    def key(self, values: list[str]) -> str:
        """The id of the record, or its hash."""
        if self._ids:
            return joined([values[i] for i in self._ids])
        return hashed(dict(zip(self._columns, values, strict=True)))

    def is_blank(self, values: list[str]) -> bool:
        """Whether it is only delimiters, as at the end of a spreadsheet."""
        return not any(values)

    def take(self, values: list[str]) -> tuple[str, Mapping[str, Any], Any]:
        """The id, the wanted columns by name, the cell with the time of the last change."""
        ids = self._ids
        key = values[ids[0]].strip() if len(ids) == 1 else self.key(values)
        data = dict(zip(self._fields, self._pick(values), strict=True))
        return key, data, values[self._stamp] if self._stamp is not None else None


def csv_header(options: FileOptions, file: Opened) -> tuple[tuple[str, ...], CsvRows]:
    """The names of the columns, and the records after them."""
    records = CsvRows(_text(file, options.encoding), options.delimiter or _sniffed(options, file))
    _, cells, raw, problem = next(iter(records), (0, [], "", ""))
    if not raw:
        raise SourceUnavailable(f"{file.name} is empty: it has no header", hint="export it again")
    if raw.startswith(_UTF16) and options.encoding == "utf-8":
        raise SourceRefused(f"{file.name} is UTF-16, not UTF-8", hint="add `encoding: utf-16`")
    if problem:
        raise SourceRefused(
            f"the first line of {file.name} {problem}, so its columns are unknown",
            hint="the first line must name the columns; export a spreadsheet as CSV, unpack an archive",
        )
    if len(cells) > MOST_COLUMNS:
        raise SourceRefused(f"{file.name} has {len(cells):,} columns, more than {MOST_COLUMNS:,}", hint="export fewer")
    records.width = len(cells)
    return tuple(cell.strip() for cell in cells), records


def _sniffed(options: FileOptions, file: Opened) -> str:
    """The delimiter by which the header has most of the columns the YAML names, then most columns at all."""

    def fits(delimiter: str) -> tuple[int, int]:
        with opened(file.name, file.path) as again:
            cells = next(iter(CsvRows(_text(again, options.encoding), delimiter)), (0, [], "", ""))[1]
        return len(set(options.columns) & {cell.strip() for cell in cells}), len(cells)

    return max((",", ";", "\t"), key=fits)


def _text(file: Opened, encoding: str) -> io.TextIOWrapper:
    # Bytes that are not text become lone surrogates, so that they spoil their own record only.
    errors = "surrogatepass" if encoding == "utf-16" else "surrogateescape"
    return io.TextIOWrapper(file.stream, "utf-8-sig" if encoding == "utf-8" else encoding, errors, newline="")


def _picker(places: Sequence[int], width: int) -> Callable[[list[str]], Sequence[str]]:
    if list(places) == list(range(width)):
        return lambda values: values
    return itemgetter(*places) if len(places) > 1 else lambda values: [values[place] for place in places]
