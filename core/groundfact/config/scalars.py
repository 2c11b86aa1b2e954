"""Plain words of YAML 1.2: what `on`, `017`, `1e3` and `22:30` mean when nobody put quotes around them."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["TooLong", "scalar"]

_LONGEST = 40
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")  # not 007: that is somebody's number, kept as it is written
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class TooLong(ValueError):
    """A number of more digits than anybody means; turning it into a number would cost minutes."""


def scalar(text: str) -> Any:
    """The value of a plain scalar: null, a boolean, a number, else the text (a date is a text)."""
    if text in _WORDS:
        return _WORDS[text]
    if not (text[0] in "+-." or "0" <= text[0] <= "9"):
        return text
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(_short(text), 0)
    if _INTEGER.fullmatch(text):
        return int(_short(text))
    return float(_short(text)) if _FLOAT.fullmatch(text) else text


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise TooLong
    return text
