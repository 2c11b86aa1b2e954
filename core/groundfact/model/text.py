"""Text from sources is data: what may be shown of it on one line."""

from __future__ import annotations

import unicodedata

__all__ = ["one_line"]

_UNWANTED = frozenset(("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"))
"""Control, format (bidirectional marks, tags), private, unassigned, surrogates, line and paragraph separators."""


def one_line(text: str, most: int = 200) -> str:
    """The text without anything that could break a line, steer a terminal or hide; cut at `most` characters."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(" " if unicodedata.category(c) in _UNWANTED else c for c in text)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
