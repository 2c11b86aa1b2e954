"""From Notion's pages and comments to records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from groundfact.model import Record, Reject
from groundfact_connectors.notion.position import moment
from groundfact_connectors.notion.properties import ABSENT, Who, plain_text, property_value

__all__ = ["COMMENT_FIELDS", "PAGE_FIELDS", "PROPERTY", "UNSOUND", "Wanted", "comment_record", "page_record", "reject"]

UNSOUND = (AttributeError, KeyError, TypeError, ValueError)
"""What a row that is not as Notion promises runs into."""
PROPERTY = "properties."
PAGE_FIELDS: Mapping[str, tuple[str, str]] = {
    "title": ("title", "Title"),
    "author": ("people", "Name of who made it"),
    "author_email": ("email", "E-mail of who made it"),
    "edited_by": ("people", "Name of who edited it last"),
    "created_at": ("date", "When it was made"),
    "edited_at": ("date", "When it was last edited, a whole minute"),
    "url": ("url", "Address in Notion"),
    "text": ("rich_text", "The text on the page"),
}
"""What a page has besides its properties: field to type and label."""
COMMENT_FIELDS: Mapping[str, tuple[str, str]] = {
    "text": ("rich_text", "The comment"),
    "author": ("people", "Name of who wrote it"),
    "author_email": ("email", "E-mail of who wrote it"),
    "written_at": ("date", "When it was written"),
    "page": ("relation", "The page it is on (its id)"),
    "page_title": ("title", "Title of that page"),
}


@dataclass(frozen=True)
class Wanted:
    """What the mapping needs of a stream, so that nothing else is asked for."""

    fields: Sequence[str]
    text: bool
    properties: tuple[str, ...]

    @classmethod
    def of(cls, fields: Sequence[str]) -> Wanted:
        """What these field paths need."""
        names = tuple(field.removeprefix(PROPERTY) for field in fields if field.startswith(PROPERTY))
        return cls(fields, "text" in fields, names)


def page_record(page: Mapping[str, Any], wanted: Wanted, who: Who, text: str | None) -> Record:
    """A page as a record: the fields asked for, each under its whole path."""
    properties = page["properties"]
    own: Mapping[str, Callable[[], Any]] = {
        "title": lambda: _title(properties),
        "author": lambda: who(page.get("created_by") or {}).name,
        "author_email": lambda: who(page.get("created_by") or {}).email,
        "edited_by": lambda: who(page.get("last_edited_by") or {}).name,
        "created_at": lambda: page["created_time"],
        "edited_at": lambda: page["last_edited_time"],
        "url": lambda: page.get("url"),
        "text": lambda: text,
    }
    # Only what is asked for: looking a name up costs a call.
    data = {name: own[name]() for name in wanted.fields if name in own}
    for name in wanted.properties:
        value = property_value(properties, name, who)
        if value is not ABSENT:
            data[PROPERTY + name] = value
    return Record(str(page["id"]), data, moment(page["last_edited_time"]), page.get("url"))


def comment_record(comment: Mapping[str, Any], page: Mapping[str, Any], who: Who) -> Record:
    """A comment as a record that hangs on its page."""
    author = who(comment.get("created_by") or {})
    data = {
        "text": plain_text(comment["rich_text"]),
        "author": author.name or (comment.get("display_name") or {}).get("resolved_name"),
        "author_email": author.email,
        "written_at": comment["created_time"],
        "page": str(page["id"]),
        "page_title": _title(page["properties"]),
    }
    return Record(str(comment["id"]), data, moment(comment["last_edited_time"]), page.get("url"))


def reject(row: Any, error: Exception) -> Reject:
    """A row that cannot be read, with what is wrong with it."""
    key = row.get("id") if isinstance(row, dict) else None
    raw = orjson.dumps(row, default=repr)
    return Reject(str(key) if key else None, raw, f"not as Notion promises: {type(error).__name__} {error}")


def _title(properties: Mapping[str, Any]) -> str | None:
    named = (told["title"] for told in properties.values() if told.get("type") == "title")
    return plain_text(next(named, None))
