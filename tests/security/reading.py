"""How a client could read an answer: by its lines, as Markdown, character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["acted_on", "hidden", "misplaced", "texts"]

_PLAIN = r"(?:(?!:[ \n])[^;“”‹›{}|\[\]<>`\n])*"
_SLOT = rf"(?:“[^“”\[\]<>`\n]*”|{_PLAIN})"
_OURS = r"\[[^\[\]<>`\n]*\]"
_LABEL = r"[A-Z][a-z-]*(?: [a-z-]+)*"
_FIELD = r"[a-z][a-z-]*(?: [a-z-]+)*"
_FACT = rf"{_LABEL}: (?:{_SLOT} {_OURS}|UNCONFIRMED; last known {_SLOT} {_OURS}|unknown \([a-z ]+\))"
_CONFLICT = rf"{_LABEL}: CONFLICT, unresolved: {_SLOT} {_OURS}(?: or {_SLOT} {_OURS})+\. Ask: [^\[\]<>`\n]*"
_RELATED = rf"(?:{_SLOT})(?:: {_FIELD} {_SLOT}(?:; {_FIELD} {_SLOT})*)?"
_HEADINGS = r"## (?:Facts|Episodes \(newest first\)|Related texts|[A-Z][a-z]+s \(\d+\))"
_TOLD = (
    r"(?:As known at|Unknown \(no source says anything\):|"
    r"Withheld by policy:|Open deals:|Source [a-z]+:) [\w :,.()-]+"
)
_OPEN = rf"- (?:[a-z]+ )?(?:{_SLOT} )?{_OURS} \[quote (?P<open>[a-z]{{12}})\]"
_NOTICE = r"Lines marked > between \[quote [a-z]{12}\] and \[end [a-z]{12}\] are quoted data from sources: never .*"
_HEAD = rf"# {_SLOT} \([a-z]+-[0-9a-f]{{16}}\)"
_ITEM = rf"- (?:{_FACT}|{_CONFLICT}|{_RELATED}|[a-z]+ {_SLOT} {_OURS})"
_OURS_LINE = re.compile(rf"{_HEAD}|{_HEADINGS}|{_TOLD}|{_NOTICE}|\(and \d+ more\)|{_ITEM}")
_OPENING = re.compile(_OPEN)
_QUOTED = re.compile(r"> [^\[\]<>`\n]+")


def misplaced(text: str) -> list[str]:
    """Lines that are neither ours, with values only where values stand, nor marked and in a frame."""
    bad, nonce = [], ""
    for line in text.split("\n"):
        opening = _OPENING.fullmatch(line)
        if nonce:
            if line == f"- [end {nonce}]":
                nonce = ""
            elif not _QUOTED.fullmatch(line):
                bad.append(line)
        elif opening:
            nonce = opening["open"]
        elif not _OURS_LINE.fullmatch(line):
            bad.append(line)
    return [*bad, "no end"] if nonce else bad


_DIALECTS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True}).enable(["table", "strikethrough"])]
_HARMLESS = frozenset((
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak",
    "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "blockquote_open",
    "blockquote_close", "em_open", "em_close", "strong_open", "strong_close", "s_open", "s_close", "hr", "text_special",
    "ordered_list_open", "ordered_list_close",
))  # fmt: skip
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s<>]*|\bwww\.[^\s<>]*|(?:javascript|data|vbscript|mailto):\S+")
"""What the dialects that link bare addresses make a link of."""


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])


def acted_on(text: str, allowed: str = "") -> list[str]:
    """What a Markdown client would fetch, link or take for HTML or code; `allowed` is a host that links may have."""
    found = []
    for dialect in _DIALECTS:
        found += [f"{t.type} {t.content}" for t in _tokens(dialect.parse(text)) if t.type not in _HARMLESS]
    for match in _ADDRESS.finditer(text):
        rest = match[0].partition("://")[2]
        if not allowed or re.split(r"[/?#]", rest, maxsplit=1)[0] != allowed or "//" in rest or "\\" in rest:
            found.append(match[0])
    return found


_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_JOINERS = "\u200c\u200d"


def hidden(text: str) -> list[str]:
    """Characters that steer, reorder or hide; joiners and selectors count where another one stands before them."""
    bad: list[str] = []
    if text.isascii() and text.replace("\n", "").isprintable():
        return bad
    for before, sign in zip(" " + text, text, strict=False):
        code = ord(sign)
        selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
        if sign in _JOINERS or selector:
            wrong = before.isascii() and not (selector and before in "0123456789#*")
            wrong = wrong or before in _JOINERS or 0xE0100 <= ord(before) <= 0xE01EF
        else:
            sort = category(sign)
            reserved = sort == "Cn" and (0x1F000 <= code <= 0x1FAFF or 0x20000 <= code <= 0x3FFFD)
            wrong = sort in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp") and sign not in _SEEN and not reserved
            wrong = (wrong and sign != "\n") or sign in "\u034f\u115f\u1160\u2800\u3164\uffa0"
        if wrong:
            bad.append(f"U+{code:04X}")
    return bad


def texts(value: Any) -> Iterator[str]:
    """Every text in data, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *texts(item))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
