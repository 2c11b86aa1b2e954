"""Every hook is documented, has a bundled plugin behind it, and is named by a test that uses it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from support.source_code import ROOT, tree

from groundfact import hookspecs
from groundfact.plugins import COMPONENT_HOOKS, Plugins

PAGE = ROOT / "docs" / "reference" / "hooks.md"
HOOKS: dict[str, Callable[..., Any]] = {
    name: thing for name, thing in vars(hookspecs).items() if hasattr(thing, "groundfact_spec")
}


def test_there_are_hooks() -> None:
    """The page of hooks has all three sorts: components, events and doors."""
    assert set(COMPONENT_HOOKS.values()) | {"sync_started", "fact_changed", "register_commands"} <= set(HOOKS)
    assert {name for name in HOOKS if name.startswith("register_")} - {"register_commands"} == set(
        COMPONENT_HOOKS.values()
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_what_it_is(hook: str) -> None:
    """Its docstring is a sentence, and every argument has a type."""
    told = inspect.getdoc(HOOKS[hook])
    assert told is not None
    assert re.match(r"[A-Z].*\.", told), told
    assert all(p.annotation is not p.empty for p in inspect.signature(HOOKS[hook]).parameters.values())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_bundled_plugin(hook: str) -> None:
    """A hook ships only with a real plugin that uses it: one of the installed distribution implements it."""
    plugins = Plugins()
    ours = {name for name, origin in plugins.names if origin.startswith("groundfact ")}
    implementations = getattr(plugins._manager.hook, hook).get_hookimpls()
    assert ours.intersection(implementation.plugin_name for implementation in implementations)


@cache
def _called_by_tests() -> set[str]:
    """Hooks that a test implements, tells or calls: as a function, a method call or a text handed to a call."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        if path.parent.name == "architecture" or (path.parent / "pyproject.toml").exists():
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update([node.value, *re.findall(r"^def (\w+)\(", node.value, re.MULTILINE)])
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return found


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_a_test(hook: str) -> None:
    """Some test outside this folder implements it, calls it or expects it to be told: syntax is read, not text."""
    assert hook in _called_by_tests()


def _documented() -> dict[str, list[str]]:
    """Headings of the reference page, each with its list of arguments: `### name(a, b)`."""
    headings = re.findall(r"^#{2,4} `?(\w+)\(([^)]*)\)", PAGE.read_text("utf-8"), re.MULTILINE)
    return {
        name: [a.strip().partition(":")[0].strip("` ") for a in args.split(",") if a.strip()] for name, args in headings
    }


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_in_the_reference(hook: str) -> None:
    """docs/reference/hooks.md has a heading for it, with exactly the arguments it is called with."""
    assert _documented().get(hook) == list(inspect.signature(HOOKS[hook]).parameters)


def test_the_reference_has_no_hook_that_is_gone() -> None:
    """Every heading with arguments is a hook that exists."""
    assert set(_documented()) - set(HOOKS) == set()
