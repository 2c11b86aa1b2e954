"""What the connection may read, and what there is to read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact.protocols import Runtime
from groundfact_connectors.notion.client import Client, No, Page
from groundfact_connectors.notion.rows import COMMENT_FIELDS, PAGE_FIELDS, PROPERTY
from groundfact_connectors.notion.streams import NotionStream

__all__ = ["checks", "discovered"]

Fields = Mapping[str, Sequence[str]]
_PARTS = {"date": ("end",), "people": ("email",), "created_by": ("email",), "last_edited_by": ("email",)}
_COPY = "in Notion: the database's settings, Manage data sources, Copy data source ID"
_SHARE = "share it with the connection in Notion: ••• → Connections"


def checks(client: Client, rt: Runtime, streams: Mapping[str, NotionStream], fields: Fields) -> Iterator[Check]:
    """Try the token, then what each stream needs, then the capabilities that some fields need."""
    token = _tried(lambda: rt.call("me", client.me), "token", _connection)
    yield token
    if not token.ok:
        return
    pages: dict[str, str] = {}
    for base in dict.fromkeys(streams[name].base for name in fields):
        yield from _base(client, rt, streams, base, fields, pages)
    if any("text" in paths for name, paths in fields.items() if not streams[name].is_comments):
        yield from _capability(rt, "blocks", "read content", client.children, pages)
    if any(streams[name].is_comments for name in fields):
        yield from _capability(rt, "comments", "read comments", client.comments, pages)
    if any(path.partition("_")[0] in ("author", "edited") for paths in fields.values() for path in paths):
        yield _tried(lambda: rt.call("users", partial(client.users, None)), "read user information", _can)


def _base(
    client: Client, rt: Runtime, streams: Mapping[str, NotionStream], base: str, fields: Fields, pages: dict[str, str]
) -> Iterator[Check]:
    """A place where pages are listed: that it is there, and that its properties are."""
    key = next(stream.data_source for stream in streams.values() if stream.base == base)
    if key is None:
        found = _tried(partial(_first, client, rt, None), base, partial(_some, base, pages))
        # An empty data source is none of our business; a connection that sees no page at all was forgotten.
        yield found if base in pages or not found.ok else Check(base, False, "no page is shared", _SHARE)
        return
    schema: dict[str, str] = {}
    found = _tried(lambda: rt.call("data_sources", partial(client.data_source, key)), base, partial(_there, schema))
    if not found.ok:
        yield found._replace(fix=_which(client, rt, key))
        return
    yield found
    yield _tried(partial(_first, client, rt, key), f"{base}: rows", partial(_some, base, pages))
    if base in fields:
        yield _mapped(base, fields[base], schema)


def _first(client: Client, rt: Runtime, key: str | None) -> Page | No:
    if key is None:
        body = {"page_size": 1, "filter": {"property": "object", "value": "page"}}
        return rt.call("search", partial(client.search, body, None))
    return rt.call("query", partial(client.query, key, {"page_size": 1}, None))


def _tried(call: Callable[[], Page | No], name: str, told: Callable[[Page], str]) -> Check:
    try:
        answer = call()
        if isinstance(answer, No):
            return Check(name, False, "Notion does not have it, or has not shared it", _SHARE)
        return Check(name, True, told(answer))
    except SourceError as error:
        return Check(name, False, error.message, error.hint or _SHARE)


def _can(_: Page) -> str:
    return "can be read"


def _connection(me: Page) -> str:
    where = (me.get("bot") or {}).get("workspace_name")
    return f"connection {me.get('name')}" + (f" of {where}" if where else "")


def _there(schema: dict[str, str], source: Page) -> str:
    schema.update((str(name), str(told["type"])) for name, told in source["properties"].items())
    title = "".join(item.get("plain_text", "") for item in source.get("title") or ())
    return f"{title or 'untitled'}, {len(schema)} properties"


def _some(base: str, pages: dict[str, str], answer: Page) -> str:
    for page in answer["results"][:1]:
        pages[base] = str(page["id"])
    return "can be read" if answer["results"] else "there are none"


def _which(client: Client, rt: Runtime, key: str) -> str:
    """What to do about a data source that is not there: mostly the id is that of its database."""
    try:
        database = rt.call("data_sources", partial(client.database, key))
    except SourceError:
        return f"{_SHARE}; or mend its id, {_COPY}"
    inside = [] if isinstance(database, No) else database.get("data_sources") or []
    if not inside:
        return f"{_SHARE}; or mend its id, {_COPY}"
    return "that is a database; its data sources are " + ", ".join(f"{one['name']}: {one['id']}" for one in inside[:20])


def _capability(
    rt: Runtime, scope: str, name: str, call: Callable[[str, str | None], Page | No], pages: Mapping[str, str]
) -> Iterator[Check]:
    """Try a capability on the first page there is; without a page there is nothing to try it on."""
    for page in list(pages.values())[:1]:
        yield _tried(lambda page=page: rt.call(scope, partial(call, page, None)), name, _can)  # type: ignore[misc]


def _mapped(base: str, paths: Sequence[str], schema: Mapping[str, str]) -> Check:
    parts = [f"{name}.{part}" for name, kind in schema.items() for part in _PARTS.get(kind, ())]
    there = [*(PROPERTY + name for name in (*schema, *parts)), *PAGE_FIELDS]
    missing = [path for path in paths if path not in there]
    name = f"{base}: mapped fields"
    if missing:
        shown = ", ".join(_spelt(path, there) for path in missing)
        return Check(name, False, f"not in this data source: {shown}", "mend the names, exactly as Notion shows them")
    return Check(name, True, f"all {len(paths)} exist")


def _spelt(path: str, there: Sequence[str]) -> str:
    """The name as people know it, with the one that was probably meant."""
    names = {known.removeprefix(PROPERTY).lower(): known.removeprefix(PROPERTY) for known in there}
    shown = path.removeprefix(PROPERTY)
    near = difflib.get_close_matches(shown.lower(), names, n=1, cutoff=0.75)
    return f"{shown} (did you mean {names[near[0]]}?)" if near else shown


def discovered(
    client: Client, rt: Runtime, streams: Mapping[str, NotionStream], fields: Fields
) -> Iterator[Discovered]:
    """The properties of every data source, and what each page or comment has besides."""
    for name, paths in fields.items():
        stream = streams[name]
        own = COMMENT_FIELDS if stream.is_comments else PAGE_FIELDS
        if stream.data_source is not None and not stream.is_comments:
            source = rt.call("data_sources", partial(client.data_source, stream.data_source))
            known = {} if isinstance(source, No) else source["properties"]
            for told in sorted(known.values(), key=lambda told: str(told["name"])):
                path = f"{PROPERTY}{told['name']}"
                yield Discovered(name, path, str(told["type"]), str(told["name"]), path in paths)
        for path, (kind, label) in own.items():
            yield Discovered(name, path, kind, label, path in paths)
