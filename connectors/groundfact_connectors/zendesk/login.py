"""How a request says who asks, and where another token comes from when Zendesk no longer accepts the present one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from groundfact.protocols import Runtime

if TYPE_CHECKING:
    from groundfact_connectors.zendesk import ZendeskOptions

__all__ = ["Login"]

Post = Callable[[Mapping[str, str]], dict[str, Any]]


class Login:
    """The credentials of one help desk, in one of three ways."""

    def __init__(self, options: ZendeskOptions, rt: Runtime, post: Post) -> None:
        self._options, self._rt, self._post = options, rt, post
        self._token: str | None = None

    @property
    def fix(self) -> str:
        """What a person can do when the login is refused."""
        if self._options.client_id is not None:
            return "check `client_id` and `client_secret`: a confidential OAuth client, with its present secret"
        if self._options.access_token is not None:
            return (
                "put a fresh token behind `access_token`; Zendesk's expire and their refresh tokens work once, so"
                " prefer `client_id` and `client_secret`"
            )
        return "check `email` and `api_token`; Zendesk deactivates API tokens that rest for 30 days: move to OAuth"

    def header(self) -> str:
        """The `Authorization` header; asks for a token where there is none yet."""
        options = self._options
        if options.api_token is not None:
            pair = f"{options.email}/token:{self._rt.secret(options.api_token)}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        if self._token is None:
            self._token = self._fresh()
        return f"Bearer {self._token}"

    def renewed(self) -> bool:
        """Whether there may be another token than the one that was just refused; the next header carries it."""
        options, refused = self._options, self._token
        self._token = None
        if options.access_token is not None:
            # Whoever refreshes the token (its refresh token works only once, so not two of us) leaves it there.
            return self._rt.secret(options.access_token) != refused
        return options.client_id is not None

    def _fresh(self) -> str:
        options = self._options
        if options.access_token is not None:
            return self._rt.secret(options.access_token)
        assert options.client_id is not None
        assert options.client_secret is not None
        form = {
            "grant_type": "client_credentials",
            "client_id": options.client_id,
            "client_secret": self._rt.secret(options.client_secret),
            "scope": "read",
        }
        return str(self._rt.call("auth", lambda: self._post(form))["access_token"])
