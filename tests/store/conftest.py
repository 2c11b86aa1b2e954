"""Stores for tests: an empty one of today's schema, copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundfact.store.engine import Store
from groundfact.store.registry import ensure_workspace


@pytest.fixture
def path(tmp_path: Path, blank_store: Path) -> Path:
    """An empty store's file."""
    return Path(shutil.copy(blank_store, tmp_path / "store.db"))


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An empty store, open."""
    opened = Store(path)
    yield opened
    opened.close()


@pytest.fixture
def workspace(store: Store) -> int:
    """The number of a workspace in it."""
    with store.writing() as tx:
        return ensure_workspace(tx, "test")
