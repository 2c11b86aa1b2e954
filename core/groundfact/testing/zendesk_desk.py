"""What is in the fake help desk: organizations, users and tickets, fed from a world, and what tests do to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from groundfact.testing.projection import ACTIVITY
from groundfact.testing.truth import Subject
from groundfact.testing.world_data import FictionalWorld

__all__ = ["AREAS", "AREA_FIELD", "BRAND", "GROUPS", "Comment", "Desk", "Row"]

AREAS = ("billing", "hardware", "software", "account")
AREA_FIELD = 360_047_533_251
"""The id of a custom ticket field, a drop-down."""
BRAND = 360_003_529_411
GROUPS = {360_006_965_117: "Support", 360_013_670_203: "Escalations"}
_PRIORITIES = ("low", "normal", "high", "urgent", None)
_STARTS = {
    "organizations": (360_001_370_000, 23),
    "users": (370_295_712_000, 61),
    "tickets": (1_200, 1),
    "comments": (1_260_831_400_000, 17),
}


@dataclass(slots=True)
class Comment:
    """One comment of a ticket."""

    id: int
    author: int
    at: datetime
    body: str
    public: bool = True


@dataclass(slots=True)
class Row:
    """An organization, user or ticket."""

    id: int
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    generated: datetime
    """Moves with every change, also with those by the system, which leave `updated` alone."""
    deleted: datetime | None = None
    comments: list[Comment] = field(default_factory=list)


class Desk:
    """The help desk of a world; `refresh` takes in what has happened in the world meanwhile."""

    def __init__(self, world: FictionalWorld) -> None:
        self.world = world
        self.rows: dict[str, dict[int, Row]] = {"organizations": {}, "users": {}, "tickets": {}}
        self._ids: dict[str, int] = {}
        self._told: dict[str, tuple[Row, datetime, int]] = {}
        self._looked: tuple[datetime, int] | None = None
        self.refresh()

    # -- what tests do ----------------------------------------------------------------------------------------

    def add(self, kind: str, fields: dict[str, Any], at: datetime | None = None) -> Row:
        """Put in an organization, user or ticket."""
        with self.world.lock:
            when = at or self.world.now
            row = Row(self._next(kind), fields, when, when, when)
            self.rows[kind][row.id] = row
            return row

    def edit(self, kind: str, key: int, at: datetime | None = None, *, system: bool = False, **fields: Any) -> Row:
        """Change fields; a change by the system moves only `generated_timestamp`."""
        with self.world.lock:
            row = self.rows[kind][key]
            row.fields |= fields
            return self._moved(row, at, system)

    def comment(
        self, ticket: int, author: int, body: str, at: datetime | None = None, *, public: bool = True
    ) -> Comment:
        """Add a comment to a ticket."""
        with self.world.lock:
            row = self.rows["tickets"][ticket]
            row.comments.append(Comment(self._next("comments"), author, at or self.world.now, body, public))
            self._moved(row, at, False)
            return row.comments[-1]

    def edit_comment(self, ticket: int, comment: int, *, body: str | None = None, public: bool | None = None) -> None:
        """Redact a comment, or make it internal."""
        with self.world.lock:
            row = self.rows["tickets"][ticket]
            found = next(one for one in row.comments if one.id == comment)
            found.body = found.body if body is None else body
            found.public = found.public if public is None else public
            self._moved(row, None, False)

    def delete(self, kind: str, key: int) -> None:
        """Delete a row; of a ticket only `generated_timestamp` moves."""
        with self.world.lock:
            row = self.rows[kind][key]
            row.deleted = self.world.now
            self._moved(row, None, kind == "tickets")

    def restore(self, kind: str, key: int) -> None:
        """Take a deletion back."""
        with self.world.lock:
            row = self.rows[kind][key]
            row.deleted = None
            self._moved(row, None, False)

    def user(self, email: str) -> Row:
        """The user with an address."""
        return next(row for row in self.rows["users"].values() if row.fields["email"] == email)

    def row_of(self, key: str) -> Row:
        """The row of a subject of the world."""
        return self._told[key][0]

    # -- what support learns of the world ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what has happened in the world since the last look."""
        now = (self.world.now, len(self.world.subjects))
        if now == self._looked:
            return
        self._looked = now
        subjects = list(self.world.subjects.values())
        served = {talk.get("company") for talk in subjects if talk.kind in ("ticket", "conversation")}
        for kinds in (("teammate",), ("company",), ("person",), ("ticket", "conversation")):
            for subject in subjects:
                employer = subject.key if subject.kind == "company" else subject.get("company")
                if subject.kind in kinds and (subject.kind == "teammate" or employer in served):
                    self._take(subject)

    def _take(self, subject: Subject) -> None:
        messages = self.world.messages.get(subject.key, ())
        moments = [line[-1].at for line in subject.lines.values()] + [message.at for message in messages]
        kind = _KINDS[subject.kind]
        row, told, heard = self._told.get(subject.key, (None, None, 0))
        if row is None:
            row = self.add(kind, self._shown(subject), min(moments))
            # That somebody was in touch shows in their tickets, not in themselves.
            row.updated = row.generated = max(line[-1].at for name, line in subject.lines.items() if name != ACTIVITY)
        elif told is not None and max(moments) > told:
            fresh = {name for name, line in subject.lines.items() if line[-1].at > told}
            new = {name: value for name, value in self._shown(subject).items() if _SOURCES.get(name, name) in fresh}
            if any(row.fields.get(name) != value for name, value in new.items()):
                self.edit(kind, row.id, max(moments), **new)
        for message in messages[heard:]:
            self.comment(row.id, self.user(message.author).id, message.text, message.at)
        self._told[subject.key] = (row, max(moments), len(messages))

    def _shown(self, subject: Subject) -> dict[str, Any]:
        if subject.kind == "company":
            return _organization(subject)
        return self._person(subject) if subject.kind in ("person", "teammate") else self._ticket(subject)

    def _person(self, subject: Subject) -> dict[str, Any]:
        ours, email = subject.kind == "teammate", str(subject.get("email"))
        role = "end-user" if not ours else "admin" if subject.key == self.world.teammates[0] else "agent"
        # Zendesk takes the organization from the address; a free-mail one tells it nothing.
        free = email.rpartition("@")[2] in self.world.free_mail_domains
        company = None if ours or free else self.row_of(subject.get("company")).id
        shown = {"name": subject.get("full_name"), "email": email, "phone": subject.get("phone"), "role": role}
        return {**shown, "organization_id": company, "active": subject.get("active") is not False}

    def _ticket(self, subject: Subject) -> dict[str, Any]:
        number = int(subject.key.rpartition("-")[2])
        asker = self.row_of(subject.get("requester"))
        owner = self.world.subjects[subject.get("company")].get("owner")
        return {
            "subject": subject.get("subject"),
            "status": subject.get("status"),
            "priority": _PRIORITIES[number % len(_PRIORITIES)],
            "requester_id": asker.id,
            "assignee_id": self.row_of(owner).id,
            "organization_id": asker.fields["organization_id"],
            "group_id": list(GROUPS)[number % len(GROUPS)],
            "area": AREAS[number % len(AREAS)],
            "channel": "email" if subject.kind == "ticket" else "chat",
        }

    def _moved(self, row: Row, at: datetime | None, system: bool) -> Row:
        # An explicit time is taken at its word, so that ties and late rows can be staged.
        row.generated = at or self.world.now
        row.updated = row.updated if system else row.generated
        return row

    def _next(self, kind: str) -> int:
        number = self._ids[kind] = self._ids.get(kind, 0) + 1
        start, step = _STARTS[kind]
        return start + number * step


_KINDS = {
    "company": "organizations",
    "person": "users",
    "teammate": "users",
    "ticket": "tickets",
    "conversation": "tickets",
}
_SOURCES = {"name": "full_name", "plan": "tier", "domain_names": "domain"}
"""The true attribute behind a field, where it has another name."""


def _organization(subject: Subject) -> dict[str, Any]:
    plan = str(subject.get("tier") or "none").lower()
    return {"name": subject.get("name"), "domain_names": [subject.get("domain")], "plan": plan}
