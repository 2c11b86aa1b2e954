"""A world whose clock only moves when it is told to."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

__all__ = ["FakeClockWorld"]


@dataclass
class FakeClockWorld:
    """A `World` for tests: seeded randomness, a clock that `advance` and `sleep` move, no environment but its own."""

    at: datetime = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    environ: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 7
    slept: list[float] = field(default_factory=list)
    name: str = "test:1:1"
    alive: bool = True

    def __post_init__(self) -> None:
        """Seed the randomness."""
        self._random = random.Random(self.seed)  # noqa: S311 - a test wants repeatable numbers
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The clock."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock instead of waiting, and keep what was asked for."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)

    def advance(self, **delta: float) -> None:
        """Move the clock: `advance(days=3, minutes=1)`."""
        step = timedelta(**delta)
        self.at += step
        self._elapsed += step.total_seconds()

    def random(self) -> float:
        """The next number of the seed."""
        return self._random.random()

    def resolve(self, host: str) -> Sequence[str]:
        """Addresses of `hosts`; an unknown name is a public address."""
        return self.hosts.get(host, ["93.184.215.14"])

    def identity(self) -> str:
        """This process, as a lease names it."""
        return self.name

    def is_running(self, identity: str) -> bool:
        """What the test says."""
        return self.alive
