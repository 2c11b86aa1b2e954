"""The real world, at a time that somebody names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from groundfact.model.times import from_ms, parse_instant
from groundfact.world import SystemWorld

__all__ = ["StandingStill"]


@dataclass(frozen=True)
class StandingStill(SystemWorld):
    """A world whose clock shows one time."""

    instant: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @classmethod
    def at(cls, text: str) -> StandingStill:
        """The world at an ISO 8601 time. Raises UsageError for anything else."""
        return cls(instant=from_ms(parse_instant(text)))

    def now(self) -> datetime:
        """The time that was named."""
        return self.instant
