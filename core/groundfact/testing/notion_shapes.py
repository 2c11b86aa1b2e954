"""How the fake Notion workspace shows its things: JSON as version 2026-03-11 of the API writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from groundfact.testing.notion_space import Block, Comment, DataSource, NotionSpace, Page, User

MOST_REFERENCES = 25
"""A page object holds no more references than that of a property; the rest takes a call of its own."""
_CAPTIONED = frozenset(("image", "video", "file", "pdf", "audio", "bookmark", "embed"))
_SILENT = frozenset(("divider", "breadcrumb", "table_of_contents", "column_list", "column", "unsupported", "table"))


def minute(moment: datetime) -> str:
    """A time, rounded down to the minute."""
    return f"{moment:%Y-%m-%dT%H:%M}:00.000Z"


def rich(text: str) -> list[dict[str, Any]]:
    """Rich text: one item for every 2,000 characters."""
    plain = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False}
    return [
        {
            "type": "text",
            "text": {"content": text[start : start + 2000], "link": None},
            "annotations": {**plain, "color": "default"},
            "plain_text": text[start : start + 2000],
            "href": None,
        }
        for start in range(0, len(text), 2000)
    ]


def user(shown: User) -> dict[str, Any]:
    """A person, or the connection's bot."""
    base = {"object": "user", "id": shown.id, "name": shown.name, "avatar_url": None}
    if shown.email is None:
        owner = {"owner": {"type": "workspace", "workspace": True}, "workspace_name": "Northlane"}
        return {**base, "type": "bot", "bot": owner}
    return {**base, "type": "person", "person": {"email": shown.email}}


def _option(name: str | None) -> dict[str, Any] | None:
    return None if name is None else {"id": f"o-{name}".lower(), "name": name, "color": "default"}


def _dated(value: Any) -> dict[str, Any] | None:
    start, end = value if isinstance(value, tuple) else (value, None)
    if start is None:
        return None
    return {"start": start.isoformat(), "end": end.isoformat() if end else None, "time_zone": None}


def _computed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean", "boolean": value}
    if isinstance(value, int | float):
        return {"type": "number", "number": value}
    if isinstance(value, date):
        return {"type": "date", "date": _dated(value)}
    return {"type": "string", "string": value}


def _rollup(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        items = [{"type": "rich_text", "rich_text": rich(item)} for item in value[:MOST_REFERENCES]]
        return {"type": "array", "array": items, "function": "show_original"}
    return {**_computed(value), "function": "sum"}


def _file(name: str) -> dict[str, Any]:
    address = {"url": f"https://files.notion.example/{name}?signature=expires", "expiry_time": "2026-11-02T09:00:00Z"}
    return {"name": name, "type": "file", "file": address}


_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "title": lambda value: rich(value or ""),
    "rich_text": lambda value: rich(value or ""),
    "select": _option,
    "status": _option,
    "multi_select": lambda value: [_option(name) for name in value or ()],
    "date": _dated,
    "relation": lambda value: [{"id": key} for key in (value or ())[:MOST_REFERENCES]],
    "formula": _computed,
    "rollup": _rollup,
    "files": lambda value: [_file(name) for name in value or ()],
    "unique_id": lambda value: {"prefix": "NL", "number": value},
    "checkbox": bool,
}


def value_of(space: NotionSpace, page: Page, kind: str, value: Any) -> Any:
    """What stands under the type's name in a property value."""
    if kind in ("created_time", "last_edited_time"):
        return minute(page.created if kind == "created_time" else page.edited)
    if kind in ("created_by", "last_edited_by"):
        return {"object": "user", "id": page.created_by if kind == "created_by" else page.edited_by}
    if kind == "people":
        known = [space.users.get(key) for key in value or ()]
        return [user(person) for person in known if person is not None]
    return _WRITERS.get(kind, lambda plain: plain)(value)


def schema_of(source: DataSource | None) -> dict[str, str]:
    """Property name to type; a page outside data sources has its title alone."""
    return {"title": "title"} if source is None else source.schema


def property_id(name: str, kind: str) -> str:
    """The id of a property: short, not its name, and with signs that are encoded already."""
    return "title" if kind == "title" else "%3A" + blake2b(name.encode(), digest_size=2).hexdigest()


def page(space: NotionSpace, shown: Page) -> dict[str, Any]:
    """A page object."""
    source = space.data_sources.get(shown.parent or "")
    properties = {}
    for name, kind in schema_of(source).items():
        value = shown.properties.get(name)
        properties[name] = {"id": property_id(name, kind), "type": kind, kind: value_of(space, shown, kind, value)}
        if kind == "relation":
            properties[name]["has_more"] = len(value or ()) > MOST_REFERENCES
    parent = {"type": "workspace", "workspace": True} if shown.parent is None else {"type": "page_id"}
    if source is not None:
        parent = {"type": "data_source_id", "data_source_id": source.id, "database_id": source.database}
    elif shown.parent is not None:
        parent["page_id"] = shown.parent
    slug = "-".join(space.title_of(shown).split())
    return {
        **_stamped("page", shown.id, shown),
        "parent": parent,
        "is_locked": False,
        "icon": None,
        "cover": None,
        "properties": properties,
        "url": f"https://app.notion.com/p/{slug}-{shown.id.replace('-', '')}",
        "public_url": None,
    }


def _stamped(kind: str, key: str, shown: Page) -> dict[str, Any]:
    return {
        "object": kind,
        "id": key,
        "created_time": minute(shown.created),
        "last_edited_time": minute(shown.edited),
        "created_by": {"object": "user", "id": shown.created_by},
        "last_edited_by": {"object": "user", "id": shown.edited_by},
        "in_trash": shown.in_trash,
    }


def block(of: Page, shown: Block) -> dict[str, Any]:
    """A block object; `has_children` says whether there is more below it."""
    payload: dict[str, Any] = dict(shown.payload)
    if shown.type == "table_row":
        payload["cells"] = [rich(cell) for cell in shown.text.split("|")]
    elif shown.type == "equation":
        payload["expression"] = shown.text
    elif shown.type in _CAPTIONED:
        payload["caption"] = rich(shown.text)
    elif shown.type not in _SILENT | {"child_page", "child_database", "synced_block"}:
        payload = {"rich_text": rich(shown.text), "color": "default", **payload}
    has_children = bool(shown.children) or shown.type in ("child_page", "child_database")
    return {
        **_stamped("block", shown.id, of),
        "parent": {"type": "page_id", "page_id": of.id},
        "has_children": has_children,
        "type": shown.type,
        shown.type: payload,
    }


def comment(of: Page, shown: Comment) -> dict[str, Any]:
    """A comment object."""
    return {
        "object": "comment",
        "id": shown.id,
        "parent": {"type": "page_id", "page_id": of.id},
        "discussion_id": shown.id[::-1],
        "created_time": minute(shown.at),
        "last_edited_time": minute(shown.edited),
        "created_by": {"object": "user", "id": shown.author},
        "rich_text": rich(shown.text),
    }


def data_source(shown: DataSource) -> dict[str, Any]:
    """A data source with its schema."""
    properties: dict[str, Any] = {
        name: {"id": property_id(name, kind), "name": name, "description": None, "type": kind, kind: {}}
        for name, kind in shown.schema.items()
    }
    return {
        "object": "data_source",
        "id": shown.id,
        "title": rich(shown.title),
        "description": [],
        "properties": properties,
        "parent": {"type": "database_id", "database_id": shown.database},
        "created_time": minute(shown.created),
        "last_edited_time": minute(shown.created),
        "in_trash": False,
        "url": f"https://app.notion.com/p/{shown.database.replace('-', '')}",
    }
