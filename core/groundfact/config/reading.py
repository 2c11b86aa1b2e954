"""From the text of one YAML file to a tree that knows its lines; whatever hides something is refused.

YAML can say in 450 bytes what fills a disk, can say one key twice and can name Python classes. None of it
is needed to configure anything, so it is refused while the parser still hands out single events: nothing is
built before it is known to be small. Words mean what they look like (YAML 1.2: `no` is a text, `22:30` too).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from groundfact.config.plaintext import looks_like_secret
from groundfact.config.scalars import TooLong, scalar
from groundfact.errors import ConfigError

__all__ = ["Node", "plain", "read_file", "read_text"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
_MAX_LINES = 5_000
_MAX_LINE = 4_096
_DOCUMENT = re.compile(r"^(?:---|\.\.\.)(?:\s|$)", re.MULTILINE)


@dataclass(slots=True)
class Node:
    """A value of the YAML and where it stands: `file:line` of its key, or of the item of a list."""

    value: Any
    """A dict of nodes, a list of nodes, or a scalar."""
    where: str


def plain(node: Node) -> Any:
    """The value without its places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def read_file(path: Path, name: str) -> Node:
    """The mapping in a YAML file; `name` is what messages call the file."""
    try:
        if not path.is_file():
            raise ConfigError(
                f"there is no file {path}", hint="write one with `groundfact init`, or name it with --config"
            )
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{path} cannot be read ({reason})", hint="mend its permissions") from error
    if len(content) > MAX_BYTES:
        raise ConfigError("the file is larger than 1 MB", where=f"{name}:1", hint="a configuration is not data")
    # Raised outside the handlers, here and below: those errors hold the file, and a context keeps them alive.
    bad_at = -1
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad_at = error.start
    if bad_at >= 0:
        line = content.count(b"\n", 0, bad_at) + 1
        raise ConfigError("the file is not UTF-8", where=f"{name}:{line}", hint="save it as UTF-8")
    return read_text(text, name)


def read_text(text: str, name: str) -> Node:
    """The mapping in a YAML text."""
    _look_over(text, name)
    problem = ""
    try:
        root = _Builder(name, _events(text, name)).document()
    except YAMLError as error:
        # Only what is wrong and where: the parser's own message quotes the file, which may hold a secret.
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read")
    if problem:
        raise ConfigError(f"this is not YAML: {problem[:120]}", where=f"{name}:{line}", hint=_hint(problem))
    if not isinstance(root.value, dict):
        _refuse("a configuration is a mapping (`key: value` lines)", root.where)
    return root


def _look_over(text: str, name: str) -> None:
    """Refuse by looking at lines what would cost the parser long to find out."""
    if text.count("\n") > _MAX_LINES:
        _refuse(f"the file has more than {_MAX_LINES} lines", f"{name}:{_MAX_LINES}")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _MAX_LINE:
            _refuse(f"the line is longer than {_MAX_LINE} characters", f"{name}:{number}")
        if line.startswith("%"):
            _refuse("YAML directives (%) are not taken", f"{name}:{number}")
    for count, found in enumerate(_DOCUMENT.finditer(text)):
        if count or (text[: found.start()].strip() and not _only_comments(text[: found.start()])):
            line_number = text.count("\n", 0, found.start()) + 1
            _refuse("a second document begins here; one file holds one", f"{name}:{line_number}")


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.split("\n"))


def _hint(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces, not with tabs"
    return "check the indentation and the quotes of this line and the one above"


def _events(text: str, name: str) -> Iterator[Event]:
    events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
    for event in events:
        if isinstance(event, NodeEvent):
            where = f"{name}:{event.start_mark.line + 1}"
            if isinstance(event, AliasEvent) or event.anchor is not None:
                _refuse("anchors and aliases (& and *) are not taken; write the value out", where)
            if getattr(event, "tag", None) is not None:
                _refuse("tags (!) are not taken; quote the text if it begins with an exclamation mark", where)
            yield event
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            yield event


@dataclass
class _Builder:
    name: str
    events: Iterator[Event]
    depth: int = 0

    def document(self) -> Node:
        first = next(self.events, None)
        if first is None or (isinstance(first, ScalarEvent) and not first.value):
            _refuse("the file is empty", f"{self.name}:1", "write a starter with `groundfact init`")
        root = self.node(first, self.line(first))
        for event in self.events:
            _refuse("a second document begins here; one file holds one", self.line(event))
        return root

    def line(self, event: Event) -> str:
        return f"{self.name}:{event.start_mark.line + 1}"

    def node(self, event: Event, where: str) -> Node:
        if isinstance(event, ScalarEvent):
            return Node(self.scalar(event), where)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            _refuse(f"nested deeper than {MAX_DEPTH} levels", self.line(event))
        value = self.mapping() if isinstance(event, MappingStartEvent) else self.sequence()
        self.depth -= 1
        return Node(value, where)

    def sequence(self) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.node(event, self.line(event)))
        return items

    def mapping(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            where = self.line(event)
            if not isinstance(event, ScalarEvent) or not event.value:
                _refuse("a key is a word, not a list, a mapping or nothing", where)
            key = str(event.value)
            if key == "<<" and event.style is None:
                _refuse("merges (<<) are not taken; write the keys out, or use `extends:`", where)
            if key in found:
                first = found[key].where.rpartition(":")[2]
                _refuse(f"the key {_short(key)} is there twice (first on line {first})", where)
            found[key] = self.node(next(self.events), where)
        return found

    def scalar(self, event: ScalarEvent) -> Any:
        try:
            return scalar(event.value) if event.style is None else str(event.value)
        except TooLong:
            _refuse("the number is too long; quote it if it is a text", self.line(event))


def _short(key: str) -> str:
    shown = key if len(key) <= 40 else key[:39] + "…"
    return "here" if looks_like_secret(key) else repr(shown)


def _refuse(message: str, where: str, hint: str = "") -> NoReturn:
    raise ConfigError(message, where=where, hint=hint)
