"""The streams of Slack, and the fields of their records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from groundfact.model import StreamSpec

__all__ = ["FIELDS", "MESSAGES", "USERS", "specs"]

MESSAGES, USERS = "messages", "users"
_MESSAGE: Mapping[str, tuple[str, str]] = {
    "ts": ("string", "Time stamp as Slack writes it"),
    "thread": ("string", "The message it answers (record id)"),
    "subject": ("string", "First line"),
    "text": ("string", "Text"),
    "sent_at": ("datetime", "Sent"),
    "author.id": ("string", "Author (user id)"),
    "author.name": ("string", "Author's name"),
    "author.email": ("string", "Author's e-mail, if confirmed"),
    "author.external": ("boolean", "Author is of another organisation, or a guest"),
    "author.bot": ("boolean", "Author is an app"),
    "channel.id": ("string", "Channel (id)"),
    "channel.name": ("string", "Channel's name"),
    "channel.private": ("boolean", "Channel is private"),
    "channel.shared": ("boolean", "Channel is shared with another organisation"),
}
_USER: Mapping[str, tuple[str, str]] = {
    "id": ("string", "User id"),
    "name": ("string", "Full name"),
    "display_name": ("string", "Display name"),
    "email": ("string", "E-mail, if confirmed"),
    "title": ("string", "Title"),
    "time_zone": ("string", "Time zone"),
}
FIELDS: Mapping[str, Mapping[str, tuple[str, str]]] = {MESSAGES: _MESSAGE, USERS: _USER}
"""By stream: path to type and label."""


@lru_cache(maxsize=1)
def _mappings() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("groundfact_connectors.slack").joinpath("mapping.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def specs(lookback: timedelta) -> list[StreamSpec]:
    """The declaration of every stream."""
    return [_messages(lookback), _users()]


def _users() -> StreamSpec:
    mapping = _mappings()[USERS]
    return StreamSpec(name=USERS, kind="teammate", mapping=mapping, order="full", deletes="absence", confirms="stream")


def _messages(lookback: timedelta) -> StreamSpec:
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
