"""What a verb is: one thing that can be asked of the memory, the same through every door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from groundfact.doors import answers, asks
from groundfact.doors.text import to_json
from groundfact.memory import Memory

__all__ = ["Answered", "Verb"]


class Answered(NamedTuple):
    """An answer as a door sends it."""

    data: dict[str, Any]
    """Plain JSON."""
    text: str
    """What a model reads: the rendered context, else the data as JSON."""

    @property
    def json(self) -> str:
        """The data as one line."""
        return to_json(self.data)


@dataclass(frozen=True)
class Verb:
    """One thing a copilot can do: `name` is the method of `Memory` and the path, `tool` what MCP calls it."""

    name: str
    tool: str
    title: str
    about: str
    """What it does, for the model that chooses between tools."""
    ask: type[asks.Ask]
    answer: type[answers.Answer]
    shape: Callable[[Any], Mapping[str, Any]] = dict
    """From what the method returns to the answer's fields."""
    writes: bool = False
    destroys: bool = False

    def call(self, memory: Memory, principal: str, ask: asks.Ask) -> Answered:
        """Ask the memory in somebody's name."""
        arguments = {name: getattr(ask, name) for name in type(ask).model_fields}
        found = self.shape(getattr(memory, self.name)(**arguments, principal=principal))
        answer = self.answer.model_validate(found).model_dump(exclude_unset=True)
        line = to_json(answer)
        text = answer["text"] if self.answer is answers.ContextAnswer else line
        return Answered(orjson.loads(line), text)
