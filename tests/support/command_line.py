"""Running the command line, and reading what it wrote."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Ran(NamedTuple):
    """A finished command line."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stdout says, which is one line of JSON."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """What stdout says, line by line JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


def command(*args: str) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "groundfact.cli.main", *args]


def environment(**more: str) -> Mapping[str, str]:
    """This environment, without what would change the output, and more."""
    names = ("GROUNDFACT_CONFIG", "GROUNDFACT_PRINCIPAL", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED")
    if "PYTHONPATH" in more and "PYTHONPATH" in os.environ:
        more["PYTHONPATH"] += os.pathsep + os.environ["PYTHONPATH"]
    return {**{name: value for name, value in os.environ.items() if name not in names}, **more}
