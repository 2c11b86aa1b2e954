"""The fake portal, driven by the HubSpot SDK over real HTTP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from hubspot import HubSpot
from hubspot.crm.companies.exceptions import ApiException
from hubspot.crm.contacts.exceptions import ApiException as ContactsException
from hubspot.crm.owners.exceptions import ApiException as OwnersException

from groundfact.testing import FakeHubSpot, FictionalWorld


def problem(error: Any) -> dict[str, Any]:
    """The body of an SDK exception."""
    return dict(json.loads(error.value.body))


def test_listing_pages_by_id(hs: HubSpot, world: FictionalWorld) -> None:
    """Listing pages by id."""
    found: list[str] = []
    after = None
    while True:
        page = hs.crm.contacts.basic_api.get_page(limit=7, after=after)
        found += [row.id for row in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert found == sorted((row.id for row in world.records("hubspot", "contacts")), key=int)


def test_properties_are_strings(hs: HubSpot, world: FictionalWorld) -> None:
    """Every property arrives as a string or null, whatever it means."""
    row = hs.crm.companies.basic_api.get_by_id(
        world.hero.hubspot_id, properties=["numberofemployees", "annualrevenue", "website", "no_such_property"]
    )
    assert row.properties == {
        "numberofemployees": "410",
        "annualrevenue": "18500000",
        "website": None,
        "createdate": "2023-07-31T06:30:00Z",
        "hs_lastmodifieddate": "2026-10-21T06:30:00Z",
        "hs_object_id": world.hero.hubspot_id,
    }
    deal = hs.crm.deals.basic_api.get_by_id(world.hero.deal_id)
    assert deal.properties["closedate"].endswith("T00:00:00Z")


def test_fractions_vary(hs: HubSpot, world: FictionalWorld) -> None:
    """Times carry a fraction only when there is one."""
    world.upsert("hubspot", "companies", world.hero.hubspot_id, {"city": "x"}, world.now + timedelta(milliseconds=40))
    row = hs.crm.companies.basic_api.get_by_id(world.hero.hubspot_id)
    assert row.properties["hs_lastmodifieddate"] == "2026-11-02T08:00:00.040Z"


def test_associations_in_listings(hs: HubSpot, world: FictionalWorld) -> None:
    """Associations in listings."""
    page = hs.crm.companies.basic_api.get_page(limit=1, associations=["contacts", "deals"])
    (company,) = page.results
    assert company.id == world.hero.hubspot_id
    contacts = {entry.id for entry in company.associations["contacts"].results}
    assert contacts == {ids["hubspot"] for ids in world.hero.contacts.values() if "hubspot" in ids}
    assert {entry.type for entry in company.associations["deals"].results} == {
        "company_to_deal",
        "company_to_deal_unlabeled",
    }


def test_archived_records(hs: HubSpot, world: FictionalWorld) -> None:
    """An archived record leaves search and listing, keeps its date, and is listed as archived for 90 days."""
    victim = world.records("hubspot", "contacts")[2]
    before = victim.modified
    world.advance(hours=1)
    world.archive_record("contacts", victim.id)
    assert victim.id not in [row.id for row in hs.crm.contacts.search_api.do_search({"limit": 200}).results]
    (row,) = hs.crm.contacts.basic_api.get_page(archived=True).results
    assert (row.id, row.archived, row.archived_at) == (victim.id, True, world.now)
    assert row.updated_at == before
    with pytest.raises(ContactsException, match="resource not found"):
        hs.crm.contacts.basic_api.get_by_id(victim.id)
    assert hs.crm.contacts.basic_api.get_by_id(victim.id, archived=True).id == victim.id
    world.advance(days=91)
    assert victim.id not in [row.id for row in hs.crm.contacts.basic_api.get_page(archived=True).results]


def test_a_merge_makes_a_new_record(hs: HubSpot, world: FictionalWorld) -> None:
    """A merge makes a new record."""
    primary, other = (row.id for row in world.records("hubspot", "companies")[1:3])
    contacts = {c for one in (primary, other) for c in world.views["hubspot"].linked("companies", one, "contacts")}
    merged = world.merge_companies_in_hubspot(primary, other)
    assert merged.id not in (primary, other)
    listed = {row.id for row in hs.crm.companies.basic_api.get_page(limit=100).results}
    assert merged.id in listed
    assert not listed & {primary, other}
    assert not hs.crm.companies.basic_api.get_page(archived=True).results
    for old in (primary, other):
        row = hs.crm.companies.basic_api.get_by_id(old, properties=["hs_merged_object_ids"])
        assert row.id == merged.id
        assert row.properties["hs_merged_object_ids"] == f"{primary};{other}"
    assert set(world.views["hubspot"].linked("companies", merged.id, "contacts")) == contacts
    again = world.merge_companies_in_hubspot(world.hero.hubspot_id, merged.id, keep_id=True)
    assert again.id == world.hero.hubspot_id
    assert again.fields["hs_merged_object_ids"] == f"{primary};{other};{merged.id}"
    assert again.fields["name"] == "Halden Robotics"


def test_association_batches(hs: HubSpot, world: FictionalWorld) -> None:
    """A batch answers with what it found and names what it did not."""
    mara = world.hero.contacts[world.hero.promoted_email]["hubspot"]
    batch = hs.crm.associations.v4.batch_api
    result = batch.get_page("contacts", "companies", {"inputs": [{"id": mara}, {"id": "999"}]})
    assert result.num_errors == 1
    assert result.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    (one,) = result.results
    assert one.to[0].to_object_id == world.hero.hubspot_id
    assert [(kind.type_id, kind.label) for kind in one.to[0].association_types] == [(1, "Primary"), (279, None)]
    world.associate("contacts", mara, "companies", world.hero.hubspot_id, remove=True)
    assert not batch.get_page("contacts", "companies", {"inputs": [{"id": mara}]}).results


def test_associations_page_per_record(world: FictionalWorld) -> None:
    """Associations page per record."""
    with FakeHubSpot(world, association_page=2) as vendor:
        batch = HubSpot(access_token=vendor.access_token, host=vendor.url).crm.associations.v4.batch_api
        one = {"id": world.hero.hubspot_id}
        (first,) = batch.get_page("companies", "contacts", {"inputs": [one]}).results
        after = first.paging.next.after
        (second,) = batch.get_page("companies", "contacts", {"inputs": [one | {"after": after}]}).results
    found = [entry.to_object_id for page in (first, second) for entry in page.to]
    assert found == sorted((ids["hubspot"] for ids in world.hero.contacts.values() if "hubspot" in ids), key=int)
    assert second.paging is None


def test_batch_read_with_history(hs: HubSpot, world: FictionalWorld) -> None:
    """A batch read brings the versions of a property, newest first."""
    body = {
        "inputs": [{"id": world.hero.hubspot_id}, {"id": "1"}],
        "properties": ["name"],
        "propertiesWithHistory": ["numberofemployees"],
    }
    result = hs.crm.companies.batch_api.read(body)
    assert [error.category for error in result.errors] == ["OBJECT_NOT_FOUND"]
    versions = result.results[0].properties_with_history["numberofemployees"]
    assert [version.value for version in versions] == ["410", "380"]
    assert versions[0].timestamp == world.hero.expectations["employees"].hubspot_changed


def test_owners(hs: HubSpot, world: FictionalWorld) -> None:
    """Owners are paged, found by e-mail, and archived when deactivated."""
    owners = hs.crm.owners.owners_api
    page = owners.get_page(limit=3)
    rest = owners.get_page(limit=100, after=page.paging.next.after)
    assert len(page.results) + len(rest.results) == 7
    (one,) = owners.get_page(email=world.hero.owner_email).results
    assert (one.first_name, one.archived) == ("Dana", False)
    (gone,) = owners.get_page(archived=True).results
    assert gone.user_id is None


def test_schema_and_account(hs: HubSpot, hubspot: FakeHubSpot) -> None:
    """Properties, pipelines, account details and the dated paths are served."""
    properties = {item.name: item for item in hs.crm.properties.core_api.get_all("companies").results}
    assert properties["numberofemployees"].type == "number"
    assert properties["customer_tier"].hubspot_defined is None
    stages = hs.crm.pipelines.pipelines_api.get_all("deals").results[0].stages
    assert stages[0].id == "appointmentscheduled"
    headers = {"Authorization": f"Bearer {hubspot.access_token}"}
    details = requests.get(f"{hubspot.url}/account-info/v3/details", headers=headers, timeout=5)
    assert details.json()["portalId"]
    twin = requests.get(f"{hubspot.url}/crm/objects/2026-03/companies", headers=headers, timeout=5)
    assert len(twin.json()["results"]) == 10


def test_rate_limit_headers_are_missing_from_search(hs: HubSpot) -> None:
    """Rate limit headers are missing from search."""
    _, _, listed = hs.crm.companies.basic_api.get_page_with_http_info()
    assert int(listed["X-HubSpot-RateLimit-Remaining"]) < int(listed["X-HubSpot-RateLimit-Max"])
    _, _, found = hs.crm.companies.search_api.do_search_with_http_info({})
    assert not [name for name in found if name.startswith("X-HubSpot-RateLimit")]


def test_tokens_and_scopes(hs: HubSpot, hubspot: FakeHubSpot) -> None:
    """A missing scope, an expired and an unknown token each have their own error."""
    hubspot.scopes.discard("crm.objects.owners.read")
    with pytest.raises(OwnersException) as error:
        hs.crm.owners.owners_api.get_page()
    assert error.value.status == 403
    assert problem(error)["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]
    hubspot.expire_token("pat-eu1-next")
    with pytest.raises(ApiException) as error:
        hs.crm.companies.basic_api.get_page()
    assert problem(error)["category"] == "EXPIRED_AUTHENTICATION"
    stranger = HubSpot(access_token="wrong", host=hubspot.url)
    with pytest.raises(ApiException) as error:
        stranger.crm.companies.basic_api.get_page()
    assert (error.value.status, problem(error)["category"]) == (401, "INVALID_AUTHENTICATION")
    assert HubSpot(access_token="pat-eu1-next", host=hubspot.url).crm.companies.basic_api.get_page().results


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/crm/v3/objects/companies?limit=101", 400),
        ("GET", "/crm/v3/objects/companies?limit=51&propertiesWithHistory=name", 400),
        ("GET", "/crm/v3/objects/companies?limit=many", 400),
        ("GET", "/crm/v3/objects/companies?after=soon", 400),
        ("GET", "/crm/v3/objects/rockets", 400),
        ("GET", "/crm/v3/objects/companies/1", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/crm/v3/objects/companies", 405),
        ("POST", "/crm/v3/objects/companies/search", 400),
        ("POST", "/crm/v4/associations/contacts/companies/batch/read", 400),
    ],
)
def test_refused_requests(hubspot: FakeHubSpot, method: str, path: str, status: int) -> None:
    """A bad request gets the status and the error body of the vendor."""
    headers = {"Authorization": f"Bearer {hubspot.access_token}"}
    answer = requests.request(method, hubspot.url + path, headers=headers, timeout=5)
    assert answer.status_code == status
    assert answer.json().keys() >= {"status", "message", "correlationId"}
