"""Memory stays flat: a file's size decides how long it is read, not what it takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from .conftest import Make


def _csv(rows: int) -> str:
    return "id,name\n" + "".join(f"{n},{'Company' * 10} {n}\n" for n in range(rows))


def _jsonl(rows: int) -> str:
    return "".join(f'{{"id": {n}, "name": "{"Company" * 10}"}}\n' for n in range(rows))


@pytest.mark.parametrize(("name", "written"), [("rows.csv", _csv), ("rows.jsonl", _jsonl)])
def test_twice_the_rows_take_no_more_memory(source: Make, name: str, written: Callable[[int], str]) -> None:
    """Reading 42,000 rows peaks no higher than reading 21,000, however many ids there are to remember."""
    peaks = []
    for rows in (21_000, 42_000):
        batches = source(name, written(rows)).batches()
        tracemalloc.start()
        assert sum(len(batch.rows) for batch in batches) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.3 * peaks[0]
    assert peaks[1] < 8_000_000
