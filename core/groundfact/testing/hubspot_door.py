"""The door of the fake HubSpot portal: tokens, scopes, rate limit headers and the error bodies."""

from __future__ import annotations

import json
from abc import abstractmethod
from datetime import timedelta
from typing import Any, ClassVar

from groundfact.testing.hubspot_portal import Portal, instant
from groundfact.testing.hubspot_schema import OBJECT_TYPE_IDS, PROPERTIES, pipeline
from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.world_data import FictionalWorld

_ALL_SCOPES = frozenset(
    {
        "crm.objects.companies.read",
        "crm.objects.contacts.read",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
        "crm.schemas.companies.read",
        "crm.schemas.contacts.read",
        "crm.schemas.deals.read",
    }
)
_NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
    "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


_NO_SCOPE = (
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes "
    "here: https://developers.hubspot.com/scopes."
)


class Refused(Exception):
    """Ends the handling of a request with an error answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class HubSpotDoor(FakeVendor):
    """What every request passes before it reaches a resource."""

    name: ClassVar[str] = "hubspot"

    def __init__(
        self,
        world: FictionalWorld,
        *,
        access_token: str = "pat-eu1-fake-token",  # noqa: S107 - the token of a fake
        index_lag: timedelta = timedelta(0),
        search_cap: int = 10_000,
        max_calls: int = 190,
        daily_limit: int = 650_000,
        association_page: int = 500,
    ) -> None:
        super().__init__(world)
        self.access_token = access_token
        self.search_cap, self.max_calls, self.daily_limit = search_cap, max_calls, daily_limit
        self.scopes = set(_ALL_SCOPES)
        self.portal = Portal(world, index_lag, association_page)
        self.pipelines = [pipeline()]
        """The pipelines of deals, as the API shows them; a test may add to them and change them."""
        self.used = 0
        self._errors = 0
        self._expired: set[str] = set()

    # -- what tests do --------------------------------------------------------------------------------------

    def expire_token(self, new_token: str) -> None:
        """End the present token; from now on only the new one works."""
        self._expired.add(self.access_token)
        self.access_token = new_token

    # -- answering ------------------------------------------------------------------------------------------

    def fault_response(self, kind: str, request: Request) -> Response:
        """The error body for a fault; search has a limit of its own."""
        if kind == "401":
            return self._error(
                401,
                "The OAuth token used to make this call expired 5 minute(s) ago.",
                "EXPIRED_AUTHENTICATION",
                context={"expire time": [instant(self.world.now - timedelta(minutes=5))]},
            )
        if kind in ("429", "quota"):
            search = request.path.endswith("/search")
            policy = "DAILY" if kind == "quota" else "SECONDLY" if search else "TEN_SECONDLY_ROLLING"
            response = self._error(429, f"You have reached your {policy.lower()} limit.")
            response.body |= {"errorType": "RATE_LIMIT", "policyName": policy}
            return response
        return self._error(int(kind), "internal error")

    def _error(self, status: int, message: str, category: str | None = None, **more: Any) -> Response:
        self._errors += 1
        body = {
            "status": "error",
            "message": message,
            "correlationId": f"00000000-0000-4000-8000-{self._errors:012d}",
        }
        return Response(status, body | ({"category": category} if category else {}) | more)

    def answer(self, request: Request) -> Response:
        """Check the token, then find the resource."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self._expired:
            return self.fault_response("401", request)
        if token != self.access_token:
            return self._error(401, _NO_CREDENTIALS, "INVALID_AUTHENTICATION")
        self.used += 1
        try:
            response = self._route(request)
        except Refused as refused:
            response = refused.response
        if not request.path.endswith("/search"):
            left = self.max_calls - 1 - self.used % self.max_calls
            response.headers |= {
                "X-HubSpot-RateLimit-Daily": str(self.daily_limit),
                "X-HubSpot-RateLimit-Daily-Remaining": str(self.daily_limit - self.used),
                "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                "X-HubSpot-RateLimit-Max": str(self.max_calls),
                "X-HubSpot-RateLimit-Remaining": str(left),
            }
        return response

    def _kind(self, name: str, family: str = "objects") -> str:
        """The object type behind a path segment; refused without the scope for it."""
        kind = OBJECT_TYPE_IDS.get(name, name)
        if kind not in PROPERTIES:
            raise Refused(self._error(400, f"Unable to infer object type from: {name}", "VALIDATION_ERROR"))
        self._need(f"crm.objects.{kind}.read" if family == "objects" else f"crm.schemas.{kind}.read")
        return kind

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused(
                self._error(
                    403,
                    _NO_SCOPE,
                    "MISSING_SCOPES",
                    errors=[
                        {
                            "message": "One or more of the following scopes are required.",
                            "context": {"requiredGranularScopes": [scope]},
                        }
                    ],
                    links={"scopes": "https://developers.hubspot.com/scopes"},
                )
            )

    def _json(self, request: Request) -> dict[str, Any]:
        try:
            body = json.loads(request.body or b"")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(
                self._error(400, "Invalid JSON input: a request body was expected, but none found", "VALIDATION_ERROR")
            )
        return body

    def _limit(self, asked: Any, default: int, most: int) -> int:
        try:
            limit = int(asked or default)
        except ValueError:
            limit = 0
        if not 1 <= limit <= most:
            raise Refused(self._error(400, f"limit must be between 1 and {most}", "VALIDATION_ERROR"))
        return limit

    @abstractmethod
    def _route(self, request: Request) -> Response: ...
