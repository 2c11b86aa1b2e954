"""A laboratory of eight sources: real sync, real store, and texts that attackers wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lab import Lab, config_of

SOURCES = "abcdefgh"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[Lab]:
    """A memory of eight scripted sources, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("lab")
    made = Lab(folder, blank_store, config_of(folder, sources=SOURCES, options=", page: 200"))
    yield made
    made.close()
