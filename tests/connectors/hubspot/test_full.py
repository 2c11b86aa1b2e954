"""Reading everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from groundfact.model import Cursor, Record

from .conftest import Copy, Desk, OpenDesk


@pytest.mark.parametrize("name", ["companies", "contacts", "deals"])
def test_a_full_read_holds_exactly_what_hubspot_has(desk: Desk, copy: Copy, name: str) -> None:
    """After a full read the copy's records and mapped properties are those of the source."""
    desk.sync(name, copy)
    living = desk.living(name)
    assert copy.records.keys() == living.keys()
    assert living
    for key, properties in copy.properties().items():
        told = {field: value for field, value in living[key].fields.items() if field in properties}
        assert {field: properties[field] for field in told} == {
            k: None if v is None else str(v) for k, v in told.items()
        }
        assert copy.records[key].updated_at == stamp(living[key].modified)


def stamp(moment: datetime) -> datetime:
    """A time as HubSpot shows it, to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_records_carry_their_address_in_hubspots_app(desk: Desk, copy: Copy) -> None:
    """A record's URL opens it in the account's own region of the app."""
    desk.sync("deals", copy)
    key, record = next(iter(copy.records.items()))
    assert record.url == f"https://app-eu1.hubspot.com/contacts/19000042/record/0-3/{key}"


def test_pages_are_small_and_every_page_carries_a_cursor(open_desk: OpenDesk, copy: Copy) -> None:
    """No page exceeds the page size and each one can be resumed from."""
    desk = open_desk(page_size=5)
    batches = desk.sync("contacts", copy)
    assert max(copy.sizes) == 5
    assert all(batch.cursor is not None for batch in batches)
    assert copy.records.keys() == desk.living("contacts").keys()


def test_the_next_run_starts_where_this_one_began(desk: Desk, copy: Copy) -> None:
    """A record changed while the list is read is in the next increment, although its page had gone by."""
    key = min(desk.living("companies"), key=int)
    began = desk.world.now

    def change() -> None:
        desk.world.advance(hours=1)
        desk.world.upsert("hubspot", "companies", key, {"city": "Elsewhere"})

    desk.vendor.faults.add("run", "objects/companies?limit=100&archived=true", run=change)
    desk.sync("companies", copy)
    assert copy.cursor.at == began
    assert copy.properties()[key]["city"] != "Elsewhere"
    desk.world.advance(hours=1)
    desk.sync("companies", copy)
    assert copy.properties()[key]["city"] == "Elsewhere"


def test_a_crash_after_any_page_costs_nothing(open_desk: OpenDesk, copy: Copy) -> None:
    """Resumed after each page in turn, a full read ends with the same records and repeats no page."""
    desk = open_desk(page_size=4)
    whole = desk.sync("contacts", copy)
    for stop in range(1, len(whole)):
        broken = Copy()
        for batch, _ in zip(desk.batches("contacts"), range(stop), strict=False):
            broken.take(batch)
        desk.vendor.reset_calls()
        resumed = desk.sync("contacts", broken)
        assert broken.records == copy.records
        assert len(resumed) == len(whole) - stop
        assert broken.cursor == copy.cursor


def test_a_resumed_read_keeps_the_time_at_which_it_first_began(open_desk: OpenDesk, copy: Copy) -> None:
    """A full read resumed a day later still hands on the first start, so that the day between is read."""
    desk = open_desk(page_size=4)
    began, key = desk.world.now, min(desk.living("contacts"), key=int)
    copy.take(next(desk.batches("contacts")))
    desk.world.advance(days=1)
    desk.world.upsert("hubspot", "contacts", key, {"jobtitle": "Changed between"})
    desk.sync("contacts", copy)
    assert copy.cursor.at == began
    desk.world.advance(hours=1)
    desk.sync("contacts", copy)
    assert copy.properties()[key]["jobtitle"] == "Changed between"


def test_owners_come_by_name_also_those_who_left(desk: Desk, copy: Copy) -> None:
    """A record shows its owner's name and address, even when the owner is deactivated."""
    owner = desk.world.records("hubspot", "owners")[0]
    key = next(row.id for row in desk.living("companies").values() if row.fields["hubspot_owner_id"] == owner.id)
    desk.world.delete_record("hubspot", "owners", owner.id)
    desk.sync("companies", copy)
    name = f"{owner.fields['firstname']} {owner.fields['lastname']}"
    assert copy.records[key].data["owner"] == {"name": name, "email": owner.fields["email"]}


def test_owners_are_read_once_in_a_run(desk: Desk) -> None:
    """Three streams of one run ask for the owners once, active and archived."""
    for name in ("companies", "contacts", "deals"):
        assert list(desk.batches(name))
    assert desk.vendor.count("/crm/v3/owners") == 2


def test_nothing_is_asked_for_that_the_mapping_does_not_read(desk: Desk, copy: Copy) -> None:
    """Without owner or association fields neither owners nor associations are called for."""
    desk.sync("contacts", copy, fields=["properties.email"])
    assert desk.vendor.count("owners") == desk.vendor.count("associations") == 0
    assert set(next(iter(copy.records.values())).data) == {"id", "properties"}


def test_more_properties_than_an_address_holds_are_all_read(desk: Desk, copy: Copy, many: list[str]) -> None:
    """Properties beyond the address's room come by id and are merged; no address is too long."""
    fields = [f"properties.{name}" for name in many]
    desk.sync("companies", copy, fields=fields)
    assert max(len(call.query) for call in desk.vendor.calls) < 15_000
    assert copy.records.keys() == desk.living("companies").keys()
    for properties in copy.properties().values():
        assert properties[many[0]] == "first"
        assert properties[many[-1]] == "last"


def test_an_increment_of_many_properties_keeps_its_body_small(desk: Desk, copy: Copy, many: list[str]) -> None:
    """A search's body stays below 3,000 characters and no property is lost for it."""
    copy.cursor = Cursor(at=desk.world.now - timedelta(days=900))
    bodies: list[int] = []
    answer = desk.vendor.answer

    def watched(request: Any) -> Any:
        if request.path.endswith("/search"):
            bodies.append(len(request.body))
        return answer(request)

    desk.vendor.answer = watched
    desk.sync("companies", copy, fields=[f"properties.{name}" for name in many])
    assert bodies
    assert max(bodies) < 3_000
    assert all(p[many[0]] == "first" and p[many[-1]] == "last" for p in copy.properties().values())
    assert copy.records.keys() == desk.living("companies").keys()


def test_the_history_says_when_each_property_last_changed(open_desk: OpenDesk, copy: Copy) -> None:
    """With `history`, editing the phone makes the phone newer and nothing else."""
    desk = open_desk(history=True)
    key = next(iter(desk.living("companies")))
    desk.world.advance(hours=3)
    desk.world.upsert("hubspot", "companies", key, {"phone": "+49 30 23125 777"})
    edited = stamp(desk.world.now)
    desk.sync("companies", copy)
    changed = copy.records[key].changed
    assert changed["properties.phone"] == edited
    assert changed["properties.name"] < edited
    assert changed["owner.name"] == changed["properties.hubspot_owner_id"] < edited


def test_writing_the_same_value_again_is_not_a_change(open_desk: OpenDesk, copy: Copy) -> None:
    """A value that stands since January stays of January, however often an integration writes it anew."""
    desk = open_desk(history=True)
    row = next(iter(desk.living("companies").values()))
    january = datetime(2026, 1, 5, tzinfo=UTC)
    row.past["city"] = [
        (january - timedelta(days=9), "Old"),
        (january, "New"),
        (january + timedelta(days=9), "New"),
    ]
    row.fields["city"], row.changed["city"] = "New", january + timedelta(days=20)
    desk.sync("companies", copy)
    assert copy.records[row.id].changed["properties.city"] == january


def test_a_contacts_name_is_put_together(open_desk: OpenDesk, copy: Copy) -> None:
    """First and last name make one field, which is as new as the newer of the two."""
    desk = open_desk(history=True)
    row = next(iter(desk.living("contacts").values()))
    desk.world.advance(hours=1)
    desk.world.upsert("hubspot", "contacts", row.id, {"lastname": "Newname"})
    desk.sync("contacts", copy)
    record: Record = copy.records[row.id]
    assert record.data["full_name"] == f"{row.fields['firstname']} Newname"
    assert record.changed is not None
    assert record.changed["full_name"] == stamp(desk.world.now)


@pytest.mark.parametrize("history", [False, True])
def test_a_row_that_cannot_be_read_stops_nothing(open_desk: OpenDesk, copy: Copy, history: bool) -> None:
    """One broken object becomes a reject with its bytes; all others are read."""
    desk = open_desk(history=history)
    broken = next(iter(desk.living("companies")))
    show = desk.vendor.portal.show

    def shown(kind: str, row: Any, *rest: Any) -> dict[str, Any]:
        return {"id": row.id, "oops": True} if row.id == broken else show(kind, row, *rest)

    desk.vendor.portal.show = shown
    desk.sync("companies", copy)
    assert [(reject.id, b'"oops"' in reject.raw) for reject in copy.rejects] == [(broken, True)]
    assert copy.records.keys() == desk.living("companies").keys() - {broken}


def test_the_sweep_lists_every_id_that_is_there(desk: Desk) -> None:
    """`ids()` yields what is neither archived, nor merged away, nor purged."""
    keys = sorted(desk.living("contacts"), key=int)
    desk.world.archive_record("contacts", keys[0])
    desk.world.purge_record("hubspot", "contacts", keys[1])
    found = [key for page in desk.source.ids(desk.stream("contacts")) for key in page]
    assert sorted(found, key=int) == keys[2:]


@pytest.mark.parametrize("history", [False, True])
def test_calls_for_ten_thousand_records_are_as_published(open_desk: OpenDesk, copy: Copy, history: bool) -> None:
    """A hundred records take a call, one for their associations and two for their history."""
    desk = open_desk(history=history)
    for number in range(700):
        desk.world.upsert("hubspot", "contacts", None, {"firstname": "Nr", "lastname": str(number)})
    count = len(desk.living("contacts"))
    pages = -(-count // 100)
    desk.sync("contacts", copy)
    assert desk.vendor.count("GET /crm/v3/objects/contacts") == pages + 1
    assert desk.vendor.count("associations") == pages
    assert desk.vendor.count("objects/contacts/batch/read") == (-(-count // 50) if history else 0)
    assert desk.vendor.count("owners") + desk.vendor.count("account-info") == 3
