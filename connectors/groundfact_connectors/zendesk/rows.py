"""Zendesk's rows made into records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from groundfact.model import Gone, Record, Reject
from groundfact_connectors.zendesk.conversation import Comment, is_outsider, told

__all__ = ["UNSOUND", "by_id", "organization", "reject", "ticket", "ticket_gone", "user"]

Row = Mapping[str, Any]
UNSOUND = (AttributeError, KeyError, TypeError, ValueError, OverflowError)


def by_id(rows: Any) -> dict[int, Row]:
    """Side-loaded rows by their id."""
    return {row["id"]: row for row in rows if isinstance(row, dict) and "id" in row} if isinstance(rows, list) else {}


def organization(row: Row, address: str) -> Record | Gone:
    """An organization, or that it was deleted."""
    key = _key(row)
    if row.get("deleted_at"):
        return Gone(key, _moment(row["deleted_at"]))
    domains = row.get("domain_names") or []
    data = {**row, "domain": domains[0] if len(domains) == 1 else None}
    return Record(key, data, _moment(row["updated_at"]), f"{address}/agent/organizations/{key}")


def user(row: Row, address: str) -> Record | Gone:
    """An end user; one who was deleted, or who is one of our own people, is no contact."""
    key, at = _key(row), _moment(row["updated_at"])
    if row["active"] is not True:
        return Gone(key, at)
    if row["role"] != "end-user":
        return Gone(key, at, "hidden")
    return Record(key, row, at, f"{address}/agent/users/{key}")


def ticket_gone(row: Row) -> Gone | None:
    """That a ticket was deleted, if it was."""
    key = _key(row)
    return Gone(key, _generated(row)) if row["status"] == "deleted" else None


def ticket(
    row: Row, users: Mapping[int, Row], groups: Mapping[int, Row], comments: Sequence[Comment], address: str
) -> Record:
    """A ticket with the people it names and its conversation."""
    key, ordered = _key(row), sorted(comments)
    data = {
        **row,
        # Zendesk's own `description` is the first comment, also where that is internal.
        "description": ordered[0].text if ordered else None,
        "conversation": told(ordered),
        "requester": {**_person(row.get("requester_id"), users), "verified": _verified(row.get("requester_id"), users)},
        "external": _external(row, users, ordered),
        "assignee": _person(row.get("assignee_id"), users),
        "group": {"name": groups.get(row.get("group_id") or 0, {}).get("name")},
        "custom_fields": _custom(row.get("custom_fields") or ()),
    }
    return Record(key, data, _generated(row), f"{address}/agent/tickets/{key}")


def reject(row: Any, why: str) -> Reject:
    """A row that cannot be read."""
    key = row.get("id") if isinstance(row, dict) else None
    return Reject(str(key) if key else None, orjson.dumps(row, default=str), why)


def _key(row: Row) -> str:
    if isinstance(row["id"], bool) or not isinstance(row["id"], int):
        raise ValueError("the id is no number")
    return str(row["id"])


def _person(key: Any, users: Mapping[int, Row]) -> dict[str, Any]:
    found = users.get(key or 0, {})
    return {"name": found.get("name"), "email": found.get("email")}


def _verified(key: Any, users: Mapping[int, Row]) -> bool:
    # Only of an end user: what one of us asks for is not said by a customer.
    found = users.get(key or 0, {})
    return found.get("verified") is True and found.get("role") == "end-user"


def _external(row: Row, users: Mapping[int, Row], comments: Sequence[Comment]) -> bool:
    opened = (row.get("requester_id"), row.get("submitter_id"))
    return any(is_outsider(key, users) for key in opened if key) or any(comment.outside for comment in comments)


def _custom(fields: Iterable[Row]) -> dict[str, Any]:
    return {str(field["id"]): field.get("value") for field in fields}


def _generated(row: Row) -> datetime:
    # Zendesk's own changes (a deletion, a merged user, a renamed brand) move only this stamp, not `updated_at`.
    stamp = row.get("generated_timestamp")
    return datetime.fromtimestamp(int(stamp), UTC) if stamp else _moment(row["updated_at"])


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
