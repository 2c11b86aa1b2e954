"""What the login may read, and what there is to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact_connectors.zendesk.client import Client
from groundfact_connectors.zendesk.field_lists import CUSTOM, SYSTEM

__all__ = ["checks", "discovered"]

_ADMIN = "give the user behind the login (of an OAuth client: its owner) the administrator role"
_TEXTS = frozenset(("conversation", "description"))


def checks(client: Client, fields: Mapping[str, Sequence[str]], comments: bool) -> Iterator[Check]:
    """Try the login, its role, each stream's export, a ticket's comments, and whether the mapped fields exist."""
    try:
        me = client.me()["user"]
    except SourceError as error:
        yield _failed("login", error)
        return
    # Without a login, Zendesk answers as for a visitor who has no id.
    known = me.get("id") is not None
    yield Check("login", known, f"{me.get('name')}", "" if known else "Zendesk takes us for a visitor: check the login")
    is_admin = me.get("role") == "admin"
    yield Check("administrator", is_admin, f"the login's role is {me.get('role')}", "" if is_admin else _ADMIN)
    for stream, mapped in fields.items():
        yield from _stream_checks(client, stream, mapped, comments)


def discovered(client: Client, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
    """The fields that every help desk has and the connector adds, then the custom ones."""
    for stream, mapped in fields.items():
        for path, (kind, label) in {**SYSTEM[stream], **_custom(client, stream)}.items():
            yield Discovered(stream, path, kind, label, path in mapped)


def _stream_checks(client: Client, stream: str, mapped: Sequence[str], comments: bool) -> Iterator[Check]:
    how = "" if stream == "organizations" else "/cursor"
    try:
        rows = client.export(stream, how, {"start_time": 0, "per_page": 1})[stream]
    except SourceError as error:
        yield _failed(stream, error)
        return
    yield Check(stream, True, "can be exported" if rows else "can be exported; there are none")
    if stream == "tickets" and comments and not _TEXTS.isdisjoint(mapped) and rows:
        yield _comments_check(client, rows[0])
    try:
        there = {**SYSTEM[stream], **_custom(client, stream)}
    except SourceError as error:
        yield _failed(f"{stream}: fields", error)
        return
    missing = ", ".join(_spelt(path, list(there)) for path in mapped if path not in there)
    name, fix = f"{stream}: mapped fields", "mend the names in the `mapping:`; `groundfact check --fields` lists them"
    yield Check(name, not missing, f"not in this help desk: {missing}" if missing else f"{len(mapped)} exist", fix)


def _comments_check(client: Client, ticket: Mapping[str, Any]) -> Check:
    try:
        client.comments(str(int(ticket["id"])), None)
    except SourceError as error:
        return _failed("tickets: comments", error)
    return Check("tickets: comments", True, "can be read")


def _custom(client: Client, stream: str) -> dict[str, tuple[str, str]]:
    """The custom fields by path, with type and label."""
    what, head = CUSTOM[stream]
    found: dict[str, tuple[str, str]] = {}
    after: str | None = None
    while True:
        page = client.fields(what, after)
        for row in page[what]:
            # Among a ticket's fields, those that cannot be removed are the ones every ticket has.
            if row.get("removable", True) is not False or stream != "tickets":
                path = f"{head}.{row['id'] if stream == 'tickets' else row['key']}"
                found[path] = (str(row.get("type") or "text"), str(row.get("title") or path))
        if not page["meta"]["has_more"] or page["meta"]["after_cursor"] == after:
            return dict(sorted(found.items()))
        after = str(page["meta"]["after_cursor"])


def _failed(name: str, error: SourceError) -> Check:
    return Check(name, False, error.message, error.hint)


def _spelt(path: str, there: Sequence[str]) -> str:
    """The path, with the one that was probably meant."""
    tail = path.rpartition(".")[2]
    near = [known for known in there if known.rpartition(".")[2] == tail]
    near = near or difflib.get_close_matches(path, there, n=1, cutoff=0.75)
    return f"{path} (did you mean {near[0]}?)" if near else path
