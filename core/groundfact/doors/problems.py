"""Errors as a door tells them (RFC 9457): what is wrong and what to do, never a path, a traceback or a hidden thing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from groundfact.doors.text import to_json
from groundfact.errors import Ambiguous, Busy, ConfigError, Denied, GroundfactError, StoreError, UnknownName, UsageError

__all__ = ["MEDIA_TYPE", "Problem", "Refusal", "bad_input", "problem", "problem_of"]

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("groundfact.doors")
_MOST = 20


class Problem(BaseModel):
    """What went wrong, and what to do about it."""

    type: str = Field(description="Which problem, for programs: urn:groundfact:problem:NAME.")
    title: str
    status: int
    detail: str = ""
    hint: str = Field(default="", description="The next thing to do.")
    candidates: list[dict[str, Any]] = Field(default=[], description="Those that answer to an ambiguous name.")
    near: list[str] = Field(default=[], description="Names that look like the one that nothing answers to.")
    errors: list[dict[str, str]] = Field(default=[], description="Each mistake in what was sent: where, and what.")

    @property
    def json_text(self) -> str:
        """The body of an answer."""
        return to_json(self.model_dump(exclude_defaults=True))

    @property
    def told(self) -> str:
        """The same in a few lines, for a model to read."""
        lines = [f"{self.title}: {self.detail}" if self.detail else self.title]
        lines += [f"- {error['where']}: {error['what']}" for error in self.errors]
        lines += [f"- {to_json(candidate)}" for candidate in self.candidates]
        return "\n".join([*lines, f"→ {self.hint}"] if self.hint else lines)


class Refusal(Exception):
    """A door's no, on its way out."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = dict(headers or {})


class _Sort(NamedTuple):
    name: str
    title: str
    status: int
    public: bool = True
    """Whether the error's own words may be told: they may name files of the machine that serves."""


_SORTS: Mapping[type[GroundfactError], _Sort] = {
    UnknownName: _Sort("unknown_name", "Nothing answers to that", 404),
    Ambiguous: _Sort("ambiguous", "Several answer to that", 409),
    ConfigError: _Sort("broken", "The memory is not set up for this", 500, False),
    UsageError: _Sort("bad_input", "It cannot be asked like this", 422),
    Denied: _Sort("denied", "That is not permitted", 403),
    Busy: _Sort("busy", "The memory is busy, try again", 503, False),
    StoreError: _Sort("unavailable", "The memory cannot be read or written now", 503, False),
    GroundfactError: _Sort("broken", "It did not work", 500, False),
}
_LOOK = "the log of the process that serves has the details"


def problem(name: str, title: str, status: int, **more: Any) -> Problem:
    """A problem by its short name."""
    return Problem(type=f"urn:groundfact:problem:{name}", title=title, status=status, **more)


def problem_of(error: Exception, doing: str) -> Problem:
    """What a door tells about an error; what it must not tell goes to the log."""
    if isinstance(error, ValidationError):
        return bad_input(error.errors(include_input=False, include_context=False, include_url=False))
    if not isinstance(error, GroundfactError):
        _log.error("%s failed: %s", doing, type(error).__name__, exc_info=error)
        return problem("broken", "It did not work", 500, hint=_LOOK)
    sort = next(sort for kind, sort in _SORTS.items() if isinstance(error, kind))
    if not sort.public:
        _log.error("%s failed: %s", doing, error.message, exc_info=error)
        return problem(sort.name, sort.title, sort.status, hint=_LOOK)
    found = problem(sort.name, sort.title, sort.status, detail=error.message, hint=error.hint)
    if isinstance(error, Ambiguous):
        found.candidates = list(error.candidates)
    if isinstance(error, UnknownName):
        found.near = list(error.near)
    return found


def bad_input(mistakes: Iterable[Mapping[str, Any]]) -> Problem:
    """What is wrong with what was sent, without repeating it: it may be long, or somebody's secret."""
    told = [{"where": _where(mistake), "what": str(mistake["msg"])} for mistake in mistakes]
    return problem(
        "bad_input",
        "It cannot be asked like this",
        422,
        detail=f"{len(told)} mistake{'s' if len(told) > 1 else ''} in what was sent",
        hint="the schema of the tool, or /openapi.json, says what is taken",
        errors=told[:_MOST],
    )


def _where(mistake: Mapping[str, Any]) -> str:
    if mistake["type"] == "json_invalid":
        return "body"
    path = [str(part) for part in mistake["loc"] if part != "body"]
    # A key may be anything that JSON can say, half characters included.
    return ".".join(path)[:100].encode("utf-8", "replace").decode() or "body"
