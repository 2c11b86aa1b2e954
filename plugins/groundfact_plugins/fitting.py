"""As many lines as the budget holds: dropped by rank, and what is left out is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from groundfact.model.tokens import estimate_tokens

__all__ = ["Line", "Rank", "fitted"]


class Rank:
    """The order in which lines are needed; the last are dropped first."""

    HEAD, MARK, DIRECTIVE, SUMMARY, FACT, RELATED_MARK, RELATED, EPISODE, PASSAGE, GAP, SOURCE = range(11)


class Line(NamedTuple):
    """A line of the answer, or lines that stand and fall together; `short` stands in when it is tight."""

    rank: int
    text: str
    short: str = ""


def fitted(lines: Sequence[Line], budget: int) -> str:
    """The text in at most `budget` tokens; the name and the marks outlive everything else."""
    whole = "\n".join([line.text for line in lines])
    tokens = estimate_tokens(whole)
    if tokens < budget:
        return whole
    # Pieces never cross a line break, so that the costs of lines, each with its break, add up to that of the whole.
    total = tokens + 1
    kept = [True] * len(lines)
    size = sum(line.text.count("\n") + 1 for line in lines)
    room = budget if total <= budget else budget - estimate_tokens(_note(size)) - 1
    for position in sorted(range(len(lines)), key=lambda i: (-lines[i].rank, -i)):
        if total <= room or lines[position].rank <= Rank.MARK:
            break
        kept[position] = False
        total -= estimate_tokens(lines[position].text) + 1
    texts = [line.text for line, keep in zip(lines, kept, strict=True) if keep]
    if total > budget:
        texts = _squeezed([line for line, keep in zip(lines, kept, strict=True) if keep], budget)
        total = sum(estimate_tokens(text) + 1 for text in texts)
    dropped = size - sum(text.count("\n") + 1 for text in texts)
    if dropped and total + estimate_tokens(_note(dropped)) + 1 <= budget:
        texts.append(_note(dropped))
    return "\n".join(texts)


def _note(dropped: int) -> str:
    return f"({dropped} lines left out to keep the token budget)"


def _squeezed(lines: Sequence[Line], budget: int) -> list[str]:
    """The name and the marks in few words, as many as fit; the last resort is a shorter name."""
    head, *marks = [line.short or line.text for line in lines]
    # A long name must not crowd the marks out.
    room = budget // 2 if marks else budget
    while estimate_tokens(head) + 1 > room:
        head = head[: len(head) * 3 // 4].rstrip()
    texts, total = [head], estimate_tokens(head) + 1
    for mark in marks:
        total += estimate_tokens(mark) + 1
        if total > budget:
            break
        texts.append(mark)
    return texts
