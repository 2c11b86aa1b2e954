"""CSV as RFC 4180 has it, read record by record; a broken quote costs its own line and no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterator
from typing import TextIO

from groundfact_connectors.files.bounds import MOST_FIELD, MOST_ROW

__all__ = ["CsvRow", "CsvRows"]

CsvRow = tuple[int, list[str], str, str]
"""First line, cells, the text as it stands in the file, and what is wrong with it ("" if nothing is)."""

_NOT_TEXT = re.compile("[\ud800-\udfff]")
_PATIENCE = 32_000_000
"""Characters that broken quotes may cause to be read twice before their lines are each read alone."""
_GLIMPSE = 10_000


class _TooLong(Exception):
    """The record grew past its bound, or past its line where each line is read alone."""


class CsvRows:
    """The records of a CSV text that are not blank, each with its line and what is wrong with it."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        # One limit serves the whole process: it must only not be lower than ours, which `_problem` enforces.
        csv.field_size_limit(max(csv.field_size_limit(), 2 * MOST_ROW))
        self.width: int | None = None
        """How many columns a record must have, once the header has said so."""
        self._text, self._delimiter = text, delimiter
        self._number = 0
        self._taken: list[str] = []
        self._again: list[str] = []
        self._size = 0
        self._flaw = ""
        self._patience = _PATIENCE
        self._alone_until = 0

    def __iter__(self) -> Iterator[CsvRow]:
        """Read on from where the last look ended; after a record whose quotes are broken, begin afresh."""
        broken = True
        while broken:
            broken = yield from self._until_broken()

    def _until_broken(self) -> Generator[CsvRow, None, bool]:
        taken = self._taken
        taken.clear()
        self._size, self._flaw = 0, ""
        start = self._number + 1
        try:
            for cells in csv.reader(self._lines(), delimiter=self._delimiter, strict=True):
                if cells:
                    raw = taken[0] if len(taken) == 1 else "".join(taken)
                    fits = len(cells) == self.width and self._size <= MOST_FIELD and not self._flaw
                    yield start, cells, raw, "" if fits else self._problem(cells)
                taken.clear()
                self._size, self._flaw = 0, ""
                start = self._number + 1
        except (csv.Error, _TooLong) as error:
            yield self._broken(start, error)
            return True
        return False

    def _lines(self) -> Iterator[str]:
        """The lines of the next record, counted and looked at one by one as the csv module asks for them."""
        taken, again, readline = self._taken, self._again, self._text.readline
        while line := again.pop() if again else readline(MOST_ROW + 1):
            self._number += 1
            self._size += len(line)
            taken.append(line)
            if "\0" in line:
                self._flaw = "holds a NUL byte"
            elif not line.isascii() and _NOT_TEXT.search(line):
                self._flaw = f"is not valid {self._text.encoding.removesuffix('-sig')}"
            if self._size > MOST_ROW:
                self._skip_rest(line)
                raise _TooLong
            if len(taken) > 1 and self._number - 1 <= self._alone_until:
                raise _TooLong
            yield line

    def _skip_rest(self, line: str) -> None:
        # A line this long came in parts: what remains of it must not be taken for lines of its own.
        while len(line) > MOST_ROW and not line.endswith(("\n", "\r")):
            line = self._text.readline(MOST_ROW + 1)
            self._taken[-1] = self._taken[-1].rstrip("\n") + "\n"

    def _broken(self, start: int, error: Exception) -> CsvRow:
        """Give up the first line of a record whose quotes are broken, and read the others again.

        A stray quote would otherwise swallow every row up to the next one, or to the end of the file.
        """
        first, *others = self._taken
        self._again.extend(reversed(others))
        self._patience -= sum(map(len, others))
        if self._patience < 0:
            self._alone_until = max(self._alone_until, self._number - 1)
        last, self._number = self._number, start
        # What can still be told of its cells may hold its id, which says that the record is not gone.
        cells = next(csv.reader([first[:_GLIMPSE]], delimiter=self._delimiter), [])
        if others:
            return start, cells, first, f"opens a quote that is not closed properly by line {last}"
        long = f"is longer than {MOST_ROW:,} characters"
        return start, cells, first, long if isinstance(error, _TooLong) else f"is not CSV: {error}"

    def _problem(self, cells: list[str]) -> str:
        if self._flaw:
            return self._flaw
        if self.width is not None and len(cells) != self.width:
            few = "few" if len(cells) < self.width else "many"
            lines = f" (it spans {len(self._taken)} lines)" if len(self._taken) > 1 else ""
            return f"has too {few} columns: {len(cells)} instead of {self.width}{lines}"
        if max(map(len, cells)) > MOST_FIELD:
            return f"has a field of more than {MOST_FIELD:,} characters"
        return ""
