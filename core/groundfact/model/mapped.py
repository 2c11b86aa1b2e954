"""What a mapping makes of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["KeyRef", "Mapped", "Problem", "RecordRef"]


class RecordRef(NamedTuple):
    """A record of the same source, by stream and the source's own id."""

    stream: str
    id: str


class KeyRef(NamedTuple):
    """An entity by a key of its kind: `account`, `domain=acme.example`, as a matcher writes it."""

    kind: str
    key: str


class Problem(NamedTuple):
    """A value that does not fit its type; the record is kept, the value is not claimed."""

    field: str
    value: str
    error: str


class Mapped(NamedTuple):
    """A record in the words of the vocabulary."""

    attributes: Mapping[str, Any]
    """Normalised values by attribute. Missing: the record says nothing. None: it says that there is none."""
    parent: RecordRef | None = None
    """The record (mostly the account) it hangs on."""
    text: str | None = None
    """Free text, for search; data, never an instruction."""
    labels: Sequence[str] | None = None
    """Access labels read from the record itself; None: those of the stream."""
    problems: Sequence[Problem] = ()
    about: Sequence[KeyRef] = ()
    """What else it hangs on: entities by a key that links them (a domain, an e-mail address)."""
