"""What is in the org is what arrives: all of it, once a page, resumable anywhere."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import pytest

from groundfact.model import Cursor


@pytest.mark.parametrize("stream", ["accounts", "contacts", "opportunities"])
@pytest.mark.parametrize("batch_size", [1, 7, 2000])
def test_full_read(org, stream, batch_size):
    """A full read yields every record of the org, whatever the size of its pages."""
    org.sync(org.connector(batch_size=batch_size), stream)

    assert set(org.records) == org.ids(stream)


def test_record_is_complete(org):
    """A record carries the fields asked for, its stamp and a link a person can open."""
    row = org.world.records("salesforce", "Account")[0]
    org.sync(org.connector(), "accounts", fields=["Name", "Owner.Name"])

    record = org.records[row.id]
    assert record.data["Name"] == row.fields["Name"]
    assert record.data["Owner"]["Name"]
    assert record.updated_at == row.modified
    assert record.url == f"https://northlane.my.salesforce.com/lightning/r/Account/{row.id}/view"


def test_total_is_known_from_the_first_page(org):
    """Every page says how many rows the read will yield, so that progress can be shown."""
    batches = list(org.batches(org.connector(batch_size=7), "contacts"))

    assert {batch.total for batch in batches} == {sum(len(batch.rows) for batch in batches)}


def test_increment(org):
    """An increment yields what changed since the last run and nothing older than the overlap."""
    connector = org.connector()
    cursor = org.sync(connector, "contacts")
    org.world.advance(hours=5)
    changed = org.world.records("salesforce", "Contact")[3]
    org.world.upsert("salesforce", "Contact", changed.id, {"Title": "Head of Tests"})
    org.world.advance(hours=1)

    rows = [row for batch in org.batches(connector, "contacts", cursor) for row in batch.rows]

    assert changed.id in {row.id for row in rows}
    assert all(row.updated_at >= cursor.at - org.spec("contacts").overlap for row in rows)
    assert len(rows) < len(org.records)


def test_second_run_of_a_quiet_org_is_one_call(org):
    """When nothing has changed, an increment costs one call and says up to when it looked."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    org.world.advance(hours=0)
    org.fake.reset_calls()

    again = org.sync(connector, "accounts", Cursor(at=cursor.at + timedelta(hours=1)))

    assert org.fake.count() == 1
    assert again.at == org.world.now


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 5, 6])
def test_ties_at_page_edges(org, batch_size):
    """Records that share a stamp are neither lost nor repeated where a page ends between them."""
    org.many(11, org.world.now - timedelta(days=2))
    batches = list(org.batches(org.connector(batch_size=batch_size), "accounts"))

    read = [row.id for batch in batches for row in batch.rows]
    assert len(read) == len(set(read))
    assert set(read) == org.ids("accounts")


def test_stamps_finer_than_a_second(org):
    """Stamps with milliseconds neither stop the reading nor lose a record."""
    for number in range(6):
        org.many(1, org.world.now - timedelta(days=1, milliseconds=250 * number))
    org.sync(org.connector(batch_size=2), "accounts")

    assert set(org.records) == org.ids("accounts")


@pytest.mark.parametrize("crash_after", range(1, 7))
def test_resume_after_a_crash(org, crash_after):
    """A run that dies after any page goes on behind it: nothing is lost and nothing is read twice."""
    org.many(11, org.world.now - timedelta(days=2))
    cursor = None
    for batch in islice(org.batches(org.connector(batch_size=5), "accounts"), crash_after):
        cursor = org.keep(batch)
    before = set(org.records)
    cursor = Cursor.model_validate_json(cursor.model_dump_json())

    batches = list(org.batches(org.connector(batch_size=5), "accounts", cursor))

    again = {row.id for batch in batches for row in batch.rows}
    assert before | again == org.ids("accounts")
    assert not before & again


def test_resume_does_not_need_a_living_locator(org):
    """Query locators that have died since the crash do no harm."""
    batches = org.batches(org.connector(batch_size=5), "contacts")
    org.keep(next(batches))
    org.fake.expire_locators()
    for batch in batches:
        org.keep(batch)

    assert set(org.records) == org.ids("contacts")


def test_resumed_run_ends_at_the_time_it_first_began(org):
    """A row committed late behind the place of a crash is caught by the run after the resumed one."""
    began = org.world.now
    org.many(6, began - timedelta(minutes=1))
    batches = list(org.batches(org.connector(batch_size=4), "accounts"))
    for batch in batches[:-1]:
        cursor = org.keep(batch)
    late = org.many(1, began - timedelta(minutes=5))
    org.world.advance(hours=3)

    cursor = org.sync(org.connector(), "accounts", cursor)
    assert late[0] not in org.records
    assert cursor.at == began
    org.sync(org.connector(), "accounts", cursor)

    assert set(org.records) == org.ids("accounts")


def test_late_committed_row(org):
    """A row whose transaction committed up to ten minutes after its stamp is caught by the overlap."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    late = org.many(1, cursor.at - timedelta(minutes=9, seconds=59))
    org.world.advance(hours=1)
    org.sync(connector, "accounts", cursor)

    assert late[0] in org.records


def test_row_on_the_very_stamp_of_the_last_run(org):
    """A row stamped exactly where the increment begins is read: the bound is >=, not >."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    edge = org.many(1, cursor.at - org.spec("accounts").overlap)
    org.sync(connector, "accounts", cursor)

    assert edge[0] in org.records


def test_row_changed_during_the_run(org):
    """A row that changes while it is being read arrives in its new form, in this run or the next."""
    first = min(org.world.records("salesforce", "Contact"), key=lambda row: row.modified)
    org.world.advance(hours=1)

    def change() -> None:
        org.world.upsert("salesforce", "Contact", first.id, {"Title": "Changed meanwhile"})

    org.fake.faults.add("run", "queryAll", after_calls=1, run=change)
    connector = org.connector(batch_size=5)
    cursor = org.sync(connector, "contacts")
    org.sync(connector, "contacts", cursor)

    assert set(org.records) == org.ids("contacts")
    assert org.records[first.id].data["Title"] == "Changed meanwhile"


def test_rows_moving_during_the_run_lose_nobody(org):
    """Rows that move to the end while pages are read do not pull others past the reader."""
    rows = sorted(org.world.records("salesforce", "Contact"), key=lambda row: row.modified)
    for page in range(1, 6):
        touched = rows[page * 7].id
        org.fake.faults.add(
            "run",
            "queryAll",
            after_calls=page,
            run=lambda touched=touched: org.world.touch("salesforce", "Contact", touched),
        )
    org.sync(org.connector(batch_size=5), "contacts")

    assert set(org.records) == org.ids("contacts")


def _wide() -> list[str]:
    company = ["Name", "Phone", "Website", "Industry", "BillingStreet", "BillingPostalCode", "BillingCountry"]
    company += [
        "Description",
        "AnnualRevenue",
        "NumberOfEmployees",
        "AccountNumber",
        "Owner.Name",
        "Owner.Email",
    ]
    person = ["Title", "Email", "FirstName", "LastName", "MobilePhone", "Owner.Name"]
    up = [".MasterRecord" * steps for steps in range(5)]
    return [
        "Title",
        *(f"Account{way}.{name}" for way in up for name in company),
        *(f"MasterRecord{way}.{name}" for way in up[:4] for name in person),
        *(f"MasterRecord{way}.Account.{name}" for way in up[:4] for name in company),
    ]


def test_wide_mapping_is_read_in_pieces(org):
    """More fields than a URL holds are fetched in pieces and put together by id, each row whole."""
    org.sync(org.connector(batch_size=20), "contacts", fields=_wide())

    assert org.fake.count("queryAll") == 2 * 3
    assert max(len(call.query) for call in org.fake.calls) < 8000
    assert set(org.records) == org.ids("contacts")
    assert all({"Title", "Account", "MasterRecord"} <= set(row.data) for row in org.records.values())


def test_row_changed_between_two_pieces(org):
    """A row that changes between the pieces of a page is never put together from two states."""
    first = min(org.world.records("salesforce", "Contact"), key=lambda row: row.modified)
    org.world.advance(hours=1)
    org.fake.faults.add(
        "run",
        "queryAll",
        after_calls=1,
        run=lambda: org.world.upsert("salesforce", "Contact", first.id, {"Title": "Changed meanwhile"}),
    )
    connector = org.connector(batch_size=20)
    batches = list(org.batches(connector, "contacts", fields=_wide()))
    for batch in batches:
        org.keep(batch)

    assert first.id not in {row.id for row in batches[0].rows}
    assert org.records[first.id].data["Title"] == "Changed meanwhile"
    assert set(org.records) == org.ids("contacts")


def test_row_changed_between_two_pieces_with_an_early_stamp(org):
    """The same holds where the change carries a stamp inside the page: the next run's overlap catches it."""
    contact = org.world.records("salesforce", "Contact")[0].id
    began = org.world.now
    org.world.touch("salesforce", "Contact", contact, began - timedelta(minutes=9))
    org.world.upsert("salesforce", "Contact", None, {"LastName": "Last", "OwnerId": org.owner}, began)
    org.fake.faults.add(
        "run",
        "queryAll",
        after_calls=1,
        run=lambda: org.world.upsert(
            "salesforce", "Contact", contact, {"Title": "Changed"}, began - timedelta(minutes=5)
        ),
    )
    connector = org.connector()
    cursor = org.sync(connector, "contacts", fields=_wide())
    assert contact not in org.records
    org.sync(connector, "contacts", cursor, fields=_wide())

    assert org.records[contact].data["Title"] == "Changed"
