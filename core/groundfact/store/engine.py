"""Opening the store, and the two ways to use it: `reading()` and `writing()`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from groundfact.errors import Busy, GroundfactError, StoreError

__all__ = ["WAIT", "Store", "Tx"]

Row = tuple[Any, ...]
_NORMAL, _FULL = 1, 2
_PRAGMAS = (("journal_mode", "wal"), ("synchronous", _NORMAL), ("temp_store", 2), ("wal_autocheckpoint", 4_000))
"""WAL with synchronous=NORMAL: after a power cut the store holds a prefix of the commits, cursors included.

Each checkpoint syncs the whole file as well, so they come four times as rarely as by default: the log has 16 MB by
then, and still one index for all of it.
"""
WAIT = timedelta(seconds=10)
"""How long to wait for another process that is writing."""
_LONGEST_MS = 2**31 - 1
"""What SQLite can be told to wait at most: 24 days."""

_TRIES = 20
_STATES = 2**31
"""So far a file can count its states; then it begins again."""


class Tx:
    """Statements inside one transaction (or one consistent read)."""

    def __init__(self, connection: sqlite3.Connection, since: int | None = None) -> None:
        """`since`: how much the connection had changed when its write began; None: it only reads."""
        self._connection, self._since = connection, since
        self.left: int | None = None
        """The state that this write has left behind, once it is committed."""

    def state(self) -> int | None:
        """A number for what is in the store, which another commit makes another one; those of the books alone do not.

        None inside a write that has changed something: what is seen there may never be committed.
        """
        return _state(self._connection) if self._since in (None, self._connection.total_changes) else None

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


class _Connection(sqlite3.Connection):
    """A connection that knows how it is set."""

    durable = False
    """Whether its commits survive a power cut at present."""


class _Own(threading.local):
    """What one thread is doing."""

    writer: sqlite3.Connection | None = None
    """The connection that is writing at present."""
    since = 0
    """How much the writer had changed when its write began."""


class Store:
    """One SQLite file, for any number of threads: each connection is used by one at a time; one writer at a time."""

    def __init__(self, path: Path, *, read_only: bool = False, wait: timedelta = WAIT) -> None:
        self.path = path
        self._wait = min(wait // timedelta(milliseconds=1), _LONGEST_MS)
        self._read_only = read_only
        self._own = _Own()
        self._all: list[_Connection] = []
        self._idle: list[_Connection] = []

    def _connect(self) -> _Connection:
        connection = self._opened()
        self._all.append(connection)
        return connection

    def _opened(self) -> _Connection:
        mode = "ro" if self._read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=_Connection)
        connection.execute(f"pragma busy_timeout={self._wait}")
        for name, wanted in () if self._read_only else _PRAGMAS:
            _set(connection, f"pragma {name}={wanted}")
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
            own = self._own
            if own.writer is not None:
                yield Tx(own.writer, own.since)
                return
            with self._free() as connection:
                connection.execute("begin")
                try:
                    yield Tx(connection)
                finally:
                    connection.execute("commit")

    @contextmanager
    def _free(self) -> Iterator[_Connection]:
        """A connection to oneself: a list that somebody is still reading holds up nothing else.

        It is the one that was used last, by whichever thread, to read or to write: its pages are in memory, where a
        commit of another connection would have made it read them anew.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            if not connection.in_transaction:
                self._idle.append(connection)

    @contextmanager
    def writing(self, *, durable: bool = False, books: bool = False) -> Iterator[Tx]:
        """A write transaction: committed at the end, rolled back by any exception.

        `durable`: it survives a power cut as well, for what no source would tell again. `books`: it only writes down
        what was answered, on which no answer rests.
        """
        own = self._own
        if own.writer is not None:
            raise StoreError("a write was begun within a write", hint="this is a bug in groundfact: please report it")
        with self._explained(), self._free() as connection:
            if connection.durable is not durable:
                connection.execute(f"pragma synchronous={_FULL if durable else _NORMAL}")
                connection.durable = durable
            connection.execute("begin immediate")
            own.writer, own.since = connection, connection.total_changes
            tx = Tx(connection, own.since)
            try:
                yield tx
                left = _state(connection)
                if not books and connection.total_changes != own.since:
                    left = (left + 1) % _STATES
                    connection.execute(f"pragma user_version={left}")
                connection.execute("commit")
                tx.left = left
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
            finally:
                own.writer = None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error, self.path) from error
        except GroundfactError:
            raise
        except Exception as error:
            # Damage that SQLite does not notice shows as nonsense further on; else it is what it seems to be.
            if isinstance(error, JSONDecodeError) or not self._is_sound():
                raise damaged(self.path, f"{type(error).__name__}: {error}") from error
            raise

    def _is_sound(self) -> bool:
        try:
            connection = self._opened()
            try:
                return connection.execute("pragma quick_check(1)").fetchall() == [("ok",)]
            finally:
                connection.close()
        except sqlite3.Error:
            return False

    def close(self) -> None:
        """Close every connection."""
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        self._own = _Own()


def _state(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """Set a pragma. A file becomes WAL at once or not at all, so where somebody has it open: wait, and try again."""
    for _ in range(_TRIES):
        try:
            connection.execute(pragma)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            connection.execute("begin exclusive")
            connection.execute("rollback")
    connection.execute(pragma)


def damaged(path: Path, told: str) -> StoreError:
    """What to do about a store that holds nonsense."""
    hint = "keep the file, restore a backup, or move it away and run `groundfact sync` to build a new one"
    return StoreError(f"store {path} is damaged or is not a groundfact store ({told[:200]})", hint=hint)


def explained(error: sqlite3.Error, path: Path) -> GroundfactError:
    """What a driver error means to the person who runs this."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return Busy(
            f"store {path} is locked by another process",
            hint="wait for it, find it with `groundfact status`, or allow for more with `store: {wait: 60s}`",
        )
    if "readonly" in text or "read-only" in text:
        return StoreError(
            f"store {path} is read-only", hint="make the file and its folder writable, or use another path"
        )
    if "malformed" in text or "not a database" in text or "decode to UTF-8" in text:
        return damaged(path, text)
    if "unable to open" in text:
        return StoreError(f"store {path} cannot be opened", hint="check that the folder exists and may be written to")
    if "disk is full" in text or "disk I/O" in text:
        return StoreError(f"store {path}: {text}", hint="free some space; nothing of the last page was written")
    return StoreError(
        f"store {path}: {text}", hint="this is a bug in groundfact if the store is healthy: please report it"
    )
