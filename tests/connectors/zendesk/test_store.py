"""Zendesk read into a real memory: what the store believes is what the help desk has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundfact.memory import Memory
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.zendesk import FakeZendesk

YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  support:
    type: zendesk
    base_url: {url}
    client_id: groundfact
    client_secret: env:SECRET
    access: [workspace]
    streams:
      tickets: {{mapping: {{access: {{field: group.name, label: "group:{{value}}"}}}}}}
network: {{allow: [127.0.0.1]}}
identity:
  account: [{{type: shared_key, attribute: domain}}]
  contact: [{{type: shared_key, attribute: email}}]
principals:
  me: {{kind: person, labels: [workspace, "group:Support", "group:Escalations"], clearance: restricted}}
context: {{default_principal: me}}
"""


class Business:
    """A memory that reads the fake Zendesk and shares its clock."""

    def __init__(self, vendor: FakeZendesk, clock: FakeClockWorld, folder: Path) -> None:
        (folder / "lab.yaml").write_text(YAML.format(url=vendor.url))
        clock.environ = {"SECRET": vendor.client_secret}
        self.vendor, self.clock = vendor, clock
        self.memory = Memory.open(folder / "lab.yaml", world=clock)

    def sync(self, days: float) -> dict[str, int]:
        """Let business go on for some days and rest for two minutes, then sync."""
        self.vendor.world.advance(days=days, hours=0.04)
        self.vendor.desk.refresh()
        self.clock.advance(days=days, minutes=5)
        report = self.memory.sync()
        assert report.ok, report
        return dict(report.sources[0].counts)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Look at the store directly."""
        with self.memory.store.reading() as tx:
            return list(tx.rows(sql, values))

    def believed(self, stream: str) -> set[str]:
        """The ids of the records that are there, as the store believes."""
        sql = """select v.rec from version v join stream s on s.id = v.stream
                 where s.name = ? and v.closed_seq is null and v.gone is null"""
        return {str(rec) for (rec,) in self.rows(sql, stream)}

    def there(self, stream: str) -> set[str]:
        """The ids that Zendesk has; of users, the end users."""
        rows = self.vendor.desk.rows[stream].values()
        agents = {"admin", "agent"}
        return {str(row.id) for row in rows if row.deleted is None and row.fields.get("role") not in agents}


@pytest.fixture
def business(vendor: FakeZendesk, clock: FakeClockWorld, tmp_path: Path) -> Iterator[Business]:
    """A memory that has read Zendesk once."""
    made = Business(vendor, clock, tmp_path)
    made.sync(0)
    yield made
    made.memory.close()


@pytest.mark.parametrize("stream", ["organizations", "users", "tickets"])
def test_the_store_follows_zendesk(business: Business, stream: str) -> None:
    """Through weeks of work, deletions and one that is taken back the store holds what Zendesk holds."""
    assert business.believed(stream) == business.there(stream)
    first, second, *_ = sorted(map(int, business.there(stream)))
    for key in (first, second):
        business.vendor.desk.delete(stream, key)
    business.sync(3)
    assert business.believed(stream) == business.there(stream)
    business.vendor.desk.restore(stream, first)
    business.sync(9)
    assert business.believed(stream) == business.there(stream)
    assert str(first) in business.believed(stream)


def test_a_second_run_writes_nothing(business: Business) -> None:
    """Nothing changed: four calls, a token among them, and no new version."""
    counts = business.sync(0)
    assert (counts["new"], counts["changed"], counts["gone"], counts["rejected"]) == (0, 0, 0, 0)
    assert counts["calls"] == 4


def test_a_full_read_of_what_is_known_writes_nothing(business: Business) -> None:
    """Reading everything again gives the same bytes: comments, side-loaded people and all."""
    from groundfact.pipeline.ingest.sync import SyncOptions

    business.clock.advance(minutes=5)
    (source,) = business.memory.sync([], SyncOptions(full=True)).sources
    assert (source.counts["new"], source.counts["changed"], source.counts["gone"]) == (0, 0, 0)
    assert source.counts["unchanged"] > 40


def test_tickets_hang_on_their_organization_and_carry_their_groups_label(business: Business) -> None:
    """Parent, text and labels are in the store, and a ticket without organization is there without parent."""
    hero = business.vendor.hero
    sql = """select v.parent_rec, v.text, v.labels, v.url from version v join stream s on s.id = v.stream
             where s.name = 'tickets' and v.rec = ? and v.closed_seq is null"""
    ((parent, text, labels, url),) = business.rows(sql, str(hero.open))
    assert parent == str(hero.organization)
    assert str(text).startswith("Robots stop after firmware 4.2\n\nJonas Brandeck (end user), 2026-10-31T05:00:00Z:\n")
    assert str(url).endswith(f"/agent/tickets/{hero.open}")
    assert business.rows("select labels from label_set where id = ?", labels) == [('["group:Support"]',)]
    ((parent, text, _, _),) = business.rows(sql, str(hero.without_organization))
    assert parent is None
    assert "Can I have a login?" in str(text)
