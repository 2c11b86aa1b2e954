"""One read of one file: rows in, batches out, and nothing lost without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any, Protocol

from groundfact.errors import SourceRefused
from groundfact.model import Batch, Cursor, Record, Reject
from groundfact_connectors.files.bounds import MOST_ID, MOST_ROW
from groundfact_connectors.files.moments import moment
from groundfact_connectors.files.opening import Opened
from groundfact_connectors.files.options import FileOptions
from groundfact_connectors.files.seen import Seen

__all__ = ["Reading", "Table"]

_ROWS = 500
_HOPELESS = 1_000
"""So many bad rows before the first good one, and the file is not what the YAML says it is."""
_MOST_RAW = 16_000
_MOST_UNDATED = 100


Row = tuple[int, Any, str | bytes, str]
"""Its line, its values, its text and what is wrong with it ("" if nothing is)."""


class Table(Protocol):
    """The rows of a file, and what to take from each."""

    def rows(self) -> Iterator[Row]:
        """Every row, good or bad."""

    def key(self, values: Any) -> str:
        """The row's id; "" where it has none. Raises ValueError for one that cannot be an id."""

    def is_blank(self, values: Any) -> bool:
        """Whether the row says nothing at all."""

    def take(self, values: Any) -> tuple[str, Mapping[str, Any], Any]:
        """The key, the wanted fields, what the row has for the time of its last change."""


class Reading:
    """Turns rows into batches; good rows become records, all others rejects that name their line."""

    def __init__(self, options: FileOptions, file: Opened, until: datetime) -> None:
        self._options, self._file, self._until = options, file, until
        self._records: list[Record] = []
        self._rows: list[Row] = []
        self._rejects: list[Reject] = []
        self._size = self._good = self._bad = self._undated = 0
        self._example = ""

    def batches(self, table: Table) -> Iterator[Batch]:
        """Yield everything; only the last batch has the cursor, because only a whole file is a listing."""
        with closing(Seen()) as seen:
            for row in table.rows():
                self._take(table, row)
                if len(self._records) + len(self._rejects) >= _ROWS or self._size >= MOST_ROW:
                    yield self._flush(seen)
            self._sum_up()
            last = self._flush(seen)
        if self._bad and not self._good:
            raise self._refusal()
        self._file.must_be_the_same()
        yield last._replace(cursor=Cursor(value=self._file.cursor, at=self._until), total=self._good)

    def _take(self, table: Table, row: Row) -> None:
        line, values, raw, problem = row
        if problem:
            self._reject(_key_of(table, values), raw, line, problem)
            return
        try:
            key, data, stamp = table.take(values)
        except ValueError as error:
            self._reject(None, raw, line, str(error))
            return
        if not 0 < len(key) <= MOST_ID:
            self._without_id(table, row, key)
            return
        self._records.append(Record(key, data, self._dated(key, stamp, line) if stamp else None))
        self._rows.append(row)
        self._size += len(raw)

    def _without_id(self, table: Table, row: Row, key: str) -> None:
        line, values, raw, _ = row
        if table.is_blank(values):
            return
        columns = ", ".join(f"`{column}`" for column in self._options.id_columns)
        why = f"has an id longer than {MOST_ID} characters" if key else f"has no value in its id {columns}"
        self._reject(None, raw, line, why)

    def _dated(self, key: str, stamp: Any, line: int) -> datetime | None:
        try:
            return moment(stamp)
        except ValueError:
            self._undated += 1
            if self._undated <= _MOST_UNDATED:
                why = f"`{self._options.updated_at}` is not a time; the row was taken without one"
                self._reject(key, str(stamp), line, why)
            return None

    def _sum_up(self) -> None:
        more = self._undated - _MOST_UNDATED
        if more > 0:
            why = f"{more:,} more rows have no time in `{self._options.updated_at}`; they too were taken"
            self._rejects.append(Reject(None, b"", why))

    def _reject(self, key: str | None, raw: str | bytes, line: int, problem: str) -> None:
        data = raw if isinstance(raw, bytes) else _encoded(raw[:_MOST_RAW])
        self._rejects.append(Reject(key, data[:_MOST_RAW], f"line {line} {problem}"))
        self._example = self._example or self._rejects[0].error
        self._size += min(len(raw), _MOST_RAW)

    def _flush(self, seen: Seen) -> Batch:
        records = self._records
        again = "has the id" if self._options.id_columns else "says the same"
        lines = [row[0] for row in self._rows]
        for place, first in sorted(seen.add([record.id for record in records], lines).items(), reverse=True):
            line, _, raw, _ = self._rows[place]
            self._reject(records.pop(place).id, raw, line, f"{again} as line {first}, which was taken")
        self._good += len(records)
        self._bad += len(self._rejects)
        if not self._good and self._bad >= _HOPELESS:
            raise self._refusal()
        batch = Batch(records, self._rejects, total=int(self._good / self._file.share()))
        self._records, self._rows, self._rejects, self._size = [], [], [], 0
        return batch

    def _refusal(self) -> SourceRefused:
        return SourceRefused(
            f"none of the first {self._bad:,} rows of {self._file.name} can be taken: {self._example}",
            hint="compare the `id`, `delimiter`, `encoding` and `format` of the YAML with the file",
        )


def _key_of(table: Table, values: Any) -> str | None:
    """The id of a bad row, where it can still be read: it says that the record is not gone."""
    try:
        key = table.key(values) if values else ""
    except (ValueError, LookupError, TypeError):
        return None
    return key if 0 < len(key) <= MOST_ID and key.isprintable() else None


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
