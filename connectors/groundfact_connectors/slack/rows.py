"""Slack's messages made into records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from groundfact.model import Record, Reject
from groundfact_connectors.slack.channels import Channel
from groundfact_connectors.slack.people import People, Person
from groundfact_connectors.slack.wording import plain_text, subject_of

__all__ = ["Desk", "made", "moment", "number", "place", "record_id", "text_of", "ts_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TS = re.compile(r"\d{1,11}\.\d{6}")
_SILENT = re.compile(
    r"(channel|group)_(join|leave|topic|purpose|name|archive|unarchive|posting_permissions|convert_to_(private|public))"
    r"|bot_(add|remove)|(un)?pinned_item|reminder_add|tombstone|sh_room_created|huddle_thread"
)
"""Subtypes that report what happened to a channel; nobody said anything."""


class Desk(NamedTuple):
    """What is needed to read a channel's messages."""

    channel: Channel
    people: People
    site: str
    """The workspace's address, to link to messages."""


def ts_of(text: Any) -> int:
    """A ts as whole microseconds, without the rounding of a floating-point number."""
    if not isinstance(text, str) or not _TS.fullmatch(text):
        raise ValueError(f"{text!r} is not a ts")
    return int(text.replace(".", ""))


def place(row: Any) -> int | None:
    """The ts of a message; None where it has none."""
    try:
        return ts_of(row["ts"])
    except (KeyError, TypeError, ValueError):
        return None


def number(at: datetime) -> int:
    """A time as whole microseconds."""
    return (at - _EPOCH) // _MICROSECOND


def moment(ts: int) -> datetime:
    """The time of a ts."""
    return _EPOCH + ts * _MICROSECOND


def text_of(ts: int) -> str:
    """A ts as Slack writes it."""
    return f"{ts // 1_000_000}.{ts % 1_000_000:06d}"


def record_id(channel: Channel, ts: int) -> str:
    """A ts is unique in its channel only."""
    return f"{channel.id}:{text_of(ts)}"


def made(row: Any, desk: Desk) -> Record | Reject | None:
    """The record in a message, or the message as a reject; None where nobody says anything in it."""
    try:
        if _SILENT.fullmatch(str(row.get("subtype") or "")):
            return None
        return _record(row, desk)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        ts = place(row)
        said = f"#{desk.channel.name}: not a message: {type(error).__name__} {error}"
        return Reject(None if ts is None else record_id(desk.channel, ts), orjson.dumps(row), said)


def _record(row: Mapping[str, Any], desk: Desk) -> Record:
    channel, ts = desk.channel, ts_of(row["ts"])
    # The first message of a thread gets a thread_ts with its first reply: being answered does not change it.
    root = ts_of(row["thread_ts"]) if row.get("thread_ts") not in (None, row["ts"]) else None
    text = plain_text(row, lambda key: desk.people.by_id(key).name)
    author, edited = _author(row, desk.people), row.get("edited")
    data = {
        "ts": row["ts"],
        "thread": None if root is None else record_id(channel, root),
        "subject": subject_of(text),
        "text": text,
        "sent_at": moment(ts).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "author": author._asdict(),
        "channel": {"id": channel.id, "name": channel.name, "private": channel.private, "shared": channel.shared},
    }
    updated = moment(ts_of(edited["ts"]) if isinstance(edited, Mapping) else ts)
    return Record(record_id(channel, ts), data, updated, _link(desk, ts, root), channel.acl)


def _author(row: Mapping[str, Any], people: People) -> Person:
    if row.get("user"):
        return people.by_id(str(row["user"]))
    profile = row.get("bot_profile")
    named = profile.get("name") if isinstance(profile, Mapping) else None
    key = str(row.get("bot_id") or "")
    return Person(key, str(row.get("username") or named or key or "unknown"), bot=True)


def _link(desk: Desk, ts: int, root: int | None) -> str | None:
    if not desk.site:
        return None
    thread = f"?thread_ts={text_of(root)}&cid={desk.channel.id}" if root is not None else ""
    return f"{desk.site}archives/{desk.channel.id}/p{text_of(ts).replace('.', '')}{thread}"
