"""The cycle collector, held back while many objects are made that no cycle keeps alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["collector_paused", "collector_seldom"]

_SELDOM = 50_000
"""Objects that must be left over before it looks: a page leaves none, what an SDK leaks is still found."""
_entered = 0
_often = gc.get_threshold()
_turn = Lock()


@contextmanager
def collector_paused() -> Iterator[None]:
    """The deriving stage holds millions of objects: walking them again and again finds nothing.

    Threads may overlap: whoever found the collector running starts it again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def collector_seldom() -> Iterator[None]:
    """While pages are read, which come and go by the thousands of objects: the first thread in sets it, the last one
    out sets it back."""
    global _entered, _often
    with _turn:
        if not _entered:
            _often = gc.get_threshold()
            gc.set_threshold(max(_SELDOM, _often[0]), *_often[1:])
        _entered += 1
    try:
        yield
    finally:
        with _turn:
            _entered -= 1
            if not _entered:
                gc.set_threshold(*_often)
