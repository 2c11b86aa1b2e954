"""What a connector declares: its streams, limits, checks and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

__all__ = ["Check", "Discovered", "Limit", "StreamSpec", "Verdict"]


class StreamSpec(BaseModel):
    """A list in a source, with what the core must know to read it without losing anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    """The vocabulary kind its records are about: account, contact, deal, …"""
    mapping: Mapping[str, Any]
    """Options of the default mapping; the YAML may override them key by key."""
    order: Literal["cursor_asc", "newest_first", "opaque", "full"]
    """`full`: every read is a complete one. Else increments follow the cursor."""
    granularity: timedelta = timedelta(0)
    """How coarse the source's time stamps are."""
    index_lag: timedelta = timedelta(0)
    """How late a written record may show up; with the granularity, the overlap that the core rewinds."""
    window_cap: int | None = None
    """The most rows one query can return; the connector splits its windows below it."""
    deletes: Literal["inline", "feed", "sweep", "absence", "none"]
    """How a deletion is learnt. `absence`: missing from a complete read, which may be done in parts where `confirms` is
    `returned`; else one that was cut off begins anew. `sweep`: missing from `ids()`."""
    confirms: Literal["stream", "returned"]
    """What a complete increment confirms: everything not returned is unchanged, or only what was returned."""
    full_every: timedelta | None = None
    """How often a full read (or sweep) is due, to confirm and find what increments cannot."""
    exclusive: str | None = None
    """A name shared by streams that must not be read at the same time."""

    @property
    def overlap(self) -> timedelta:
        """How far the core looks back before the last high-water mark."""
        return self.granularity + self.index_lag


class Limit(NamedTuple):
    """A budget: `rate` calls per `per` seconds for the call scopes that `match` (a glob) covers."""

    match: str
    rate: float
    per: float
    burst: int = 1


class Check(NamedTuple):
    """One permission or setting, tried: `fix` says what to do where it is not ok."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


class Discovered(NamedTuple):
    """A field that the source offers, and whether the mapping reads it."""

    stream: str
    field: str
    type: str
    label: str
    mapped: bool


class Verdict(NamedTuple):
    """What a failed call means: `retry` (after so many seconds), `refresh` the credentials, `refuse` or `fail`."""

    action: Literal["retry", "refresh", "refuse", "fail"]
    message: str
    after: float | None = None
    fix: str = ""
