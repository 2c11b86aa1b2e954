"""The ids a read has met: in memory while they are few, then in a temporary file; memory stays flat."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

__all__ = ["Seen"]


_FEW = 20_000
_ADD = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING"


class Seen:
    """Ids with the line each was first met on."""

    def __init__(self) -> None:
        self._few: dict[str, int] = {}
        self._db: sqlite3.Connection | None = None

    def add(self, ids: Sequence[str], lines: Sequence[int]) -> dict[int, int]:
        """Remember ids; for each that was met before: its place in `ids` and the line it was first met on."""
        if self._db is None:
            first = list(map(self._few.setdefault, ids, lines))
            if len(self._few) > _FEW:
                self._db = _temporary()
                self._db.executemany(_ADD, self._few.items())
                self._few.clear()
        else:
            told = self._db.executemany(_ADD, zip(ids, lines, strict=True))
            if told.rowcount == len(ids):
                return {}
            find = "SELECT line FROM seen WHERE id = ?"
            first = [self._db.execute(find, (name,)).fetchone()[0] for name in ids]
        return {place: line for place, line in enumerate(first) if line != lines[place]}

    def close(self) -> None:
        """Drop what was remembered."""
        if self._db is not None:
            self._db.close()


def _temporary() -> sqlite3.Connection:
    # No name means SQLite's own temporary file: never left over, and its memory is that of the cache.
    db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000", "temp_store = FILE"):
        db.execute(f"PRAGMA {setting}")
    db.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
    db.execute("BEGIN")
    return db
