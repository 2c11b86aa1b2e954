"""The truth of the fictional world: subjects whose attributes each have a value and a time of change."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Change(NamedTuple):
    """From ``at`` on, the attribute had this value."""

    at: datetime
    value: Any


class Dated(NamedTuple):
    """One entry of a subject's history."""

    at: datetime
    attribute: str
    value: Any


class Subject:
    """A company, person, deal, ticket or conversation with the full timeline of every attribute."""

    __slots__ = ("key", "kind", "lines")

    def __init__(self, key: str, kind: str) -> None:
        self.key = key
        self.kind = kind
        self.lines: dict[str, list[Change]] = {}

    def set(self, attribute: str, value: Any, at: datetime) -> None:
        """From ``at`` on the attribute has this value; calls come in order of time."""
        self.lines.setdefault(attribute, []).append(Change(at, value))

    def get(self, attribute: str) -> Any:
        """The present value, None if the subject has no such attribute."""
        line = self.lines.get(attribute)
        return line[-1].value if line else None

    def at(self, attribute: str, when: datetime | None = None) -> Change | None:
        """The change in force at a time (now by default), None before the first one."""
        line = self.lines.get(attribute, ())
        return next((change for change in reversed(line) if when is None or change.at <= when), None)

    def values(self) -> dict[str, Any]:
        """All present values."""
        return {name: line[-1].value for name, line in self.lines.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subject) and (self.key, self.kind, self.lines) == (
            other.key,
            other.kind,
            other.lines,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key} {self.get('name') or self.get('full_name') or self.get('subject')}>"


class Message(NamedTuple):
    """One message of a ticket or conversation."""

    at: datetime
    author: str
    text: str
