"""The cycle collector is held back while a sync runs, and is as it was afterwards."""

from __future__ import annotations

import gc
from threading import Barrier, Thread

from groundfact.pipeline.ingest.collector import collector_paused, collector_seldom


def test_overlapping_threads_leave_the_collector_as_it_was() -> None:
    """Whoever comes first or goes last: afterwards it looks as often as before."""
    before = gc.get_threshold()
    inside, leaving = Barrier(2), Barrier(2)

    def short() -> None:
        with collector_seldom():
            inside.wait(10)
        leaving.wait(10)

    other = Thread(target=short)
    with collector_seldom():
        other.start()
        inside.wait(10)
        leaving.wait(10)
        assert gc.get_threshold() > before
        assert gc.isenabled()
    other.join(10)
    assert gc.get_threshold() == before


def test_a_pause_ends_with_what_it_was_for() -> None:
    """Also where that fails, and also inside another one."""
    try:
        with collector_paused(), collector_paused():
            assert not gc.isenabled()
            raise ValueError
    except ValueError:
        assert gc.isenabled()
