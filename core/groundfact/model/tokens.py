"""A safe estimate of tokens, without a tokenizer: it may say too many, not too few."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["estimate_tokens"]

_PIECE = re.compile(r"[A-Za-z]{1,4}|[0-9]{1,2}|[^\sA-Za-z0-9]|\n|[ \t](?=[ \t0-9])")
_OTHER = re.compile(r"[^\x00-\x7f]+")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LETTER, _DIGIT, _SPACE, _SIGN, _NOTHING = b"a0 !."
_KINDS = bytes(
    _LETTER if chr(code).isalpha()
    else _DIGIT if chr(code).isdigit()
    else _SPACE if chr(code) in " \t"
    else _NOTHING if chr(code).isspace() and code != ord("\n")
    else _SIGN
    for code in range(128)
) + bytes(128)  # fmt: skip


def estimate_tokens(text: str) -> int:
    """Upper estimate for the common byte-pair vocabularies.

    One token for each 4 letters begun, 2 digits begun, punctuation mark and line break, and for a space that no word
    takes up; two for each character of another script, three for one beyond the basic plane (emoji).
    """
    if text.isascii():
        return _of_ascii(text)
    # Line by line: pieces never cross a break, and a renderer asks for its lines before the whole is asked for.
    lines = text.split("\n")
    # A carriage return keeps lines apart and is no token itself.
    plain = "\r".join([line for line in lines if line.isascii()])
    return _of_ascii(plain) + sum(_of_line(line) for line in lines if not line.isascii()) + len(lines) - 1


@lru_cache(maxsize=2)
def _of_ascii(text: str) -> int:
    """What the pieces of a text come to, counted by kinds of characters: a list of them all takes several times as
    long."""
    kinds = text.encode().translate(_KINDS)
    if b"  " in kinds:
        return len(_PIECE.findall(text))
    count = kinds.replace(b"aaaa", b"A").count
    # What is left of a word has one to three letters, and each of its begun pieces is counted once.
    letters = count(b"A") + count(b"a") - count(b"aa") - count(b"aaa")
    return letters + count(b"0") - count(b"00") + count(b" 0") + count(b"!")


@lru_cache(maxsize=4096)
def _of_line(line: str) -> int:
    """Of a line with characters of other scripts."""
    return len(_PIECE.findall(line)) + sum(map(len, _OTHER.findall(line))) + len(_ASTRAL.findall(line))
