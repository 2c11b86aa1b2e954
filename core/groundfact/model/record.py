"""What a connector hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

__all__ = ["Batch", "Cursor", "Gone", "Record", "Reject"]


class Record(NamedTuple):
    """One object as its source shows it now."""

    id: str
    data: Mapping[str, Any]
    updated_at: datetime | None = None
    """The source's own stamp of the last change, aware; None where the source has none."""
    url: str | None = None
    acl: Sequence[str] | None = None
    """Access labels, any of which lets a principal see it; None: those configured for the source or stream."""
    changed: Mapping[str, datetime] | None = None
    """When single fields last changed (key: field path), where the source keeps a field history."""
    changed_by: Mapping[str, datetime] | None = None
    """By when single fields had last changed, at the latest, where their history has no entry: a bound, never a guess.
    Say it only where the source provably kept that field's history from then on."""


class Gone(NamedTuple):
    """A record that is no longer there."""

    id: str
    at: datetime | None = None
    why: Literal["deleted", "archived", "merged", "hidden"] = "deleted"
    into: str | None = None
    """The record it was merged into."""


class Reject(NamedTuple):
    """A row that could not be read; it is counted and kept, and never stops a stream."""

    id: str | None
    raw: bytes
    error: str


class Cursor(BaseModel):
    """A durable resume point. `value` is the connector's own; `at` is the time up to which everything was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: dict[str, Any] = {}
    at: AwareDatetime | None = None
    version: int = 1

    def rewound(self, overlap: timedelta) -> Cursor:
        """The same cursor, looking back by `overlap` to catch rows that were committed late."""
        return self if self.at is None else self.model_copy(update={"at": self.at - overlap})


class Batch(NamedTuple):
    """One page. Its cursor says "all up to here is in this and earlier batches" and commits with the rows."""

    rows: Sequence[Record | Gone]
    rejects: Sequence[Reject] = ()
    cursor: Cursor | None = None
    total: int | None = None
    """How many rows this read will yield in all, where the source tells; for the progress bar."""
