"""How far a sync is: bars on a terminal, a line now and then elsewhere. Interrupting stops it at a page's end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from groundfact.cli.screen import Screen

__all__ = ["progress"]

Progress = Callable[[str, str, int, int | None], None]
_EVERY = 10.0
"""Seconds between two lines of a stream."""


@contextmanager
def progress(screen: Screen, clock: Callable[[], float]) -> Iterator[Progress]:
    """What to tell a sync's progress to."""
    with _bars(screen) if sys.stderr.isatty() else _lines(screen, clock) as tell, _stoppable() as stopped:

        def told(source: str, stream: str, done: int, total: int | None) -> None:
            if stopped.is_set():
                # Sources are read in threads, which only hear of it here; the page is committed, the lease given back.
                raise KeyboardInterrupt
            tell(source, stream, done, total)

        yield told


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()
        raise KeyboardInterrupt

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
        screen.note(f"{source}/{stream}: {done:,} records" + (f" of {total:,}" if total is not None else ""))

    yield tell
