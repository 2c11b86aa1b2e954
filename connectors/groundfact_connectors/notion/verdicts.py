"""What a failed call to Notion means."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson
from notion_client.errors import HTTPResponseError, RequestTimeoutError

from groundfact.model import Verdict
from groundfact_connectors.notion.client import Malformed

__all__ = ["classify"]

_PASSING = frozenset((408, 409, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529))
"""Time-outs, colliding transactions, overload, and what the content network in front of Notion says."""
_NEW_TOKEN = "put the connection's token (Notion: Settings, Connections) behind `token`"  # noqa: S105


def classify(error: BaseException, now: datetime) -> Verdict | None:
    """The verdict; None for what is neither Notion's nor the network's doing."""
    if isinstance(error, Malformed):
        return Verdict("retry", f"Notion answered nonsense: {error}")
    if isinstance(error, (RequestTimeoutError, httpx.TransportError, httpx.DecodingError)):
        return Verdict("retry", f"the connection to Notion failed: {type(error).__name__}")
    return _by_status(error, now) if isinstance(error, HTTPResponseError) else None


def _by_status(error: HTTPResponseError, now: datetime) -> Verdict:
    status, body, after = error.status, _body(error), _retry_after(error, now)
    said = str(body.get("message") or "no reason given")[:300]
    if status == 401:
        return Verdict("refuse", f"Notion does not accept the token: {said}", fix=_NEW_TOKEN)
    if status == 403:
        fix = "grant the capability (read content, read comments, read user information) to the connection"
        return Verdict("refuse", f"Notion denies access: {said}", fix=fix)
    if status == 404:
        fix = "share the page or database with the connection: ••• → Connections"
        return Verdict("refuse", f"Notion does not have it, or has not shared it: {said}", fix=fix)
    if status == 429:
        reason = (body.get("additional_data") or {}).get("rate_limit_reason")
        which = f" ({reason})" if isinstance(reason, str) else ""
        return Verdict("retry", f"Notion asks us to slow down{which[:100]}: {said}", after=after)
    if status in _PASSING:
        return Verdict("retry", f"Notion is unwell ({status}): {said}", after=after)
    return Verdict("refuse", f"Notion refuses the request ({status}): {said}", fix="mend what the message names")


def _body(error: HTTPResponseError) -> dict[str, Any]:
    # The SDK knows neither every code nor the additional data of those it does not know.
    try:
        body = orjson.loads(error.body)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(error: HTTPResponseError, now: datetime) -> float | None:
    value = error.headers.get("Retry-After", "")
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None
