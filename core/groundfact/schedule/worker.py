"""The worker: syncs every source in its turn, in threads of this process, until it is stopped.

APScheduler only says when. What is due is asked of the store each time, so that a sync by hand, a second worker and a
machine that slept all count. One job for each source, put in anew after every run; the lease keeps others out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from groundfact.errors import Busy
from groundfact.memory import Memory, SyncReport
from groundfact.model.times import from_ms
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.schedule.plan import HISTORY, Turn, past_of, turns
from groundfact.world import SystemWorld

__all__ = ["Worker"]

Tell = Callable[[SyncReport], None]
_log = logging.getLogger("groundfact.schedule")
_LOOK_EVERY = 20
"""Seconds between two looks at what is due. A machine that wakes from sleep is back within this."""
_LOOK = "(look)"
"""No source can be called that."""


def _nobody(report: SyncReport) -> None:
    """Tell nobody."""


class Worker:
    """Runs the schedule of one memory. `start`, then `stop`; or `once` for what is due now."""

    def __init__(self, memory: Memory, tell: Tell = _nobody) -> None:
        """`tell` is called with the report of every finished run, from the thread that ran it."""
        self._memory, self._tell = memory, tell
        # A plain flag: it is also set from signal handlers, where taking a lock could wait for ever.
        self._stopping = False
        self._scheduler: Any = None
        self._looking = threading.Lock()
        self._given: set[str] = set()
        """Sources whose turn is in the scheduler's hands: waiting, queued or running."""
        self._running = 0
        self._idle = threading.Condition()
        self._refused: dict[str, datetime] = {}
        """When a source was last found in other hands: another process, or a store that somebody locks."""

    def turns(self) -> list[Turn]:
        """The next turn of every source, the most overdue first."""
        memory = self._memory
        known = groupby(memory.history(HISTORY), key=lambda run: run.source)
        past = {source: past_of(list(group)) for source, group in known}
        now = memory.world.now()
        wished = {source: from_ms(at) for source, at in memory.wishes().items()}
        return turns(memory.config.workspace, memory.config.sources.values(), past, self._refused, now, wished)

    def once(self) -> SyncReport:
        """Sync what is due now; a report without sources where nothing is."""
        due = [turn.source for turn in self.turns() if turn.due]
        if self._stopping:
            return SyncReport((), (), 0)
        if not due:
            self._settled()
            return SyncReport((), (), 0)
        return self._sync(due, self._memory.config.root.schedule.workers)

    def start(self) -> None:
        """Begin, in the background; returns at once."""
        from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES
        from apscheduler.schedulers import background

        # It has no types.
        scheduler: Any = background.BackgroundScheduler
        workers = self._memory.config.root.schedule.workers
        self._scheduler = scheduler(
            # Looking has a thread to itself: it must not queue behind syncs.
            executors={
                "default": {"type": "threadpool", "max_workers": workers},
                "look": {"type": "threadpool", "max_workers": 1},
            },
            # However late a turn is, it is run, and once.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        over = EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES
        self._scheduler.add_listener(self._over, over)
        now = SystemWorld().now()
        self._scheduler.add_job(self._settle, "date", run_date=now, executor="look")
        self._scheduler.add_job(
            self._look, "interval", seconds=_LOOK_EVERY, next_run_time=now, id=_LOOK, executor="look"
        )
        self._scheduler.start()

    def ask_to_stop(self) -> None:
        """Let running syncs end at their next page, and begin no other; returns at once, also in a signal handler."""
        self._stopping = True

    def stop(self, wait: bool = True) -> None:
        """Ask to stop, and wait until every running sync has committed its page and given its lease back."""
        self.ask_to_stop()
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.pause()
            # This takes the lock under which jobs are handed out: one that is being handed out is not torn away.
            self._scheduler.get_jobs()
            # Never with wait: it would hold that lock while it waits for jobs that may want it.
            self._scheduler.shutdown(wait=False)
        if wait:
            with self._idle:
                self._idle.wait_for(lambda: self._running == 0)

    def _sync(self, sources: list[str], workers: int) -> SyncReport:
        report = self._memory.sync(sources, SyncOptions(workers=workers, stopping=lambda: self._stopping))
        for result in report.sources:
            if result.status == "busy":
                self._refused[result.source] = self._memory.world.now()
        self._tell(report)
        return report

    def _look(self) -> None:
        """Give the scheduler every turn it does not have yet, at the time that the plan says now."""
        with self._working(), self._looking:
            if self._stopping:
                return
            now = self._memory.world.now()
            for turn in self.turns():
                if turn.source in self._given and self._scheduler.get_job(turn.source) is None:
                    continue
                # By the operating system's clock, which is the scheduler's.
                at = SystemWorld().now() + max(turn.at - now, timedelta(0))
                self._scheduler.add_job(
                    self._turn, "date", run_date=at, args=[turn.source], id=turn.source, replace_existing=True
                )
                self._given.add(turn.source)

    def _turn(self, source: str) -> None:
        with self._working():
            # Looked at again: it may have waited in the queue while somebody else did it.
            if any(turn.source == source and turn.due for turn in self.turns()) and not self._stopping:
                self._sync([source], 1)

    def _over(self, event: Any) -> None:
        """A turn has ended: APScheduler counts it as ended, too, so that the next one may be put in."""
        if event.job_id in self._given:
            self._given.discard(event.job_id)
            self._look()

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Counted, so that `stop` can wait; what goes wrong is logged and tried again at its next turn."""
        with self._idle:
            self._running += 1
        try:
            yield
        except Exception as error:
            _log.error("the schedule goes on, but: %s: %s", type(error).__name__, error, exc_info=error)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _settle(self) -> None:
        with self._working():
            self._settled()

    def _settled(self) -> None:
        try:
            self._memory.settle(stopping=lambda: self._stopping)
        except Busy:
            if not self._stopping:
                raise
