"""The worker: each source in its turn, none in another's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from support.lab import PLUGINS, Lab, Scripted, account, config_of

from groundfact.errors import SourceUnavailable
from groundfact.memory import Memory, SyncReport
from groundfact.schedule.worker import Worker
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.world import SystemWorld

PATIENCE = 30
"""Seconds after which a test gives up."""


class Heard:
    """The reports of a worker, and a wait for enough of them."""

    def __init__(self) -> None:
        self.statuses: dict[str, list[str]] = {}
        self._changed = threading.Condition()

    def __call__(self, report: SyncReport) -> None:
        """Keep a report."""
        with self._changed:
            for result in report.sources:
                self.statuses.setdefault(result.source, []).append(result.status)
            self._changed.notify_all()

    def wait(self, **least: int) -> None:
        """Until each source named has been told of so often."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: all(len(self.statuses.get(source, ())) >= often for source, often in least.items()), PATIENCE
            ), self.statuses


@pytest.fixture
def heard() -> Heard:
    """What is told."""
    return Heard()


@pytest.fixture
def scripts() -> Iterator[dict[str, dict[str, list[object]]]]:
    """What the sources say, for as long as the test runs."""
    Scripted.scripts.clear()
    yield Scripted.scripts  # type: ignore[misc]
    Scripted.scripts.clear()


@pytest.fixture
def brisk(tmp_path: Path, blank_store: Path) -> Iterator[Memory]:
    """Sources that are due every second by the clock on the wall."""
    config = config_of(tmp_path, "schedule: {every: 1s, workers: 2}\n")
    store = tmp_path / "brisk.db"
    store.write_bytes(blank_store.read_bytes())
    with Memory(config, PLUGINS, Store(store), SystemWorld()) as memory:
        yield memory


def sources(report: SyncReport) -> list[tuple[str, str]]:
    """Which sources were synced, and how it ended."""
    return sorted((result.source, result.status) for result in report.sources)


def test_only_what_is_due_is_synced(lab: Lab) -> None:
    """All at first, none before their hour is over, then all again."""
    worker = Worker(lab.memory)
    everybody = [("a", "done"), ("b", "done"), ("c", "done")]
    assert sources(worker.once()) == everybody
    lab.world.advance(minutes=59)
    assert sources(worker.once()) == []
    lab.world.advance(minutes=1)
    assert sources(worker.once()) == everybody


def test_a_sync_by_hand_counts(lab: Lab) -> None:
    """Its turn is over for an hour, for this worker and for any other."""
    worker = Worker(lab.memory)
    worker.once()
    lab.world.advance(minutes=50)
    lab.sync("b")
    lab.world.advance(minutes=10)
    assert sources(worker.once()) == [("a", "done"), ("c", "done")]


def test_after_a_long_sleep_each_source_is_read_once(lab: Lab) -> None:
    """A week of missed turns is made up for by one run each."""
    worker = Worker(lab.memory)
    worker.once()
    lab.world.advance(days=7)
    assert len(worker.once().sources) == 3
    assert len(worker.once().sources) == 0


def test_a_failing_source_stops_no_other_and_rests(lab: Lab) -> None:
    """It is tried again after its rest; the others keep their rhythm."""
    lab.say("b", "accounts", SourceUnavailable("down"))
    Scripted.scripts.update(lab.said)
    worker = Worker(lab.memory)
    assert sources(worker.once()) == [("a", "done"), ("b", "failed"), ("c", "done")]
    for _ in range(5):
        lab.world.advance(hours=1)
        worker.once()
    told = {entry["source"]: [run["status"] for run in entry["runs"]] for entry in lab.memory.status(10)}
    assert told["a"] == ["done"] * 6
    # At 0, 1, 2, 3 and 4 hours; the next rest is 80 minutes.
    assert told["b"] == ["failed"] * 5
    Scripted.scripts.clear()


def test_a_turn_that_another_process_has_is_skipped(lab: Lab) -> None:
    """It is told, it is no run and no failure, and it is not tried again at once."""
    with lab.memory.store.writing() as tx:
        workspace = registry.ensure_workspace(tx, "lab")
        runs.take_lease(tx, workspace, "b", "other:2:2", lab.memory.now(), holder_lives=True)
    heard = Heard()
    worker = Worker(lab.memory, heard)
    assert sources(worker.once()) == [("a", "done"), ("b", "busy"), ("c", "done")]
    assert [entry["runs"] for entry in lab.memory.status(5) if entry["source"] == "b"] == [[]]
    assert {turn.source: turn.due for turn in worker.turns()}["b"] is False
    lab.world.advance(minutes=6)
    assert sources(worker.once()) == [("b", "done")]


def test_it_keeps_its_rhythm_in_the_background(brisk: Memory, heard: Heard) -> None:
    """Every source again and again, each run at least a second after the one before; then all is quiet."""
    worker = Worker(brisk, heard)
    worker.start()
    heard.wait(a=3, b=3, c=3)
    worker.stop()
    starts = [run.started_at for run in brisk.history(10) if run.source == "a"]
    assert min(later - earlier for later, earlier in pairwise(starts)) >= 1000
    assert {status for told in heard.statuses.values() for status in told} == {"done"}
    assert [thread.name for thread in threading.enumerate() if thread.name == "APScheduler"] == []


def test_in_the_background_a_failing_source_rests_while_the_others_go_on(
    brisk: Memory, heard: Heard, scripts: dict[str, dict[str, list[object]]]
) -> None:
    """One failure, three runs of the others."""
    scripts["b"]["accounts"] = [SourceUnavailable("down")]
    worker = Worker(brisk, heard)
    worker.start()
    heard.wait(a=3, c=3)
    worker.stop()
    assert heard.statuses["b"] == ["failed"]


def test_two_workers_share_a_memory(brisk: Memory, heard: Heard, tmp_path: Path) -> None:
    """Two on one store: whatever is refused is skipped, every run is whole, and none runs twice at a time."""
    with Memory(brisk.config, PLUGINS, Store(brisk.store.path), SystemWorld()) as twin:
        workers = [Worker(brisk, heard), Worker(twin, heard)]
        for worker in workers:
            worker.start()
        heard.wait(a=4, b=4, c=4)
        told = brisk.history(100)
        for worker in workers:
            worker.stop()
    spans = sorted((r.started_at, r.finished_at or 0) for r in brisk.history(100) if r.source == "a")
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    # What is under way when its worker is stopped ends as such, the other's may come after it; nothing else does.
    assert {run.status for run in told} <= {"done", "running"}
    assert {run.status for run in brisk.history(100)} <= {"done", "stopped"}


def test_a_worker_that_was_stopped_begins_nothing(lab: Lab) -> None:
    """Neither by `once` nor in the background."""
    worker = Worker(lab.memory)
    worker.start()
    worker.stop()
    worker.stop()
    before = len(lab.memory.history(10))
    assert worker.once().sources == ()
    assert len(lab.memory.history(10)) == before


def test_an_error_in_one_turn_is_logged_and_the_next_one_comes(
    brisk: Memory, heard: Heard, scripts: dict[str, dict[str, list[object]]], caplog: pytest.LogCaptureFixture
) -> None:
    """A listener that breaks costs its own run's report; the schedule goes on."""
    failed: list[int] = []

    def told(report: SyncReport) -> None:
        if not failed:
            failed.append(1)
            raise ValueError("the listener broke")
        heard(report)

    scripts["a"]["accounts"] = [account("1", 1, name="One")]
    worker = Worker(brisk, told)
    worker.start()
    heard.wait(a=2, b=2, c=2)
    worker.stop()
    assert "the schedule goes on, but: ValueError: the listener broke" in caplog.text
