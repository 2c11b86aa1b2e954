"""Where a read stands: what a cursor holds between two pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from groundfact.model import Cursor
from groundfact.model.times import from_ms, to_ms

__all__ = ["Position", "moment"]


def moment(text: Any) -> datetime:
    """A time as Notion writes it."""
    parsed = datetime.fromisoformat(str(text))
    if parsed.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return parsed


@dataclass(frozen=True)
class Position:
    """A phase of a read and how far it has come in it; the window stays as it was when the read began."""

    phase: Literal["pages", "trash"]
    mark: datetime | None
    """The time of the last page that was read: of its creation or edit, whichever the listing goes by."""
    since: datetime | None
    """Changes since then are wanted, a whole minute; None: everything is."""
    until: datetime

    @classmethod
    def begin(cls, since: Cursor | None, until: datetime) -> Position:
        """Where to start, or to go on after a crash."""
        value = since.value if since is not None else {}
        if "phase" in value:
            return cls(value["phase"], _at(value["mark"]), _at(value["since"]), from_ms(value["until"]))
        at = since.at if since is not None else None
        # Notion's dates are rounded down: an edit of this very minute bears the minute's beginning.
        start = at.replace(second=0, microsecond=0) if at is not None else None
        return cls("pages", None, start, until)

    def marked(self, mark: datetime | None) -> Position:
        """The same phase, further on."""
        return replace(self, mark=mark)

    def in_trash(self) -> Position:
        """The phase in which what was deleted is told."""
        return replace(self, phase="trash", mark=None)

    def cursor(self) -> Cursor:
        """To go on from here after a crash."""
        value = {"phase": self.phase, "mark": _ms(self.mark), "since": _ms(self.since), "until": to_ms(self.until)}
        return Cursor(value=value, at=self.since)

    def done(self) -> Cursor:
        """The start of the next run: where this one's window ends, which was fixed before its first call."""
        return Cursor(at=self.until)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)
