"""What a failed call to HubSpot means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from urllib3.exceptions import HTTPError

from groundfact.model import Verdict
from groundfact_connectors.hubspot.client import Malformed

__all__ = ["classify"]

_PASSING = frozenset((408, 423, 425, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 529))
"""Time-outs, locks, migrations and what the content network in front of HubSpot says."""
_NEW_TOKEN = "put a service key or private-app token of this account behind `access_token`"  # noqa: S105


def classify(error: BaseException, now: datetime) -> Verdict | None:
    """The verdict; None for what is neither HubSpot's nor the network's doing."""
    if isinstance(error, Malformed):
        return Verdict("retry", f"HubSpot answered nonsense: {error}")
    if isinstance(error, HTTPError):
        return Verdict("retry", f"the connection to HubSpot failed: {type(error).__name__}")
    cause = _sdk_error(error)
    return _by_status(cause, now) if cause is not None else None


def _sdk_error(error: BaseException) -> Any:
    """The SDK's exception: it has one class for each API, and stumbles over bodies it cannot decode."""
    for candidate in (error, error.__context__):
        if type(candidate).__module__.startswith("hubspot.") and hasattr(candidate, "status"):
            return candidate
    return None


def _by_status(error: Any, now: datetime) -> Verdict:
    status, body, after = error.status or 0, _body(error), _retry_after(error, now)
    said = str(body.get("message") or error.reason or "no reason given")[:300]
    if status in (401, 530):
        return Verdict("refuse", f"HubSpot does not accept the token: {said}", fix=_NEW_TOKEN)
    if status == 403:
        scopes = ", ".join(sorted(set(_scopes(body))))
        lacking = f" without {scopes}" if scopes else ""
        fix = (
            f"grant {scopes or 'the scopes in the README'} to the service key or private app, or leave out what needs"
            " it: `streams: {NAME: {enabled: false}}` (deals also: `stages`, `contact_roles`)"
        )
        return Verdict("refuse", f"HubSpot denies access{lacking}: {said}", fix=fix)
    if status == 429:
        return _throttled(body, said, after)
    if status in _PASSING or status == 0:
        return Verdict("retry", f"HubSpot is unwell ({status}): {said}", after=after)
    fix = "mend what the message names; a mapping may ask for something this account does not have"
    return Verdict("refuse", f"HubSpot refuses the request ({status}): {said}", fix=fix)


def _throttled(body: dict[str, Any], said: str, after: float | None) -> Verdict:
    if "DAILY" in str(body.get("policyName", "")).upper():
        fix = "sync again after midnight in the account's time zone; other apps share this budget"
        message = f"the account's calls for today are used up: {said}"
        return Verdict("fail", message, after=after, fix=fix)
    return Verdict("retry", f"HubSpot asks us to slow down: {said}", after=after)


def _body(error: Any) -> dict[str, Any]:
    try:
        body = orjson.loads(error.body or b"")
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(error: Any, now: datetime) -> float | None:
    # Not always sent; without it, or with one we cannot read, the core backs off by itself.
    value = str((error.headers or {}).get("Retry-After", ""))
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _scopes(body: dict[str, Any]) -> Iterable[str]:
    for item in body.get("errors") or ():
        context = item.get("context") or {}
        for key in ("requiredGranularScopes", "requiredScopes"):
            yield from context.get(key) or ()
