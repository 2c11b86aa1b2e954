"""The one stream of Slack, and the fields of its records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from groundfact.model import StreamSpec

__all__ = ["FIELDS", "MESSAGES", "spec"]

MESSAGES = "messages"
FIELDS: Mapping[str, tuple[str, str]] = {
    "ts": ("string", "Time stamp as Slack writes it"),
    "thread": ("string", "The message it answers (record id)"),
    "subject": ("string", "First line"),
    "text": ("string", "Text"),
    "sent_at": ("datetime", "Sent"),
    "author.id": ("string", "Author (user id)"),
    "author.name": ("string", "Author's name"),
    "author.email": ("string", "Author's e-mail, if confirmed"),
    "author.external": ("boolean", "Author is of another organisation"),
    "author.bot": ("boolean", "Author is an app"),
    "channel.id": ("string", "Channel (id)"),
    "channel.name": ("string", "Channel's name"),
    "channel.private": ("boolean", "Channel is private"),
    "channel.shared": ("boolean", "Channel is shared with another organisation"),
}


@lru_cache(maxsize=1)
def _mappings() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("groundfact_connectors.slack").joinpath("mapping.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def spec(lookback: timedelta) -> StreamSpec:
    """The declaration of the stream."""
    return StreamSpec(
        name=MESSAGES,
        kind="message",
        mapping=_mappings()[MESSAGES],
        order="opaque",
        granularity=timedelta(microseconds=1),
        # An edit, a deletion or a reply moves nothing that a list could be asked for.
        index_lag=lookback,
        deletes="absence",
        confirms="returned",
        full_every=timedelta(days=30),
    )
