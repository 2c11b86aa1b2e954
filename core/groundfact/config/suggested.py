"""Settings put into the text of a YAML file where they belong, and the difference as it can be pasted.

The file is edited as text: comments, order and layout stay as somebody wrote them.
"""

from __future__ import annotations

import difflib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

__all__ = ["Setting", "difference", "flow", "snippet", "text_of", "with_settings"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|[1-9][0-9]*(?:s|m|h|d|w|mo|y)")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


class Setting(NamedTuple):
    """A key of the YAML by its path, and what it is to say."""

    path: Sequence[str]
    value: Any


def text_of(path: Path) -> str:
    """The file as it stands, with its own line ends."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def snippet(settings: Sequence[Setting]) -> str:
    """The lines of settings by themselves, from the top of the file down."""
    return with_settings("", settings).rstrip("\n")


def with_settings(text: str, settings: Sequence[Setting]) -> str:
    """The text with every setting in it; one that is there already is replaced."""
    for setting in settings:
        text = _with(text, setting)
    return text


def difference(before: str, after: str, name: str) -> str:
    """The unified difference of two texts of one file; empty where they are the same."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, fromfile=name, tofile=name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _with(text: str, setting: Setting) -> str:
    node = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    path, value = list(setting.path), setting.value
    key: Node | None = None
    while path and isinstance(node, MappingNode) and (found := _entry(node, path[0])):
        key, node = found
        path.pop(0)
    if key is not None and not path:
        return f"{text[: _colon(text, key)]} {flow(value)}{text[_end(text, key, node) :]}"
    if isinstance(node, MappingNode) and node.flow_style:
        return _into_flow(text, node, path, value)
    if isinstance(node, MappingNode) and node.value:
        return _below(text, _end(text, *node.value[-1]), _lines(path, value, node.value[0][0].start_mark.column))
    if key is not None:
        # Nothing, or no mapping: what is put there takes its place.
        text = text[: _colon(text, key)] + text[_end(text, key, node) :]
        return _below(text, _colon(text, key), _lines(path, value, key.start_mark.column + 2))
    return _below(text, len(text), _lines(path, value, 0))


def _below(text: str, at: int, lines: Sequence[str]) -> str:
    """The text with lines put in below the line that a place is on."""
    newline = "\r\n" if "\r\n" in text else "\n"
    end = re.compile(r"\r?\n|\Z").search(text, at)
    place = end.start() if end else len(text)
    before = newline if text[:place] and not text[:place].endswith("\n") else ""
    return text[:place] + before + newline.join(lines) + (text[place:] or newline)


def _entry(node: MappingNode, name: str) -> tuple[Node, Node] | None:
    return next(((key, value) for key, value in node.value if str(key.value) == name), None)


def _into_flow(text: str, node: MappingNode, path: Sequence[str], value: Any) -> str:
    for name in reversed(path[1:]):
        value = {name: value}
    at = int(node.end_mark.index) - 1
    kept = text[:at].rstrip()
    comma = "" if not node.value or kept.endswith(",") else ", "
    return f"{kept}{comma}{flow(path[0])}: {flow(value)}{text[at:]}"


def _lines(path: Sequence[str], value: Any, column: int) -> list[str]:
    """Nested keys as lines, indented from a column on."""
    steps = [" " * (column + 2 * depth) + f"{flow(name)}:" for depth, name in enumerate(path)]
    return [*steps[:-1], f"{steps[-1]} {flow(value)}"]


def _end(text: str, key: Node, node: Node) -> int:
    """Where the value of a key ends, without the comments and empty lines that the parser counts to a block."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, *last) if isinstance(last, tuple) else _end(text, last, last)
    if isinstance(node, ScalarNode) and not node.value and node.style is None:
        return _colon(text, key) if node is not key else int(key.start_mark.index)
    return len(text[: node.end_mark.index].rstrip())


def _colon(text: str, key: Node) -> int:
    """Just behind the colon of a key."""
    return text.index(":", key.end_mark.index) + 1
