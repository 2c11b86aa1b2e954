"""What each verb answers, as far as it is always there; more keys may stand beside."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = [
    "Answer",
    "ContextAnswer",
    "Decided",
    "Explanation",
    "Flip",
    "Linked",
    "Memories",
    "Outcome",
    "Passage",
    "Passages",
    "Proposals",
    "Tasks",
]


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


class Flip(Answer):
    """What would change an answer: on a day by itself (`at`), or whenever it happens; and what it would be then."""

    at: str | None
    because: str
    to: Any
    status: str | None


class Explanation(Answer):
    """A fact, and why it is believed."""

    kind: str
    id: str
    name: str
    fact: dict[str, Any]
    because: str
    flips: list[Flip]


class Outcome(Answer):
    """What was kept or changed."""

    id: str


class Task(Answer):
    """One thing to do, and the command that would settle it."""

    task: str
    settle: str


class Tasks(Answer):
    """What waits for a steward, the worst first."""

    tasks: list[Task]


class Proposal(Answer):
    """Two that look alike."""

    score: float
    records: list[str]


class Proposals(Answer):
    """What looks alike and was not merged, the surest first."""

    proposals: list[Proposal]


class Linked(Answer):
    """Why records are one."""

    id: str
    records: list[str]
    because: list[dict[str, Any]]


class Decided(Answer):
    """What was decided about a record, and what it belongs to now."""

    decision: str
    record: str
    entity: str


class Memories(Answer):
    """What people and copilots told."""

    memories: list[Outcome]
