"""Zendesk's REST API, one call a method."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from groundfact.protocols import Runtime
from groundfact_connectors.zendesk.answers import (
    Answered,
    Expired,
    LoginRefused,
    Malformed,
    Page,
    object_of,
    said,
    sound,
)
from groundfact_connectors.zendesk.login import Login

if TYPE_CHECKING:
    from groundfact_connectors.zendesk import ZendeskOptions

__all__ = ["Client"]

_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
_LIST_LIMIT = 100


class Client:
    """Calls one help desk; redirects are not followed, so that a token goes nowhere else."""

    def __init__(self, options: ZendeskOptions, rt: Runtime) -> None:
        self.address = rt.base_url(options.base_url, f"https://{options.subdomain}.zendesk.com", hosts=["zendesk.com"])
        local = urlsplit(self.address).hostname in ("127.0.0.1", "::1", "localhost")
        # A proxy would look for loopback on its own machine.
        self._http = httpx2.Client(base_url=self.address, timeout=_TIMEOUT, trust_env=not local)
        self._rt = rt
        self._login = Login(options, rt, self._token)
        self._refusals = 0
        """Logins refused in a row: a fresh token that does not work either has not expired."""

    def me(self) -> Page:
        """The user behind the login."""
        return self._rt.call("users", partial(self._once, "/api/v2/users/me.json", "user", {}))

    def export(self, stream: str, how: str, params: Mapping[str, Any]) -> Page:
        """A page of an incremental export; `how` is `/cursor`, or nothing for the one by time."""
        path = f"/api/v2/incremental/{stream}{how}.json"
        return self._rt.call("incremental", partial(self._once, path, stream, params))

    def fields(self, what: str, after: str | None) -> Page:
        """A page of ticket_fields, user_fields or organization_fields."""
        return self._rt.call("fields", partial(self._once, f"/api/v2/{what}.json", what, _listed(after)))

    def comments(self, ticket: str, after: str | None) -> Page | None:
        """A page of a ticket's comments with their authors; None where there is no such ticket."""
        params = {**_listed(after), "include": "users"}

        def once() -> Page | None:
            try:
                return self._once(f"/api/v2/tickets/{ticket}/comments.json", "comments", params)
            except Answered as error:
                if error.status == 404 and said(error.body).startswith("RecordNotFound"):
                    return None
                raise

        return self._rt.call("comments", once)

    def _once(self, path: str, key: str, params: Mapping[str, Any]) -> Page:
        headers = {"Authorization": self._login.header(), "Accept": "application/json"}
        response = self._http.get(path, params=dict(params), headers=headers)
        if response.status_code == 401:
            self._refusals += 1
            if self._refusals == 1 and self._login.renewed():
                raise Expired
            self._refusals = 0
            raise LoginRefused(said(response.content), self._login.fix)
        self._refusals = 0
        return sound(object_of(response), key, path)

    def _token(self, form: Mapping[str, str]) -> Page:
        response = self._http.post("/oauth/tokens", json=dict(form))
        if response.status_code in (400, 401, 403):
            raise LoginRefused(said(response.content), self._login.fix)
        page = object_of(response)
        if not page.get("access_token"):
            raise Malformed("the login answered without a token")
        return page


def _listed(after: str | None) -> dict[str, Any]:
    return {"page[size]": _LIST_LIMIT} | ({"page[after]": after} if after else {})
