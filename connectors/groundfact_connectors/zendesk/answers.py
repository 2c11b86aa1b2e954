"""What Zendesk answered, checked: an answer that is not what was asked for never looks like "nothing there"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import orjson

__all__ = ["Answered", "Expired", "LoginRefused", "Malformed", "Page", "object_of", "said", "sound"]

Page = dict[str, Any]


class Answered(Exception):
    """An answer that is an error, or a redirect."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.headers, self.body = status, headers, body


class Malformed(Exception):
    """An answer with a good status that is not what Zendesk promises: HTML, cut off, without its list."""


class Expired(Exception):
    """The token is no longer accepted, and there may be another one."""


class LoginRefused(Exception):
    """The login is not accepted; `fix` is what a person can do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def object_of(response: httpx2.Response) -> Page:
    """The JSON object in a good answer."""
    if response.status_code >= 300:
        raise Answered(response.status_code, response.headers, response.content)
    try:
        page = orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        shown = response.content[:80].decode("utf-8", "replace")
        raise Malformed(f"an answer with status {response.status_code} is not JSON: {shown!r}") from error
    if not isinstance(page, dict):
        raise Malformed(f"an answer with status {response.status_code} is a {type(page).__name__}, not an object")
    return page


def sound(page: Page, key: str, path: str) -> Page:
    """The page, if it holds what was asked for and says how to go on."""
    if not isinstance(page.get(key), dict if key == "user" else list):
        raise Malformed(f"{path} answered without {key}")
    if "/incremental/" in path:
        going_on = page.get("after_cursor") if "/cursor" in path else page.get("end_time")
        if not isinstance(page.get("end_of_stream"), bool) or not (page["end_of_stream"] or going_on):
            raise Malformed(f"{path} answered without saying how to go on")
    elif key != "user":
        meta = page.get("meta")
        # Without it, the list may have been cut after its first hundred.
        if not isinstance(meta, dict) or not isinstance(meta.get("has_more"), bool):
            raise Malformed(f"{path} answered without saying whether there is more")
        if meta["has_more"] and not meta.get("after_cursor"):
            raise Malformed(f"{path} answered without saying how to go on")
    return page


def said(body: bytes) -> str:
    """Zendesk's own words in an error: it has four shapes of them, and pages for people."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    page: Page = found if isinstance(found, dict) else {}
    error = page.get("error", page.get("title"))
    parts = [error, page.get("description") or page.get("error_description")]
    if isinstance(error, dict):
        parts = [error.get("title"), error.get("message")]
    return " ".join(": ".join(str(part) for part in parts if part).split())[:300] or "no reason given"
