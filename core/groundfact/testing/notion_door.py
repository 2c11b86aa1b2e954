"""The door of the fake Notion workspace: token, version, capabilities, cursors and the error bodies."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from groundfact.testing.notion_fiction import settle
from groundfact.testing.notion_query import Invalid
from groundfact.testing.notion_space import NotionSpace
from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.world_data import FictionalWorld

T = TypeVar("T")
VERSION = "2026-03-11"
_MOST = 100
_OVERLOADED = "Notion is experiencing high load. Please try again later."
_CODES = {
    500: ("internal_server_error", "Unexpected error occurred."),
    502: ("bad_gateway", "Notion encountered an issue."),
    503: ("service_unavailable", "Notion is unavailable, please try again later."),
    504: ("gateway_timeout", "Notion timed out while attempting to complete this request."),
    409: ("conflict_error", "Conflict occurred while saving. Please try again."),
    529: ("service_overload", _OVERLOADED),
}


class Refused(Exception):
    """Ends the handling of a request with an error answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class NotionDoor(FakeVendor):
    """What every request passes before it reaches a resource."""

    name: ClassVar[str] = "notion"

    def __init__(
        self,
        world: FictionalWorld,
        *,
        token: str = "ntn_fake-token",  # noqa: S107 - the token of a fake
        query_cap: int = 10_000,
        caps_early: bool = False,
    ) -> None:
        super().__init__(world)
        self.token = token
        self.query_cap, self.caps_early = query_cap, caps_early
        self.capabilities = {"read content", "read comments", "read users"}
        self.space = NotionSpace(world)
        settle(self.space)
        self._errors = 0
        self._cursors: dict[str, tuple[str, str]] = {}

    # -- what tests do ----------------------------------------------------------------------------------------

    def expire_token(self, new_token: str) -> None:
        """End the present token; from now on only the new one works."""
        self.token = new_token

    def expire_cursors(self) -> None:
        """End every listing that is under way: its next page is refused."""
        with self.world.lock:
            self._cursors.clear()

    # -- answering --------------------------------------------------------------------------------------------

    def fault_response(self, kind: str, request: Request) -> Response:
        """The error body for a fault; `quota` is the limit that all connections of the workspace share."""
        if kind == "401":
            return self.error(401, "unauthorized", "API token is invalid.")
        if kind in ("429", "quota"):
            response = self.error(429, "rate_limited", "You have been rate limited. Please try again in a few minutes.")
            reason = "workspace_rate_limit" if kind == "quota" else "connection_rate_limit"
            response.body["additional_data"] = {"rate_limit_reason": reason}
            return response
        return self.error(int(kind), *_CODES[int(kind)])

    def error(self, status: int, code: str, message: str) -> Response:
        """An error as Notion writes it."""
        self._errors += 1
        request_id = f"00000000-0000-4000-8000-{self._errors:012d}"
        body = {"object": "error", "status": status, "code": code, "message": message, "request_id": request_id}
        return Response(status, body)

    def answer(self, request: Request) -> Response:
        """Check token and version, then find the resource."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return self.fault_response("401", request)
        version = request.headers.get("notion-version")
        if version != VERSION:
            said = f"Notion-Version header failed validation: it should be `{VERSION}`, instead was `{version}`."
            return self.error(400, "missing_version", said)
        try:
            return self.route(request)
        except Refused as refused:
            return refused.response
        except Invalid as problem:
            return self.error(400, "validation_error", str(problem))

    @abstractmethod
    def route(self, request: Request) -> Response:
        """Find the resource."""

    # -- for the resources ------------------------------------------------------------------------------------

    def need(self, capability: str) -> None:
        """Refuse what the connection was not granted."""
        if capability not in self.capabilities:
            said = "Insufficient permissions for this endpoint."
            raise Refused(self.error(403, "restricted_resource", said))

    def missing(self, what: str, key: str) -> Refused:
        """There is no such thing, or it is not shared: the same answer for both."""
        said = f"Could not find {what} with ID: {key}. Make sure the relevant pages and databases are shared with"
        return Refused(self.error(404, "object_not_found", f'{said} your connection "groundfact".'))

    def json(self, request: Request) -> dict[str, Any]:
        """The body."""
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(self.error(400, "invalid_json", "Error parsing JSON body."))
        return body

    def listed(
        self, listing: str, items: Sequence[T], asked: dict[str, Any], key: Callable[[T], str], cap: int | None = None
    ) -> tuple[list[T], dict[str, Any]]:
        """A page of a list, and how the list goes on; a cursor holds for its own listing only."""
        try:
            size = int(asked.get("page_size") or _MOST)
        except ValueError:
            size = 0
        if not 1 <= size <= _MOST:
            raise Invalid(f"body failed validation: body.page_size should be ≤ `{_MOST}`, instead was `{size}`.")
        start = self._start(listing, items, asked.get("start_cursor"), key)
        within = items if cap is None else items[:cap]
        page = list(within[start : start + size])
        more = start + size < len(within)
        token = None
        if more:
            token = self.space.new_id()
            self._cursors[token] = (listing, key(within[start + size]))
        told: dict[str, Any] = {"object": "list", "next_cursor": token, "has_more": more}
        if len(within) < len(items) and (not more or self.caps_early):
            told["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return page, told

    def _start(self, listing: str, items: Sequence[T], token: Any, key: Callable[[T], str]) -> int:
        if not token:
            return 0
        known = self._cursors.get(str(token))
        place = next((n for n, item in enumerate(items) if known == (listing, key(item))), None)
        if place is None:
            raise Invalid(f"The start_cursor provided is invalid: {token}")
        return place
