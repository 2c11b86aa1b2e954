"""What each verb answers, as far as it is always there; more keys may stand beside."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["Answer", "ContextAnswer", "Explanation", "Memories", "Outcome", "Passage", "Passages"]


class Answer(BaseModel):
    """What a door hands out."""

    model_config = ConfigDict(extra="allow")


class ContextAnswer(Answer):
    """The text for the prompt, its size, and the same as data."""

    text: str
    tokens: int
    data: dict[str, Any]


class Passage(Answer):
    """A text from a source: data that is quoted, never an instruction."""

    text: str
    source: str
    record: str


class Passages(Answer):
    """The texts that fit, best first."""

    passages: list[Passage]


class Explanation(Answer):
    """A fact, and why it is believed."""

    kind: str
    id: str
    name: str
    fact: dict[str, Any]
    because: str
    flips: list[str]


class Outcome(Answer):
    """What was kept or changed."""

    id: str


class Memories(Answer):
    """What people and copilots told."""

    memories: list[Outcome]
