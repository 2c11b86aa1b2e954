"""A process that forks a real sync for every line it reads, so that a test can kill one after the other cheaply.

Run as a script: each line of stdin is a JSON object {yaml, at, secrets}; each line of stdout is the pid of a child
that syncs, then how it ended. Everything is imported once, before the first fork.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from groundfact.memory import Memory
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.world import SystemWorld


class Mortal(FakeClockWorld):
    """A clock that only moves when it is told to, in a process that can really die."""

    def identity(self) -> str:
        """This process."""
        return SystemWorld().identity()

    def is_running(self, identity: str) -> bool:
        """What the operating system says."""
        return SystemWorld().is_running(identity)


def mortal(at: datetime, secrets: dict[str, str]) -> Mortal:
    """The world of a process that syncs."""
    return Mortal(at=at, environ=secrets, hosts={"127.0.0.1": ["127.0.0.1"]})


class Forker:
    """The test's end of the pipe."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def sync(self, yaml: Path, at: datetime, secrets: dict[str, str], meanwhile: Callable[[int], None]) -> int:
        """Sync in a process of its own; `meanwhile` gets its pid. Returns how it ended, below 0 for a signal."""
        assert self._process.stdin is not None
        order = {"yaml": str(yaml), "at": at.isoformat(), "secrets": dict(secrets)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        meanwhile(int(self._line()))
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the forking process has ended"
        return line

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _child(order: dict[str, Any]) -> int:
    world = mortal(datetime.fromisoformat(order["at"]), order["secrets"])
    with Memory.open(order["yaml"], world=world) as memory:
        return 0 if memory.sync().ok else 3


def _main() -> None:
    # Loaded once, so that a fork has them.
    import alembic.command
    import hubspot.crm.objects  # noqa: F401
    import simple_salesforce  # noqa: F401

    import groundfact_connectors.hubspot.source
    import groundfact_connectors.salesforce.source  # noqa: F401

    assert alembic.command
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_child(json.loads(line)))
        print(pid, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    _main()
