"""A Notion on loopback, the real runtime and the real SDK; and a copy kept as the core keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Cursor, Gone, Record, Reject, StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.notion import FakeNotion
from groundfact.testing.notion_space import DataSource, NotionSpace, Page
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.notion import register_connectors
from groundfact_connectors.notion.source import NotionSource
from groundfact_plugins.mapping_fields import FIELDS

OpenDesk = Callable[..., "Desk"]
START = datetime.fromisoformat("2026-11-02T08:00:00Z")
PLAN = {
    "kind": "account",
    "attributes": {
        "name": "Account", "domain": "Domain", "tier": "Tier", "owner": "Owner", "renewal_date": "Renewal",
    },
}  # fmt: skip


@dataclass
class Copy:
    """What a store holds of one stream after the batches it was given."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    cursor: Cursor | None = None
    sizes: list[int] = field(default_factory=list)

    def take(self, batch: Batch) -> None:
        """Commit a batch: rows and cursor together."""
        for row in batch.rows:
            if isinstance(row, Record):
                self.records[row.id] = row
                self.gone.pop(row.id, None)
            else:
                self.records.pop(row.id, None)
                self.gone[row.id] = row
        self.rejects += batch.rejects
        self.cursor = batch.cursor or self.cursor
        self.sizes.append(sum(isinstance(row, Record) for row in batch.rows))

    def text(self, page: Page) -> Any:
        """The text of a page."""
        return self.records[page.id].data["text"]


@dataclass
class Desk:
    """One connector at one fake Notion."""

    vendor: FakeNotion
    runtime: SourceRuntime
    clock: FakeClockWorld
    build: Callable[[], NotionSource]

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Build the connector anew, as the core does for every run."""
        self.source = self.build()
        self.runtime.connector = self.source

    @property
    def space(self) -> NotionSpace:
        """What people write."""
        return self.vendor.space

    @property
    def plans(self) -> DataSource:
        """The data source of the account plans."""
        return self.space.named("Accounts")

    def stream(self, name: str) -> StreamSpec:
        """A declared stream."""
        return next(spec for spec in self.source.streams() if spec.name == name)

    def fields(self, name: str) -> Sequence[str]:
        """The paths that a stream's mapping reads."""
        spec = self.stream(name)
        return FIELDS.build(FIELDS.options(**spec.mapping), spec.kind, default_vocabulary()).fields

    def mapped(self) -> dict[str, Sequence[str]]:
        """The paths of every stream, as the core hands them to `check`."""
        return {spec.name: self.fields(spec.name) for spec in self.source.streams()}

    def batches(self, name: str, since: Cursor | None = None, fields: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read a stream as the core does: rewound by the overlap unless it goes on after a crash."""
        spec = self.stream(name)
        begun = since is not None and "phase" in since.value
        rewound = since if since is None or begun else since.rewound(spec.overlap)
        wanted = self.fields(name) if fields is None else fields
        return iter(self.source.read(spec, wanted, rewound, self.vendor.world.now))

    def sync(self, name: str, copy: Copy, *, full: bool = False, fields: Sequence[str] | None = None) -> list[Batch]:
        """Bring a copy up to date."""
        self.renew()
        taken = []
        for batch in self.batches(name, None if full else copy.cursor, fields):
            copy.take(batch)
            taken.append(batch)
        return taken

    def pass_time(self, **delta: float) -> None:
        """Let time pass in the world."""
        self.vendor.world.advance(**delta)

    def row(self, name: str) -> Page:
        """The account plan of that name."""
        return next(page for page in self.space.rows(self.plans) if page.properties["Account"] == name)


@pytest.fixture
def clock() -> FakeClockWorld:
    """A clock that never waits."""
    return FakeClockWorld(START)


@pytest.fixture
def world() -> FictionalWorld:
    """A small business."""
    return FictionalWorld(companies=12, now=START)


@pytest.fixture
def vendor(world: FictionalWorld) -> Iterator[FakeNotion]:
    """A running fake."""
    with FakeNotion(world) as running:
        yield running


@pytest.fixture
def open_desk(vendor: FakeNotion, clock: FakeClockWorld, tmp_path: Path) -> OpenDesk:
    """Build the connector through its component, as the core does."""

    def build(running: FakeNotion = vendor, **options: Any) -> Desk:
        offered = register_connectors()[0]
        clock.environ = {"NOTION_TOKEN": options.pop("token", running.token)}
        runtime = SourceRuntime("wiki", clock, tmp_path, allow=options.pop("allow", ["127.0.0.1"]))
        plans = {**PLAN, "id": running.space.named("Accounts").id}
        given = {
            "token": "env:NOTION_TOKEN", "base_url": running.url, "pages": True, "comments": True,
            "data_sources": {"plans": {**plans, **options.pop("plans", {})}}, **options,
        }  # fmt: skip
        checked = offered.options.model_validate(given)
        return Desk(running, runtime, clock, lambda: offered.build(checked, runtime))

    return build


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """The connector: account plans, free pages, comments."""
    return open_desk()


@pytest.fixture
def copy() -> Copy:
    """An empty copy."""
    return Copy()
