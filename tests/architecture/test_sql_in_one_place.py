"""SQL, time predicates and pluggy each live in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from support.source_code import modules, name_of, tree

_SQL = re.compile(
    r"\b(select\b.+\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|delete\s+from\b|update\s+\w+\s+set\b|"
    r"(create|drop|alter)\s+(virtual\s+)?(table|index)\b|pragma\s+\w)",
    re.IGNORECASE | re.DOTALL,
)
_RANGE = re.compile(r"\bseq\s*(<|>|between\b)", re.IGNORECASE)
_COMMIT_CLOCK = re.compile(r"from belief_commit where\b")
"""The commits themselves are the clock: looking one up is no predicate about what was believed."""


@cache
def _texts(path: Path) -> Sequence[tuple[int, str]]:
    return list(_each_text(path))


def _each_text(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in a module that is no docstring, f-strings with `{}` where a value goes."""
    nodes = list(ast.walk(tree(path)))
    documents = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts.update(id(value) for value in node.values)
            yield node.lineno, "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents | parts:
            yield node.lineno, node.value


def _in_store(path: Path) -> bool:
    return name_of(path).startswith("core/groundfact/store/")


def _is_another(path: Path) -> bool:
    """SOQL is Salesforce's language; a connector may keep ids in a file that is thrown away. Neither is our store."""
    scratch = name_of(path) == "connectors/groundfact_connectors/files/seen.py"
    return "testing" in path.parts or "salesforce" in path.parts or scratch


def test_sql_is_only_in_the_store() -> None:
    """Outside store/ no text is a statement."""
    found = [
        f"{name_of(path)}:{line}"
        for path in modules()
        if not _in_store(path) and not _is_another(path)
        for line, text in _texts(path)
        if _SQL.search(text)
    ]
    assert found == []


def test_the_scan_finds_the_statements_of_the_store() -> None:
    """The same scan finds SQL in store/, so it is not blind."""
    found = {path.name for path in modules() if _in_store(path) for _, text in _texts(path) if _SQL.search(text)}
    assert {"links.py", "reading.py", "runs.py", "versions.py", "passages.py"} <= found


def test_time_predicates_are_only_in_asof() -> None:
    """What was believed at a commit is said in one place: only asof.py compares `seq` with a range."""
    found = {
        f"{name_of(path)}:{line}"
        for path in modules()
        if path.name != "asof.py"
        for line, text in _texts(path)
        if _RANGE.search(text) and not _COMMIT_CLOCK.search(text)
    }
    assert found == set()


def test_asof_writes_a_closed_open_range() -> None:
    """The scan finds the one place, too."""
    (asof,) = [path for path in modules() if path.name == "asof.py"]
    assert any(_RANGE.search(text) for _, text in _texts(asof))


def test_only_the_facade_touches_pluggy() -> None:
    """plugins.py and the page of hooks import pluggy, and nothing else does."""
    found = set()
    for path in modules():
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "pluggy" for name in names):
                found.add(name_of(path))
    assert found == {"core/groundfact/plugins.py", "core/groundfact/hookspecs.py"}


def test_only_the_world_asks_the_operating_system() -> None:
    """The core reads no clock and no random source by itself: they come from the injected World."""
    forbidden = re.compile(r"\b(time\.time|time\.sleep|datetime\.now|datetime\.utcnow|random\.random|uuid4)\(")
    # The command line draws and waits for people, and the fakes are servers of their own.
    elsewhere = ("core/groundfact/cli/", "core/groundfact/testing/", "core/groundfact/world.py", "plugins/")
    found = [
        f"{name_of(path)}:{number}"
        for path in modules()
        if not name_of(path).startswith(elsewhere)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []
