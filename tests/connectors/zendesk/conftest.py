"""A Zendesk on loopback, the real runtime and the real HTTP client; and a copy kept as the core keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Cursor, Gone, Record, Reject, StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld
from groundfact.testing.zendesk import FakeZendesk
from groundfact.testing.zendesk_desk import Row
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.zendesk import register_connectors
from groundfact_connectors.zendesk.source import ZendeskSource
from groundfact_connectors.zendesk.streams import specs
from groundfact_plugins.mapping_fields import FIELDS

OpenDesk = Callable[..., "Office"]
START = datetime.fromisoformat("2026-11-02T08:00:00Z")


def all_mapped(**more: Any) -> dict[str, Sequence[str]]:
    """By stream the paths that its mapping reads, as the core hands them to `check`; `more` goes to the tickets."""
    found = {}
    for spec in specs():
        attributes = {**spec.mapping["attributes"], **(more if spec.name == "tickets" else {})}
        options = FIELDS.options(**{**spec.mapping, "attributes": attributes})
        found[spec.name] = FIELDS.build(options, spec.kind, default_vocabulary()).fields
    return found


@dataclass
class Copy:
    """What a store holds of one stream after the batches it was given."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    cursor: Cursor | None = None
    complete: bool = True
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
        self.sizes.append(len(batch.rows))

    def text(self, ticket: int) -> str:
        """What is said in a ticket."""
        return str(self.records[str(ticket)].data["conversation"])


@dataclass
class Office:
    """One connector at one fake help desk."""

    vendor: FakeZendesk
    runtime: SourceRuntime
    clock: FakeClockWorld
    build: Callable[[], ZendeskSource]

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Build the connector anew, as the core does for every run."""
        self.source = self.build()
        self.runtime.connector = self.source

    @property
    def world(self) -> FictionalWorld:
        """The business behind the vendor."""
        return self.vendor.world

    def stream(self, name: str) -> StreamSpec:
        """A declared stream."""
        return next(spec for spec in self.source.streams() if spec.name == name)

    def sync(self, name: str, copy: Copy, *, full: bool = False, fields: Sequence[str] | None = None) -> list[Batch]:
        """Bring a copy up to date as the core does: a finished read's cursor is rewound by the overlap."""
        self.renew()
        spec, since, taken = self.stream(name), None if full else copy.cursor, []
        if since is not None and copy.complete:
            since = since.rewound(spec.overlap)
        copy.complete = False
        wanted = all_mapped()[name] if fields is None else fields
        for batch in self.source.read(spec, wanted, since, self.world.now):
            copy.take(batch)
            taken.append(batch)
        copy.complete = True
        return taken

    def later(self, **span: float) -> None:
        """Let time pass for the business and for us."""
        self.world.advance(**span)
        self.vendor.desk.refresh()

    def settle(self) -> None:
        """Let the minute pass that the exports withhold, in which nothing happens."""
        self.later(hours=0.02)

    def living(self, name: str) -> dict[str, Row]:
        """What the vendor has, by id; of users, those who are contacts."""
        rows = self.vendor.desk.rows[name].values()
        return {
            str(row.id): row
            for row in rows
            if row.deleted is None and (name != "users" or row.fields["role"] == "end-user")
        }


@pytest.fixture
def clock() -> FakeClockWorld:
    """A clock that never waits."""
    return FakeClockWorld(START)


@pytest.fixture
def vendor(clock: FakeClockWorld) -> Iterator[FakeZendesk]:
    """A running fake with a small business, which allows ten exports a minute of our clock."""
    with FakeZendesk(FictionalWorld(companies=12, now=START), clock=clock.monotonic) as running:
        yield running


@pytest.fixture
def open_desk(vendor: FakeZendesk, clock: FakeClockWorld, tmp_path: Path) -> OpenDesk:
    """Build the connector through its component, as the core does."""

    def build(**options: Any) -> Office:
        offered = register_connectors()[0]
        clock.environ = {"SECRET": vendor.client_secret, "TOKEN": vendor.access_token, "API": vendor.api_token}
        clock.environ = {**clock.environ, **options.pop("environ", {})}
        runtime = SourceRuntime("support", clock, tmp_path, allow=options.pop("allow", ["127.0.0.1"]))
        given = {"base_url": vendor.url, "client_id": vendor.client_id, "client_secret": "env:SECRET", **options}
        checked = offered.options.model_validate({name: value for name, value in given.items() if value is not None})
        return Office(vendor, runtime, clock, lambda: offered.build(checked, runtime))

    return build


@pytest.fixture
def desk(open_desk: OpenDesk) -> Office:
    """The connector with its defaults."""
    return open_desk()


@pytest.fixture
def copy() -> Copy:
    """An empty copy."""
    return Copy()
