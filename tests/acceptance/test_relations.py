"""Relations of the fictional world, read from both vendors: what is true of its people and companies is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from support.vendors import Vendors, vendors

from groundfact.memory import Memory
from groundfact.testing import FictionalWorld

_COMPANIES = 14


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vendors, Memory]]:
    """A world with both of its vendors, and a memory that has read them."""
    folder, world = tmp_path_factory.mktemp("relations"), FictionalWorld(seed=7, companies=_COMPANIES)
    with vendors(folder, world) as running, closing(running.open("read")) as memory:
        memory.sync()
        yield running, memory


def test_the_hero_shows_its_champion_and_its_owner(read: tuple[Vendors, Memory]) -> None:
    """The people of the open deals come champion first, and both vendors' owner is one teammate."""
    running, memory = read
    world = running.world
    told = memory.context(world.hero.domain)
    people = told.data["relations"]["people"]
    assert [(one["name"], one["role"]) for one in people][:2] == [
        ("Mara Ostrowell", "Champion"),
        ("Jonas Brandeck", "Decision Maker"),
    ]
    owner = next(one for one in told.data["relations"]["to"] if one["attribute"] == "owned_by")
    assert owner["value"] == world.subjects[world.teammates[0]].get("full_name")
    assert "Mara Ostrowell, VP Operations: Champion in " in told.text


def test_every_known_parent_is_the_true_one(read: tuple[Vendors, Memory]) -> None:
    """Whoever has a parent in the world has it in the memory, by whichever vendor's ids; nobody else has one."""
    running, memory = read
    world = running.world
    expected = {}
    for subject in world.of_kind("company"):
        above = subject.get("parent")
        known = [
            v for v in ("salesforce", "hubspot") if above and all(world.vendor_id(v, k) for k in (subject.key, above))
        ]
        if known:
            expected[_entity(running, memory, subject.key)] = _entity(running, memory, above)
    told = {one["entity"]: one for one in memory.list("relations", kind="account") if one["relation"] == "parent"}
    found = {entity: one["target"]["id"] for entity, one in told.items()}
    assert {entity: found.get(entity) for entity in expected} == expected
    # A duplicate that nothing links to its twin says the same of itself; nobody says anything else.
    assert set(found.values()) == set(expected.values())
    assert len(expected) >= 2
    assert any(one["sources"] == ["crm", "marketing"] for one in told.values())


def test_every_role_is_played_by_the_right_person(read: tuple[Vendors, Memory]) -> None:
    """Each part of a deal in the CRM is told with its person and its deal."""
    running, memory = read
    world = running.world
    wanted = sorted((one.get("role"), world.subjects[one.get("person")].get("email")) for one in world.of_kind("role"))
    emails = {
        fact["entity"]: fact["value"] for fact in memory.list("facts", kind="contact") if fact["attribute"] == "email"
    }
    roles: dict[str, dict[str, str]] = {}
    for fact in memory.list("facts", kind="role"):
        value = emails[fact["target"]["id"]] if fact["attribute"] == "contact" else fact["value"]
        roles.setdefault(fact["entity"], {})[fact["attribute"]] = value
    assert sorted((one["role"], one["contact"]) for one in roles.values()) == wanted
    assert len(wanted) > 10


def _entity(running: Vendors, memory: Memory, key: str) -> str:
    world = running.world
    vendor = "salesforce" if world.vendor_id("salesforce", key) else "hubspot"
    source, stream = {"salesforce": ("crm", "accounts"), "hubspot": ("marketing", "companies")}[vendor]
    entity: str = memory.context(f"{source}/{stream}/{world.vendor_id(vendor, key)}").data["id"]
    return entity
