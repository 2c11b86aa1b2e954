"""The fictional world: repeatable, evolving, imperfect, and known to the last value."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from groundfact.testing import FictionalWorld

VENDOR_OBJECTS = [
    ("salesforce", "Account"),
    ("salesforce", "Contact"),
    ("salesforce", "Opportunity"),
    ("hubspot", "companies"),
    ("hubspot", "contacts"),
    ("hubspot", "deals"),
]


def test_same_seed_and_calls_give_the_same_bytes() -> None:
    """Same seed and calls give the same bytes."""
    one, two = FictionalWorld(seed=3), FictionalWorld(seed=3)
    assert one.fingerprint() == two.fingerprint()
    for world in (one, two):
        world.advance(days=40)
        world.change_hero()
    assert one.fingerprint() == two.fingerprint()
    assert one.fingerprint() != FictionalWorld(seed=4).fingerprint()


def test_how_time_is_cut_makes_no_difference() -> None:
    """How time is cut makes no difference."""
    steps, leap = FictionalWorld(), FictionalWorld()
    leap.advance(days=10)
    for _ in range(40):
        steps.advance(hours=5.9)
    steps.advance(hours=4)
    assert steps.now == leap.now
    assert steps.fingerprint() == leap.fingerprint()


def test_time_is_utc_and_only_moves_forward() -> None:
    """Time is utc and only moves forward."""
    world = FictionalWorld(now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    before = world.now
    world.advance(days=90)
    assert world.now - before == timedelta(days=90)
    for subject in world.subjects.values():
        for attribute in subject.lines:
            times = [change.at for change in subject.lines[attribute]]
            assert times == sorted(times)
            assert all(at.tzinfo is UTC and at <= world.now for at in times)


@pytest.mark.parametrize(("vendor", "name"), VENDOR_OBJECTS)
def test_no_stamp_lies_in_the_future_or_before_its_creation(vendor: str, name: str) -> None:
    """No stamp lies in the future or before its creation."""
    world = FictionalWorld()
    world.advance(days=30)
    rows = world.records(vendor, name, deleted=True)
    assert rows
    for row in rows:
        assert row.created <= row.modified <= world.now
        assert row.business_modified <= row.modified
        assert all(at <= row.modified for at in row.changed.values())


def test_everything_promised_happens_as_time_passes() -> None:
    """Everything promised happens as time passes."""
    world = FictionalWorld()
    before = {kind: len(world.of_kind(kind)) for kind in ("person", "deal", "ticket")}
    messages = sum(map(len, world.messages.values()))
    world.advance(days=120)
    changed = {
        entry.attribute
        for subject in world.subjects.values()
        for entry in world.history(subject.key)
        if entry.at > world.now - timedelta(days=120)
    }
    assert {"title", "left_company", "stage", "employees", "phone", "street", "status"} <= changed
    assert all(len(world.of_kind(kind)) > count for kind, count in before.items())
    assert sum(map(len, world.messages.values())) > messages


def test_vendors_disagree_with_the_truth_and_with_each_other() -> None:
    """Vendors disagree with the truth and with each other."""
    world = FictionalWorld(companies=200)
    accounts = world.records("salesforce", "Account")
    companies = world.records("hubspot", "companies")
    known = {vendor: {key for key in world.company_keys if world.copies(vendor, key)} for vendor in world.views}
    assert known["salesforce"] - known["hubspot"]
    assert known["hubspot"] - known["salesforce"]
    assert any(len(world.copies(vendor, key)) > 1 for vendor in known for key in known[vendor])
    names = [(row.fields["Name"], world.subjects[world.key_of("salesforce", "Account", row.id)]) for row in accounts]
    assert any(shown != subject.get("name") for shown, subject in names)
    assert any(row.fields.get("Phone") in ("n/a", "No", "-") for row in accounts)
    assert any("NumberOfEmployees" not in row.fields for row in accounts)
    crossed = [row.fields["salesforceaccountid"] for row in companies if row.fields.get("salesforceaccountid")]
    assert crossed
    assert all(world.views["salesforce"].find("Account", account) for account in crossed)
    employees = [
        (world.truth(key, "employees").value, world.copies("salesforce", key)[0].fields.get("NumberOfEmployees"))
        for key in known["salesforce"]
    ]
    assert any(true != shown and shown is not None for true, shown in employees)


def test_contacts_include_free_mail_and_shared_phones() -> None:
    """Contacts include free mail and shared phones."""
    world = FictionalWorld(companies=100)
    contacts = world.records("hubspot", "contacts")
    domains = {str(row.fields["email"]).rpartition("@")[2] for row in contacts}
    assert domains & set(world.free_mail_domains)
    assert all(domain.endswith(".example") for domain in domains)
    phones = [row.fields.get("phone") for row in contacts]
    assert len(set(phones)) < len(phones)


def test_few_records_are_restricted() -> None:
    """Few records are restricted."""
    world = FictionalWorld(companies=200)
    deals = world.records("salesforce", "Opportunity")
    restricted = [row for row in deals if row.fields.get("Visibility_Group__c")]
    assert 0 < len(restricted) < len(deals) / 4
    world.restrict("hubspot", "companies", world.hero.hubspot_id, "88120")
    assert world.record("hubspot", "companies", world.hero.hubspot_id).fields["hubspot_team_id"] == "88120"


def test_standard_fields_that_every_vendor_fills() -> None:
    """Departments follow titles, notes are on some contacts, a next step on every deal."""
    world = FictionalWorld(companies=60)
    contacts = world.records("salesforce", "Contact")
    assert {row.fields["Department"] for row in contacts if row.fields.get("Title") == "Buyer"} == {"Procurement"}
    assert 0 < sum(1 for row in contacts if row.fields.get("Description")) < len(contacts) / 2
    assert all(row.fields["NextStep"] for row in world.records("salesforce", "Opportunity"))
    assert all(row.fields["hs_next_step"] for row in world.records("hubspot", "deals"))


def test_who_was_talked_to_was_active() -> None:
    """Every reply is the last activity of its author and of the company, in each vendor that knows them."""
    world = FictionalWorld()
    world.advance(days=30)
    threads = [subject for subject in world.subjects.values() if subject.kind in ("ticket", "conversation")]
    for talk in threads:
        if talk.get("company") == world.hero.company_key:
            continue
        at = world.messages[talk.key][-1].at
        for key in (talk.get("company"), talk.get("requester")):
            assert world.truth(key, "last_activity_at").value >= at
            for row in world.copies("hubspot", key):
                assert row.fields["notes_last_updated"] >= at.strftime("%Y-%m-%dT%H:%M:%S")


def test_bulk_touch_moves_stamps_without_a_business_change() -> None:
    """Bulk touch moves stamps without a business change."""
    world = FictionalWorld()
    row = world.record("salesforce", "Account", world.hero.account_id)
    fields, changed = dict(row.fields), dict(row.changed)
    world.advance(hours=1)
    world.touch("salesforce", "Account", row.id, system_only=True)
    assert row.modified == world.now
    assert row.business_modified < world.now
    assert (row.fields, row.changed) == (fields, changed)


def test_truth_can_be_asked_for_the_past() -> None:
    """Truth can be asked for the past."""
    world = FictionalWorld()
    world.advance(days=200)
    subject, line = next(
        (subject, subject.lines["employees"])
        for subject in world.of_kind("company")
        if len(subject.lines["employees"]) > 1
    )
    before = line[1].at - timedelta(seconds=1)
    assert world.truth(subject.key, "employees", before) == line[0]
    assert world.truth(subject.key, "employees") == line[-1]
    assert world.truth(subject.key, "employees", line[0].at - timedelta(seconds=1)) is None
    assert world.truth(subject.key, "no such attribute") is None
    assert [entry.value for entry in world.history(subject.key, "employees")] == [change.value for change in line]


def test_upsert_keeps_the_time_of_each_field() -> None:
    """Upsert keeps the time of each field."""
    world = FictionalWorld()
    made = world.upsert("hubspot", "companies", None, {"name": "Brand New", "phone": "1"})
    world.advance(hours=2)
    world.upsert("hubspot", "companies", made.id, {"phone": "2", "name": "Brand New"})
    assert made.changed["phone"] == world.now
    assert made.changed["name"] < world.now
    assert [value for _, value in made.versions("phone")] == ["1", "2"]
    late = world.now - timedelta(days=3)
    world.upsert("hubspot", "companies", made.id, {"phone": "3"}, modified=late)
    assert made.modified == late
    with pytest.raises(KeyError, match="no companies 1"):
        world.record("hubspot", "companies", "1")


def test_thousands_of_companies_come_quickly() -> None:
    """Thousands of companies come quickly."""
    start = time.process_time()
    world = FictionalWorld(companies=1_000)
    assert len(world.company_keys) == 1_000
    assert len({subject.get("domain") for subject in world.of_kind("company")}) == 1_000
    assert time.process_time() - start < 20
