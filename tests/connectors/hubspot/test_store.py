"""HubSpot read into a real memory: what the store believes is what HubSpot has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundfact.memory import Memory
from groundfact.testing.hubspot import FakeHubSpot
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  marketing: {{type: hubspot, access_token: env:HUBSPOT_TOKEN, base_url: {url}, history: true, access: [workspace]}}
network: {{allow: [127.0.0.1]}}
principals: {{me: {{kind: person, clearance: restricted}}}}
context: {{default_principal: me}}
"""


class Office:
    """A memory that reads the fake HubSpot and shares its clock."""

    def __init__(self, vendor: FakeHubSpot, clock: FakeClockWorld, folder: Path) -> None:
        (folder / "lab.yaml").write_text(YAML.format(url=vendor.url))
        clock.environ = {"HUBSPOT_TOKEN": vendor.access_token}
        self.vendor, self.clock = vendor, clock
        self.memory = Memory.open(folder / "lab.yaml", world=clock)

    def sync(self, days: float) -> None:
        """Let business go on for some days, then sync."""
        self.vendor.world.advance(days=days)
        self.clock.at = self.vendor.world.now
        report = self.memory.sync()
        assert report.ok, report

    def believed(self, stream: str) -> set[str]:
        """The ids of the records that are there, as the store believes."""
        sql = """select v.rec from version v join stream s on s.id = v.stream
                 where s.name = ? and v.closed_seq is null and v.gone is null"""
        with self.memory.store.reading() as tx:
            return {rec for (rec,) in tx.rows(sql, (stream,))}

    def there(self, stream: str) -> set[str]:
        """The ids that HubSpot has."""
        return {row.id for row in self.vendor.world.records("hubspot", stream)}


@pytest.fixture
def office(vendor: FakeHubSpot, clock: FakeClockWorld, tmp_path: Path) -> Iterator[Office]:
    """A memory that has read HubSpot once."""
    made = Office(vendor, clock, tmp_path)
    made.sync(0)
    yield made
    made.memory.close()


@pytest.mark.parametrize("stream", ["companies", "contacts", "deals"])
def test_the_store_follows_hubspot(office: Office, stream: str) -> None:
    """Through weeks of edits, new records, an archive, a merge and a purge the store holds what HubSpot holds."""
    world = office.vendor.world
    first, second, third, *_ = sorted(office.there(stream), key=int)
    assert office.believed(stream) == office.there(stream)
    world.archive_record(stream, first)
    office.sync(2)
    assert office.believed(stream) == office.there(stream)
    world.upsert("hubspot", stream, second, {"hs_merged_object_ids": third})
    world.record("hubspot", stream, third).deleted = world.now
    world.record("hubspot", stream, third).merged_into = second
    office.sync(2)
    assert office.believed(stream) == office.there(stream)
    world.purge_record("hubspot", stream, second)
    office.sync(8)
    assert office.believed(stream) == office.there(stream)


def test_a_restored_record_is_believed_again(office: Office) -> None:
    """HubSpot restores without moving a date; with the next full read the record is back all the same."""
    world, key = office.vendor.world, min(office.there("deals"), key=int)
    world.archive_record("deals", key)
    office.sync(1)
    assert key not in office.believed("deals")
    world.restore_record("hubspot", "deals", key)
    office.sync(8)
    assert key in office.believed("deals")


def test_a_second_run_writes_nothing(office: Office) -> None:
    """Reading everything again, unchanged, makes no new version."""
    office.clock.advance(minutes=1)
    counts = office.memory.sync().sources[0].counts
    assert (counts["new"], counts["changed"], counts["gone"]) == (0, 0, 0)
