"""Slack's way of writing made into plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["plain_text", "subject_of"]

_MARK = re.compile(r"<([^<>|\n]+)(?:\|([^<>\n]*))?>")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_LONGEST_SUBJECT = 200


def plain_text(message: Mapping[str, Any], name_of: Callable[[str], str]) -> str:
    """What a message says, attachments and the names of files included, previews of links not."""
    # Some apps post blocks and no text, or leave it to Slack to put their words into it.
    said = str(message.get("text") or "") or "\n".join(_in_blocks(message.get("blocks")))
    parts = [_plain(said, name_of)]
    parts += [_plain(text, name_of) for text in _attached(message)]
    parts += [f"[file: {name}]" for name in _file_names(message)]
    return "\n".join(part for part in map(str.strip, parts) if part)


def subject_of(text: str) -> str | None:
    """The first line."""
    line = next((line for line in map(str.strip, text.splitlines()) if line), "")
    short = line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1].rstrip() + "…"
    return short or None


def _plain(text: str, name_of: Callable[[str], str]) -> str:
    text = _MARK.sub(lambda mark: _meant(mark[1], mark[2] or "", name_of), text)
    for escape, char in _ESCAPES:
        text = text.replace(escape, char)
    return text


def _meant(target: str, label: str, name_of: Callable[[str], str]) -> str:
    kind, rest = target[0], target[1:]
    if kind == "@":
        return f"@{name_of(rest)}"
    if kind == "#":
        return f"#{label or rest}"
    if kind == "!":
        # A group's handle carries its @, a date is a text to fall back on.
        return label or f"@{rest.partition('^')[0]}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({address})" if label and label not in target else address


def _attached(message: Mapping[str, Any]) -> Iterator[str]:
    for item in _mappings(message.get("attachments")):
        # A preview is the words of a web page, and changes with it.
        if not item.get("from_url"):
            told = [item[part] for part in ("pretext", "title", "text") if item.get(part)]
            yield "\n".join(map(str, told)) or str(item.get("fallback") or "")


def _file_names(message: Mapping[str, Any]) -> Iterator[str]:
    for item in _mappings(message.get("files")):
        if item.get("name") or item.get("title"):
            yield str(item.get("name") or item.get("title"))


def _in_blocks(value: Any) -> Iterator[str]:
    """Every text within blocks, however deep."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            if isinstance(item.get("text"), str):
                yield item["text"]
            yield from (
                text for part in item.values() if isinstance(part, (list, Mapping)) for text in _in_blocks(part)
            )


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
