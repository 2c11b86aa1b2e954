"""What a failed call to Zendesk means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from groundfact.model import Verdict
from groundfact_connectors.zendesk.answers import Answered, Expired, LoginRefused, Malformed, said

__all__ = ["classify"]

_SCOPES = re.compile(r"missing the following required scopes: ([\w:, ]+)")
_ADMIN = "the exports are for administrators: give the user behind the login (the OAuth client's owner) that role"


def classify(error: Exception, now: datetime) -> Verdict | None:
    """The verdict; None for what is neither Zendesk's nor the network's doing."""
    if isinstance(error, Expired):
        return Verdict("refresh", "the Zendesk token has expired", after=0.0)
    if isinstance(error, LoginRefused):
        return Verdict("refuse", f"Zendesk does not accept the login: {error}", fix=error.fix)
    if isinstance(error, Malformed):
        return Verdict("retry", f"Zendesk answered nonsense: {error}")
    if isinstance(error, Answered):
        return _by_status(error, now)
    if isinstance(error, httpx2.RequestError):
        return Verdict("retry", f"the connection to Zendesk failed: {type(error).__name__}")
    return None


def _by_status(error: Answered, now: datetime) -> Verdict:
    status, words = error.status, said(error.body)
    if status == 429:
        # The limiter in front of Zendesk answers in a form of its own, or in none; only the status is sure.
        return Verdict("retry", f"Zendesk asks us to slow down: {words}", _retry_after(error, now))
    if status >= 500 or status in (408, 409, 423, 425):
        return Verdict("retry", f"Zendesk is unwell ({status}): {words}", _retry_after(error, now))
    if status == 403:
        return _forbidden(words)
    if status < 400:
        host = urlsplit(error.headers.get("location", "")).hostname
        fix = "set `subdomain` (or `base_url`) to the help desk's present zendesk.com address"
        return Verdict("refuse", f"Zendesk redirects to {host} ({status})", fix=fix)
    if status == 404:
        fix = "check `subdomain`: there may be no help desk at this address"
        return Verdict("refuse", f"Zendesk knows no such page (404): {words}", fix=fix)
    fix = "mend what the message names; if it names the cursor, read everything again: `groundfact sync --full`"
    return Verdict("refuse", f"Zendesk refuses the request ({status}): {words}", fix=fix)


def _forbidden(words: str) -> Verdict:
    lacking = _SCOPES.search(words)
    if lacking:
        fix = f"allow the OAuth client the scope `read` (or each of these: {lacking[1].strip()})"
        return Verdict("refuse", f"Zendesk denies access without {lacking[1].strip()}: {words}", fix=fix)
    if "SupportProductInactive" in words:
        fix = "the account has no active Zendesk Support: renew it, or remove this source"
        return Verdict("refuse", f"Zendesk denies access: {words}", fix=fix)
    return Verdict("refuse", f"Zendesk denies access: {words}", fix=_ADMIN)


def _retry_after(error: Answered, now: datetime) -> float | None:
    value = error.headers.get("retry-after", "").strip()
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())
