"""A files source as the core would build it: real options, real runtime, real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Gone, Record, Reject
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.protocols import Connector
from groundfact.testing.world_clock import FakeClockWorld
from groundfact_connectors.files import FILES

UNTIL = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


class Source:
    """A connector over the files of a folder, and what it reads."""

    def __init__(self, folder: Path, files: dict[str, Any]) -> None:
        self.runtime = SourceRuntime("lists", FakeClockWorld(), folder)
        self.connector: Connector = FILES.build(FILES.options.model_validate({"files": files}), self.runtime)
        self.runtime.connector = self.connector

    def batches(self, fields: list[str] | None = None) -> Iterator[Batch]:
        """Read the first stream, with the columns its mapping needs."""
        stream = self.connector.streams()[0]
        wanted = list(stream.mapping["attributes"].values()) if fields is None else fields
        return self.connector.read(stream, wanted, None, UNTIL)

    def read(self, fields: list[str] | None = None) -> tuple[list[Record], list[Reject]]:
        """Everything the first stream holds."""
        records: list[Record] = []
        rejects: list[Reject] = []
        for batch in self.batches(fields):
            assert not any(isinstance(row, Gone) for row in batch.rows)
            records += [row for row in batch.rows if isinstance(row, Record)]
            rejects += batch.rejects
        return records, rejects


Make = Callable[..., Source]


@pytest.fixture
def source(tmp_path: Path) -> Make:
    """Write one file and make a source of it: `source("a.csv", b"id,name\\n", id="id")`."""

    def make(path: str, content: bytes | str, **options: Any) -> Source:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / path).write_bytes(data)
        said = {"path": path, "kind": "account", "id": "id", "attributes": {"name": "name"}} | options
        return Source(tmp_path, {"rows": said})

    return make
