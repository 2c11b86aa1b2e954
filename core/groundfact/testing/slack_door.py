"""The door of the fake Slack: tokens, scopes, limits, and errors that come with HTTP 200."""

from __future__ import annotations

import base64
import binascii
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl

from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.slack_workspace import BOT, Channel, Workspace
from groundfact.testing.world_data import FictionalWorld

T = TypeVar("T")
Args = dict[str, str]

_SCOPES = (
    "channels:read", "groups:read", "channels:history", "groups:history", "users:read", "users:read.email",
    "team:read",
)  # fmt: skip
_TIERS = {
    "conversations.list": 20, "users.list": 20, "conversations.history": 50, "conversations.replies": 50,
    "team.info": 50, "conversations.members": 100, "users.info": 100,
}  # fmt: skip
_THROTTLED = {"conversations.history": 1, "conversations.replies": 1}
THROTTLED_OBJECTS = 15


class Refused(Exception):
    """Ends the handling of a request with one of Slack's error words."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}


class SlackDoor(FakeVendor):
    """What every request passes before it reaches a method."""

    name: ClassVar[str] = "slack"

    def __init__(
        self,
        world: FictionalWorld,
        *,
        token: str = "xoxb-fake-token",  # noqa: S107 - the token of a fake
        tiers: bool = False,
        throttled: bool = False,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(world)
        self.token = token
        self.tiers, self.throttled = tiers, throttled
        self.scopes = set(_SCOPES)
        self.workspace = Workspace(world)
        self.errors: dict[str, str] = {}
        """Method to an error that it answers until the test takes it away."""
        self._ended: dict[str, str] = {}
        self._clock = clock or (lambda: world.now)
        self._asked: dict[str, list[datetime]] = {}

    # -- what tests do --------------------------------------------------------------------------------------

    def end_token(self, error: str = "token_revoked", new_token: str = "xoxb-fake-token-2") -> None:  # noqa: S107
        """From now on the present token answers an error, and only the new one works."""
        self._ended[self.token] = error
        self.token = new_token

    # -- answering ------------------------------------------------------------------------------------------

    def fault_response(self, kind: str, request: Request) -> Response:
        """The error body for a fault; an expired token comes with HTTP 200 like most of Slack's errors."""
        if kind == "401":
            return Response(200, {"ok": False, "error": "token_expired"})
        if kind in ("429", "quota"):
            headers = {"Retry-After": "3600"} if kind == "quota" else {}
            return Response(429, {"ok": False, "error": "ratelimited"}, headers)
        return Response(int(kind), {"ok": False, "error": "internal_error"})

    def answer(self, request: Request) -> Response:
        """Check the token and the limits, then find the method."""
        method = request.path.rpartition("/")[2]
        self.workspace.pull()
        try:
            args = dict(parse_qsl(request.body.decode())) | {name: values[-1] for name, values in request.query.items()}
            self._let_in(request.headers.get("authorization", "").removeprefix("Bearer ") or args.get("token", ""))
            wait = self._wait(method)
            if wait:
                return Response(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(wait)})
            if method in self.errors:
                raise Refused(self.errors[method])
            body = {"ok": True, **self._run(method, args)}
        except Refused as refused:
            body = refused.body
        return Response(200, body, {"X-OAuth-Scopes": ",".join(sorted(self.scopes))})

    def _let_in(self, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token in self._ended:
            raise Refused(self._ended[token])
        if token != self.token:
            raise Refused("invalid_auth")

    def _wait(self, method: str) -> int:
        """Seconds until the method may be called again; 0: now, and the call counts."""
        per_minute = _TIERS.get(method) if self.tiers else None
        if self.throttled:
            per_minute = _THROTTLED.get(method, per_minute)
        if per_minute is None:
            return 0
        now = self._clock()
        recent = self._asked[method] = [at for at in self._asked.get(method, ()) if (now - at).total_seconds() < 60]
        if len(recent) >= per_minute:
            return max(1, round(60 - (now - recent[0]).total_seconds()))
        recent.append(now)
        return 0

    def _need(self, *scopes: str) -> None:
        if not self.scopes.issuperset(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def _channel(self, args: Args, right: str) -> Channel:
        """A channel that the bot can see; the private ones it is not in do not exist for it."""
        found = self.workspace.channels.get(args.get("channel", ""))
        if found is None or (found.private and BOT not in found.members):
            raise Refused("channel_not_found")
        self._need(f"{'groups' if found.private else 'channels'}:{right}")
        if right == "history" and BOT not in found.members:
            raise Refused("not_in_channel")
        return found

    def _limit(self, args: Args, default: int, most: int) -> int:
        text = args.get("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise Refused("invalid_limit")
        return int(text)

    def _page(self, rows: Sequence[T], args: Args, limit: int) -> tuple[Sequence[T], str]:
        """A page by cursor, and the cursor of the next one."""
        start = _decoded(args["cursor"]) if args.get("cursor") else 0
        end = start + limit
        return rows[start:end], _encoded(end) if end < len(rows) else ""

    @abstractmethod
    def _run(self, method: str, args: Args) -> dict[str, Any]: ...


def _encoded(place: int) -> str:
    return base64.b64encode(f"next:{place}".encode()).decode()


def _decoded(cursor: str) -> int:
    try:
        word, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word != "next":
            raise ValueError(cursor)
        return int(place)
    except (ValueError, binascii.Error):
        raise Refused("invalid_cursor") from None
