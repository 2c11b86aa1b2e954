"""Schedules to be asked, and laboratories whose sources are on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.lab import Lab, config_of

from groundfact.config.config import Config

Configured = Callable[..., Config]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    """A configuration of scripted sources: `options` stand at each, `more` at the top."""

    def build(options: str = "", more: str = "", sources: str = "a") -> Config:
        return config_of(tmp_path, more, sources, f", {options}" if options else "")

    return build


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory of three sources that are due every hour, and their scripts."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, "schedule: {every: 1h, workers: 2}\n"))
    yield made
    made.close()
