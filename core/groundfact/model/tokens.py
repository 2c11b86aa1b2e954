"""A safe estimate of tokens, without a tokenizer: it may say too many, not too few."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["estimate_tokens"]

_PIECE = re.compile(r"[A-Za-z]{1,4}|[0-9]{1,2}|[^\sA-Za-z0-9]|\n|[ \t](?=[ \t0-9])")
_OTHER = re.compile(r"[^\x00-\x7f]+")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def estimate_tokens(text: str) -> int:
    """Upper estimate for the common byte-pair vocabularies.

    One token for each 4 letters begun, 2 digits begun, punctuation mark and line break, and for a space that no word
    takes up; two for each character of another script, three for one beyond the basic plane (emoji).
    """
    # Line by line: pieces never cross a break, and a renderer asks for its lines before the whole is asked for.
    lines = text.split("\n")
    return sum(map(_of_line, lines)) + len(lines) - 1


@lru_cache(maxsize=4096)
def _of_line(line: str) -> int:
    total = len(_PIECE.findall(line))
    if not line.isascii():
        total += sum(map(len, _OTHER.findall(line))) + len(_ASTRAL.findall(line))
    return total
