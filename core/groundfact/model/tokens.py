"""A safe estimate of tokens, without a tokenizer: it may say too many, not too few."""

from __future__ import annotations

import re

__all__ = ["estimate_tokens"]

_PIECE = re.compile(r"[A-Za-z]{1,4}|[0-9]{1,2}|[^\sA-Za-z0-9]|\n|[ \t](?=[ \t0-9])")
_ASTRAL = "\U00010000"


def estimate_tokens(text: str) -> int:
    """Upper estimate for the common byte-pair vocabularies.

    One token for each 4 letters begun, 2 digits begun, punctuation mark and line break, and for a space that no word
    takes up; two for each character of another script, three for one beyond the basic plane (emoji).
    """
    total = len(_PIECE.findall(text))
    if not text.isascii():
        total += sum(2 if c >= _ASTRAL else 1 for c in text if not c.isascii())
    return total
