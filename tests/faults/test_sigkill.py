"""A sync that dies anywhere loses nothing, doubles nothing and is simply run again."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.forker import Forker, mortal
from support.vendors import Vendors, dump, vendors

from groundfact.memory import Memory
from groundfact.testing import FictionalWorld

POINTS = 20
DOUBLES = """select stream, rec, count(*) from version where closed_seq is null group by stream, rec having count(*) > 1
union all select stream, rec, count(*) from link where closed_seq is null group by stream, rec having count(*) > 1
union all select stream, rec, count(*) from version group by stream, rec, hash, asserted_at having count(*) > 1"""


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    """What starts the processes that are killed."""
    forker = Forker()
    yield forker
    forker.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    """Sixty companies in small pages, so that a sync is many calls and many commits."""
    world = FictionalWorld(seed=7, companies=60)
    with vendors(tmp_path_factory.mktemp("killed"), world, rows=12) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(running: Vendors) -> tuple[bytes, int]:
    """The dump of a sync that nobody disturbed, and how many calls it took."""
    before = len(running.crm.calls) + len(running.hub.calls)
    with running.open("undisturbed") as memory:
        assert memory.sync().ok
        return dump(memory), len(running.crm.calls) + len(running.hub.calls) - before


def killed(forker: Forker, running: Vendors, yaml: Path, call: int, delay: float) -> int:
    """Sync in a process that is killed `delay` seconds after the vendors were asked for the `call`-th time.

    The time before the first call is counted from the moment at which the store's file appears.
    """
    reached, left = threading.Event(), [call]
    lock = threading.Lock()

    def count() -> None:
        with lock:
            left[0] -= 1
            if left[0] <= 0:
                reached.set()

    def strike(pid: int) -> None:
        while call == 0 and not yaml.with_suffix(".db").exists():
            time.sleep(0.0005)
        assert call == 0 or reached.wait(60)
        time.sleep(delay)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    for vendor in (running.crm, running.hub):
        vendor.faults.add("run", times=None, run=count)
    try:
        return forker.sync(yaml, running.world.now, dict(running.secrets), strike)
    finally:
        for vendor in (running.crm, running.hub):
            vendor.faults.clear()


def resumed(running: Vendors, yaml: Path) -> tuple[bytes, int]:
    """Run the sync again, in this process and at once; the dump and the calls it took."""
    before = len(running.crm.calls) + len(running.hub.calls)
    with Memory.open(yaml, world=mortal(running.world.now, dict(running.secrets))) as memory:
        report = memory.sync()
        assert [(source.status, source.error) for source in report.sources] == [("done", None)] * 2
        with memory.store.reading() as tx:
            assert tx.rows(DOUBLES) == []
        (crashed,) = tx_count(memory, "select count(*) from run where status = 'running'")
        assert crashed == 0
        return dump(memory), len(running.crm.calls) + len(running.hub.calls) - before


def tx_count(memory: Memory, sql: str) -> tuple[int]:
    """One number."""
    with memory.store.reading() as tx:
        row = tx.one(sql)
        assert row is not None
        return (int(row[0]),)


@pytest.mark.parametrize("point", range(POINTS))
def test_a_sync_killed_anywhere_converges(
    running: Vendors, forker: Forker, undisturbed: tuple[bytes, int], point: int
) -> None:
    """SIGKILL at a random point, then a second run: equal dump, nothing twice, no waiting for the dead lease."""
    wanted, calls = undisturbed
    rng = random.Random(f"kill/{point}")
    yaml = running.yaml(f"killed-{point}")
    # After the last call come the links and facts, in which some are to die as well.
    at = calls if point % 5 == 4 else rng.randrange(1, calls)
    ended = killed(forker, running, yaml, at, rng.random() * (0.06 if at == calls else 0.012))
    assert ended == -signal.SIGKILL
    again, cost = resumed(running, yaml)
    assert again == wanted
    # At most the page in the air is asked for twice, and what each run asks for once: owners, account, archives, and
    # the short lists (stages, people, association labels) that are always read whole.
    assert cost <= calls - at + 23


@pytest.mark.parametrize("point", range(5))
def test_a_process_killed_while_it_makes_the_store_leaves_none_or_a_whole_one(
    running: Vendors, forker: Forker, undisturbed: tuple[bytes, int], point: int
) -> None:
    """Killed before the first call, in the middle of creating the tables, the store can be opened and filled."""
    yaml = running.yaml(f"unborn-{point}")
    assert killed(forker, running, yaml, 0, point * 0.006) == -signal.SIGKILL
    assert resumed(running, yaml)[0] == undisturbed[0]


def test_killed_again_and_again_it_still_arrives(
    running: Vendors, forker: Forker, undisturbed: tuple[bytes, int]
) -> None:
    """A sync that dies after every few calls goes on where it was, until it is complete."""
    yaml = running.yaml("mortal")
    ends = [killed(forker, running, yaml, 12, 0.005) for _ in range(3)]
    assert set(ends) == {-signal.SIGKILL}
    again, cost = resumed(running, yaml)
    assert again == undisturbed[0]
    assert cost < undisturbed[1]


def test_two_processes_that_make_one_store_at_once_both_succeed(
    running: Vendors, forker: Forker, undisturbed: tuple[bytes, int]
) -> None:
    """Started at once on a store that is not there, neither crashes; what one syncs is busy for the other."""
    other = Forker()
    try:
        for turn in range(2):
            yaml, ends = running.yaml(f"twins-{turn}"), list[int]()

            def sync(one: Forker, yaml: Path = yaml, ends: list[int] = ends) -> None:
                ends.append(one.sync(yaml, running.world.now, dict(running.secrets), lambda pid: None))

            threads = [threading.Thread(target=sync, args=(one,)) for one in (forker, other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            # 3: not every source was free.
            assert set(ends) <= {0, 3}
            assert resumed(running, yaml)[0] == undisturbed[0]
    finally:
        other.close()
