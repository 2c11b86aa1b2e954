"""A laboratory that is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lab import Lab
from support.serving import Served, lab_with_secrets, served


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Lab:
    """Accounts for everybody, one for label `x`, and three tokens."""
    return lab_with_secrets(tmp_path, blank_store)


@pytest.fixture
def server(lab: Lab) -> Iterator[Served]:
    """It, served."""
    with served(lab) as running:
        yield running


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[Served]:
    """One server for all the tests of a module that change nothing."""
    with served(lab_with_secrets(tmp_path_factory.mktemp("steady"), blank_store)) as running:
        yield running
