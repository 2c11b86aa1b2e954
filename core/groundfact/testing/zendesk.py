"""A fake Zendesk Support: incremental exports, comments, lists, fields, the user behind the login."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from groundfact.testing.server import Request, Response
from groundfact.testing.world_data import FictionalWorld
from groundfact.testing.zendesk_desk import Desk, Row
from groundfact.testing.zendesk_door import Refused, ZendeskDoor, failure
from groundfact.testing.zendesk_hero import hero_tickets
from groundfact.testing.zendesk_shapes import FIELDS, comment, event, groups, shown

__all__ = ["FakeZendesk"]

_WITHHELD = timedelta(minutes=1)
_MOST = 1_000
_LIST_MOST = 100


class FakeZendesk(ZendeskDoor):
    """Zendesk's REST API over a world's tickets and conversations; point a connector's ``base_url`` at ``url``.

    Logs in by ``email`` and ``api_token``, by ``access_token`` or by ``client_id`` and ``client_secret``. Tokens end
    after ``expires_in`` seconds of the world or by ``expire_token``; ``/oauth/tokens`` refreshes them, each refresh
    token once. ``role`` and ``scopes`` may be narrowed. With a ``clock``, ten exports a minute are allowed.
    ``desk`` holds the rows and the methods that change them; ``hero`` names the curated tickets.
    """

    def __init__(self, world: FictionalWorld, **more: Any) -> None:
        super().__init__(world, **more)
        self.desk = Desk(world)
        self.hero = hero_tickets(self.desk)

    def _route(self, request: Request) -> Response:
        self.desk.refresh()
        routes: tuple[tuple[str, Callable[..., Response]], ...] = (
            (r"incremental/(tickets|users)/cursor", self._by_cursor),
            (r"incremental/(organizations|ticket_events)", self._by_time),
            (r"tickets/(\d+)/comments", self._comments),
            (r"(organizations|users|tickets)", self._listed),
            (r"(ticket_fields|user_fields|organization_fields)", self._fields),
            (r"users/me", self._me),
        )
        path = request.path.removeprefix("/api/v2/").removesuffix(".json")
        for pattern, handler in routes:
            match = re.fullmatch(pattern, path)
            if match and request.method == "GET":
                return handler(request, *match.groups())
        return failure(404, "InvalidEndpoint", "Not found")

    # -- exports --------------------------------------------------------------------------------------------

    def _by_cursor(self, request: Request, kind: str) -> Response:
        self.need(kind, admin=True)
        cursor = request.one("cursor")
        after = _decoded(cursor) if cursor else (self._start(request), -1)
        rows = [row for row in self._settled(kind) if _place(row) > after]
        page = rows[: self._size(request, "per_page", _MOST)]
        following = _encoded(_place(page[-1])) if page else cursor
        body: dict[str, Any] = {kind: [self._exported(kind, row) for row in page]}
        body |= {"after_cursor": following, "end_of_stream": len(page) == len(rows)}
        body |= {"after_url": f"{self.url}{request.path}?cursor={following}" if following else None}
        body |= {"before_cursor": None, "before_url": None}
        return Response(200, body | self._sides(request, kind, page, body))

    def _by_time(self, request: Request, kind: str) -> Response:
        self.need("tickets" if kind == "ticket_events" else kind, admin=True)
        start, size = self._start(request), self._size(request, "per_page", _MOST)
        found = self._events(request) if kind == "ticket_events" else self._timed(kind)
        due = sorted(((at, key, row) for at, key, row in found if at >= start), key=lambda one: one[:2])
        # A page never ends within a second, and never where it began.
        end = next((at for at, _, _ in due[size - 1 :] if at > start), due[-1][0] if due else None)
        page = [row for at, _, row in due if end is not None and at <= end]
        following = f"{self.url}{request.path}?start_time={end}" if end is not None else None
        return Response(
            200,
            {
                kind: page, "count": len(page), "end_time": end, "next_page": following,
                "end_of_stream": len(page) == len(due),
            },
        )  # fmt: skip

    def _timed(self, kind: str) -> list[tuple[int, int, dict[str, Any]]]:
        return [(*_place(row), shown(self.desk, kind, row, self.url)) for row in self._settled(kind)]

    def _events(self, request: Request) -> list[tuple[int, int, dict[str, Any]]]:
        full, until = request.one("include") == "comment_events", self.world.now - _WITHHELD
        return [
            (int(one.at.timestamp()), one.id, event(row, one, full))
            for row in self.desk.rows["tickets"].values()
            for one in row.comments
            if row.deleted is None and one.at <= until
        ]

    def _settled(self, kind: str) -> list[Row]:
        until = self.world.now - _WITHHELD
        return sorted((row for row in self.desk.rows[kind].values() if row.generated <= until), key=_place)

    def _start(self, request: Request) -> int:
        text = request.one("start_time") or ""
        if not text.isdigit():
            raise Refused(failure(400, "InvalidValue", "start_time is required and must be an integer"))
        if int(text) > (self.world.now - _WITHHELD).timestamp():
            text = "Too recent start_time. Use a start_time older than 60 seconds"
            raise Refused(failure(422, "InvalidValue", text))
        return int(text)

    def _exported(self, kind: str, row: Row) -> dict[str, Any]:
        return shown(self.desk, kind, row, self.url)

    def _sides(self, request: Request, kind: str, page: Sequence[Row], body: dict[str, Any]) -> dict[str, Any]:
        asked = (request.one("include") or "").split(",") if kind == "tickets" else []
        for row, out in zip(page, body[kind], strict=True):
            out |= {"comment_count": len(row.comments)} if "comment_count" in asked else {}
        sides: dict[str, Any] = {}
        if "users" in asked:
            names = ("requester_id", "submitter_id", "assignee_id")
            sides["users"] = self._users(out.get(name) for out in body[kind] for name in names)
        if "groups" in asked:
            sides["groups"] = groups(out.get("group_id") for out in body[kind])
        return sides

    def _users(self, ids: Any) -> list[dict[str, Any]]:
        found = (self.desk.rows["users"].get(key) for key in sorted({one for one in ids if one}))
        return [shown(self.desk, "users", row, self.url) for row in found if row is not None]

    # -- lists ----------------------------------------------------------------------------------------------

    def _comments(self, request: Request, key: str) -> Response:
        self.need("tickets")
        ticket = self.desk.rows["tickets"].get(int(key))
        if ticket is None or ticket.deleted is not None:
            return failure(404, "RecordNotFound", "Not found")
        body = self._paged(request, "comments", [comment(one) for one in ticket.comments])
        if request.one("include") == "users":
            body["users"] = self._users(one["author_id"] for one in body["comments"])
        return Response(200, body)

    def _listed(self, request: Request, kind: str) -> Response:
        self.need(kind)
        rows = sorted((row for row in self.desk.rows[kind].values() if row.deleted is None), key=lambda row: row.id)
        return Response(200, self._paged(request, kind, [shown(self.desk, kind, row, self.url) for row in rows]))

    def _fields(self, request: Request, kind: str) -> Response:
        self.need(kind)
        return Response(200, self._paged(request, kind, FIELDS[kind]))

    def _me(self, request: Request) -> Response:
        self.need("users")
        row = self.desk.user(self.email)
        return Response(200, {"user": {**shown(self.desk, "users", row, self.url), "role": self.role}})

    def _paged(self, request: Request, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        size, after = self._size(request, "page[size]", _LIST_MOST), request.one("page[after]")
        start = _decoded(after)[1] if after else 0
        page, has_more = rows[start : start + size], start + size < len(rows)
        if request.one("page[size]") is None:
            return {name: list(page), "count": len(rows), "next_page": None, "previous_page": None}
        following = _encoded((0, start + size)) if has_more else None
        return {name: list(page), "meta": {"has_more": has_more, "after_cursor": following, "before_cursor": None}}

    def _size(self, request: Request, name: str, most: int) -> int:
        text = request.one(name) or str(most)
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise Refused(failure(400, "InvalidPaginationParameter", f"{name} must be between 1 and {most}"))
        return int(text)


def _place(row: Row) -> tuple[int, int]:
    return int(row.generated.timestamp()), row.id


def _encoded(place: tuple[int, int]) -> str:
    return base64.b64encode(f"{place[0]}.0||{place[1]}|".encode()).decode()


def _decoded(cursor: str) -> tuple[int, int]:
    try:
        at, _, key, _ = base64.b64decode(cursor).decode().split("|")
        return int(at.partition(".")[0]), int(key)
    except (binascii.Error, ValueError):
        raise Refused(failure(400, "InvalidCursor", "The cursor is not valid")) from None
