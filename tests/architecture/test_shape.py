"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from statistics import median, quantiles

from support.source_code import modules, name_of, tree


def _lines() -> dict[str, int]:
    return {name_of(path): len(path.read_text("utf-8").splitlines()) for path in modules()}


def _functions() -> Iterator[tuple[str, int]]:
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{name_of(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_file_is_longer_than_300_lines() -> None:
    """A file that has grown past 300 lines has become two things."""
    assert {name: lines for name, lines in _lines().items() if lines > 300} == {}


def test_most_files_are_about_120_lines() -> None:
    """Half of the files have at most 130 lines."""
    assert median(_lines().values()) <= 130


def test_no_function_is_longer_than_60_lines() -> None:
    """A function fits on a screen."""
    assert {name: lines for name, lines in _functions() if lines > 60} == {}


def test_95_of_100_functions_have_at_most_35_lines() -> None:
    """Long functions are the exception."""
    assert quantiles([lines for _, lines in _functions()], n=20)[-1] <= 35
