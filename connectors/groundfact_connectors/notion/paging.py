"""Following a list of Notion to its end, one call for each part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from groundfact.errors import SourceUnavailable
from groundfact.protocols import Runtime
from groundfact_connectors.notion.client import No, Page

__all__ = ["answers"]


def answers(rt: Runtime, scope: str, call: Callable[[str | None], Page | No], what: str) -> Iterator[Page | No]:
    """The parts of a list; the last one is a `No` where the list ended early."""
    start: str | None = None
    while True:
        answer = rt.call(scope, partial(call, start))
        yield answer
        if isinstance(answer, No) or not answer["has_more"]:
            return
        if answer["next_cursor"] == start:
            raise SourceUnavailable(f"Notion's list of {what} does not move on from {start!r}; nothing was skipped")
        start = answer["next_cursor"]
