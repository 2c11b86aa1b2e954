"""How far a sync or a rebuild is: bars on a terminal, a line now and then elsewhere; and a clean stop on Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from groundfact.cli.failures import INTERRUPTED
from groundfact.cli.screen import Screen

__all__ = ["progress", "told"]

Progress = Callable[[str, str, int, int | None], None]
_EVERY = 10.0
"""Seconds between two lines of a stream."""
_STOPPING = b"stopping when what is at hand is written; Ctrl-C again stops at once\n"
_CURSOR = b"\x1b[?25h"
"""Shows the cursor, which the bars hide."""


@contextmanager
def progress(screen: Screen, clock: Callable[[], float]) -> Iterator[Progress]:
    """What to tell a sync's progress to."""
    with _bars(screen) if sys.stderr.isatty() else _lines(screen, clock) as tell, _stoppable() as stopped:

        def told(source: str, stream: str, done: int, total: int | None) -> None:
            if stopped.is_set():
                # The page is committed, and the lease will be given back.
                raise KeyboardInterrupt
            tell(source, stream, done, total)

        yield told


@contextmanager
def told(screen: Screen, total: int) -> Iterator[Callable[[str, int], None]]:
    """What to tell how many of about `total` things are done: a bar with the time that is left, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda what, done: None
        return
    with _bars(screen) as tell:
        yield lambda what, done: tell("compared", "entities", done, max(total, done))


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: FrameType | None) -> None:
        # Not through sys.stderr, which may be in the middle of a line when the signal comes.
        if stopped.is_set():
            # Nothing is lost: pages are written whole, and a lease dies with its process.
            os.write(2, _CURSOR if os.isatty(2) else b"")
            os._exit(INTERRUPTED)
        # Raising here could leave a thread behind that nobody waits for, at work on a store that is being closed.
        stopped.set()
        os.write(2, _STOPPING)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bars(screen: Screen) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    tasks: dict[tuple[str, str], Any] = {}
    with Progress(*columns, console=screen.err, transient=True) as bars:

        def tell(source: str, stream: str, done: int, total: int | None) -> None:
            key = (source, stream)
            if key not in tasks:
                tasks[key] = bars.add_task(f"{source}/{stream}", total=total)
            bars.update(tasks[key], completed=done, total=total)

        yield tell


@contextmanager
def _lines(screen: Screen, clock: Callable[[], float]) -> Iterator[Progress]:
    last: dict[tuple[str, str], float] = {}

    def tell(source: str, stream: str, done: int, total: int | None) -> None:
        now = clock()
        key = (source, stream)
        if key in last and now - last[key] < _EVERY:
            return
        last[key] = now
        screen.note(f"{source}/{stream}: {done:,}" + (f" of {total:,}" if total is not None else ""))

    yield tell
