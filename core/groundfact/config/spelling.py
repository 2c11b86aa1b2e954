"""The nearest spelling, for messages."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

_LIKE = 60.0
"""From here on (of 100) a name is worth suggesting."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is spelled most like this one, or "" where none is near."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(name.lower(), sorted(known), scorer=fuzz.ratio, score_cutoff=_LIKE)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'every'?`, or the list of what is known where nothing is near."""
    choices = sorted(known)
    near = nearest(name, choices)
    if near:
        return f"; did you mean {near!r}?"
    shown = ", ".join(choices[:20]) + (", …" if len(choices) > 20 else "")
    return f"; known: {shown}" if choices else "; there are none"
