"""A sync that is asked to stop ends at a page's end, keeps what it has and goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.schedule.shelf import SIZE, Shelf, opened

from groundfact.memory import Memory, SyncReport
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.schedule.worker import Worker
from groundfact.testing.world_clock import FakeClockWorld


@pytest.fixture
def world() -> FakeClockWorld:
    """A clock that only moves when it is told to."""
    return FakeClockWorld()


@pytest.fixture
def memory(tmp_path: Path, blank_store: Path, world: FakeClockWorld) -> Iterator[Memory]:
    """A memory of one shelf of twelve books, in pages of three."""
    Shelf.reset()
    with opened(tmp_path, blank_store, world) as memory:
        yield memory


def stopped_at(memory: Memory, page: int, full: bool = False) -> SyncReport:
    """A sync that is asked to stop while a page is on its way."""
    asked: list[int] = []

    def ask(now: int) -> None:
        if now == page:
            asked.append(now)

    Shelf.before_page = staticmethod(ask)
    try:
        return memory.sync((), SyncOptions(full=full, stopping=lambda: bool(asked)))
    finally:
        Shelf.before_page = staticmethod(lambda page: None)


def status_of(memory: Memory) -> tuple[str, int]:
    """The state of the shelf, and how many books it holds."""
    (entry,) = memory.status()
    return entry["state"], entry["records"]


def test_it_ends_at_the_pages_end_as_stopped(memory: Memory) -> None:
    """The page at hand is written, no further one is asked for; that is neither done nor failed."""
    report = stopped_at(memory, 1)
    (result,) = report.sources
    assert (result.status, result.error, result.counts["new"]) == ("stopped", None, 2 * SIZE)
    assert (report.ok, status_of(memory)) == (False, ("stopped", 2 * SIZE))
    assert Shelf.handed == [str(n) for n in range(2 * SIZE)]


def test_the_next_sync_goes_on_from_there(memory: Memory) -> None:
    """No record is asked for twice and none is missing; the lease is free."""
    stopped_at(memory, 1)
    (result,) = memory.sync().sources
    assert (result.status, result.counts["new"]) == ("done", 2 * SIZE)
    assert Shelf.handed == [str(n) for n in range(Shelf.books)]
    assert status_of(memory) == ("ok", Shelf.books)


def test_it_is_due_again_at_once(memory: Memory, world: FakeClockWorld) -> None:
    """The turn of a stopped run is not over, however long its rhythm."""
    stopped_at(memory, 1)
    world.advance(seconds=1)
    assert [(turn.source, turn.due) for turn in Worker(memory).turns()] == [("books", True)]
    assert Worker(memory).once().sources[0].status == "done"
    assert not Worker(memory).turns()[0].due


def test_links_and_facts_follow_later(memory: Memory) -> None:
    """Nothing is worked out on the way out; the next sync does it, or a worker with nothing else to do."""
    report = stopped_at(memory, 3)
    assert report.pending is not None
    assert list(memory.list("accounts")) == []
    memory.sync()
    assert len(list(memory.list("accounts"))) == Shelf.books


def test_a_worker_settles_what_was_left(memory: Memory) -> None:
    """A run that was complete when it was asked to stop has nothing to read again: its facts are still worked out."""
    how = SyncOptions(stopping=lambda: memory.status()[0]["read_until"] is not None)
    assert [source.status for source in memory.sync((), how).sources] == ["done"]
    assert list(memory.list("accounts")) == []
    Worker(memory).once()
    assert len(list(memory.list("accounts"))) == Shelf.books


def test_half_a_listing_buries_nothing(memory: Memory) -> None:
    """Stopped in the middle of listing what is there, it does not take the rest for gone."""
    memory.sync()
    (result,) = stopped_at(memory, 101, full=True).sources
    assert (result.status, result.counts["gone"]) == ("stopped", 0)
    assert status_of(memory)[1] == Shelf.books


def test_a_wait_for_the_source_is_cut_short(memory: Memory, world: FakeClockWorld) -> None:
    """A source that wants a minute and a half does not keep the process from ending."""

    def closed(page: int) -> None:
        if page == 1:
            raise ConnectionError("closed")

    Shelf.before_page = staticmethod(closed)
    (result,) = memory.sync((), SyncOptions(stopping=lambda: sum(world.slept) >= 1)).sources
    assert (result.status, result.counts["new"], sum(world.slept)) == ("stopped", SIZE, 1)


def test_a_source_that_refused_stays_failed(memory: Memory) -> None:
    """Being asked to stop does not hide what went wrong before."""

    def broken(page: int) -> None:
        if page == 1:
            raise RuntimeError("torn page")

    Shelf.before_page = staticmethod(broken)
    (result,) = memory.sync((), SyncOptions(stopping=lambda: len(Shelf.handed) > SIZE)).sources
    assert (result.status, status_of(memory)) == ("failed", ("failed", SIZE))
