"""A memory fed by CSV files that a test writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SourceResult, SyncOptions
from groundfact.testing.world_clock import FakeClockWorld

HEADER = "id,company,website,staff,changed"
_SOURCE = """
  {name}:
    type: files
    access: [workspace]
    behind_after: 30d
    files:
      companies:
        path: {path}
        kind: account
        id: id
        updated_at: changed
        attributes: {{name: company, domain: website, employees: staff}}"""
_REST = """
identity: {account: [{type: shared_key, attribute: domain}]}
principals: {dana: {kind: person, labels: [workspace], clearance: restricted}}
context: {default_principal: dana, max_tokens: 4000}
"""


def row(number: int, **other: object) -> str:
    """A good row; `other` replaces cells."""
    cells: dict[str, object] = {
        "id": number,
        "company": f"Company {number}",
        "website": f"company{number}.example",
        "staff": 10 * number,
        "changed": f"2026-10-{number % 28 + 1:02d}T00:00:00Z",
    }
    return ",".join(str(value) for value in (cells | other).values())


class Tables:
    """A folder with a YAML, a store and one CSV file for each source."""

    def __init__(self, folder: Path, **sources: str) -> None:
        self.folder, self.world = folder, FakeClockWorld()
        self.path = folder / "groundfact.yaml"
        self.store = folder / "tables.db"
        self.configure(**(sources or {"books": "books"}))

    def configure(self, **sources: str) -> None:
        """Name the sources; each reads `<file>.csv`."""
        told = "".join(_SOURCE.format(name=name, path=f"{file}.csv") for name, file in sources.items())
        self.path.write_text(f"workspace: tables\nstore: {{path: tables.db}}\nsources:{told}\n{_REST}")

    def write(self, rows: Sequence[str | bytes], *, file: str = "books", header: str = HEADER) -> None:
        """Write a CSV file, ten minutes after the last one."""
        lines = [line if isinstance(line, bytes) else line.encode() for line in (header, *rows)]
        (self.folder / f"{file}.csv").write_bytes(b"".join(line + b"\n" for line in lines))
        self.world.advance(minutes=10)

    def open(self) -> Memory:
        """A memory; close it."""
        return Memory.open(self.path, world=self.world)

    def sync(self, *sources: str, **options: Any) -> list[SourceResult]:
        """Sync with a memory of its own."""
        with self.open() as memory:
            return list(memory.sync(sources, SyncOptions(**options)).sources)

    def sync_one(self, **options: Any) -> SourceResult:
        """Sync the only source."""
        (result,) = self.sync(**options)
        return result

    def names(self) -> set[str]:
        """The names of the accounts."""
        with self.open() as memory:
            return {str(account["name"]) for account in memory.list("accounts")}

    def facts(self, attribute: str) -> dict[str, Any]:
        """A fact of every account, by the account's name."""
        with self.open() as memory:
            facts = list(memory.list("facts"))
        return {str(fact["name"]): fact["value"] for fact in facts if fact["attribute"] == attribute}
