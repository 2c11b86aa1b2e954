"""How a text is read for search: folded words, without stop words, by their stems. The same on both sides."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

if TYPE_CHECKING:
    from Stemmer import Stemmer

__all__ = ["cut", "terms_of"]

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 40
_STOP = frozenset(
    _WORD.findall("""
    a about above after again against all am an and any are as at be because been before being below between both but
    by can could did do does doing down during each few for from further had has have having he her here hers herself
    him himself his how i if in into is it its itself just me more most my myself no nor not now of off on once only or
    other our ours ourselves out over own s same she should so some such t than that the their theirs them themselves
    then there these they this those through to too under until up very was we were what when where which while who
    whom why will with would you your yours yourself yourselves
    """)
)
_SIZE = 1_200
"""Characters of a passage: a few sentences, so that a quotation says what it is about."""


def terms_of(text: str) -> list[str]:
    """The terms of a text, in its order."""
    if not text.isascii():
        text = "".join(c for c in normalize("NFKD", text) if not combining(c))
    return [term for term in map(_term, _WORD.findall(text.lower())) if term]


@lru_cache(maxsize=65_536)
def _term(word: str) -> str:
    if word in _STOP:
        return ""
    return str(_stemmer().stemWord(word[:_LONGEST_WORD].casefold()))


@cache
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer("english")


def cut(text: str) -> list[str]:
    """A text in passages: along its paragraphs, lines, sentences, words, whichever is the first that fits."""
    if len(text) <= _SIZE:
        return [text] if text.strip() else []
    parts: list[str] = []
    for piece in _pieces(text, ("\n\n", "\n", ". ", " ")):
        if parts and len(parts[-1]) + len(piece) <= _SIZE:
            parts[-1] += piece
        else:
            parts.append(piece)
    return [part.strip() for part in parts if part.strip()]


def _pieces(text: str, marks: tuple[str, ...]) -> list[str]:
    if len(text) <= _SIZE:
        return [text]
    if not marks:
        return [text[start : start + _SIZE] for start in range(0, len(text), _SIZE)]
    found = []
    for piece in text.split(marks[0]):
        found += _pieces(piece + marks[0], marks[1:]) if len(piece) > _SIZE else [piece + marks[0]]
    return found
