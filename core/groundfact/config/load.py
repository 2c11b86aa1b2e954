"""Loading: the YAML with its overlays and variables, as plain data that still knows its lines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from groundfact.config.plaintext import looks_like_secret
from groundfact.config.problems import Problems
from groundfact.config.reading import Node, plain, read_file
from groundfact.config.variables import filled
from groundfact.errors import ConfigError

__all__ = ["Document", "load_document"]

_MAX_CHAIN = 8
_MAX_FILES = 32
_WORDS_OF_THE_USER = frozenset(("mapping", "attributes", "kinds"))
"""Below these, keys are names of attributes and fields, and a field may well be called `license_key`."""


@dataclass(frozen=True)
class Document:
    """A configuration as it was written: `data` (dicts, lists, scalars) and the place of every key."""

    path: Path
    root: Node
    files: Sequence[Path]
    """Every file it was read from: the bases first, `path` last."""

    @cached_property
    def data(self) -> dict[str, Any]:
        """The configuration, overlays merged and variables filled in."""
        found: dict[str, Any] = plain(self.root)
        return found

    def where(self, path: Sequence[str | int]) -> str:
        """`file:line` of the key at a path, or of the nearest key above it that is there."""
        return self._walk(path)[0].where

    def reach(self, path: Sequence[str | int]) -> int:
        """How many steps of a path are there."""
        return self._walk(path)[1]

    def _walk(self, path: Sequence[str | int]) -> tuple[Node, int]:
        node = self.root
        for steps, step in enumerate(path):
            child = _child(node, step)
            if child is None:
                return node, steps
            node = child
        return node, len(path)


def load_document(path: Path | str, *, variables: Mapping[str, str] | None = None) -> Document:
    """Read a YAML file, the files it `extends:`, and fill in its `variables:`, which the argument overrides.

    Raises ConfigError with file:line for anything but a plain, small, honest mapping without secrets in it.
    """
    path = Path(path).expanduser().resolve()
    files: list[Path] = []
    root = _with_bases(path, path.parent, (), files)
    problems = Problems()
    root = filled(root, dict(variables or {}), problems)
    _refuse_secrets(root, "", problems)
    problems.stop_if_any()
    return Document(path, root, tuple(files))


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, dict):
        return node.value.get(str(step))
    if isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
        item: Node = node.value[step]
        return item
    return None


def _with_bases(path: Path, folder: Path, above: tuple[Path, ...], files: list[Path]) -> Node:
    name = os.path.relpath(path, folder)
    node = read_file(path, name)
    problems = Problems()
    _refuse_secrets(node, "", problems)
    problems.stop_if_any("write where the secret is kept: env:NAME, file:PATH or keyring:SERVICE/NAME")
    merged: Node | None = None
    for base, where in _bases(node, path):
        if base in (*above, path):
            raise ConfigError(f"{base.name} extends itself", where=where, hint="break the circle of `extends:`")
        if len(above) >= _MAX_CHAIN or len(files) >= _MAX_FILES:
            raise ConfigError("too many files extend each other", where=where, hint="use fewer overlays")
        if not base.is_file():
            raise ConfigError(f"extends {base.name}, which is not there", where=where, hint=f"looked for {base}")
        found = _with_bases(base, folder, (*above, path), files)
        merged = found if merged is None else _merged(merged, found)
    files.append(path)
    return node if merged is None else _merged(merged, node)


def _bases(node: Node, path: Path) -> list[tuple[Path, str]]:
    extends = node.value.get("extends")
    if extends is None or extends.value is None:
        return []
    items = extends.value if isinstance(extends.value, list) else [extends]
    for item in items:
        if not isinstance(item.value, str) or not item.value:
            raise ConfigError("`extends:` takes a file name or a list of them", where=item.where)
    return [((path.parent / item.value).resolve(), item.where) for item in items]


def _merged(base: Node, over: Node) -> Node:
    """`over` on top of `base`: mappings merge, all else is replaced, null takes a key of the base away."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    found = dict(base.value)
    for key, node in over.value.items():
        if key not in found:
            found[key] = node
        elif node.value is None:
            del found[key]
        else:
            found[key] = _merged(found[key], node)
    return Node(found, over.where)


def _refuse_secrets(node: Node, key: str, problems: Problems) -> None:
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            if what := looks_like_secret(name):
                problems.add(child.where, f"this key is {what} in plain text")
            _refuse_secrets(child, key if key in _WORDS_OF_THE_USER else name, problems)
    elif isinstance(node.value, list):
        for item in node.value:
            _refuse_secrets(item, key, problems)
    elif isinstance(node.value, str) and (what := looks_like_secret(node.value, key)):
        problems.add(node.where, f"the value looks like {what} in plain text")
