"""Scopes: what a text can hang on, each written as one word. An entity has the scopes of all its records."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["WORKSPACE", "directive_scope", "key_scope", "links_in", "record_scope", "url_scope"]

WORKSPACE = "workspace|"
"""The scope of what is said to everybody, about no account."""
_URL = re.compile(r"https?://[^\s<>\"'|\\^`{}\[\]]{4,500}")
_MOST_LINKS = 20
_TRAILING = ".,;:!?)*_~"


def record_scope(source: str, stream: str, rec: str) -> str:
    """Of a record."""
    return f"record|{source}/{stream}/{rec}"


def key_scope(kind: str, key: str) -> str:
    """Of whatever is linked by a key."""
    return f"{kind}|{key}"


def url_scope(url: str) -> str:
    """Of the record that a source shows at an address."""
    return "url|" + url.rstrip("/")


def directive_scope(scope: str) -> str:
    """The same scope, for directives alone: they are few, and must be found among any number of texts."""
    return "directive>" + scope


def links_in(text: str) -> Sequence[str]:
    """The scopes of the first 20 addresses in a text."""
    if "://" not in text:
        return ()
    found = (match.rstrip(_TRAILING) for match in _URL.findall(text)[:_MOST_LINKS])
    return tuple(dict.fromkeys(map(url_scope, found)))
