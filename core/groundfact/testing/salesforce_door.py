"""The door of the fake Salesforce org: sessions, OAuth tokens, the daily quota and the error bodies."""

from __future__ import annotations

import base64
from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from groundfact.testing.salesforce_org import Org
from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.world_data import FictionalWorld

_ORGANISATION = "00DGf000000AbcdMAC"
VERSIONS = tuple(f"{number}.0" for number in range(52, 68))
NOT_FOUND = (404, "NOT_FOUND", "The requested resource does not exist")
_FAULTS = {
    "401": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "quota": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "429": (429, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    "500": (
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567-8901",
    ),
    "502": (502, "SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
    "503": (503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
    "504": (504, "SERVER_UNAVAILABLE", "The server did not answer in time."),
}


def error(status: int, code: str, message: str) -> Response:
    """An error answer: a list with one entry."""
    return Response(status, [{"message": message, "errorCode": code}])


@dataclass(frozen=True, slots=True)
class Cursor:
    """An open query: the rest of it is fetched page by page."""

    sobject: str
    paths: list[str]
    ids: list[str]
    ends: datetime


class SalesforceDoor(FakeVendor):
    """What every request passes before it reaches a resource."""

    name: ClassVar[str] = "salesforce"

    def __init__(
        self,
        world: FictionalWorld,
        *,
        consumer_key: str = "fake-consumer-key",
        consumer_secret: str = "fake-consumer-secret",  # noqa: S107 - the secrets of a fake
        username: str = "integration@northlane.example",
        password: str = "fake-password",  # noqa: S107
        refresh_token: str = "fake-refresh-token",  # noqa: S107
        min_batch: int = 200,
        max_batch: int = 2_000,
        daily_limit: int = 100_000,
        history_months: int = 24,
        multiple_accounts: bool = False,
    ) -> None:
        super().__init__(world)
        self.consumer_key, self.consumer_secret = consumer_key, consumer_secret
        self.username, self.password, self.refresh_token = username, password, refresh_token
        self.min_batch, self.max_batch = min_batch, max_batch
        self.daily_limit, self.used = daily_limit, 0
        self.org = Org(world, history_months)
        if not multiple_accounts:
            # Without Contacts to Multiple Accounts there is no such object, and nobody can be given it.
            self.deny_object("AccountContactRelation")
        self._sessions = 1
        self._locators: dict[str, Cursor] = {}
        self._locator_numbers = 0

    # -- what tests do --------------------------------------------------------------------------------------

    @property
    def session_id(self) -> str:
        """The access token that works at present."""
        return f"{_ORGANISATION[:15]}!fake.session.{self._sessions}"

    def expire_session(self) -> None:
        """Let the present access token end; the token endpoint hands out the next one."""
        self._sessions += 1

    def expire_locators(self) -> None:
        """Forget all query locators, as happens after two days or with too many open ones."""
        self._locators.clear()

    def hide_field(self, sobject: str, name: str) -> None:
        """Take a field away by field-level security: neither described nor queryable."""
        self.org.hidden.add((sobject, name))

    def stop_tracking(self, sobject: str, name: str) -> None:
        """Switch the history of a field off; `deny_object("AccountHistory")` is the switch of the whole object."""
        self.org.untracked.add((sobject, name))

    def track(self, sobject: str, name: str, since: datetime | None = None, until: datetime | None = None) -> None:
        """Let the history of a field begin or end at a time: what changed before or after has no entry."""
        self.org.kept[sobject, name] = (since, until)

    def deny_object(self, sobject: str) -> None:
        """Take an object away from the integration user."""
        self.org.denied.add(sobject)

    # -- answering ------------------------------------------------------------------------------------------

    def fault_response(self, kind: str, request: Request) -> Response:
        """The error list for a fault."""
        return error(*_FAULTS[kind])

    def answer(self, request: Request) -> Response:
        """Check the session and the quota, then find the resource."""
        path = request.path.rstrip("/")
        if path == "/services/oauth2/token":
            if request.method != "POST":
                return _oauth_error("invalid_request", "must use HTTP POST")
            return self._token(request)
        if path == "/services/data":
            return Response(
                200,
                [{"label": f"Release {v}", "url": f"/services/data/v{v}", "version": v} for v in VERSIONS],
            )
        if request.headers.get("authorization") not in (
            f"Bearer {self.session_id}",
            f"OAuth {self.session_id}",
        ):
            return error(*_FAULTS["401"])
        if self.used >= self.daily_limit:
            return error(*_FAULTS["quota"])
        self.used += 1
        response = self._route(request, path)
        response.headers["Sforce-Limit-Info"] = f"api-usage={self.used}/{self.daily_limit}"
        return response

    @abstractmethod
    def _route(self, request: Request, path: str) -> Response: ...

    def _token(self, request: Request) -> Response:
        form = request.form()
        key, secret = form.get("client_id"), form.get("client_secret")
        basic = request.headers.get("authorization", "")
        if basic.startswith("Basic "):
            key, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
        if key != self.consumer_key:
            return _oauth_error("invalid_client_id", "client identifier invalid")
        if secret != self.consumer_secret:
            return _oauth_error("invalid_client", "invalid client credentials")
        grant = form.get("grant_type")
        if grant == "password" and (form.get("username"), form.get("password")) != (
            self.username,
            self.password,
        ):
            return _oauth_error("invalid_grant", "authentication failure")
        if grant == "refresh_token" and form.get("refresh_token") != self.refresh_token:
            return _oauth_error("invalid_grant", "expired access/refresh token")
        if grant not in ("password", "refresh_token", "client_credentials"):
            return _oauth_error("unsupported_grant_type", "grant type not supported")
        user = next(iter(self.world.views["salesforce"].rows("User"))).id
        return Response(
            200,
            {
                "access_token": self.session_id,
                "signature": base64.b64encode(b"fake-signature").decode(),
                "scope": "api",
                "instance_url": self.url,
                "id": f"{self.url}/id/{_ORGANISATION}/{user}",
                "token_type": "Bearer",
                "issued_at": str(int(self.world.now.timestamp() * 1000)),
            },
        )


def _oauth_error(code: str, description: str) -> Response:
    return Response(400, {"error": code, "error_description": description})
