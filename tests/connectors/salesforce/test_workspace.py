"""Stages and users: what belongs to the org as a whole."""

from __future__ import annotations

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.memory import Memory
from groundfact.testing.server import Response

from .conftest import mapped

YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  crm: {{type: salesforce, access_token: env:SF, base_url: "{url}", access: [workspace]}}
network: {{allow: [127.0.0.1]}}
principals: {{me: {{kind: person, clearance: restricted}}}}
context: {{default_principal: me}}
"""
BOTH = {"stages": mapped("stages"), "users": mapped("users")}


def test_the_stages_that_are_in_use(org):
    """Name, place, probability and whether a deal in it is closed; a stage that is no longer used is left out."""
    unused = next(row for row in org.fake.org.stages.values() if row.fields["MasterLabel"] == "Needs Analysis")
    unused.fields["IsActive"] = False
    org.sync(org.connector(), "stages")

    read = {row.data["MasterLabel"]: row.data for row in org.records.values()}
    assert len(read) == 5
    assert "Needs Analysis" not in read
    won = read["Closed Won"]
    assert (won["SortOrder"], won["IsClosed"], won["DefaultProbability"]) == (5, True, 100.0)


def test_active_users_with_a_licence_are_our_people(org):
    """Name, address, title and department; who was deactivated, and users that are no people of ours, are left out."""
    rows = org.world.records("salesforce", "User")
    rows[1].fields |= {"Title": "Head of sales", "Department": "Sales"}
    rows[2].fields["UserType"], rows[3].fields["UserType"] = "Guest", "AutomatedProcess"
    org.sync(org.connector(), "users")

    assert org.records.keys() == {row.id for row in rows if row.fields["IsActive"]} - {rows[2].id, rows[3].id}
    assert (len(rows), len(org.records)) == (8, 5)
    read = org.records[rows[1].id]
    assert (read.data["Title"], read.data["Department"]) == ("Head of sales", "Sales")
    assert read.url == f"https://northlane.my.salesforce.com/lightning/r/User/{rows[1].id}/view"


@pytest.mark.parametrize("size", [1, 3, 7, 2000])
def test_lists_are_read_to_their_end_in_pages_of_any_size(org, size):
    """Each page is a query of its own behind the last id, and only the last one has a cursor."""
    batches = list(org.batches(org.connector(batch_size=size), "users"))

    assert len({row.id for batch in batches for row in batch.rows}) == 7
    assert [batch.cursor is None for batch in batches] == [True] * (len(batches) - 1) + [False]
    assert org.fake.count("/query") == 7 // size + 1


def test_each_costs_one_call(org):
    """Up to 2,000 stages or users come in one call."""
    connector = org.connector()
    org.sync(connector, "stages")
    org.sync(connector, "users")

    assert org.fake.count("/query") == 2


def test_a_list_that_repeats_itself_is_an_error(org):
    """An answer that does not move on is never taken for the end of the list."""
    row = {"Id": org.owner, "SystemModstamp": "2026-01-01T00:00:00.000+0000", "Name": "Again"}
    org.answers("/query", Response(200, {"totalSize": 9, "done": True, "records": [row]}), times=9)
    with pytest.raises(SourceUnavailable, match="does not move on"):
        list(org.batches(org.connector(batch_size=1), "users"))


def test_a_row_without_a_stamp_is_a_reject(org):
    """What cannot be read is told under its id, and the rest counts."""
    row = {"Id": org.owner, "SystemModstamp": None, "Name": "Odd"}
    org.answers("/query", Response(200, {"totalSize": 1, "done": True, "records": [row]}), times=1)
    (batch,) = org.batches(org.connector(), "users")

    assert [reject.id for reject in batch.rejects] == [org.owner]


def test_more_fields_than_one_query_holds_are_refused(org):
    """A list is read in one piece: a mapping of hundreds of fields says so instead of reading half of them."""
    fields = [f"A_custom_field_with_a_very_long_name_{number:04d}__c" for number in range(300)]
    with pytest.raises(SourceRefused, match="more fields"):
        list(org.batches(org.connector(), "users", fields=fields))


def test_check_tries_both(org):
    """Both are tried like the others, without field history; what the user may not see is named."""
    checks = {check.name: check for check in org.connector(history=True).check(BOTH)}
    assert {"stages", "users"} < checks.keys()
    assert not any("history" in name for name in checks)
    assert all(check.ok for check in checks.values())
    org.fake.hide_field("User", "Department")
    failed = [check for check in org.connector().check(BOTH) if not check.ok]
    assert [check.name for check in failed] == ["users: Department", "users"]


def test_the_store_follows_stages_and_users(org, tmp_path):
    """Who is deactivated and what is taken out of use is gone after the next run; the others are as they were."""
    (tmp_path / "lab.yaml").write_text(YAML.format(url=org.fake.url))
    org.clock.environ = {"SF": org.fake.session_id}
    with Memory.open(tmp_path / "lab.yaml", world=org.clock) as memory:
        assert memory.sync().ok
        first = next(iter(org.fake.org.stages.values()))
        first.fields["IsActive"] = False
        org.world.records("salesforce", "User")[1].fields["IsActive"] = False
        org.world.advance(hours=1)
        org.clock.at = org.world.now
        assert memory.sync().ok
        groups = memory.workspace_context().data["groups"]
    assert groups["stage"]["shown"][0]["name"] == "Needs Analysis"
    assert (groups["stage"]["count"], groups["teammate"]["count"]) == (5, 6)
