"""The logged-in SDK: one address, no redirects, no retries of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession
from simple_salesforce.login import SalesforceLogin

from groundfact.protocols import Runtime
from groundfact_connectors.salesforce.verdicts import BrokenAnswer, TokenRefused, is_passing

if TYPE_CHECKING:
    from groundfact_connectors.salesforce import SalesforceOptions

__all__ = ["Session"]

T = TypeVar("T")
_HOSTS = ("salesforce.com", "force.com", "salesforce.mil")
_TIMEOUT = (10.0, 130.0)
"""Seconds to connect, and to wait: Salesforce gives up on a query after 120."""


class _OneAddress(HTTPAdapter):
    """Sends whatever the SDK asks for to the one address that was checked.

    The SDK builds its own https:// URLs, for the login even from another host name; a token must not follow.
    """

    def __init__(self, address: str) -> None:
        super().__init__(max_retries=0)
        self._address = address
        self._local = urlsplit(address).hostname in ("127.0.0.1", "::1", "localhost")

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        request.url = self._address + request.path_url
        # A proxy would look for loopback on its own machine.
        through = None if self._local else proxies
        response = super().send(request, stream, timeout or _TIMEOUT, verify, cert, through)
        if is_passing(response.status_code) or response.is_redirect:
            response.close()
            # Raised here because the SDK's own exceptions drop the headers, and with them Retry-After.
            raise requests.HTTPError(f"HTTP {response.status_code}", response=response)
        return response


class Session:
    """Calls Salesforce through the SDK, logging in when needed and again when the session has expired."""

    def __init__(self, options: SalesforceOptions, rt: Runtime) -> None:
        self._options = options
        self._rt = rt
        self._sdk: Salesforce | None = None
        self._refusals = 0
        """Tokens refused in a row: a fresh one that does not work either is not an expired session."""

    def call(self, scope: str, ask: Callable[[Salesforce], T]) -> T:
        """Make one request with a live session."""

        def once() -> T:
            sdk = self._sdk = self._sdk or self._logged_in()
            try:
                answer = ask(sdk)
            except SalesforceExpiredSession as error:
                self._sdk = None
                self._refusals += 1
                if self._refusals > 1:
                    raise TokenRefused from error
                raise
            self._refusals = 0
            return answer

        return self._rt.call(scope, once)

    def usage(self) -> tuple[int, int] | None:
        """Calls used and allowed in 24 hours, as the last answer told."""
        usage = self._sdk.api_usage.get("api-usage") if self._sdk else None
        return (usage.used, usage.total) if usage else None

    @property
    def org_url(self) -> str:
        """The address people open records at."""
        options = self._options
        url = options.instance_url or (_my_domain(options.domain) if options.domain else options.base_url)
        return (url or "").rstrip("/")

    def _logged_in(self) -> Salesforce:
        options = self._options
        address = self._rt.base_url(options.base_url, self.org_url, hosts=_HOSTS)
        if options.access_token is not None:
            token = self._rt.secret(options.access_token)
        else:
            token, instance = self._token(address)
            if options.base_url is None and instance != urlsplit(address).netloc:
                address = self._rt.base_url(f"https://{instance}", self.org_url, hosts=_HOSTS)
        sdk = Salesforce(
            session_id=token,
            instance_url=address,
            version=options.api_version,
            session=_http(address),
            object_pairs_hook=None,
        )
        sdk.headers.pop("X-PrettyPrint")
        return sdk

    def _token(self, address: str) -> tuple[str, str]:
        assert self._options.client_id is not None
        assert self._options.client_secret is not None
        key, secret = self._rt.secret(self._options.client_id), self._rt.secret(self._options.client_secret)

        def ask() -> tuple[str, str]:
            try:
                token, instance = SalesforceLogin(
                    session=_http(address), consumer_key=key, consumer_secret=secret, domain="my"
                )
            except (AttributeError, TypeError) as error:
                raise BrokenAnswer("the login answered without a token") from error
            if not token or not instance:
                raise BrokenAnswer("the login answered without a token")
            return str(token), str(instance)

        return self._rt.call("auth", ask)


def _my_domain(domain: str) -> str:
    return f"https://{domain}.salesforce.com"


def _http(address: str) -> requests.Session:
    http = requests.Session()
    http.mount("https://", _OneAddress(address))
    http.max_redirects = 0
    # Without an `auth` of our own, requests takes one from ~/.netrc and overwrites the token.
    http.auth = lambda request: request
    return http
