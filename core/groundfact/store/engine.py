"""Opening the store, and the two ways to use it: `reading()` and `writing()`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundfact.errors import Busy, GroundfactError, StoreError

__all__ = ["Store", "Tx"]

Row = tuple[Any, ...]
_PRAGMAS = (("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 10_000), ("temp_store", 2))
"""WAL with synchronous=NORMAL: after a power cut the store holds a prefix of the commits, cursors included."""


class Tx:
    """Statements inside one transaction (or one consistent read)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """All rows of a query."""
        return self._connection.execute(sql, params).fetchall()

    def each(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Iterator[Row]:
        """The rows of a query, streamed."""
        return iter(self._connection.execute(sql, params))

    def one(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._connection.execute(sql, params).fetchone()
        return row

    def run(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Execute a statement; the number of rows it touched."""
        return self._connection.execute(sql, params).rowcount

    def insert(self, sql: str, params: Sequence[Any]) -> int:
        """Execute an insert; the new row id."""
        return int(self._connection.execute(sql, params).lastrowid or 0)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each tuple."""
        self._connection.executemany(sql, rows)


class Store:
    """One SQLite file. Each thread has its own connection; one writer at a time."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._opened()
            self._local.connection = connection
            self._all.append(connection)
        return connection

    def _opened(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute("pragma busy_timeout=10000")
        for name, wanted in () if self._read_only else _PRAGMAS:
            connection.execute(f"pragma {name}={wanted}")
            got = connection.execute(f"pragma {name}").fetchone()[0]
            if got != wanted:
                hint = "keep the store on a local disk; network file systems do not support it"
                raise StoreError(f"store {self.path}: {name} is {got!r}, not {wanted!r}", hint=hint)
        connection.execute("pragma cache_size=-32000")
        return connection

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """A consistent read: every statement inside sees the same commit."""
        with self._explained():
            connection = self._connect()
            if connection.in_transaction:
                yield Tx(connection)
                return
            connection.execute("begin")
            try:
                yield Tx(connection)
            finally:
                connection.execute("commit")

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """A write transaction: committed at the end, rolled back by any exception."""
        with self._explained():
            connection = self._connect()
            connection.execute("begin immediate")
            try:
                yield Tx(connection)
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error, self.path) from error

    def close(self) -> None:
        """Close every connection of every thread."""
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._local = threading.local()


def explained(error: sqlite3.Error, path: Path) -> GroundfactError:
    """What a driver error means to the person who runs this."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return Busy(
            f"store {path} is locked by another process",
            hint="wait for it, or find it with `groundfact status`",
        )
    if "readonly" in text or "read-only" in text:
        return StoreError(
            f"store {path} is read-only", hint="make the file and its folder writable, or use another path"
        )
    if "malformed" in text or "not a database" in text:
        hint = "keep the file, restore a backup, or move it away and run `groundfact sync` to build a new one"
        return StoreError(f"store {path} is damaged or is not a groundfact store ({text})", hint=hint)
    if "unable to open" in text:
        return StoreError(f"store {path} cannot be opened", hint="check that the folder exists and may be written to")
    if "disk is full" in text or "disk I/O" in text:
        return StoreError(f"store {path}: {text}", hint="free some space; nothing of the last page was written")
    return StoreError(
        f"store {path}: {text}", hint="this is a bug in groundfact if the store is healthy: please report it"
    )
