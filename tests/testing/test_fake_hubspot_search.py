"""Search at the fake portal: filters, operators, one sort, the cap, the index lag and the silent trap."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.companies.exceptions import ApiException

from groundfact.testing import FakeHubSpot, FictionalWorld


def search(hs: HubSpot, kind: str = "companies", **body: Any) -> Any:
    """Search an object type."""
    return getattr(hs.crm, kind).search_api.do_search(body)


def since(name: str, value: str, operator: str = "GTE") -> dict[str, Any]:
    """One filter group with one filter."""
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, "value": value}]}]}


def problem(error: Any) -> dict[str, Any]:
    """The body of an SDK exception."""
    return dict(json.loads(error.value.body))


def test_search_filters_sorts_and_pages(hs: HubSpot, world: FictionalWorld) -> None:
    """Search filters sorts and pages."""
    rows = world.records("hubspot", "companies")
    middle = sorted(row.modified for row in rows)[len(rows) // 2]
    body = since("hs_lastmodifieddate", str(int(middle.timestamp() * 1_000)))
    body |= {"sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}], "limit": 5}
    expected = sorted((row.id for row in rows if row.modified >= middle), key=int, reverse=True)
    first = search(hs, **body)
    second = search(hs, **body, after=first.paging.next.after)
    assert first.total == len(expected)
    assert [row.id for row in (*first.results, *second.results)] == expected[:10]


@pytest.mark.parametrize(
    ("operator", "extra", "found"),
    [
        ("EQ", {"value": "20"}, ["b"]),
        ("NEQ", {"value": "20"}, ["a", "c"]),
        ("LT", {"value": "20"}, ["a"]),
        ("LTE", {"value": "20"}, ["a", "b"]),
        ("GT", {"value": "20"}, ["c"]),
        ("BETWEEN", {"value": "15", "highValue": "30"}, ["b", "c"]),
        ("IN", {"values": ["10", "30"]}, ["a", "c"]),
        ("NOT_IN", {"values": ["10", "30"]}, ["b"]),
        ("HAS_PROPERTY", {}, ["a", "b", "c"]),
        ("NOT_HAS_PROPERTY", {}, ["d"]),
    ],
)
def test_operators(hs: HubSpot, world: FictionalWorld, operator: str, extra: dict[str, Any], found: list[str]) -> None:
    """Each operator compares in the type of the property."""
    for name, employees in (("a", "10"), ("b", "20"), ("c", "30"), ("d", None)):
        world.upsert("hubspot", "companies", None, {"name": name, "numberofemployees": employees, "city": "Staged"})
    filters = [
        {"propertyName": "city", "operator": "EQ", "value": "staged"},
        {"propertyName": "numberofemployees", "operator": operator} | extra,
    ]
    result = search(hs, filterGroups=[{"filters": filters}], properties=["name"])
    assert [row.properties["name"] for row in result.results] == found


def test_text_search_tokens_and_or_groups(hs: HubSpot, world: FictionalWorld) -> None:
    """Text search tokens and or groups."""
    assert [row.id for row in search(hs, query="halden-robotics").results] == [world.hero.hubspot_id]
    token = since("name", "*alde*", "CONTAINS_TOKEN")["filterGroups"]
    other = since("hs_object_id", world.records("hubspot", "companies")[5].id, "EQ")["filterGroups"]
    assert search(hs, filterGroups=[*token, *other]).total == 2


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [("companies", "lastmodifieddate", "hs_lastmodifieddate"), ("contacts", "hs_lastmodifieddate", "lastmodifieddate")],
)
def test_the_wrong_date_property_finds_nothing_and_says_nothing(hs: HubSpot, kind: str, wrong: str, right: str) -> None:
    """The wrong date property finds nothing and says nothing."""
    assert search(hs, kind, **since(wrong, "0")).total == 0
    assert search(hs, kind, **since(right, "0")).total > 0


def test_search_stops_at_its_cap(world: FictionalWorld) -> None:
    """Search stops at its cap."""
    with FakeHubSpot(world, search_cap=20) as vendor:
        hs = HubSpot(access_token=vendor.access_token, host=vendor.url)
        assert len(search(hs, limit=10, after="10").results) == 10
        assert search(hs, limit=10, after="10").paging.next.after == "20"
        with pytest.raises(ApiException) as error:
            search(hs, limit=10, after="20")
    assert error.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"filterGroups": [{"filters": []}] * 7},
        {"filterGroups": [{"filters": [{"propertyName": "name", "operator": "HAS_PROPERTY"}] * 19}]},
        since("no_such_property", "1"),
        since("name", "x", "ALMOST"),
        since("numberofemployees", "many"),
        {"sorts": [{"propertyName": "name"}, {"propertyName": "city"}]},
        {"query": "x" * 3_001},
        {"after": "soon"},
    ],
    ids=lambda body: next(iter(body)),
)
def test_refused_searches(hs: HubSpot, body: dict[str, Any]) -> None:
    """A search beyond the documented limits is a 400."""
    with pytest.raises(ApiException) as error:
        search(hs, **body)
    assert error.value.status == 400
    assert problem(error)["category"] == "VALIDATION_ERROR"


def test_young_writes_are_not_in_the_index_yet(world: FictionalWorld) -> None:
    """Young writes are not in the index yet."""
    with FakeHubSpot(world, index_lag=timedelta(minutes=5)) as vendor:
        hs = HubSpot(access_token=vendor.access_token, host=vendor.url)
        made = world.upsert("hubspot", "companies", None, {"name": "Fresh"})
        wanted = since("hs_object_id", made.id, "EQ")
        assert search(hs, **wanted).total == 0
        assert hs.crm.companies.basic_api.get_by_id(made.id).properties["name"] == "Fresh"
        world.advance(hours=0.1)
        assert search(hs, **wanted).total == 1
