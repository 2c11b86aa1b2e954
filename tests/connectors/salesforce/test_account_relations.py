"""Who works where, and who plays a part for an account: the relations of contacts to accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from groundfact.errors import SourceRefused
from groundfact.memory import Memory
from groundfact.model import Gone
from groundfact.testing.relating import relate_to_accounts
from groundfact.testing.salesforce import FakeSalesforce
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld

from .conftest import SECRETS, Org, mapped

STREAMS = ("employments", "account_roles")
WANTED = {name: mapped(name) for name in STREAMS}
YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  crm:
    type: salesforce
    access_token: env:SF
    base_url: "{url}"
    access: [workspace]
network: {{allow: [127.0.0.1]}}
principals: {{me: {{kind: person, clearance: restricted}}}}
context: {{default_principal: me}}
"""


@pytest.fixture
def related(tmp_path):
    """An org with Contacts to Multiple Accounts, where everybody is related to the account they work at."""
    world = FictionalWorld(seed=7, companies=25)
    with FakeSalesforce(world, min_batch=1, multiple_accounts=True) as fake:
        relate_to_accounts(world)
        yield Org(world, fake, tmp_path, FakeClockWorld(at=world.now, environ=dict(SECRETS)))


def _rows(org):
    return org.world.records("salesforce", "AccountContactRelation")


def _edit(org, row, **fields):
    return org.world.upsert("salesforce", "AccountContactRelation", row.id, fields)


def _elsewhere(org, row, **fields):
    """Relate the same contact to another account as well."""
    account = next(one.id for one in org.world.records("salesforce", "Account") if one.id != row.fields["AccountId"])
    more = {"ContactId": row.fields["ContactId"], "AccountId": account, "IsActive": True, "IsDirect": False}
    return org.world.upsert("salesforce", "AccountContactRelation", None, {**more, **fields})


def test_whoever_is_directly_related_is_employed(related):
    """Every direct relation is an employment with the contact's title, and nothing else is one."""
    other = _elsewhere(related, _rows(related)[0])
    related.sync(related.connector(), "employments")
    assert related.records.keys() == {row.id for row in _rows(related)} - {other.id}
    first = related.records[_rows(related)[0].id]
    contact = related.world.record("salesforce", "Contact", first.data["ContactId"])
    assert first.data["Contact"]["Title"] == contact.fields["Title"]
    assert first.url == f"https://northlane.my.salesforce.com/lightning/r/AccountContactRelation/{first.id}/view"


def test_another_relation_or_one_with_roles_is_a_part(related):
    """A relation elsewhere is a part even without roles; a direct one only with roles, which are listed for people."""
    first, second, *_ = _rows(related)
    _edit(related, second, Roles="Decision Maker;Influencer")
    other = _elsewhere(related, first)
    related.sync(related.connector(), "account_roles")
    assert {key: row.data["Roles"] for key, row in related.records.items()} == {
        second.id: "Decision Maker, Influencer",
        other.id: None,
    }


def test_a_relation_ends_when_it_says_so(related):
    """Its end date counts; an inactive one without a date had ended by the day of its last change."""
    dated, undated, lasting, *_ = _rows(related)
    _edit(related, dated, EndDate="2026-03-31", IsActive=False)
    _edit(related, undated, IsActive=False)
    related.world.touch("salesforce", "AccountContactRelation", undated.id, related.world.now, system_only=True)
    related.sync(related.connector(), "employments")
    ends = [related.records[row.id].data["EndDate"] for row in (dated, undated, lasting)]
    assert ends == ["2026-03-31", related.world.now.date().isoformat(), None]


@pytest.mark.parametrize("stream", STREAMS)
def test_increments_follow_what_a_relation_is(related, stream):
    """One that becomes direct, indirect or bare, is deleted or comes back, is there or gone as a full read has it."""
    first, second, third, *_ = _rows(related)
    related.world.advance(hours=1)
    connector = related.connector(batch_size=50)
    cursor = related.sync(connector, stream)
    for changes in (
        [(first, {"IsDirect": False}), (second, {"Roles": "Champion"})],
        [(first, {"IsDirect": True}), (second, {"Roles": None})],
    ):
        related.world.advance(hours=1)
        for row, fields in changes:
            _edit(related, row, **fields)
        related.world.delete_record("salesforce", "AccountContactRelation", third.id)
        before = related.fake.count("/query")
        cursor = related.sync(connector, stream, cursor)
        assert related.fake.count("/query") - before == 1
        fresh = Org(related.world, related.fake, related.folder, related.clock)
        fresh.sync(fresh.connector(), stream)
        assert related.records.keys() == fresh.records.keys()
        assert isinstance(related.gone[third.id], Gone)
        related.world.restore_record("salesforce", "AccountContactRelation", third.id)


def test_an_org_without_them_is_told_and_not_a_failure(org):
    """Where Contacts to Multiple Accounts is off, the check says so, and a run reads nothing, in one call each."""
    connector = org.connector()
    noted = [check for check in connector.check(WANTED) if check.name in STREAMS]
    assert [(check.name, check.ok) for check in noted] == [(name, True) for name in STREAMS]
    assert all("Contacts to Multiple Accounts is off" in check.detail for check in noted)
    assert list(connector.discover(WANTED)) == []
    before = org.fake.count("/query")
    for stream in STREAMS:
        org.sync(connector, stream)
    assert org.records == {}
    assert org.fake.count("/query") - before == 2


@pytest.mark.parametrize("stream", STREAMS)
def test_switching_it_on_later_reads_everything(org, stream):
    """The increment after that reads every relation, however old."""
    old = relate_to_accounts(org.world)
    _edit(org, old[0], Roles="Champion")
    cursor = org.sync(org.connector(), stream)
    org.world.advance(hours=100)
    org.fake.org.denied.clear()
    cursor = org.sync(org.connector(), stream, cursor)
    assert old[0].id in org.records
    assert len(org.records) == (len(old) if stream == "employments" else 1)
    org.fake.deny_object("AccountContactRelation")
    with pytest.raises(SourceRefused, match="INVALID_TYPE"):
        org.sync(org.connector(), stream, cursor)


def test_the_check_names_a_field_that_the_user_may_not_see(related):
    """Where the object is there, its fields are tried like those of any other."""
    related.fake.hide_field("AccountContactRelation", "StartDate")
    failed = [check.name for check in related.connector().check(WANTED) if not check.ok]
    assert failed == ["employments: StartDate", "employments", "account_roles: StartDate", "account_roles"]


def test_a_part_is_told_until_it_ends(related, tmp_path):
    """The account shows who plays which part for it; one that has ended is not shown, and was while it lasted."""
    first, second, *_ = _rows(related)
    _edit(related, first, Roles="Evaluator", StartDate="2026-01-01")
    _elsewhere(related, second, Roles="Influencer")
    account = first.fields["AccountId"]
    (tmp_path / "lab.yaml").write_text(YAML.format(url=related.fake.url))
    related.clock.environ = {"SF": related.fake.session_id}
    with Memory.open(tmp_path / "lab.yaml", world=related.clock) as memory:
        assert memory.sync().ok
        assert "Evaluator" in _parts(memory, account)
        during = related.world.now
        related.world.advance(days=40)
        related.clock.at = related.world.now
        _edit(related, first, EndDate=str(related.world.now.date() - timedelta(days=20)), IsActive=False)
        assert memory.sync().ok
        assert "Evaluator" not in _parts(memory, account)
        assert "Evaluator" in _parts(memory, account, as_of=during.isoformat())


@pytest.fixture
def filled(related, tmp_path):
    """A store of the org in which one contact plays a part for an account; that account."""
    first = _rows(related)[0]
    _edit(related, first, Roles="Evaluator")
    (tmp_path / "lab.yaml").write_text(YAML.format(url=related.fake.url))
    related.clock.environ = {"SF": related.fake.session_id}
    with Memory.open(tmp_path / "lab.yaml", world=related.clock) as memory:
        assert memory.sync().ok
        yield memory, first.fields["AccountId"]


def _next_week(org, memory):
    org.world.advance(days=8)
    org.clock.at = org.world.now
    (source,) = memory.sync().sources
    return source


def test_what_is_no_longer_shown_is_not_over(related, filled):
    """However few they are: relations that the user may no longer read are kept, and the run says what it lacks."""
    memory, account = filled
    related.fake.deny_object("AccountContactRelation")
    source = _next_week(related, memory)
    assert source.status == "failed"
    assert "INVALID_TYPE" in str(source.error)
    assert "Evaluator" in _parts(memory, account)
    related.fake.org.denied.clear()
    assert _next_week(related, memory).status == "done"
    assert "Evaluator" in _parts(memory, account)


def test_an_org_without_them_has_nothing_to_list(org, tmp_path):
    """The weekly reading of everything does not fail where there never was a relation."""
    (tmp_path / "lab.yaml").write_text(YAML.format(url=org.fake.url))
    org.clock.environ = {"SF": org.fake.session_id}
    with Memory.open(tmp_path / "lab.yaml", world=org.clock) as memory:
        assert memory.sync().ok
        assert _next_week(org, memory).status == "done"


def _parts(memory, account, **asked):
    told = memory.context(f"crm/accounts/{account}", **asked).data["relations"]
    return [one["role"] for one in told.get("people", ())]
