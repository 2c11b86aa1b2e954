"""Our own people as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from groundfact.model import Batch, Cursor, Record, Reject
from groundfact_connectors.slack.people import People, is_outsider

__all__ = ["teammates"]

_SLACKBOT = "USLACKBOT"
"""Listed like a person: Slack says of it that it is no bot."""
_PAGE = 500


def teammates(people: People, team: str, until: datetime) -> Iterator[Batch]:
    """Everybody who works here. Only the last batch has a cursor: half a list says nothing of who has left."""
    read = [item for row in people.rows if (item := _teammate(row, team)) is not None]
    rejects = [item for item in read if isinstance(item, Reject)]
    records = [item for item in read if isinstance(item, Record)]
    while len(records) > _PAGE:
        yield Batch(records[:_PAGE])
        records = records[_PAGE:]
    yield Batch(records, rejects, Cursor(at=until))


def _teammate(row: Any, team: str) -> Record | Reject | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str) or not row["id"]:
        return Reject(None, orjson.dumps(row), "somebody in the list of users has no id")
    profile = row.get("profile")
    if not isinstance(profile, Mapping):
        return Reject(row["id"], orjson.dumps(row), "a user without a profile")
    # What Slack does not say is not taken for a yes: who is not clearly one of us is none of us.
    ours = is_outsider(row, team) is False and row["id"] != _SLACKBOT
    if not ours or row.get("deleted") or row.get("is_bot") or row.get("is_app_user"):
        return None
    confirmed = row.get("is_email_confirmed", True) is True
    data = {
        "id": row["id"],
        "name": profile.get("real_name") or row.get("real_name") or row.get("name"),
        "display_name": profile.get("display_name") or None,
        "email": profile.get("email") if confirmed else None,
        "title": profile.get("title") or None,
        "time_zone": row.get("tz"),
    }
    # Without a time: a profile can change and leave `updated` where it was.
    return Record(row["id"], data)
