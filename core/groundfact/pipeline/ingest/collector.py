"""The cycle collector, held off while many objects are made that no cycle keeps alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """A page holds thousands of objects, the deriving stage millions: walking them again and again finds nothing.

    Threads may overlap: whoever found the collector running starts it again.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
