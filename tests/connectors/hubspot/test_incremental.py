"""Reading what changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from groundfact.errors import SourceUnavailable
from groundfact.testing.hubspot import FakeHubSpot

from .conftest import Copy, Desk, OpenDesk


@pytest.mark.parametrize("name", ["companies", "contacts", "deals"])
def test_increments_keep_the_copy_equal_to_the_source(desk: Desk, copy: Copy, name: str) -> None:
    """Over weeks of business, incremental runs give what a full read gives."""
    desk.sync(name, copy)
    for _ in range(6):
        desk.world.advance(days=3)
        desk.sync(name, copy)
    desk.world.advance(hours=1)
    desk.sync(name, copy)
    fresh = Copy()
    desk.sync(name, fresh, full=True)
    assert copy.properties() == fresh.properties()


@pytest.mark.parametrize(
    ("name", "modified"),
    [
        ("companies", "hs_lastmodifieddate"),
        ("contacts", "lastmodifieddate"),
        ("deals", "hs_lastmodifieddate"),
    ],
)
def test_an_increment_returns_the_changed_record_only(desk: Desk, copy: Copy, name: str, modified: str) -> None:
    """One edit makes one row, found by the object's own date property, and the record carries that date."""
    desk.sync(name, copy)
    key = max(desk.living(name), key=int)
    desk.world.advance(hours=2)
    for row in desk.world.records("hubspot", name):
        row.modified = min(row.modified, desk.world.now - timedelta(hours=3))
    edited = desk.world.now
    desk.world.touch("hubspot", name, key)
    desk.world.advance(hours=1)
    rows = [row for batch in desk.sync(name, copy) for row in batch.rows]
    assert [row.id for row in rows] == [key]
    assert rows[0].updated_at == edited
    assert modified in rows[0].data["properties"]


def test_a_run_without_changes_costs_two_calls(desk: Desk, copy: Copy) -> None:
    """One search and one look at the archived list, account and owners aside; the cursor moves on."""
    desk.sync("companies", copy, fields=["properties.name"])
    for row in desk.world.records("hubspot", "companies"):
        row.modified = desk.world.now - timedelta(days=9)
    desk.world.now += timedelta(days=1)
    desk.vendor.reset_calls()
    desk.sync("companies", copy, fields=["properties.name"])
    assert [desk.vendor.count(part) for part in ("", "/search", "archived=true")] == [3, 1, 1]
    assert copy.cursor.at == desk.world.now


def test_more_rows_on_one_instant_than_page_and_cap(vendor: FakeHubSpot, open_desk: OpenDesk, copy: Copy) -> None:
    """A bulk import that stamps 57 records alike is read whole, past a search cap of 20 rows."""
    vendor.search_cap = 20
    desk = open_desk(page_size=5)
    desk.sync("companies", copy)
    desk.world.now += timedelta(hours=1)
    for number in range(57):
        desk.world.upsert("hubspot", "companies", None, {"name": f"Import {number}"})
    desk.world.now += timedelta(hours=1)
    batches = desk.sync("companies", copy)
    assert copy.records.keys() == desk.living("companies").keys()
    totals = {batch.total for batch in batches[: len(copy.sizes) // 2]}
    assert totals == {sum(copy.sizes[len(copy.sizes) - len(batches) :])}


def test_a_crash_within_an_increment_costs_nothing(open_desk: OpenDesk, copy: Copy) -> None:
    """Resumed after any page, even after more changes, an increment loses no row."""
    desk = open_desk(page_size=3)
    desk.sync("contacts", copy)
    start = copy.cursor
    for row in desk.world.records("hubspot", "contacts"):
        desk.world.upsert("hubspot", "contacts", row.id, {"jobtitle": "New"}, desk.world.now + timedelta(minutes=1))
    desk.world.now += timedelta(hours=1)
    pages = len(list(desk.batches("contacts", start)))
    first = min(desk.living("contacts"), key=int)
    for stop in range(1, pages):
        broken = Copy(dict(copy.records), cursor=start)
        for batch, _ in zip(desk.batches("contacts", start), range(stop), strict=False):
            broken.take(batch)
        desk.world.now += timedelta(minutes=1)
        desk.world.upsert("hubspot", "contacts", first, {"jobtitle": f"Newer {stop}"})
        desk.world.now += timedelta(minutes=1)
        desk.sync("contacts", broken)
        desk.sync("contacts", broken)
        titles = {key: properties["jobtitle"] for key, properties in broken.properties().items()}
        assert titles == {key: row.fields["jobtitle"] for key, row in desk.living("contacts").items()}


def test_the_window_ends_where_the_run_began(open_desk: OpenDesk, copy: Copy) -> None:
    """What changes while the search is read is left to the next run, which starts at this one's beginning."""
    desk = open_desk(page_size=3)
    desk.sync("contacts", copy)
    *others, last = sorted(desk.living("contacts"), key=int)
    desk.world.now += timedelta(hours=1)
    for key in others:
        desk.world.touch("hubspot", "contacts", key)
    desk.world.now += timedelta(hours=1)
    began = desk.world.now

    def change() -> None:
        desk.world.now += timedelta(minutes=1)
        desk.world.touch("hubspot", "contacts", last)

    desk.vendor.faults.add("run", "/search", after_calls=1, run=change)
    rows = [row.id for batch in desk.sync("contacts", copy) for row in batch.rows]
    assert rows == others
    assert copy.cursor.at == began
    desk.world.now += timedelta(minutes=10)
    assert last in [row.id for batch in desk.sync("contacts", copy) for row in batch.rows]


def test_rows_that_the_index_shows_late_are_caught_by_the_overlap(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """A write that was not yet searchable when a run looked is in the next run."""
    desk.sync("deals", copy)
    vendor.portal.index_lag = timedelta(minutes=4)
    key = next(iter(desk.living("deals")))
    desk.world.now += timedelta(hours=1)
    desk.world.upsert("hubspot", "deals", key, {"amount": "4711"})
    desk.world.now += timedelta(minutes=1)
    desk.sync("deals", copy)
    assert copy.properties()[key]["amount"] != "4711"
    desk.world.now += timedelta(minutes=5)
    desk.sync("deals", copy)
    assert copy.properties()[key]["amount"] == "4711"


def test_a_changed_association_is_found_by_the_next_full_read(desk: Desk, copy: Copy) -> None:
    """Moving a contact to another company moves no date: an increment misses it, a full read does not."""
    desk.sync("contacts", copy)
    key = next(k for k, record in copy.records.items() if record.data["associations"]["company"])
    old = copy.records[key].data["associations"]["company"]
    new = next(other for other in desk.living("companies") if other != old)
    for row in desk.world.records("hubspot", "contacts"):
        row.modified = desk.world.now - timedelta(days=1)
    desk.world.associate("contacts", key, "companies", old, remove=True)
    desk.world.associate("contacts", key, "companies", new)
    desk.world.now += timedelta(hours=1)
    desk.sync("contacts", copy)
    assert copy.records[key].data["associations"]["company"] == old
    desk.sync("contacts", copy, full=True)
    assert copy.records[key].data["associations"] == {"company": new, "companies": [new]}
    assert [desk.stream(name).confirms for name in ("companies", "contacts", "deals")] == [
        "stream", "returned", "returned"
    ]  # fmt: skip


def test_all_companies_and_the_primary_one(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """A deal with more companies than a page of associations shows them all, and which is primary."""
    vendor.portal.association_page = 2
    key = next(k for k in desk.living("deals") if desk.world.views["hubspot"].linked("deals", k, "companies"))
    primary = desk.world.views["hubspot"].linked("deals", key, "companies")[0]
    for company in desk.living("companies"):
        desk.world.associate("deals", key, "companies", company)
    desk.sync("deals", copy)
    every = sorted(desk.living("companies"), key=int)
    assert copy.records[key].data["associations"] == {"company": primary, "companies": every}


def test_without_a_primary_company_only_a_single_one_counts(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """Where HubSpot marks none of several companies, we do not choose one."""
    vendor.portal._primary = lambda *_: False
    single, several = list(desk.living("contacts"))[:2]
    companies = sorted(desk.living("companies"), key=int)[:2]
    desk.world.views["hubspot"].links.clear()
    desk.world.associate("contacts", single, "companies", companies[0])
    for company in companies:
        desk.world.associate("contacts", several, "companies", company)
    desk.sync("contacts", copy)
    assert copy.records[single].data["associations"] == {"company": companies[0], "companies": companies[:1]}
    assert copy.records[several].data["associations"] == {"company": None, "companies": companies}


def test_an_owners_new_name_is_shown_by_the_next_run(desk: Desk, copy: Copy) -> None:
    """Renaming an owner moves no record's date: the increment becomes a full read, once."""
    desk.sync("companies", copy)
    owner = desk.world.records("hubspot", "owners")[0]
    key = next(k for k, row in desk.living("companies").items() if row.fields["hubspot_owner_id"] == owner.id)
    desk.world.upsert("hubspot", "owners", owner.id, {"lastname": "Newname"})
    desk.world.now += timedelta(days=1)
    desk.sync("companies", copy)
    assert copy.records[key].data["owner"]["name"].endswith("Newname")
    desk.vendor.reset_calls()
    desk.world.now += timedelta(days=1)
    desk.sync("companies", copy)
    assert desk.vendor.count("GET /crm/v3/objects/companies?limit=100&properties") == 0


def test_a_search_out_of_order_ends_the_run(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """If HubSpot did not sort by id, going on after the last one would skip rows: the run fails instead."""
    desk.sync("companies", copy)
    desk.world.advance(days=3)
    for row in desk.world.records("hubspot", "companies"):
        desk.world.touch("hubspot", "companies", row.id, desk.world.now - timedelta(hours=1))
    search = vendor.portal.search
    vendor.portal.search = lambda kind, body: search(kind, body)[::-1]
    before = copy.cursor
    with pytest.raises(SourceUnavailable, match="order"):
        desk.sync("companies", copy)
    assert copy.cursor == before


def test_a_page_of_rows_without_ids_is_not_the_end(desk: Desk, copy: Copy) -> None:
    """Rows that cannot be placed end the run with an error; they do not end the search."""
    desk.sync("companies", copy)
    desk.world.advance(days=9)
    show = desk.vendor.portal.show
    desk.vendor.portal.show = lambda *row: {**show(*row), "id": None}
    with pytest.raises(SourceUnavailable, match="order"):
        desk.sync("companies", copy)
