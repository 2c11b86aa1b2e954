"""The one seam to the outside: clock, sleep, randomness, environment, name look-up.

The core never asks the operating system by itself. A test injects another `World` and replays a run from a seed.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["SystemWorld", "World"]

_STARTED = time.time_ns()
"""Tells this process from one before it with the same pid, as a restarted container has."""


class World(Protocol):
    """What the core may know of the world outside its store."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Environment variables, for `env:` secrets."""

    def now(self) -> datetime:
        """Wall clock, UTC-aware."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for budgets and time-outs."""

    def sleep(self, seconds: float) -> None:
        """Wait; the only place where groundfact waits."""

    def random(self) -> float:
        """A number in [0, 1), for jitter."""

    def resolve(self, host: str) -> Sequence[str]:
        """Every address a host name stands for, as text."""

    def identity(self) -> str:
        """Who this process is, `host:pid:start`, as written into a lease."""

    def is_running(self, identity: str) -> bool:
        """Whether the process behind an `identity` may still be alive (True where it cannot be told)."""


@dataclass(frozen=True)
class SystemWorld:
    """The real world."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def now(self) -> datetime:
        """Wall clock, UTC-aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def random(self) -> float:
        """A number in [0, 1)."""
        return random.random()  # noqa: S311 - jitter, not cryptography

    def resolve(self, host: str) -> Sequence[str]:
        """Every address of a host name."""
        return [str(info[4][0]) for info in socket.getaddrinfo(host, None)]

    def identity(self) -> str:
        """`host:pid:start` of this process."""
        return f"{socket.gethostname()}:{os.getpid()}:{_STARTED}"

    def is_running(self, identity: str) -> bool:
        """False only for a process of this host whose pid is gone, or is ours and was not when it started."""
        host, pid, _ = identity.rsplit(":", 2)
        if host != socket.gethostname():
            return True
        if int(pid) == os.getpid():
            return identity == self.identity()
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not _is_zombie(int(pid))


def _is_zombie(pid: int) -> bool:
    """Whether a process is dead and only waits to be reaped by its parent; False where there is no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read(4096).rpartition(b")")[2].split()[:1] == [b"Z"]
    except OSError:
        return False
