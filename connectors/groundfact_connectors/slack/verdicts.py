"""What a failed call to Slack means."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError

from groundfact.model import Verdict
from groundfact.model.text import one_line
from groundfact_connectors.slack.client import Malformed

__all__ = ["classify"]

_NEW_TOKEN = "put the bot token (`xoxb-…`) of an app installed in this workspace behind `token`"  # noqa: S105
_TOKEN = frozenset((
    "account_inactive", "enterprise_is_restricted", "invalid_auth", "not_authed", "org_login_required",
    "token_expired", "token_revoked", "user_removed_from_team",
))  # fmt: skip
_PASSING = frozenset((
    "fatal_error", "fetch_members_failed", "internal_error", "request_timeout", "service_unavailable",
    "team_added_to_org",
))  # fmt: skip
_FIXES = {
    "access_denied": "ask an owner of the workspace to let the app in",
    "ekm_access_denied": "ask the owner of the workspace's encryption keys to give the app access",
    "missing_argument": "install the app in one workspace: one that is installed for a whole organisation is not read",
    "not_allowed_token_type": _NEW_TOKEN,
    "team_access_not_granted": "install the app in this workspace",
}


def classify(error: BaseException, now: datetime) -> Verdict | None:
    """The verdict; None for what is neither Slack's nor the network's doing."""
    if isinstance(error, Malformed):
        return Verdict("retry", f"Slack answered nonsense: {error}")
    if isinstance(error, SlackApiError):
        return _said(error.response, now)
    if isinstance(error, (OSError, HTTPException)):
        return Verdict("retry", f"the connection to Slack failed: {type(error).__name__}")
    return None


def _said(response: Any, now: datetime) -> Verdict:
    status, headers = response.status_code, {key.lower(): value for key, value in response.headers.items()}
    error = one_line(str(response.get("error")), 200)
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return Verdict("retry", "Slack asks us to slow down", after=_after(headers.get("retry-after"), now))
    if status >= 500 or status == 408 or error in _PASSING:
        return Verdict("retry", f"Slack is unwell ({status}): {error}")
    if 300 <= status < 400:
        host = urlsplit(headers.get("location", "")).hostname
        return Verdict("refuse", f"Slack redirects to {host}", fix="set `base_url` to the address of the API")
    if error in _TOKEN:
        return Verdict("refuse", f"Slack does not accept the token: {error}", fix=_NEW_TOKEN)
    if error == "missing_scope":
        needed, has = one_line(str(response.get("needed"))), one_line(str(response.get("provided")))
        fix = f"add {needed} under OAuth & Permissions of the app, and install it again"
        return Verdict("refuse", f"the app lacks the scope {needed} (it has {has})", fix=fix)
    if error == "invalid_cursor":
        return Verdict("fail", "Slack forgot where a list had got to", fix="sync again: it goes on at its last page")
    fix = _FIXES.get(error, "look the error up in Slack's list of API methods")
    return Verdict("refuse", f"Slack refuses ({status}): {error}", fix=fix)


def _after(value: str | None, now: datetime) -> float | None:
    # Always sent according to Slack; without it the core backs off by itself.
    if value is None:
        return None
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None
