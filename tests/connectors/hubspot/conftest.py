"""A HubSpot on loopback, the real runtime and the real SDK; and a copy kept as the core keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Cursor, Gone, Record, Reject, StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.hubspot import FakeHubSpot
from groundfact.testing.hubspot_schema import PROPERTIES, Property
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.hubspot import register_connectors
from groundfact_connectors.hubspot.source import HubSpotSource
from groundfact_connectors.hubspot.streams import specs
from groundfact_plugins.mapping_fields import FIELDS

OpenDesk = Callable[..., "Desk"]
START = datetime.fromisoformat("2026-11-02T08:00:00Z")


def all_mapped(**more: Any) -> dict[str, Sequence[str]]:
    """By stream the paths that its mapping reads, as the core hands them to `check`; `more` goes to the companies."""
    found = {}
    for spec in specs():
        attributes = {**spec.mapping["attributes"], **(more if spec.name == "companies" else {})}
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

    def properties(self) -> dict[str, Mapping[str, Any]]:
        """Each record's properties."""
        return {key: record.data["properties"] for key, record in self.records.items()}


@dataclass
class Desk:
    """One connector at one fake HubSpot."""

    vendor: FakeHubSpot
    runtime: SourceRuntime
    clock: FakeClockWorld
    build: Callable[[], HubSpotSource]

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

    def batches(self, name: str, since: Cursor | None = None, fields: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read a stream as the core does: rewound by the overlap, up to now."""
        spec = self.stream(name)
        rewound = since.rewound(spec.overlap) if since is not None else None
        wanted = all_mapped()[name] if fields is None else fields
        return iter(self.source.read(spec, wanted, rewound, self.world.now))

    def sync(self, name: str, copy: Copy, *, full: bool = False, fields: Sequence[str] | None = None) -> list[Batch]:
        """Bring a copy up to date."""
        self.renew()
        taken = []
        for batch in self.batches(name, None if full else copy.cursor, fields):
            copy.take(batch)
            taken.append(batch)
        return taken

    def living(self, name: str) -> dict[str, Any]:
        """What the vendor has, by id."""
        return {row.id: row for row in self.world.records("hubspot", name)}


@pytest.fixture
def clock() -> FakeClockWorld:
    """A clock that never waits."""
    return FakeClockWorld(START)


@pytest.fixture
def vendor() -> Iterator[FakeHubSpot]:
    """A running fake with a small business."""
    with FakeHubSpot(FictionalWorld(companies=12, now=START)) as running:
        yield running


@pytest.fixture
def open_desk(vendor: FakeHubSpot, clock: FakeClockWorld, tmp_path: Path) -> OpenDesk:
    """Build the connector through its component, as the core does."""

    def build(**options: Any) -> Desk:
        offered = register_connectors()[0]
        clock.environ = {"HUBSPOT_TOKEN": options.pop("token", vendor.access_token)}
        runtime = SourceRuntime("crm", clock, tmp_path, allow=options.pop("allow", ["127.0.0.1"]))
        given = {"access_token": "env:HUBSPOT_TOKEN", "base_url": vendor.url, **options}
        checked = offered.options.model_validate(given)
        return Desk(vendor, runtime, clock, lambda: offered.build(checked, runtime))

    return build


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """The connector with its defaults."""
    return open_desk()


@pytest.fixture
def copy() -> Copy:
    """An empty copy."""
    return Copy()


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, vendor: FakeHubSpot) -> list[str]:
    """Names of 700 custom properties of companies; the first and the last hold a value."""
    names = [f"custom_property_with_a_long_name_{number:03d}" for number in range(700)]
    added = {name: Property(name, name, defined_by_hubspot=False) for name in names}
    monkeypatch.setitem(PROPERTIES, "companies", {**PROPERTIES["companies"], **added})
    for row in vendor.world.records("hubspot", "companies"):
        row.fields |= {names[0]: "first", names[-1]: "last"}
    return names
