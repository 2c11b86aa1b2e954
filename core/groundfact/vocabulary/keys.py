"""The keys by which two values of a type are compared: equal keys mean that two sources agree."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from unicodedata import normalize

__all__ = ["BadValue", "folded", "list_key", "name_key", "phone_key", "phone_number"]

_NOT_WORD = re.compile(r"[\W_]+")
_WORDS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256))
"""The same for plain text, several times as fast: what is no letter and no digit becomes a space."""
_NOT_DIGIT = re.compile(r"\D+")
_EXTENSION = re.compile(r"(?:ext|x|#)", re.IGNORECASE)


class BadValue(ValueError):
    """A value that does not fit its type."""


def folded(value: Any) -> Any:
    """Without case, and in one Unicode form: a decomposed accent is the same letter."""
    text = value if type(value) is str else str(value)
    return text.casefold() if text.isascii() else normalize("NFKC", text).casefold()


def name_key(value: Any) -> Any:
    """The words of a name, without case and punctuation."""
    text = value if type(value) is str else str(value)
    # A name of nothing but signs keeps them, so that "+++" and "***" stay two names.
    if text.isascii():
        return b" ".join(text.encode().translate(_WORDS).split()).decode() or text.lower()
    return _NOT_WORD.sub(" ", folded(text)).strip() or folded(text)


@lru_cache(maxsize=16_384)
def _national(text: str) -> str:
    return phone_number(text)[-9:]


def phone_number(text: str) -> str:
    """The digits of a phone number, without its extension."""
    number = _NOT_DIGIT.sub("", _EXTENSION.split(text, maxsplit=1)[0])
    return number or _NOT_DIGIT.sub("", text)


def phone_key(value: Any) -> Any:
    """The last nine digits: the same whether or not a country code or a trunk zero was written."""
    return _national(value if type(value) is str else str(value))


def list_key(value: Any) -> Any:
    """The items, without case and order."""
    return tuple(sorted({folded(item) for item in value}))
