"""Tables of any length: the first rows set the widths, the others stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from groundfact.cli.text import cell

__all__ = ["aligned"]

_LOOK_AHEAD = 100
_GAP = "  "
_ELLIPSIS = "…"
_NARROWEST = 8


def aligned(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None, width: int | None = None
) -> Iterator[str]:
    """The lines of a table, a heading first. With a `width`, cells are cut to fit; without, nothing is."""
    stream = iter(rows)
    first = list(islice(stream, _LOOK_AHEAD))
    names = list(columns or dict.fromkeys(name for row in first for name in row))
    shown = [[cell(row.get(name)) for name in names] for row in first]
    if not names:
        return
    widths = [max(len(name), *(len(row[at]) for row in shown), 0) for at, name in enumerate(names)]
    if width is not None:
        widths = _fitted(widths, width)
    rest = ([cell(row.get(name)) for name in names] for row in stream)
    for row in chain([[name.replace("_", " ") for name in names]], shown, rest):
        yield _GAP.join(_sized(text, size, width is not None) for text, size in zip(row, widths, strict=True)).rstrip()


def _sized(text: str, size: int, cut: bool) -> str:
    if cut and len(text) > size:
        return text[: size - 1] + _ELLIPSIS
    return text.ljust(size)


def _fitted(widths: list[int], width: int) -> list[int]:
    """Take from the widest column until all fit, but leave each something to show."""
    room = width - len(_GAP) * (len(widths) - 1)
    found = list(widths)
    while sum(found) > room and max(found) > _NARROWEST:
        widest = found.index(max(found))
        found[widest] -= 1
    return found
