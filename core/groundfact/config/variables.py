"""Variables: `variables: {folder: ./data}` once, `${folder}` in any value, `--set folder=…` from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping

from groundfact.config.problems import Problems
from groundfact.config.reading import Node
from groundfact.config.spelling import did_you_mean
from groundfact.errors import ConfigError

__all__ = ["filled"]

_MAX_VARIABLE = 1_000
_MAX_GROWTH = 1_000_000
_VARIABLE = re.compile(r"\$(\$?)\{([^{}]*)\}")
_NAMED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def filled(root: Node, given: Mapping[str, str], problems: Problems) -> Node:
    """The tree with every `${name}` replaced by its text; what is `given` overrides what is declared."""
    values = _declared(root, problems)
    for name, value in given.items():
        if name not in values:
            problems.add(f"--set {name}", f"there is no variable {name!r}{did_you_mean(name, values)}")
        else:
            values[name] = str(value)
    room = [_MAX_GROWTH]
    rest = {
        key: node if key == "variables" else _substituted(node, values, room, problems)
        for key, node in root.value.items()
    }
    return Node(rest, root.where)


def _declared(root: Node, problems: Problems) -> dict[str, str]:
    block = root.value.get("variables")
    if block is None or block.value is None:
        return {}
    if not isinstance(block.value, dict):
        raise ConfigError("`variables:` is a mapping of names to texts", where=block.where)
    values: dict[str, str] = {}
    for name, node in block.value.items():
        text = node.value if isinstance(node.value, str) else str(node.value)
        if not _NAMED.fullmatch(name):
            problems.add(node.where, "a variable's name has letters, digits and _ only")
        elif isinstance(node.value, (dict, list)) or node.value is None or "${" in text:
            problems.add(node.where, f"the variable {name!r} is one plain text, without variables in it")
        elif len(text) > _MAX_VARIABLE:
            problems.add(node.where, f"the variable {name!r} is longer than {_MAX_VARIABLE} characters")
        values[name] = text if not isinstance(node.value, bool) else text.lower()
    return values


def _substituted(node: Node, values: Mapping[str, str], room: list[int], problems: Problems) -> Node:
    if isinstance(node.value, dict):
        children = {key: _substituted(child, values, room, problems) for key, child in node.value.items()}
        return Node(children, node.where)
    if isinstance(node.value, list):
        return Node([_substituted(item, values, room, problems) for item in node.value], node.where)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node

    def put(match: re.Match[str]) -> str:
        escaped, name = match.groups()
        if escaped:
            return f"${{{name}}}"
        if name not in values:
            known = did_you_mean(name, values) if _NAMED.fullmatch(name) else "; write $${ for a plain ${"
            problems.add(node.where, f"there is no variable {name[:40]!r}{known}")
        room[0] -= len(values.get(name, ""))
        if room[0] < 0:
            raise ConfigError("variables blow the file up beyond 1 MB", where=node.where)
        return values.get(name, "")

    return Node(_VARIABLE.sub(put, node.value), node.where)
