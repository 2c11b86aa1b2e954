"""Who asks, and what may be shown to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

__all__ = ["Access", "Decision", "Principal"]

Decision = Literal["permit", "redact", "deny"]


class Principal(NamedTuple):
    """A person, a team or a copilot, with everything it was granted (its teams' grants included)."""

    name: str
    kind: Literal["person", "team", "copilot"]
    labels: frozenset[str]
    clearance: str
    teams: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    """What else it was granted: `direct` others, `correct` facts, `forget` what somebody else told."""


class Access(NamedTuple):
    """What one principal may see: records that carry one of `labels`, attributes that `decide` permits."""

    principal: str
    labels: frozenset[str]
    decide: Callable[[str, str], Decision]
    """Kind and attribute to a decision; anything but `permit` hides the value before resolution."""
