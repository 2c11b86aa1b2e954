"""The connector: files as streams, each read whole every time."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime

from groundfact.errors import SourceError, SourceRefused, SourceUnavailable
from groundfact.model import Batch, Check, Cursor, Discovered, Limit, StreamSpec, Verdict
from groundfact.protocols import Runtime
from groundfact_connectors.files.bounds import spelt
from groundfact_connectors.files.csv_table import CsvTable, csv_header
from groundfact_connectors.files.json_table import JsonTable, json_columns
from groundfact_connectors.files.opening import Opened, opened
from groundfact_connectors.files.options import FilesOptions
from groundfact_connectors.files.reading import Reading, Table

__all__ = ["FilesConnector"]

_WRONG = (OSError, EOFError, zlib.error, UnicodeError, sqlite3.Error)
"""What can go wrong with a file while it is read; everything else is a bug."""


class FilesConnector:
    """Reads CSV and JSONL files."""

    def __init__(self, options: FilesOptions, rt: Runtime) -> None:
        self._files, self._rt = options.files, rt

    @property
    def limits(self) -> Sequence[Limit]:
        """None: nobody counts how often a file is read."""
        return ()

    def streams(self) -> Sequence[StreamSpec]:
        """One for each file; every read is a complete one, and what is missing from it is gone."""
        return [
            StreamSpec(
                name=name,
                kind=options.kind,
                mapping=options.mapping,
                order="full",
                deletes="absence",
                confirms="stream",
            )
            for name, options in self._files.items()
        ]

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """Open each file and look for the columns that the YAML names, those of a stream's own mapping included."""
        for name, columns in fields.items():
            try:
                yield self._checked(name, columns)
            except SourceError as error:
                yield Check(name, False, error.message, error.hint)

    def _checked(self, name: str, columns: Sequence[str]) -> Check:
        options = self._files[name]
        with self._reading(name) as file:
            if not options.is_json:
                CsvTable(options, file, columns)
                return Check(name, True, f"{file.name} has every column that the YAML names")
            found = json_columns(file)
        stamps = [options.updated_at] if options.updated_at else []
        named = dict.fromkeys([*options.id_columns, *stamps, *columns])
        missing = [column for column in named if column not in found]
        if not found or set(missing) & set(options.id_columns):
            # Other fields may be rare, but no row can be taken without its id.
            there = ", ".join(list(found)[:50]) or "none that can be read"
            return Check(name, False, f"{file.name} has no id", f"correct `id:` in the YAML; its fields are {there}")
        rare = ", ".join(spelt(column, found) for column in missing)
        said = f"; its first objects have no {rare}" if rare else ""
        return Check(name, True, f"{file.name} holds JSON objects{said}")

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """The columns of each file; for JSONL, those of its first 100 objects."""
        for name, columns in fields.items():
            options = self._files[name]
            with self._reading(name) as file:
                json = options.is_json
                found = json_columns(file) if json else dict.fromkeys(csv_header(options, file)[0], "text")
            for column, kind in found.items():
                yield Discovered(name, column, kind, column, column in columns)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Yield the whole file, whatever `since` says: a shorter answer would read as "the rest is gone"."""
        options = self._files[stream.name]
        with self._reading(stream.name) as file:
            table: Table = (JsonTable if options.is_json else CsvTable)(options, file, fields)
            yield from Reading(options, file, until).batches(table)

    def classify(self, error: Exception) -> Verdict | None:
        """A file that may not be read needs a person, a damaged one a new export; a disk may recover."""
        if isinstance(error, PermissionError):
            return Verdict("refuse", f"{_file(error)} may not be read", fix="let groundfact's user read it")
        if isinstance(error, (gzip.BadGzipFile, EOFError, zlib.error)):
            fix = "export it again; was it still being written?"
            return Verdict("fail", f"the file is cut off or damaged: {error}", fix=fix)
        if isinstance(error, UnicodeError):
            fix = "correct `encoding:` in the YAML, or export it again"
            return Verdict("refuse", f"the file is not in its encoding: {error}", fix=fix)
        if isinstance(error, sqlite3.Error):
            fix = "free some room, or let TMPDIR name another folder"
            return Verdict("fail", f"temporary files cannot be written: {error}", fix=fix)
        if isinstance(error, OSError):
            return Verdict("retry", f"{_file(error)} cannot be read: {error}")
        return None

    @contextmanager
    def _reading(self, name: str) -> Iterator[Opened]:
        """The open file; what goes wrong with it is said in groundfact's errors."""
        path = self._files[name].path
        full = self._rt.open_file(path)
        called = f"files.{name} ({path})"
        with ExitStack() as stack:
            try:
                yield self._rt.call(f"open {name}", lambda: stack.enter_context(opened(called, full)))
            except _WRONG as error:
                verdict = self.classify(error)
                if verdict is None:
                    raise
                kind = SourceRefused if verdict.action == "refuse" else SourceUnavailable
                raise kind(f"{called}: {verdict.message}", hint=verdict.fix or "sync again later") from error


def _file(error: OSError) -> str:
    return str(error.filename or "the file")
