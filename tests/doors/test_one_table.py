"""MCP, REST and Python cannot differ: the doors' questions are the parameters of the methods behind them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from groundfact.asynchronous import AsyncMemory
from groundfact.doors.verbs import VERBS, Verb
from groundfact.memory import Memory


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_a_question_has_the_methods_parameters(verb: Verb) -> None:
    """Every parameter of the method but who asks can be sent, with the same default, and nothing else."""
    parameters = dict(inspect.signature(getattr(Memory, verb.name)).parameters)
    del parameters["self"], parameters["principal"]
    sent = {
        name: inspect.Parameter.empty if field.is_required() else field.get_default()
        for name, field in verb.ask.model_fields.items()
    }
    assert sent == {name: parameter.default for name, parameter in parameters.items()}
    assert PydanticUndefined not in sent.values()


@pytest.mark.parametrize("name", [*VERBS, "status", "sync"])
def test_the_awaited_method_is_the_same(name: str) -> None:
    """`AsyncMemory` takes what `Memory` takes, in the same order with the same defaults, and returns the same."""

    def signature(owner: type[Any]) -> Any:
        found = inspect.signature(getattr(owner, name))
        return [(p.name, p.kind, p.default, p.annotation) for p in found.parameters.values()], found.return_annotation

    assert inspect.iscoroutinefunction(getattr(AsyncMemory, name))
    assert signature(AsyncMemory) == signature(Memory)


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_a_tool_says_when_to_call_it(verb: Verb) -> None:
    """Its words are whole sentences, its name is one that every MCP client takes, and each parameter is explained."""
    assert re.fullmatch(r"[a-z_]{3,40}", verb.tool)
    assert verb.about.endswith(".")
    assert not verb.title.endswith(".")
    explained = {name for name, field in verb.ask.model_fields.items() if field.description}
    assert {"account", "about", "question", "memory_id"}.intersection(verb.ask.model_fields) <= explained


def test_only_what_changes_something_says_so() -> None:
    """Clients ask a person before they call what writes or destroys."""
    assert {verb.name for verb in VERBS.values() if verb.writes} == {
        "remember", "correct", "pin", "ignore", "forget", "merge", "unmerge", "keep_apart",
    }  # fmt: skip
    assert {verb.name for verb in VERBS.values() if verb.destroys} == {"forget"}
