"""HubSpot's SDK, one call a method: raw pages in, checked JSON out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from hubspot.hubspot import HubSpot
from urllib3.util.retry import Retry

__all__ = ["Client", "Malformed"]

_TIMEOUT = (10.0, 60.0)
"""Seconds to connect and between bytes; the SDK would wait for ever."""
_RAW: Mapping[str, Any] = {"_preload_content": False, "_request_timeout": _TIMEOUT}
"""The SDK's own models turn an HTML page with status 200 into a page without records: we read the bytes."""


class Malformed(Exception):
    """An answer with a good status that is not what HubSpot promises: truncated, HTML, half failed."""


class Client:
    """Calls HubSpot with the SDK's retries and redirects off; every method is one request."""

    def __init__(self, token: str, host: str) -> None:
        self._sdk = HubSpot(access_token=token, host=host.rstrip("/"), retry=Retry(False))

    # The SDK builds a new connection pool each time one of its APIs is looked up: keep them.
    @cached_property
    def _basic(self) -> Any:
        return self._sdk.crm.objects.basic_api

    @cached_property
    def _search(self) -> Any:
        return self._sdk.crm.objects.search_api

    @cached_property
    def _batch(self) -> Any:
        return self._sdk.crm.objects.batch_api

    @cached_property
    def _associations(self) -> Any:
        return self._sdk.crm.associations.v4.batch_api

    @cached_property
    def _definitions(self) -> Any:
        return self._sdk.crm.associations.v4.schema.definitions_api

    @cached_property
    def _owners(self) -> Any:
        return self._sdk.crm.owners.owners_api

    @cached_property
    def _pipelines(self) -> Any:
        return self._sdk.crm.pipelines.pipelines_api

    @cached_property
    def _properties(self) -> Any:
        return self._sdk.crm.properties.core_api

    def objects(
        self, kind: str, limit: int, after: str, properties: Sequence[str], archived: bool = False
    ) -> dict[str, Any]:
        """A page of all objects of a type, in the order of their ids."""
        asked = {"limit": limit, "properties": list(properties), "archived": _flag(archived), **_RAW}
        return _page(self._basic.get_page(kind, **asked, **({"after": after} if after else {})))

    def search(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A page of a search."""
        return _page(self._search.do_search(kind, body, **_RAW))

    def batch_read(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Objects by id; those that are not there are missing from the answer."""
        return _page(self._batch.read(kind, body, **_RAW))

    def associations(self, kind: str, to: str, inputs: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What each object of `inputs` is associated with."""
        return _page(self._associations.get_page(kind, to, {"inputs": inputs}, **_RAW))

    def labels(self, kind: str, to: str) -> dict[str, Any]:
        """Every type of association from one kind of object to another, labelled ones included."""
        return _page(self._definitions.get_all(kind, to, **_RAW))

    def owners(self, after: str, archived: bool) -> dict[str, Any]:
        """A page of owners; those who left are only in the archived list."""
        asked = {"limit": 500, "archived": _flag(archived), **_RAW, **({"after": after} if after else {})}
        return _page(self._owners.get_page(**asked))

    def pipelines(self, kind: str) -> dict[str, Any]:
        """Every pipeline of a type with its stages; the list has no pages."""
        return _page(self._pipelines.get_all(kind, **_RAW))

    def properties(self, kind: str) -> dict[str, Any]:
        """Every property of a type."""
        return _page(self._properties.get_all(kind, **_RAW))

    def account(self) -> dict[str, Any]:
        """The account behind the token; any token may ask."""
        # The SDK has no method for this address, but its client sends it like any other.
        call: Callable[..., Any] = self._basic.api_client.call_api
        return _json(call("/account-info/v3/details", "GET", auth_settings=["oauth2"], **_RAW))


def _flag(value: bool) -> str:
    # The SDK would write Python's `True`.
    return "true" if value else "false"


def _json(response: Any) -> dict[str, Any]:
    data = response.data
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        shown = data[:80].decode("utf-8", "replace")
        raise Malformed(f"an answer with status {response.status} is not JSON: {shown!r}") from error
    if not isinstance(body, dict):
        raise Malformed(f"an answer with status {response.status} is a {type(body).__name__}, not an object")
    return body


def _page(response: Any) -> dict[str, Any]:
    body = _json(response)
    if not isinstance(body.get("results"), list):
        raise Malformed(f"an answer with status {response.status} has no list of results")
    for error in body.get("errors") or ():
        # 207 is normal: "nothing is associated with this one" comes as an error beside the others' results.
        if not isinstance(error, dict) or error.get("category") != "OBJECT_NOT_FOUND":
            raise Malformed(f"a part of the answer failed: {str(error)[:200]}")
    return body
