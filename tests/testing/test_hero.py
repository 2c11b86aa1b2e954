"""The hero account is what its documentation says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from groundfact.testing import FictionalWorld
from groundfact.testing.views import Record


@pytest.fixture(params=[(7, 40), (1, 1), (99, 12)], ids=str)
def world(request: pytest.FixtureRequest) -> FictionalWorld:
    """The hero does not depend on the seed or on the size of the world."""
    seed, companies = request.param
    return FictionalWorld(seed=seed, companies=companies)


def test_employees_changed_at_the_same_instant(world: FictionalWorld) -> None:
    """Employees changed at the same instant."""
    expected = world.hero.expectations["employees"]
    account = world.record("salesforce", "Account", world.hero.account_id)
    company = world.record("hubspot", "companies", world.hero.hubspot_id)
    assert (expected.salesforce, expected.hubspot) == (240, "410")
    assert account.fields["NumberOfEmployees"] == 240
    assert company.fields["numberofemployees"] == "410"
    assert account.changed["NumberOfEmployees"] == company.changed["numberofemployees"]
    assert account.modified == company.modified == expected.hubspot_changed


def test_contested_and_stale_values(world: FictionalWorld) -> None:
    """The newer value is at HubSpot, and the revenue is two years old."""
    hero = world.hero
    for attribute in ("industry", "phone"):
        expected = hero.expectations[attribute]
        assert expected.salesforce != expected.hubspot
        assert expected.salesforce_changed < expected.hubspot_changed
    revenue = hero.expectations["annual_revenue"]
    assert timedelta(days=25 * 30) < world.now - revenue.hubspot_changed < timedelta(days=27 * 31)
    assert revenue.salesforce is None
    assert world.record("salesforce", "Account", hero.account_id).fields["AnnualRevenue"] is None


def test_deals_contacts_and_owner(world: FictionalWorld) -> None:
    """Deals, contacts and owner are as documented."""
    hero = world.hero
    deals = [
        row
        for row in world.records("salesforce", "Opportunity")
        if row.fields["AccountId"] == hero.account_id and not row.fields["IsClosed"]
    ]
    labels = {row.id: row.fields.get("Visibility_Group__c") for row in deals}
    assert labels == {hero.open_opportunity_id: None, hero.restricted_opportunity_id: hero.restricted_label}
    assert world.views["hubspot"].linked("companies", hero.hubspot_id, "deals") == [hero.deal_id]
    assert len(hero.contacts) == 5
    assert sum(len(ids) == 2 for ids in hero.contacts.values()) == 2
    account = world.record("salesforce", "Account", hero.account_id)
    company = world.record("hubspot", "companies", hero.hubspot_id)
    owners = (
        world.record("salesforce", "User", account.fields["OwnerId"]),
        world.record("hubspot", "owners", company.fields["hubspot_owner_id"]),
    )
    assert {owners[0].fields["Email"], owners[1].fields["email"]} == {hero.owner_email}
    assert company.fields["salesforceaccountid"] == hero.account_id


def test_the_last_activity_is_known_to_both_vendors(world: FictionalWorld) -> None:
    """Both have noted the same call; the restricted deal was touched later, and only its own record says so."""
    hero = world.hero
    account = world.record("salesforce", "Account", hero.account_id)
    company = world.record("hubspot", "companies", hero.hubspot_id)
    called = datetime.fromisoformat(company.fields["notes_last_updated"])
    assert timedelta(days=3) < world.now - called < timedelta(days=30)
    assert account.fields["LastActivityDate"] == called.date().isoformat()
    assert {name for name, row in _all_rows(world) if _last(row) > called.date().isoformat()} >= {
        hero.open_opportunity_id,
        hero.restricted_opportunity_id,
    }
    latest = max((row for _, row in _all_rows(world)), key=_last)
    assert latest.id == hero.restricted_opportunity_id


def _all_rows(world: FictionalWorld) -> list[tuple[str, Record]]:
    keys = [world.hero.company_key, *(child.key for child in world.children[world.hero.company_key])]
    return [(row.id, row) for key in keys for vendor in world.views for row in world.copies(vendor, key)]


def _last(row: Record) -> str:
    return str(row.fields.get("LastActivityDate") or row.fields.get("notes_last_updated") or "")[:10]


def test_nothing_but_change_hero_changes_the_hero(world: FictionalWorld) -> None:
    """Nothing but change hero changes the hero."""
    account = world.record("salesforce", "Account", world.hero.account_id)
    before = (dict(account.fields), account.modified)
    world.advance(days=60)
    assert (account.fields, account.modified) == before


def test_change_hero_is_visible_at_hubspot_only(world: FictionalWorld) -> None:
    """Change hero is visible at hubspot only."""
    world.advance(hours=1)
    done = world.change_hero()
    assert [change.property for change in done] == ["jobtitle", "phone", "dealstage"]
    for change in done:
        row = world.record("hubspot", change.object, change.id)
        assert row.fields[change.property] == change.new != change.old
        assert row.modified == row.changed[change.property] == change.at == world.now
    mara = world.hero.contacts[world.hero.promoted_email]
    assert world.record("salesforce", "Contact", mara["salesforce"]).fields["Title"] == "VP Operations"
    assert world.truth(world.hero.company_key, "phone").value == done[1].new


def test_times_follow_the_start_of_the_world() -> None:
    """Times follow the start of the world."""
    late = FictionalWorld(now=datetime(2027, 5, 5, 17, 3, tzinfo=UTC))
    assert late.now - late.hero.expectations["employees"].hubspot_changed < timedelta(days=13)
