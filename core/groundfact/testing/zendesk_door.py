"""The door of the fake help desk: logins, tokens that expire, scopes, roles, limits and the error bodies."""

from __future__ import annotations

import base64
import json
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.world_data import FictionalWorld

__all__ = ["Refused", "ZendeskDoor", "failure"]

_EXPIRED = "The access token provided is expired, revoked, malformed or invalid for other reasons."
_GRANT = (
    "The provided access grant is invalid, expired, or revoked (e.g. invalid assertion, expired authorization token)."
)
_NO_ADMIN = "You do not have access to this page. Please contact the account owner of this help desk for further help."
_PER_MINUTE = 10


class Refused(Exception):
    """Ends the handling of a request with an error answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def failure(status: int, error: str, description: str, **headers: str) -> Response:
    """An error in Zendesk's usual form."""
    return Response(status, {"error": error, "description": description}, headers)


class ZendeskDoor(FakeVendor):
    """What every request passes before it reaches a resource."""

    name: ClassVar[str] = "zendesk"

    def __init__(
        self,
        world: FictionalWorld,
        *,
        email: str = "dana.whitlock@northlane.example",
        api_token: str = "fakeZendeskApiToken",  # noqa: S107 - the token of a fake
        client_id: str = "groundfact",
        client_secret: str = "fake-client-secret",  # noqa: S107
        expires_in: int | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(world)
        self.email, self.api_token = email, api_token
        self.client_id, self.client_secret, self.expires_in = client_id, client_secret, expires_in
        self.role, self.scopes, self.product_active = "admin", {"read"}, True
        self._clock = clock
        self._exports: list[float] = []
        self._tokens = 0
        self._ends: dict[str, datetime | None] = {}
        self.access_token, self.refresh_token = self._issued()

    # -- what tests do --------------------------------------------------------------------------------------

    def expire_token(self) -> None:
        """End every access token that was issued so far."""
        self._ends.clear()

    # -- answering ------------------------------------------------------------------------------------------

    def fault_response(self, kind: str, request: Request) -> Response:
        """The error body for a fault; `quota` is the limiter in front of Zendesk, which answers by itself."""
        if kind == "401":
            return Response(401, {"error": "invalid_token", "error_description": _EXPIRED})
        if kind == "429":
            return self._limited()
        if kind == "quota":
            return Response(429, {"title": "Automated response", "status": "429"})
        return Response(int(kind), {"error": {"title": "Internal Error", "message": "Something went wrong"}})

    def answer(self, request: Request) -> Response:
        """Check who asks, then find the resource."""
        try:
            if request.path == "/oauth/tokens":
                return self._granted(request)
            self._identified(request)
            if not self.product_active:
                raise Refused(Response(403, {"error": {"title": "SupportProductInactive", "message": "Inactive"}}))
            if "/incremental/" in request.path:
                self._metered()
            response = self._route(request)
        except Refused as refused:
            response = refused.response
        response.headers |= {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"}
        return response

    def need(self, resource: str, *, admin: bool = False) -> None:
        """Refuse a token without the scope to read something, and who is not an administrator where that is needed."""
        if not self.scopes & {"read", f"{resource}:read"}:
            text = f"You are missing the following required scopes: {resource}:read, read"
            raise Refused(failure(403, "Forbidden", text))
        if admin and self.role != "admin":
            raise Refused(Response(403, {"error": {"title": "Forbidden", "message": _NO_ADMIN}}))

    def _identified(self, request: Request) -> None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            if base64.b64decode(value).decode() != f"{self.email}/token:{self.api_token}":
                raise Refused(Response(401, {"error": "Couldn't authenticate you"}))
            return
        ends = self._ends.get(value, self.world.now)
        if kind != "Bearer" or (ends is not None and ends <= self.world.now):
            raise Refused(self.fault_response("401", request))

    def _metered(self) -> None:
        if self._clock is None:
            return
        now = self._clock()
        self._exports = [moment for moment in self._exports if moment > now - 60]
        if len(self._exports) >= _PER_MINUTE:
            raise Refused(self._limited(str(int(self._exports[0] + 61 - now))))
        self._exports.append(now)

    def _limited(self, after: str | None = None) -> Response:
        text = "Number of allowed incremental export API requests per minute exceeded"
        response = failure(429, "APIRateLimitExceeded", text)
        response.headers |= {"Retry-After": after} if after else {}
        return response

    def _granted(self, request: Request) -> Response:
        asked = json.loads(request.body or b"{}")
        if (asked.get("client_id"), asked.get("client_secret")) != (self.client_id, self.client_secret):
            return Response(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if asked.get("grant_type") == "client_credentials":
            token, _ = self._issued(refreshing=False)
            return Response(200, self._told(token))
        # A refresh token works once, and the access token that came with it ends.
        if asked.get("grant_type") != "refresh_token" or asked.get("refresh_token") != self.refresh_token:
            return Response(400, {"error": "invalid_grant", "error_description": _GRANT})
        self._ends.pop(self.access_token, None)
        self.access_token, self.refresh_token = self._issued()
        return Response(200, {**self._told(self.access_token), "refresh_token": self.refresh_token})

    def _told(self, token: str) -> dict[str, Any]:
        expiry = {} if self.expires_in is None else {"expires_in": self.expires_in}
        return {"access_token": token, "token_type": "bearer", "scope": " ".join(sorted(self.scopes)), **expiry}

    def _issued(self, *, refreshing: bool = True) -> tuple[str, str]:
        self._tokens += 1
        token = f"fake-access-token-{self._tokens:04d}"
        ends = None if self.expires_in is None else self.world.now + timedelta(seconds=self.expires_in)
        self._ends[token] = ends
        return token, f"fake-refresh-token-{self._tokens:04d}" if refreshing else ""

    @abstractmethod
    def _route(self, request: Request) -> Response: ...
