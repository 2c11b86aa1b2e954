"""The text on a page: its blocks, level by level, one call for each parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from groundfact.protocols import Runtime
from groundfact_connectors.notion.client import Client, No
from groundfact_connectors.notion.paging import answers
from groundfact_connectors.notion.properties import plain_text

__all__ = ["DEEPEST", "MOST_CALLS", "MOST_TEXT", "Text", "block_line", "read_text"]

DEEPEST = 30
MOST_TEXT = 100_000
"""Characters of a page's text that are kept: more than that of one value no store of ours takes."""
MOST_CALLS = 300
"""Calls that one page may cost: a hundred seconds at Notion's pace."""
_UNSEEN = "the API does not show a block of it"
_TOO_MANY = f"its blocks take more than {MOST_CALLS} calls"
_SKIPPED = frozenset(("child_page", "child_database", "link_to_page", "unsupported"))
"""Pages of their own, and what the API does not show."""
_HEADINGS = {"heading_1": "# ", "heading_2": "## ", "heading_3": "### ", "heading_4": "#### "}
_MARKS = {**_HEADINGS, "bulleted_list_item": "- ", "numbered_list_item": "- ", "quote": "> "}


class Text(NamedTuple):
    """What is on a page, and what of it is missing here."""

    text: str | None
    notes: tuple[str, ...] = ()
    calls: int = 0


def read_text(client: Client, rt: Runtime, page: str) -> Text | No:
    """The text on a page; No where a part of it disappeared while it was read."""
    walk = _Walk(client, rt)
    gone = walk.below(page, 0, 0)
    return gone or Text("\n".join(walk.lines).strip() or None, tuple(walk.notes), walk.calls)


def block_line(block: Mapping[str, Any]) -> str | None:
    """What a block itself says, on a line; None for one that only holds others or something else than text."""
    kind = block["type"]
    told = block.get(kind) or {}
    if kind == "table_row":
        return " | ".join(plain_text(cell) or "" for cell in told["cells"])
    if kind == "equation":
        return str(told["expression"])
    text = next(
        (plain_text(told[part]) for part in ("rich_text", "caption", "title") if _is_rich(told.get(part))), None
    )
    if text is None:
        return None
    if kind == "to_do":
        return f"[{'x' if told.get('checked') else ' '}] {text}"
    return f"{_MARKS.get(kind, '')}{text}"


def _is_rich(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


@dataclass
class _Walk:
    """One page, in the order in which it is read."""

    client: Client
    rt: Runtime
    lines: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    size: int = 0
    calls: int = 0
    full: bool = False

    def below(self, parent: str, depth: int, indent: int) -> No | None:
        """Everything below a block; No where it disappeared."""
        call = partial(self.client.children, parent)
        for answer in answers(self.rt, "blocks", call, f"the blocks below {parent}"):
            self.calls += 1
            if answer is No.UNREADABLE:
                self.notes[_UNSEEN] = None
                return None
            if isinstance(answer, No):
                return answer
            for block in answer["results"]:
                if gone := self._block(block, depth, indent):
                    return gone
            if self.calls >= MOST_CALLS and answer["has_more"]:
                self._stop(_TOO_MANY)
            if self.full:
                return None
        return None

    def _block(self, block: Mapping[str, Any], depth: int, indent: int) -> No | None:
        kind = block["type"]
        if self.full or kind in _SKIPPED or block.get("in_trash"):
            return None
        line = block_line(block)
        if line is not None:
            self._add(kind, line, indent)
        if not block.get("has_children") or self.full:
            return None
        if depth + 1 >= DEEPEST or self.calls >= MOST_CALLS:
            self._stop(_TOO_MANY if self.calls >= MOST_CALLS else f"it has more than {DEEPEST} levels")
            return None
        return self.below(str(block["id"]), depth + 1, indent + (line is not None))

    def _add(self, kind: str, line: str, indent: int) -> None:
        lead = "\n" if kind in _HEADINGS and self.lines else ""
        shown = lead + "  " * indent + line
        room = MOST_TEXT - self.size
        if len(shown) >= room:
            shown = shown[:room]
            self._stop(f"it is longer than {MOST_TEXT} characters")
        self.lines.append(shown)
        self.size += len(shown) + 1

    def _stop(self, why: str) -> None:
        self.full = True
        self.notes[f"the text is cut: {why}"] = None
