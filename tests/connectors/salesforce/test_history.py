"""When single fields last changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.model import Cursor
from groundfact.testing.salesforce_schema import UNTRACKABLE
from groundfact.testing.server import Response

from .conftest import NAMES, all_mapped, mapped

ENTRIES = {"Owner.Name": ("OwnerId",), "AccountId": ("AccountId",)}


def _expected(org, stream):
    """When the fields that an org tracks were last changed since each record was made, at most 24 months ago."""
    oldest = org.world.now - timedelta(days=24 * 30.44)
    found = {}
    for row in org.world.records("salesforce", NAMES[stream]):
        for path in mapped(stream):
            names = ("FirstName", "LastName") if (stream, path) == ("contacts", "Name") else ENTRIES.get(path, (path,))
            times = [row.changed[name] for name in names if name in row.changed]
            if times and max(times) > max(row.created, oldest) and path not in UNTRACKABLE:
                found.setdefault(row.id, {})[path] = max(times)
    return found


@pytest.mark.parametrize("stream", ["accounts", "contacts", "opportunities"])
def test_each_field_has_the_time_of_its_last_change(org, stream):
    """What was edited is as old as its own last edit, and what has no history carries no exact time."""
    org.world.advance(days=60)
    org.sync(org.connector(history=True), stream)

    assert {key: dict(row.changed) for key, row in org.records.items() if row.changed} == _expected(org, stream)
    assert any(row.changed for row in org.records.values())


def test_a_field_without_an_entry_is_no_newer_than_its_record(org):
    """Where its changes were kept before the record was made, and still are; a day is left for what copies records."""
    key = _made(org, Industry="Steel")
    made = org.world.now
    org.world.advance(days=30)
    org.world.upsert("salesforce", "Account", key, {"Phone": "+49 30 1"})
    row = _read(org, key, ["Industry", "Phone", "OwnerId", "Owner.Name", "LastActivityDate"])

    assert row.changed == {"Phone": org.world.now}
    # Never exactly then: a new record may repeat what was written long ago.
    assert row.changed_by == {"Industry": made + timedelta(days=1)}


def test_a_record_from_before_history_began_is_bounded_by_the_first_entry(org):
    """A change that was made before the first entry of the field may have left none."""
    key = _made(org, Industry="Steel", Phone="1")
    org.world.advance(days=30)
    first = org.world.now
    org.fake.track("Account", "Industry", since=first)
    org.fake.stop_tracking("Account", "Phone")
    org.world.upsert("salesforce", "Account", org.world.hero.account_id, {"Industry": "Ships"})
    org.world.advance(days=30)
    org.world.touch("salesforce", "Account", key)

    assert _read(org, key, ["Industry", "Phone"]).changed_by == {"Industry": first}


def test_a_field_that_is_not_tracked_any_more_has_no_bound(org):
    """What has entries from long ago, and none since tracking was switched off, may have changed at any time."""
    key = _made(org, Industry="Steel")
    org.fake.track("Account", "Industry", until=org.world.now)
    org.world.advance(days=30)
    org.world.touch("salesforce", "Account", key)

    assert _read(org, key, ["Industry"]).changed_by == {}


def test_who_may_not_see_the_set_up_reads_entries_alone(org):
    """Whether a field is tracked now cannot be told then, so no bound is, and nothing has failed."""
    org.fake.deny_object("FieldDefinition")
    org.sync(org.connector(history=True), "accounts")

    assert any(row.changed for row in org.records.values())
    assert not any(row.changed_by for row in org.records.values())


@pytest.mark.parametrize("entry", ["BillingAddress", "accountMerged"])
def test_an_entry_that_may_be_of_the_field_moves_its_bound(org, entry):
    """A whole address, or an event such as a merge, may have changed a field that has no entry of its own."""
    key = _made(org, BillingCity="Berlin", Industry="Steel")
    org.world.advance(days=30)
    at = org.world.now
    org.world.upsert("salesforce", "Account", key, {entry: "changed"})
    org.world.advance(days=30)
    org.world.touch("salesforce", "Account", key)
    by = _read(org, key, ["BillingCity", "Industry"]).changed_by

    assert by["BillingCity"] == at
    assert (by["Industry"] == at) is (entry == "accountMerged")


def _made(org, **fields):
    """A new account, in an org that has tracked its fields before."""
    org.world.upsert("salesforce", "Account", org.world.hero.account_id, dict.fromkeys(fields, "before"))
    org.world.advance(days=1)
    return org.world.upsert("salesforce", "Account", None, {"Name": "New", "OwnerId": org.owner, **fields}).id


def _read(org, key, fields):
    org.sync(org.connector(history=True), "accounts", fields=fields)
    return org.records[key]


def test_editing_a_phone_number_does_not_make_the_industry_newer(org):
    """After an edit the increment says which field it was."""
    connector = org.connector(history=True)
    cursor = org.sync(connector, "accounts")
    key = org.world.hero.account_id
    before = dict(org.records[key].changed)
    org.world.advance(hours=2)
    org.world.upsert("salesforce", "Account", key, {"Phone": "+49 30 1"})
    org.sync(connector, "accounts", cursor)

    assert org.records[key].changed == {**before, "Phone": org.world.now}


def test_a_new_owner_is_a_change_of_the_owners_name(org):
    """The owner's name is as old as the reference to the owner; a custom relationship goes by its own field."""
    key, other = org.world.hero.account_id, org.world.records("salesforce", "User")[3]
    org.world.upsert("salesforce", "Account", key, {"OwnerId": other.id})
    org.sync(org.connector(history=True), "accounts", fields=["Name", "Owner.Name", "Owner.Email", "OwnerId"])

    assert dict.fromkeys(("Owner.Name", "Owner.Email", "OwnerId"), org.world.now).items() <= (
        org.records[key].changed.items()
    )


def test_a_change_after_the_record_was_read_is_not_told_ahead(org):
    """A history read later than its record never puts a time on it that the record itself does not have."""
    key = org.world.hero.account_id
    later = org.world.now + timedelta(minutes=1)
    org.fake.faults.add(
        "run", "AccountHistory", run=lambda: org.world.upsert("salesforce", "Account", key, {"Phone": "1"}, later)
    )
    org.sync(org.connector(history=True), "accounts")

    assert org.records[key].changed["Phone"] == org.records[key].updated_at < later


def test_untracked_fields_have_no_time(org):
    """A field whose tracking is off is left out; the others keep theirs."""
    org.fake.stop_tracking("Account", "NumberOfEmployees")
    org.sync(org.connector(history=True), "accounts")
    changed = org.records[org.world.hero.account_id].changed

    assert "NumberOfEmployees" not in changed
    assert "Phone" in changed


def test_many_entries_are_read_to_their_end(org):
    """More entries than an answer holds are asked for page by page, and the newest one counts."""
    key = org.world.hero.account_id
    for number in range(30):
        org.world.advance(hours=1)
        org.world.upsert("salesforce", "Account", key, {"Phone": str(number)})
    org.sync(org.connector(history=True, batch_size=5), "accounts")

    assert org.records[key].changed["Phone"] == org.world.now


def test_what_history_costs(org):
    """History costs a call for every 400 records that are read, two for a run that reads any, none where it is off."""
    org.many(1_000, org.world.now)
    total = len(org.ids("accounts"))
    connector = org.connector(history=True)
    cursor = org.sync(connector, "accounts")
    assert -(-total // 400) == 3
    assert (org.fake.count("AccountHistory"), org.fake.count("FieldDefinition")) == (3 + 1, 1)

    org.world.advance(hours=1)
    org.world.touch("salesforce", "Account", org.world.hero.account_id)
    org.sync(connector, "accounts", cursor)
    # The overlap brings the thousand ties again.
    assert (org.fake.count("AccountHistory"), org.fake.count("FieldDefinition")) == (2 * (3 + 1), 2)

    org.world.advance(days=1)
    org.sync(connector, "accounts", Cursor(at=org.world.now))

    org.sync(org.connector(), "accounts")
    org.sync(connector, "accounts", fields=[])
    assert (org.fake.count("AccountHistory"), org.fake.count("FieldDefinition")) == (8, 2)


def test_no_address_is_too_long(org):
    """The query for the history of a whole page fits the address that Salesforce takes."""
    org.many(1_000, org.world.now)
    org.sync(org.connector(history=True), "accounts")

    assert 10_000 < max(len(call.path) + len(call.query) for call in org.fake.calls) < 12_000


def test_history_that_is_not_kept_is_refused_with_the_fix(org):
    """Asked for a history that the org does not keep, a run stops and says what to do; nothing is made up."""
    org.fake.deny_object("AccountHistory")
    with pytest.raises(SourceRefused, match="keeps no field history") as caught:
        org.sync(org.connector(history=True), "accounts")

    assert "history: false" in caught.value.hint
    assert not org.records


def test_an_entry_that_makes_no_sense_is_an_error(org):
    """A history without its dates is an unreadable answer, not an empty history."""
    usual = org.fake.answer

    def answer(request):
        if "AccountHistory" not in (request.one("q") or ""):
            return usual(request)
        return Response(200, {"totalSize": 1, "done": True, "records": [{"Id": "017"}]})

    org.fake.answer = answer
    with pytest.raises(SourceUnavailable, match="AccountHistory"):
        org.sync(org.connector(history=True), "accounts")


def test_check_says_whether_history_is_kept(org):
    """With `history: true` the check tries each history object, and names the switch for one that is off."""
    org.fake.deny_object("ContactHistory")
    checks = {check.name: check for check in org.connector(history=True).check(all_mapped())}

    assert checks["accounts: history"].ok
    assert not checks["contacts: history"].ok
    assert "Set History Tracking" in checks["contacts: history"].fix
    assert checks["contacts"].ok


def test_check_says_that_a_history_is_empty(org):
    """A history with nothing in it is fine, and said."""
    for row in org.world.records("salesforce", "Account"):
        org.fake.org.untracked |= {("Account", name) for name in row.fields}
    checks = {check.name: check for check in org.connector(history=True).check(all_mapped())}

    assert checks["accounts: history"].ok
    assert "is empty" in checks["accounts: history"].detail
