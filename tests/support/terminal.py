"""The command line on a real terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.command_line import command, environment

__all__ = ["on_a_terminal", "shown_on_a_terminal"]


def on_a_terminal(*args: str, folder: Path | None = None) -> str:
    """What a person sees who runs a command in a terminal, in `folder` or the current one."""
    return shown_on_a_terminal(command(*args), folder)


def shown_on_a_terminal(program: Sequence[str], folder: Path | None = None) -> str:
    """What a program writes to its terminal."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        program, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, cwd=folder,
        env=environment(COLUMNS="200", TERM="xterm", NO_COLOR="1"),
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    running.wait(60)
    os.close(ours)
    return seen.decode()
