"""The fake org, driven by simple-salesforce over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from groundfact.testing import FakeSalesforce, FictionalWorld

SMALL_PAGES = {"Sforce-Query-Options": "batchSize=7"}


def ids(result: dict[str, Any]) -> list[str]:
    """The ids a query found."""
    return [row["Id"] for row in result["records"]]


def test_pages_cover_everything_once_and_in_order(sf: Salesforce, salesforce: FakeSalesforce) -> None:
    """Pages cover everything once and in order."""
    query = "SELECT Id, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id"
    result = sf.query_all(query, headers=SMALL_PAGES)
    keys = [(row["SystemModstamp"], row["Id"]) for row in result["records"]]
    assert keys == sorted(keys)
    assert len(set(ids(result))) == result["totalSize"] == len(salesforce.world.records("salesforce", "Contact"))
    first = sf.query(query, headers=SMALL_PAGES)
    assert (len(first["records"]), first["done"]) == (7, False)
    assert first["nextRecordsUrl"].endswith("-7")
    assert salesforce.count("/query/0r8") == -(-result["totalSize"] // 7) - 1


def test_batch_size_is_kept_between_its_bounds(world: FictionalWorld) -> None:
    """Batch size is kept between its bounds."""
    with FakeSalesforce(FictionalWorld(companies=250)) as vendor:
        for asked, got in (("1", 200), ("9000", 209), ("201", 201)):
            answer = requests.get(
                f"{vendor.url}/services/data/v60.0/query",
                params={"q": "SELECT Id FROM Account LIMIT 209"},
                headers={"Authorization": f"Bearer {vendor.session_id}", "Sforce-Query-Options": f"batchSize={asked}"},
                timeout=5,
            )
            assert len(answer.json()["records"]) == got


def test_a_locator_keeps_its_rows_while_the_world_changes(sf: Salesforce, salesforce: FakeSalesforce) -> None:
    """A locator keeps its rows while the world changes."""
    world = salesforce.world
    first = sf.query("SELECT Id, Name FROM Account ORDER BY Id", headers=SMALL_PAGES)
    last = world.records("salesforce", "Account")[-1].id
    world.upsert("salesforce", "Account", last, {"Name": "Renamed"})
    made = world.upsert("salesforce", "Account", None, {"Name": "Too late"})
    rest = list(first["records"])
    while not first["done"]:
        first = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True, headers=SMALL_PAGES)
        rest += first["records"]
    named = {row["Id"]: row["Name"] for row in rest}
    assert named[last] == "Renamed"
    assert made.id not in named


def test_locators_expire(sf: Salesforce, salesforce: FakeSalesforce) -> None:
    """A query locator ends after two days, or when it is forgotten."""
    first = sf.query("SELECT Id FROM Account", headers=SMALL_PAGES)
    salesforce.world.advance(days=3)
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    again = sf.query("SELECT Id FROM Account", headers=SMALL_PAGES)
    salesforce.expire_locators()
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_QUERY_LOCATOR"):
        sf.query_more(again["nextRecordsUrl"], identifier_is_url=True)


def test_relationships_and_shapes(sf: Salesforce, world: FictionalWorld) -> None:
    """Relationship fields nest, and a missing parent is null."""
    where = f"WHERE AccountId = '{world.hero.account_id}'"
    query = f"SELECT Id, Amount, Account.Name, Account.Owner.Email FROM Opportunity {where}"
    rows = {row["Id"]: row for row in sf.query(query)["records"]}
    row = rows[world.hero.open_opportunity_id]
    assert row["attributes"]["type"] == "Opportunity"
    assert row["attributes"]["url"] == f"/services/data/v60.0/sobjects/Opportunity/{row['Id']}"
    assert row["Account"]["Name"] == "Halden Robotics GmbH"
    assert row["Account"]["Owner"]["Email"] == world.hero.owner_email
    assert isinstance(row["Amount"], float)
    orphan = world.upsert("salesforce", "Contact", None, {"LastName": "Alone"})
    (found,) = sf.query(f"SELECT Account.Name FROM Contact WHERE Id = '{orphan.id}'")["records"]
    assert found["Account"] is None


def test_counts(sf: Salesforce, world: FictionalWorld) -> None:
    """COUNT() has no records, COUNT(field) has one."""
    count = len(world.records("salesforce", "Account"))
    assert sf.query("SELECT COUNT() FROM Account") == {"totalSize": count, "done": True, "records": []}
    assert sf.query("SELECT COUNT(Id) FROM Account")["records"][0]["expr0"] == count


@pytest.mark.parametrize(
    ("sobject", "prefix"), [("Account", "001"), ("Contact", "003"), ("Opportunity", "006"), ("User", "005")]
)
def test_ids_have_18_characters_and_the_objects_prefix(sf: Salesforce, sobject: str, prefix: str) -> None:
    """Ids have 18 characters and the objects prefix."""
    found = ids(sf.query(f"SELECT Id FROM {sobject}"))
    assert all(len(one) == 18 and one.startswith(prefix) for one in found)
    short = sf.query(f"SELECT Id FROM {sobject} WHERE Id = '{found[-1][:15]}'")
    assert ids(short) == [found[-1]]


def test_deleted_rows_only_in_query_all(sf: Salesforce, world: FictionalWorld) -> None:
    """Deleted rows only in query all."""
    victim = world.records("salesforce", "Contact")[3].id
    world.advance(hours=2)
    world.delete_record("salesforce", "Contact", victim)
    where = f"FROM Contact WHERE Id = '{victim}'"
    assert ids(sf.query(f"SELECT Id {where}")) == []
    (row,) = sf.query(f"SELECT Id, IsDeleted, SystemModstamp {where}", include_deleted=True)["records"]
    assert row["IsDeleted"] is True
    assert row["SystemModstamp"] == world.now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Contact.get(victim)
    gone = sf.Contact.deleted(world.now - timedelta(hours=1), world.now + timedelta(minutes=1))
    assert [entry["id"] for entry in gone["deletedRecords"]] == [victim]
    world.restore_record("salesforce", "Contact", victim)
    assert ids(sf.query(f"SELECT Id {where}")) == [victim]
    world.purge_record("salesforce", "Contact", victim)
    assert ids(sf.query(f"SELECT Id {where}", include_deleted=True)) == []


def test_a_merge_leaves_the_losers_master(sf: Salesforce, world: FictionalWorld) -> None:
    """A merge leaves the losers master."""
    winner, loser = (row.id for row in world.records("salesforce", "Account")[2:4])
    moved = [row.id for row in world.records("salesforce", "Contact") if row.fields["AccountId"] == loser]
    world.merge_accounts_in_salesforce(winner, loser)
    query = f"SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'"
    (row,) = sf.query(query, include_deleted=True)["records"]
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)
    assert set(moved) <= set(ids(sf.query(f"SELECT Id FROM Contact WHERE AccountId = '{winner}'")))


def test_hidden_rows_are_invisible_not_deleted(sf: Salesforce, world: FictionalWorld) -> None:
    """Hidden rows are invisible not deleted."""
    victim = world.records("salesforce", "Account")[5].id
    world.hide("salesforce", "Account", victim)
    assert victim not in ids(sf.query("SELECT Id FROM Account", include_deleted=True))
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.get(victim)


def test_updated_and_its_limits(sf: Salesforce, world: FictionalWorld) -> None:
    """The replication call names changed ids and refuses windows it cannot cover."""
    world.advance(hours=3)
    row = world.records("salesforce", "Account")[4]
    world.touch("salesforce", "Account", row.id, world.now - timedelta(minutes=5), system_only=True)
    result = sf.Account.updated(world.now - timedelta(minutes=10), world.now)
    assert result["ids"] == [row.id]
    assert result["latestDateCovered"].endswith(".000+0000")
    for start in (world.now - timedelta(days=31), world.now - timedelta(seconds=30)):
        with pytest.raises(SalesforceMalformedRequest, match="INVALID_REPLICATION_DATE"):
            sf.Account.updated(start, world.now)


def test_describe_follows_permissions(sf: Salesforce, salesforce: FakeSalesforce) -> None:
    """What the user may not see is neither described nor queryable."""
    fields = {field["name"]: field for field in sf.Account.describe()["fields"]}
    assert fields["Visibility_Group__c"]["custom"] is True
    assert "deal-desk" in [option["value"] for option in fields["Visibility_Group__c"]["picklistValues"]]
    assert fields["NumberOfEmployees"]["type"] == "int"
    assert fields["OwnerId"]["referenceTo"] == ["User"]
    assert fields["SystemModstamp"]["soapType"] == "xsd:dateTime"
    salesforce.hide_field("Account", "AnnualRevenue")
    salesforce.deny_object("Opportunity")
    assert "AnnualRevenue" not in {field["name"] for field in sf.Account.describe()["fields"]}
    assert "Opportunity" not in [entry["name"] for entry in sf.describe()["sobjects"]]
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'AnnualRevenue'"):
        sf.query("SELECT AnnualRevenue FROM Account")
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_TYPE"):
        sf.query("SELECT Id FROM Opportunity")
    with pytest.raises(SalesforceResourceNotFound):
        sf.Opportunity.describe()


def test_field_history(sf: Salesforce, salesforce: FakeSalesforce, world: FictionalWorld) -> None:
    """Field history has old and new values; it ends after 18 months, and with queryAll after 24."""
    where = f"FROM AccountHistory WHERE AccountId = '{world.hero.account_id}' AND Field = 'NumberOfEmployees'"
    asked = f"SELECT OldValue, NewValue, CreatedDate {where} ORDER BY CreatedDate"
    first, second = sf.query(asked, include_deleted=True)["records"]
    assert sf.query(asked)["records"] == [second]
    assert (first["OldValue"], first["NewValue"]) == (None, 220)
    assert (second["OldValue"], second["NewValue"]) == (220, 240)
    assert second["CreatedDate"] == "2026-10-21T06:30:00.000+0000"
    world.upsert("salesforce", "Account", world.hero.account_id, {"NumberOfEmployees": 250})
    assert [row["NewValue"] for row in sf.query(asked, include_deleted=True)["records"]] == [220, 240, 250]
    for months, everything in ((18, False), (24, True)):
        oldest = (world.now - timedelta(days=months * 30.44)).strftime("%Y-%m-%dT%H:%M:%SZ")
        older = f"SELECT Id FROM AccountHistory WHERE CreatedDate < {oldest}"
        assert not sf.query(older, include_deleted=everything)["records"]
    salesforce.stop_tracking("Account", "NumberOfEmployees")
    assert not sf.query(asked)["records"]


def test_what_field_history_calls_things(sf: Salesforce, world: FictionalWorld) -> None:
    """A new owner is two entries under the relationship's name; names have parts; the last activity has no history."""
    key, other = world.hero.account_id, world.records("salesforce", "User")[3]
    world.upsert("salesforce", "Account", key, {"OwnerId": other.id})
    query = f"SELECT Field, DataType, NewValue FROM AccountHistory WHERE AccountId = '{key}'"
    entries = {(row["Field"], row["DataType"], row["NewValue"]) for row in sf.query(query)["records"]}
    assert {("Owner", "Text", other.fields["Name"]), ("Owner", "EntityId", other.id)} <= entries
    people = {row["Field"] for row in sf.query("SELECT Field FROM ContactHistory", include_deleted=True)["records"]}
    assert {"FirstName", "LastName", "Title"} <= people
    assert not people & {"Name", "LastActivityDate", "OwnerId", "AccountId"}


def test_an_activity_moves_the_system_stamp_alone(sf: Salesforce, world: FictionalWorld) -> None:
    """A call or message is on the account and the contact as a day, and nobody has edited them."""
    before = {row.id: row.business_modified for row in world.records("salesforce", "Account")}
    world.advance(days=20)
    query = "SELECT Id, LastActivityDate, LastModifiedDate, SystemModstamp FROM Account WHERE LastActivityDate > {}"
    rows = sf.query(query.format((world.now - timedelta(days=20)).date()))["records"]
    silent = [row for row in rows if row["LastModifiedDate"] < row["SystemModstamp"]]
    assert silent
    assert all(row["SystemModstamp"][:10] >= row["LastActivityDate"] for row in silent)
    assert any(world.record("salesforce", "Account", r["Id"]).business_modified == before[r["Id"]] for r in silent)


def test_single_rows_versions_limits_and_404(sf: Salesforce, get: Callable[..., requests.Response]) -> None:
    """The remaining resources answer in their documented shapes."""
    account = ids(sf.query("SELECT Id FROM Account LIMIT 1"))[0]
    assert sf.Account.get(account)["Id"] == account
    assert set(get(f"/services/data/v60.0/sobjects/Account/{account}", fields="Id,Name").json()) == {
        "attributes",
        "Id",
        "Name",
    }
    assert (
        get(f"/services/data/v60.0/sobjects/Account/{account}", fields="Nope").json()[0]["errorCode"] == "INVALID_FIELD"
    )
    assert sf.limits()["DailyApiRequests"]["Remaining"] < 100_000
    assert sf.api_usage["api-usage"].total == 100_000
    assert get("/services/data").json()[0].keys() == {"label", "url", "version"}
    assert "sobjects" in get("/services/data/v60.0/").json()
    for path in ("/services/data/v60.0/nothing", "/services/data/v7.0/limits", "/elsewhere"):
        answer = get(path)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    with pytest.raises(Exception, match="METHOD_NOT_ALLOWED"):
        sf.Account.update(account, {"Name": "written"})


def test_sessions_expire(sf: Salesforce, salesforce: FakeSalesforce, connect: Callable[[], Salesforce]) -> None:
    """An expired session is refused until the client has the next one."""
    salesforce.expire_session()
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        sf.limits()
    assert connect().limits()


def test_daily_quota(world: FictionalWorld) -> None:
    """Calls beyond the daily quota are refused with the list body."""
    with FakeSalesforce(world, daily_limit=1) as vendor:
        headers = {"Authorization": f"Bearer {vendor.session_id}"}
        answers = [requests.get(f"{vendor.url}/services/data/v60.0", headers=headers, timeout=5) for _ in range(2)]
    assert answers[0].headers["Sforce-Limit-Info"] == "api-usage=1/1"
    assert answers[1].status_code == 403
    assert answers[1].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def login(salesforce: FakeSalesforce, session: requests.Session, **changed: str) -> Salesforce:
    """Log in through simple-salesforce with the fake's credentials."""
    given = {"consumer_key": salesforce.consumer_key, "consumer_secret": salesforce.consumer_secret} | changed
    return Salesforce(domain="northlane.my", version="60.0", session=session, **given)


def test_client_credentials(salesforce: FakeSalesforce, loopback: requests.Session) -> None:
    """The client credentials grant works and names what is wrong."""
    assert login(salesforce, loopback).limits()
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid client credentials"):
        login(salesforce, loopback, consumer_secret="wrong")
    with pytest.raises(SalesforceAuthenticationFailed, match="client identifier invalid"):
        login(salesforce, loopback, consumer_key="wrong")


def test_password_grant(salesforce: FakeSalesforce, loopback: requests.Session) -> None:
    """The password grant works and names what is wrong."""
    assert login(salesforce, loopback, username=salesforce.username, password=salesforce.password).limits()
    with pytest.raises(SalesforceAuthenticationFailed, match="authentication failure"):
        login(salesforce, loopback, username=salesforce.username, password="wrong")


def test_token_shapes(salesforce: FakeSalesforce) -> None:
    """The token endpoint answers in the documented shapes."""
    url = f"{salesforce.url}/services/oauth2/token"
    client = {"client_id": salesforce.consumer_key, "client_secret": salesforce.consumer_secret}
    refresh = client | {"grant_type": "refresh_token", "refresh_token": salesforce.refresh_token}
    token = requests.post(url, data=refresh, timeout=5).json()
    assert token["access_token"] == salesforce.session_id
    assert token["instance_url"] == salesforce.url
    assert token.keys() >= {"id", "issued_at", "signature", "token_type"}
    for data, code in (
        (refresh | {"refresh_token": "old"}, "invalid_grant"),
        (client | {"grant_type": "magic"}, "unsupported_grant_type"),
    ):
        answer = requests.post(url, data=data, timeout=5)
        assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert requests.get(url, timeout=5).json()["error"] == "invalid_request"


def test_denied_requests_are_refused_by_name(salesforce: FakeSalesforce, sf: Salesforce) -> None:
    """Denied requests are refused by name."""
    salesforce.faults.add("quota")
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        sf.limits()
