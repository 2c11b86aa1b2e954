"""Notion's SDK, one call a method: checked JSON out, and the refusals that are answers told apart from errors."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import httpx
from notion_client import Client as Sdk
from notion_client.client import ClientOptions
from notion_client.errors import HTTPResponseError

__all__ = ["PAGE_SIZE", "VERSION", "Client", "Malformed", "No", "Page"]

Page = dict[str, Any]
VERSION = "2026-03-11"
PAGE_SIZE = 100
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Notion itself gives up after 60 seconds."""


class No(Enum):
    """Refusals that say something about one thing, not about the source."""

    GONE = "deleted, or no longer shared"
    STALE = "the listing this page belongs to has ended: begin anew"
    UNREADABLE = "a block that the API does not show"


class Malformed(Exception):
    """An answer with a good status that is not what Notion promises."""


class Client:
    """Calls Notion with the SDK's retries off; every method is one request."""

    def __init__(self, token: str, host: str) -> None:
        # Without a logger of ours the SDK writes every failed call to stderr.
        quiet = logging.getLogger("groundfact_connectors.notion.sdk")
        options = ClientOptions(
            token, base_url=host, notion_version=VERSION, retry=False, logger=quiet, log_level=logging.CRITICAL
        )
        self._sdk = Sdk(options, httpx.Client(verify=_certificates()))
        self._sdk.client.timeout = _TIMEOUT

    def me(self) -> Page:
        """The connection's own bot."""
        return _object(lambda: self._sdk.users.me(), "user")

    def users(self, start: str | None) -> Page | No:
        """A page of the workspace's people; guests are not among them."""
        return _listed(lambda: self._sdk.users.list(start_cursor=start, page_size=PAGE_SIZE), start)

    def search(self, body: Mapping[str, Any], start: str | None) -> Page | No:
        """A page of a search."""
        return _listed(lambda: self._sdk.search(**body, start_cursor=start), start)

    def query(self, data_source: str, body: Mapping[str, Any], start: str | None) -> Page | No:
        """A page of a data source's rows."""
        return _listed(lambda: self._sdk.data_sources.query(data_source, **body, start_cursor=start), start)

    def data_source(self, key: str) -> Page | No:
        """A data source with its schema."""
        return _found(lambda: self._sdk.data_sources.retrieve(key), "data_source")

    def database(self, key: str) -> Page | No:
        """A database with the names of its data sources."""
        return _found(lambda: self._sdk.databases.retrieve(key), "database")

    def page(self, key: str) -> Page | No:
        """A page's properties."""
        return _found(lambda: self._sdk.pages.retrieve(key), "page")

    def references(self, page: str, name: str, start: str | None) -> Page | No:
        """A page of what a property refers to, where that is more than a page object holds."""
        call = self._sdk.pages.properties.retrieve
        return _entries(lambda: call(page, name, start_cursor=start, page_size=PAGE_SIZE), start)

    def children(self, block: str, start: str | None) -> Page | No:
        """A page of the blocks on a page or below a block."""
        call = self._sdk.blocks.children.list
        return _entries(lambda: call(block, start_cursor=start, page_size=PAGE_SIZE), start)

    def comment(self, key: str) -> Page | No:
        """A comment by itself, also one of a discussion that was closed."""
        return _found(lambda: self._sdk.comments.retrieve(key), "comment")

    def comments(self, page: str, start: str | None) -> Page | No:
        """A page of the open comments at the top of a page."""
        call = self._sdk.comments.list
        return _entries(lambda: call(block_id=page, start_cursor=start, page_size=PAGE_SIZE), start)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    # Reading them takes a tenth of a second, which every run would pay.
    return httpx.create_ssl_context()


def _object(call: Callable[[], Any], kind: str) -> Page:
    try:
        body = call()
    except ValueError as error:
        raise Malformed(f"the answer is not JSON: {type(error).__name__}") from error
    if not isinstance(body, dict) or body.get("object") != kind:
        raise Malformed(f"the answer is not a {kind}: {str(body)[:80]!r}")
    return body


def _list(call: Callable[[], Any]) -> Page:
    body = _object(call, "list")
    if not isinstance(body.get("results"), list):
        raise Malformed("the answer has no list of results")
    if body.get("has_more") and not body.get("next_cursor"):
        raise Malformed("the answer says that there is more and not where")
    return body


def _found(call: Callable[[], Any], kind: str) -> Page | No:
    try:
        return _object(call, kind)
    except HTTPResponseError as error:
        if error.status == 404:
            return No.GONE
        raise


def _listed(call: Callable[[], Any], start: str | None) -> Page | No:
    """A list as such: that it is not there is a matter of the set-up, and an error."""
    try:
        return _list(call)
    except HTTPResponseError as error:
        if _stale(error, start):
            return No.STALE
        raise


def _entries(call: Callable[[], Any], start: str | None) -> Page | No:
    """What belongs to one page, which somebody may have deleted or un-shared since it was listed."""
    try:
        return _list(call)
    except HTTPResponseError as error:
        if error.status == 404:
            return No.GONE
        if _stale(error, start):
            return No.STALE
        if error.status == 400 and error.code == "validation_error":
            return No.UNREADABLE
        raise


def _stale(error: HTTPResponseError, start: str | None) -> bool:
    return start is not None and error.status == 400 and "start_cursor" in str(error)
