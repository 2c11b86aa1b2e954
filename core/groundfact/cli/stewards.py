"""Whose word stands behind an answer, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundfact.cli.text import cell

__all__ = ["steward_lines"]


def steward_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Who corrected or pinned it and who says otherwise since, and who set what aside; each with its grounds."""
    if steward := told.get("steward"):
        done = "corrected" if steward["word"] == "correction" else f"pinned{_of(steward)}"
        yield f"{done} by {_grounds(steward)}"
        for against in steward.get("against", ()):
            yield f"CONTESTED: {against['source']} says {cell(against['value'])} since {against['since'][:10]}"
    for ignored in told.get("ignored", ()):
        yield f"ignored {cell(ignored['value'])}{_of(ignored)} by {_grounds(ignored)}"


def _of(word: Mapping[str, Any]) -> str:
    return f" as {word['of']} says it" if word["of"] else ""


def _grounds(word: Mapping[str, Any]) -> str:
    text = f"{word['by']} on {word['at'][:10]}: {word['reason']}"
    if word["evidence"]:
        text += f" (evidence: {word['evidence']})"
    return text + (f", until {word['expires'][:10]}" if word["expires"] else "") + f" [{word['id']}]"
