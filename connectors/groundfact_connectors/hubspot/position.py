"""Where a read stands: what a cursor holds between two pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from groundfact.model import Cursor
from groundfact.model.times import from_ms, to_ms

__all__ = ["Position"]

Phase = Literal["list", "search", "archived"]


@dataclass(frozen=True)
class Position:
    """A phase of a read, the last page of it, and the window, which stays as it was when the read began."""

    phase: Phase
    after: str
    start: int | None
    """Changes since then are wanted, in milliseconds; None: everything is."""
    end: int
    owners: dict[str, str]
    """What the owners were called when the read began, as short digests."""
    merged: frozenset[str] = frozenset()
    """The records that this read has told are merged away: no later page may say anything else about them."""

    @classmethod
    def begin(cls, since: Cursor | None, until: datetime, owners: dict[str, str]) -> Position:
        """Where to start, or to go on after a crash."""
        value = since.value if since is not None else {}
        if "phase" in value:
            merged = frozenset(value["merged"])
            return cls(value["phase"], value["after"], value["from"], value["to"], value["owners"], merged)
        known = value.get("owners", {})
        # Somebody's new name moves no record's date, so that only reading everything shows it.
        renamed = any(owners.get(key) != digest for key, digest in known.items())
        start = None if since is None or since.at is None or renamed else to_ms(since.at)
        return cls("list" if start is None else "search", "", start, to_ms(until), owners)

    def at(self, phase: Phase, after: str) -> Position:
        """The same read, further on."""
        return replace(self, phase=phase, after=after)

    def knowing(self, merged: Iterable[str]) -> Position:
        """The same place, with more records that are merged away."""
        return replace(self, merged=self.merged.union(merged))

    def cursor(self) -> Cursor:
        """To go on from here after a crash."""
        value: dict[str, Any] = {"phase": self.phase, "after": self.after, "from": self.start}
        value |= {"to": self.end, "owners": self.owners, "merged": sorted(self.merged)}
        return Cursor(value=value, at=None if self.start is None else from_ms(self.start))

    def done(self) -> Cursor:
        """The start of the next run: where this one's window ends, which was fixed before its first call."""
        return Cursor(value={"owners": self.owners}, at=from_ms(self.end))
