"""Nine real lists, with line breaks in cells, placeholders and shared numbers: no row is lost."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from groundfact.config.build import load_config
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.world_clock import FakeClockWorld

from .conftest import UNTIL

REPO = Path(__file__).parents[3]
FOLDER = REPO.parent / "shared" / "data" / "organisations"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the nine lists are not beside this repository")


def _lists() -> dict[str, list[dict[str, str]]]:
    files = [path for path in sorted(FOLDER.glob("*.csv")) if path.name != "truth.csv"]
    return {path.stem: list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in files}


def _rows(name: str, settings: Any, folder: Path) -> list[dict[str, Any]]:
    runtime = SourceRuntime(name, FakeClockWorld(), folder)
    connector = settings.component.build(settings.options, runtime)
    runtime.connector = connector
    columns = ["name", "address", "zip", "phone", "agency", "website"]
    assert all(check.ok for check in connector.check({connector.streams()[0].name: columns}))
    batches = list(connector.read(connector.streams()[0], columns, None, UNTIL))
    assert not any(batch.rejects for batch in batches)
    return [{"id": row.id, **row.data} for batch in batches for row in batch.rows]


def test_every_row_of_the_nine_lists_is_read_as_it_stands() -> None:
    """`config/organisations.yaml` reads 3,337 rows from nine sources, equal to what any CSV reader finds there."""
    config = load_config(REPO / "config" / "organisations.yaml", variables={"folder": str(FOLDER)})

    found = {name: _rows(name, settings, REPO / "config") for name, settings in config.sources.items()}

    assert found == _lists()
    assert sum(map(len, found.values())) == 3_337


def test_the_default_folder_is_the_one_beside_the_repository() -> None:
    """Without `--set folder=`, the configuration means the folder next to the repository."""
    config = load_config(REPO / "config" / "organisations.yaml")
    options = next(iter(config.sources.values())).options.model_dump()
    path = options["files"]["organisations"]["path"]

    assert (REPO / "config" / path).resolve().parent == FOLDER.resolve()
