"""Slack's SDK, one call a method: checked lists out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import IO, Any, NamedTuple
from urllib.request import HTTPRedirectHandler, Request, build_opener

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

__all__ = ["Client", "Malformed", "Page", "Shut"]

_SHUT = frozenset(("channel_not_found", "is_archived", "not_in_channel"))
"""Errors about one channel, which say nothing about the others."""
_TIMEOUT = 60
_SILENT = logging.Logger("slack_sdk", level=logging.CRITICAL + 1)
"""What the SDK would log it raises as well, and at level DEBUG it would log every message it reads."""


class Malformed(Exception):
    """An answer with a good status that is not what Slack promises: truncated, HTML, a list missing."""


class Shut(Exception):
    """A channel or thread that cannot be read; never the same as one without messages."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Page(NamedTuple):
    """A page of a list."""

    rows: list[Any]
    cursor: str
    """For the next page of the same list; empty at its end."""
    more: bool


class Client:
    """Calls Slack with the SDK's retries off; every method is one request."""

    def __init__(self, token: str, base_url: str) -> None:
        self._sdk = _Sdk(token=token, base_url=base_url, timeout=_TIMEOUT, logger=_SILENT, retry_handlers=[])

    def auth(self) -> dict[str, Any]:
        """The workspace and the bot behind the token; needs no scope."""
        return _answer(self._sdk.auth_test)

    def channels(self, kind: str, cursor: str) -> Page:
        """A page of the channels of a kind, archived ones included."""
        return _page("channels", self._sdk.conversations_list, types=kind, limit=1_000, cursor=cursor or None)

    def history(self, channel: str, oldest: str, latest: str, limit: int) -> Page:
        """The newest messages between two times, both excluded, without the replies in threads."""
        asked = {"channel": channel, "oldest": oldest, "latest": latest, "limit": limit, "inclusive": False}
        return _page("messages", self._sdk.conversations_history, **asked)

    def replies(self, channel: str, ts: str, cursor: str, limit: int) -> Page:
        """A page of a thread, which begins with the message that it answers."""
        asked = {"channel": channel, "ts": ts, "limit": limit, "cursor": cursor or None}
        return _page("messages", self._sdk.conversations_replies, **asked)

    def members(self, channel: str, cursor: str) -> Page:
        """A page of the ids of those who are in a channel."""
        return _page("members", self._sdk.conversations_members, channel=channel, limit=1_000, cursor=cursor or None)

    def users(self, cursor: str) -> Page:
        """A page of the workspace's people and bots, those who left included."""
        return _page("members", self._sdk.users_list, limit=200, cursor=cursor or None)

    def user(self, key: str) -> dict[str, Any] | None:
        """Somebody by id, also from another workspace; None where Slack does not tell."""
        try:
            found = _answer(self._sdk.users_info, user=key).get("user")
        except SlackApiError as error:
            if _error(error) in ("user_not_found", "user_not_visible"):
                return None
            raise
        if not isinstance(found, dict):
            raise Malformed("an answer about a user holds none")
        return found


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        # Python would send the token along to wherever the answer points.
        return None


class _Sdk(WebClient):
    """The SDK, except that it follows no redirect and takes nothing but a JSON object for an answer."""

    _opener = build_opener(_NoRedirect)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        with self._opener.open(req, timeout=self.timeout) as response:
            text = response.read().decode("utf-8", "replace")
            status, headers = response.status, response.headers
        try:
            sound = isinstance(json.loads(text), dict)
        except ValueError:
            sound = False
        if not sound:
            raise Malformed(f"an answer with status {status} is no JSON object: {text[:80]!r}")
        return {"status": status, "headers": headers, "body": text}


def _error(error: SlackApiError) -> str:
    return str(error.response.get("error"))


def _answer(method: Callable[..., Any], **asked: Any) -> dict[str, Any]:
    try:
        data: dict[str, Any] = method(**asked).data
    except SlackApiError as error:
        if _error(error) in _SHUT or _error(error) == "thread_not_found":
            raise Shut(_error(error)) from error
        raise
    return data


def _page(key: str, method: Callable[..., Any], **asked: Any) -> Page:
    data = _answer(method, **asked)
    rows, meta = data.get(key), data.get("response_metadata")
    if not isinstance(rows, list):
        raise Malformed(f"an answer has no list of {key}")
    cursor = str((meta.get("next_cursor") if isinstance(meta, dict) else None) or "")
    return Page(rows, cursor, bool(cursor or data.get("has_more")))
