"""`groundfact run`: every source in its turn, until somebody stops it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from groundfact.cli.options import JsonOption, LogOption
from groundfact.cli.setup import Setup, setup_of

if TYPE_CHECKING:
    from groundfact.memory import Memory, SyncReport

__all__ = ["run"]

_STOPPING = b"stopping when the pages at hand are written; a second signal stops at once\n"
_NAP = 1.0
"""Seconds."""


def run(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Sync what is due now, then end.")] = False,
    log: LogOption = None,
    json: JsonOption = False,
) -> None:
    """Sync every source in its turn, until it is stopped.

    Turns come as `schedule:`, `every:` and `cron:` say; each finished run is one line. SIGTERM and Ctrl-C end running
    syncs at their next page; exit code 0, and the next start goes on from there. A source that another process is
    syncing is left to it. With --once, exit code 3 where a source could not be read completely.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        code = _run(memory, once, setup)
    if code:
        raise typer.Exit(code)


def _run(memory: Memory, once: bool, setup: Setup) -> int:
    from groundfact.cli.run_report import exit_code, run_data, run_line
    from groundfact.schedule.worker import Worker

    asked: SimpleQueue[int] = SimpleQueue()
    writing = threading.Lock()

    def told(report: SyncReport) -> None:
        with writing:
            try:
                for result in report.sources:
                    if setup.json:
                        setup.screen.json(run_data(result, report, memory.world.now()))
                    else:
                        setup.screen.write(run_line(result, report, memory.world.now()))
                setup.screen.flush()
            except BrokenPipeError:
                # Nobody reads any more: there is nobody left to run for.
                worker.ask_to_stop()
                asked.put(0)

    worker = Worker(memory, told)
    with _stoppable(worker.ask_to_stop, asked):
        if once:
            return exit_code(worker.once())
        worker.start()
        try:
            setup.screen.note(f"{len(memory.config.sources)} sources on schedule; SIGTERM or Ctrl-C stops it")
            _wait(asked)
        finally:
            worker.stop()
    return 0


def _wait(asked: SimpleQueue[int]) -> None:
    """Until somebody asks."""
    while True:
        # Not without an end: Python would not notice a signal that comes just before the wait begins.
        try:
            asked.get(timeout=_NAP)
            return
        except Empty:
            continue


@contextmanager
def _stoppable(ask: Callable[[], None], asked: SimpleQueue[int]) -> Iterator[None]:
    """The first SIGTERM or Ctrl-C asks to stop, the second ends the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        # No lock is taken here: the main thread may be holding it. A simple queue is made for this.
        came.append(number)
        if len(came) > 1:
            # Nothing is lost: pages are written whole, and a lease dies with its process.
            os._exit(128 + number)
        ask()
        asked.put(number)
        os.write(2, _STOPPING)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
