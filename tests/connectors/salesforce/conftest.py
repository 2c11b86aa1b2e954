"""A fake org on loopback, read by the real connector through the real SDK and the real runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Cursor, Gone, Record, StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.salesforce import FakeSalesforce
from groundfact.testing.server import Request, Response
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.salesforce import SalesforceOptions, register_connectors
from groundfact_connectors.salesforce.streams import STREAMS
from groundfact_plugins.mapping_fields import FIELDS

NAMES = {"accounts": "Account", "contacts": "Contact", "opportunities": "Opportunity"}
SECRETS = {"SF_ID": "fake-consumer-key", "SF_SECRET": "fake-consumer-secret"}


@dataclass
class Org:
    """The fake org, and a memory of what was read from it: a store in two dictionaries."""

    world: FictionalWorld
    fake: FakeSalesforce
    folder: Path
    clock: FakeClockWorld
    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    rt: Any = None

    def connector(self, allow: Sequence[str] = ("127.0.0.1",), **options: Any) -> Any:
        """The connector as the core builds it."""
        (offered,) = register_connectors()
        given = {"instance_url": "https://northlane.my.salesforce.com", "base_url": self.fake.url, **options}
        if "access_token" not in given:
            given = {"client_id": "env:SF_ID", "client_secret": "env:SF_SECRET", **given}
        self.rt = SourceRuntime("crm", self.clock, self.folder, allow)
        self.rt.connector = offered.build(SalesforceOptions(**given), self.rt)
        return self.rt.connector

    def batches(
        self, connector: Any, stream: str, since: Cursor | None = None, fields: Sequence[str] | None = None
    ) -> Iterator[Batch]:
        """Read a stream as the core does: with the fields the mapping needs, up to now."""
        spec = self.spec(stream)
        asked = mapped(stream) if fields is None else fields
        rewound = since.rewound(spec.overlap) if since else None
        return iter(connector.read(spec, asked, rewound, self.world.now))

    def keep(self, batch: Batch) -> Cursor | None:
        """Store a batch."""
        for row in batch.rows:
            if isinstance(row, Record):
                self.records[row.id] = row
                self.gone.pop(row.id, None)
            else:
                self.gone[row.id] = row
                self.records.pop(row.id, None)
        return batch.cursor

    def sync(self, connector: Any, stream: str, since: Cursor | None = None, **more: Any) -> Cursor:
        """Read a stream to its end; the cursor that the next run starts from."""
        cursor = None
        for batch in self.batches(connector, stream, since, **more):
            assert not batch.rejects
            cursor = self.keep(batch)
        assert cursor is not None
        return cursor

    def spec(self, stream: str) -> StreamSpec:
        """A stream's declaration."""
        return STREAMS[stream].spec

    def ids(self, stream: str) -> set[str]:
        """The ids that the org has."""
        return {row.id for row in self.world.records("salesforce", NAMES[stream])}

    def many(self, count: int, at: datetime) -> list[str]:
        """New accounts, all with the same stamp."""
        return [
            self.world.upsert("salesforce", "Account", None, {"Name": f"Tied {n}", "OwnerId": self.owner}, at).id
            for n in range(count)
        ]

    def answers(self, match: str, response: Response, times: int) -> None:
        """Let the fake answer calls to a path with something of the test's own."""
        usual, left = self.fake.answer, [times]

        def answer(request: Request) -> Response:
            if match not in request.path or not left[0]:
                return usual(request)
            left[0] -= 1
            return response

        self.fake.answer = answer  # type: ignore[method-assign]

    @property
    def owner(self) -> str:
        """A user of the org."""
        return self.world.records("salesforce", "User")[0].id


def mapped(stream: str, **more: Any) -> Sequence[str]:
    """The paths that a stream's mapping reads, with the YAML's own over the connector's."""
    spec = STREAMS[stream].spec
    options = {**spec.mapping, "attributes": {**spec.mapping["attributes"], **more}}
    built: Sequence[str] = FIELDS.build(FIELDS.options(**options), spec.kind, default_vocabulary()).fields
    return built


def all_mapped(**more: Any) -> dict[str, Sequence[str]]:
    """The same by stream, as the core hands it to `check`; `more` goes to the accounts."""
    return {stream: mapped(stream, **(more if stream == "accounts" else {})) for stream in NAMES}


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    """A fictional org that hands out pages as small as it is asked for."""
    world = FictionalWorld(seed=7, companies=25)
    with FakeSalesforce(world, min_batch=1) as fake:
        yield Org(world, fake, tmp_path, FakeClockWorld(at=world.now, environ=dict(SECRETS)))
