"""`AsyncMemory`: the same answers, awaited; bounded threads; nothing half done."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from support.serving import lab_with_secrets

import groundfact
from groundfact.asynchronous import AsyncMemory
from groundfact.errors import UnknownName
from groundfact.memory import Memory


def test_the_answers_are_the_same(tmp_path: Path, blank_store: Path) -> None:
    """What is awaited is what the method gives, and its errors are the method's."""
    lab = lab_with_secrets(tmp_path, blank_store)

    async def asked() -> Any:
        memory = AsyncMemory(lab.memory)
        both = await asyncio.gather(memory.context("Acme"), memory.why("Acme", "industry", principal="x"))
        with pytest.raises(UnknownName, match="no account answers to 'Absent'"):
            await memory.context("Absent")
        listed = await memory.run(lambda m: list(m.list("accounts")))
        return *both, listed, await memory.status()

    context, why, listed, status = asyncio.run(asked())
    assert context == lab.memory.context("Acme")
    assert why == lab.memory.why("Acme", "industry", principal="x")
    assert listed == list(lab.memory.list("accounts"))
    assert status == lab.memory.status()


def test_it_opens_and_closes_like_the_other(tmp_path: Path) -> None:
    """It opens from the YAML, and after its end the store's file stands alone."""
    (tmp_path / "groundfact.yaml").write_text("workspace: small\n")

    async def used() -> None:
        async with await groundfact.AsyncMemory.open(tmp_path / "groundfact.yaml") as memory:
            assert await memory.status() == []
            assert [path.name for path in tmp_path.glob("groundfact.db-wal")] == ["groundfact.db-wal"]

    asyncio.run(used())
    assert [path.name for path in tmp_path.glob("groundfact.db*")] == ["groundfact.db"]


def test_who_stops_waiting_stops_nothing(tmp_path: Path, blank_store: Path) -> None:
    """A cancelled call goes on to its end in its thread, and closing waits for it."""
    lab = lab_with_secrets(tmp_path, blank_store)
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def slow(memory: Memory) -> None:
        begun.set()
        assert go_on.wait(30)
        memory.context("Acme")
        done.set()

    async def asked() -> None:
        memory = AsyncMemory(lab.memory)
        call = asyncio.create_task(memory.run(slow))
        assert await asyncio.to_thread(begun.wait, 30)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not done.is_set()
        go_on.set()
        await memory.close()
        assert done.is_set()

    asyncio.run(asked())


def test_a_hundred_calls_use_a_few_threads_and_files(tmp_path: Path, blank_store: Path) -> None:
    """However many wait, there are as many threads as were asked for, and no file is opened for a second round."""
    lab = lab_with_secrets(tmp_path, blank_store)
    seen: set[str] = set()

    def noted(memory: Memory) -> None:
        seen.add(threading.current_thread().name)
        memory.context("Acme")

    async def asked() -> tuple[int, int]:
        memory = AsyncMemory(lab.memory, workers=3)
        # Each of the three has opened its files when all three are at the barrier.
        together = threading.Barrier(3)
        await asyncio.gather(*(memory.run(lambda m: (m.context("Acme"), together.wait(30))) for _ in range(3)))
        before = len(os.listdir("/proc/self/fd"))
        await asyncio.gather(*(memory.run(noted) for _ in range(100)))
        return before, len(os.listdir("/proc/self/fd"))

    before, after = asyncio.run(asked())
    assert len(seen) <= 3
    assert after == before
