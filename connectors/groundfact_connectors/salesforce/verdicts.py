"""What a failed call means.

Salesforce answers an error as a list, `[{"errorCode", "message"}]`, and a login's as `{"error"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceExpiredSession,
)

from groundfact.model import Verdict

__all__ = ["BrokenAnswer", "TokenRefused", "code_of", "is_passing", "verdict"]

_CONCURRENT = 30.0
_QUOTA = 3600.0
"""The daily limit is a rolling window: an hour frees some of it. Seconds."""
_ACCESS = "give the integration user's permission set "
_FIXES = {
    "API_CURRENTLY_DISABLED": _ACCESS + "`API Enabled`",
    "API_DISABLED_FOR_ORG": f"use an edition with API access, and {_ACCESS}`API Enabled`",
    "FORBIDDEN": _ACCESS + "`API Enabled` and Read on the object",
    "INSUFFICIENT_ACCESS": _ACCESS + "Read and View All on the object",
    "INSUFFICIENT_ACCESS_OR_READONLY": _ACCESS + "Read and View All on the object",
    "INVALID_FIELD": f"mend the field's name in the `mapping:`, or {_ACCESS}Read on that field",
    "INVALID_TYPE": f"{_ACCESS}Read on the object, or leave the stream out of `streams:`",
    "MALFORMED_QUERY": "mend the field paths in the `mapping:` (API names, dotted: Owner.Name)",
    "NOT_FOUND": f"{_ACCESS}Read on the object, and check `api_version`",
    "TXN_SECURITY_METERING_ERROR": "exempt the integration user from the org's transaction security policy",
    "UNSUPPORTED_API_VERSION": "set `api_version` to one that the org supports",
}
_HISTORY = re.compile(r"'\w+History'")
_NO_HISTORY = (
    "switch field history tracking on for the object (Object Manager → Fields & Relationships → Set History"
    " Tracking), or set `history: false`"
)
_PASSING = {"QUERY_TIMEOUT", "SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "UNKNOWN_EXCEPTION"}
_LOGIN_PASSING = {"temporarily_unavailable", "server_error", "unknown_error", "rate_limit_exceeded"}


class BrokenAnswer(Exception):
    """A successful answer that is not what was asked for: never the same as "nothing there"."""


class TokenRefused(Exception):
    """A fresh token that is not accepted either."""


def is_passing(status: int) -> bool:
    """Whether an HTTP status may be gone at the next try."""
    return status in (406, 408, 420, 429) or status >= 500


def code_of(error: SalesforceError) -> str | None:
    """The error code in the answer, where it has one."""
    told = _told(error)
    return None if told is None else str(told.get("errorCode"))


def _told(error: SalesforceError) -> Mapping[str, Any] | None:
    content: Any = error.content
    return content[0] if isinstance(content, list) and content and isinstance(content[0], dict) else None


def verdict(error: Exception, now: datetime) -> Verdict | None:
    """The verdict on what the SDK or the network raised; None for anything else."""
    if isinstance(error, TokenRefused):
        fix = "put a fresh token behind `access_token`; with `client_id`, give the run-as user `API Enabled`"
        return Verdict("refuse", "Salesforce does not accept the access token", fix=fix)
    if isinstance(error, BrokenAnswer):
        return Verdict("retry", f"Salesforce's answer is unreadable: {error}")
    if isinstance(error, SalesforceAuthenticationFailed):
        return _login_refused(error)
    if isinstance(error, SalesforceExpiredSession):
        return Verdict("refresh", "the Salesforce session has expired")
    if isinstance(error, SalesforceError):
        return _refused(error)
    return _network(error, now) if isinstance(error, requests.RequestException) else None


def _network(error: requests.RequestException, now: datetime) -> Verdict:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _http(error.response, now)
    if isinstance(error, requests.JSONDecodeError):
        return Verdict("retry", "Salesforce's answer is not JSON (a maintenance page, or cut off)")
    return Verdict("retry", f"Salesforce did not answer in full ({type(error).__name__})")


def _login_refused(error: SalesforceAuthenticationFailed) -> Verdict:
    # The SDK puts the HTTP status where the error code belongs when the answer is no JSON.
    if isinstance(error.code, int) or error.code in _LOGIN_PASSING:
        return Verdict("retry", f"the Salesforce login answers nonsense ({error.code})")
    return Verdict(
        "refuse",
        f"Salesforce refuses the login: {error.code}: {_short(error.auth_message)}",
        fix="check `client_id`, `client_secret` and the My Domain address; the app needs the client"
        " credentials flow switched on, with a run-as user and the `api` scope",
    )


def _http(response: requests.Response, now: datetime) -> Verdict:
    status = response.status_code
    if response.is_redirect:
        host = urlsplit(response.headers["location"]).hostname
        fix = "set `instance_url` to the org's present My Domain address"
        return Verdict("refuse", f"Salesforce redirects to {host}", fix=fix)
    after = _retry_after(response.headers.get("Retry-After"), now)
    return Verdict("retry", f"Salesforce is busy or down (HTTP {status})", after)


def _refused(error: SalesforceError) -> Verdict:
    status, told = error.status, _told(error)
    if told is None:
        return Verdict("retry", f"Salesforce's answer is unreadable (HTTP {status})")
    code, message = str(told.get("errorCode")), str(told.get("message"))
    said = f"{code}: {_short(message)}"
    if code == "REQUEST_LIMIT_EXCEEDED":
        if message.lower().startswith("concurrent"):
            return Verdict("retry", f"Salesforce has too many long requests open: {said}", _CONCURRENT)
        fix = "wait for the rolling 24 hours, sync less often, or buy more API calls"
        return Verdict("fail", f"the org's API calls are used up: {said}", _QUOTA, fix)
    if code in _PASSING or is_passing(status):
        return Verdict("retry", f"Salesforce is busy: {said}")
    if status in (414, 431):
        return Verdict("refuse", f"the query is too long: {said}", fix="map fewer fields")
    if status == 410:
        code = "UNSUPPORTED_API_VERSION"
    if code == "INVALID_TYPE" and _HISTORY.search(message):
        return Verdict("refuse", f"Salesforce keeps no field history here: {said}", fix=_NO_HISTORY)
    fix = _FIXES.get(code, "look the error code up in Salesforce's REST API guide")
    return Verdict("refuse", f"Salesforce refuses: {said}", fix=fix)


def _retry_after(text: str | None, now: datetime) -> float | None:
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())


def _short(text: str) -> str:
    return " ".join(text.split())[:300]
