"""A laboratory for each test of what was, what will be, and what would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lab import Lab, config_of


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory of three scripted sources, and their scripts."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path))
    yield made
    made.close()
