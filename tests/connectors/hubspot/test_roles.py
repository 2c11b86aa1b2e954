"""The parts that contacts play for companies and in deals: the labels of their associations."""

from __future__ import annotations

from typing import Any

import pytest

from groundfact.errors import SourceUnavailable
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.testing.server import Response

from .conftest import Copy, Desk
from .test_store import Office, office

__all__ = ["office"]
LINKS = "/associations/"


def _billing(desk: Desk) -> tuple[str, str, int]:
    """A company and a contact of it, who is its billing contact."""
    portal = desk.vendor.portal
    number = portal.define("companies", "contacts", "Billing contact", "Bills are paid by")
    company, contact = next((key, linked[0]) for key, linked in _linked(desk, "companies") if linked)
    portal.mark("companies", company, "contacts", contact, number)
    return company, contact, number


def _linked(desk: Desk, kind: str) -> list[tuple[str, list[str]]]:
    rows = desk.world.records("hubspot", kind)
    return [(row.id, desk.world.views["hubspot"].linked(kind, row.id, "contacts")) for row in rows]


def _told(copy: Copy) -> dict[str, dict[str, Any]]:
    return {key: dict(record.data) for key, record in copy.records.items()}


def test_an_account_without_labels_costs_two_calls(desk: Desk, copy: Copy) -> None:
    """HubSpot's own types (associated, primary company) are no parts, and nothing is listed for them."""
    desk.sync("contact_roles", copy)
    assert copy.records == {}
    assert [call.path for call in desk.vendor.calls] == [
        f"/crm/v4/associations/{kind}/contacts/labels" for kind in ("companies", "deals")
    ]


def test_a_label_is_a_part(desk: Desk, copy: Copy) -> None:
    """One record for each label, in the words that are said of the contact, for companies and for deals."""
    company, contact, number = _billing(desk)
    portal = desk.vendor.portal
    champion, blocker = (portal.define("deals", "contacts", label) for label in ("Champion", "Blocker"))
    deal, (person, *_) = next((key, linked) for key, linked in _linked(desk, "deals") if linked)
    for one in (champion, blocker):
        portal.mark("deals", deal, "contacts", person, one)
    desk.sync("contact_roles", copy)
    assert _told(copy) == {
        f"companies:{company}:{contact}:USER_DEFINED:{number}": {
            "label": "Billing contact", "contact": contact, "company": company, "deal": None,
        },
        f"deals:{deal}:{person}:USER_DEFINED:{champion}": {
            "label": "Champion", "contact": person, "company": None, "deal": deal,
        },
        f"deals:{deal}:{person}:USER_DEFINED:{blocker}": {
            "label": "Blocker", "contact": person, "company": None, "deal": deal,
        },
    }  # fmt: skip


def test_only_what_the_mapping_reads_is_asked_for(desk: Desk, copy: Copy) -> None:
    """A mapping without the deal asks nothing of deals, so that it needs no right to them."""
    company, *_ = _billing(desk)
    desk.vendor.scopes.discard("crm.objects.deals.read")
    desk.sync("contact_roles", copy, fields=["label", "contact", "company"])
    assert [record.data["company"] for record in copy.records.values()] == [company]


def test_a_company_with_many_contacts_shows_them_all(desk: Desk, copy: Copy) -> None:
    """Whoever stands on a later page of a company's contacts plays their part too."""
    company, _, number = _billing(desk)
    desk.vendor.portal.association_page = 2
    people = [row.id for row in desk.world.records("hubspot", "contacts")][:7]
    for person in people:
        desk.vendor.portal.mark("companies", company, "contacts", person, number)
    desk.sync("contact_roles", copy)
    assert {record.data["contact"] for record in copy.records.values()} >= set(people)


@pytest.mark.parametrize("fault", ["429", "500", "502", "html", "truncated", "reset", "garbage"])
@pytest.mark.parametrize("match", ["/labels", "GET /crm/v3/objects", "/batch/read"])
def test_a_passing_fault_costs_a_call_and_no_part(desk: Desk, copy: Copy, fault: str, match: str) -> None:
    """Whatever goes wrong twice, wherever, every part is read."""
    _billing(desk)
    desk.vendor.faults.add(fault, match=match, times=2)
    desk.sync("contact_roles", copy)
    assert desk.vendor.faults.pending == 0
    assert len(copy.records) == 1


@pytest.mark.parametrize("match", ["/labels", "GET /crm/v3/objects", "/batch/read"])
def test_a_lasting_fault_never_looks_like_no_parts(desk: Desk, copy: Copy, match: str) -> None:
    """The read ends with an error, so that nobody's part is taken for over."""
    _billing(desk)
    desk.vendor.faults.add("html", match=match, times=None)
    with pytest.raises(SourceUnavailable):
        desk.sync("contact_roles", copy)


def test_an_association_that_cannot_be_read_is_a_reject_without_a_name(desk: Desk, copy: Copy) -> None:
    """It may be any of the parts, so that none is taken for over."""
    _billing(desk)
    answer = desk.vendor.answer

    def odd(request: Any) -> Response:
        response = answer(request)
        if "/batch/read" in request.path and response.body["results"]:
            response.body["results"][0]["to"][0].pop("associationTypes")
        return response

    desk.vendor.answer = odd
    desk.sync("contact_roles", copy)
    assert copy.rejects
    assert all((reject.id, bool(reject.raw)) == (None, True) for reject in copy.rejects)


def test_calls_are_counted(desk: Desk, copy: Copy) -> None:
    """With labels for companies alone: a call for every 100 companies and one for every 1,000, beside the two."""
    _billing(desk)
    for number in range(1_100):
        desk.world.upsert("hubspot", "companies", None, {"name": f"Company {number}"})
    desk.sync("contact_roles", copy)
    companies = len(desk.world.records("hubspot", "companies"))
    lists, links = -(-companies // 100), -(-companies // 1_000)
    assert desk.vendor.count("GET /crm/v3/objects/companies") == lists
    assert desk.vendor.count("/batch/read") == links
    assert len(desk.vendor.calls) == 2 + lists + links


def test_the_store_follows_the_labels(office: Office) -> None:
    """A label that is taken off, or that goes with its contact, is gone a day later; no date needs to move. Until then
    nothing is asked for."""
    portal, world = office.vendor.portal, office.vendor.world
    number = portal.define("companies", "contacts", "Decision maker")
    pairs = [
        (row.id, linked[0])
        for row in world.records("hubspot", "companies")
        if (linked := world.views["hubspot"].linked("companies", row.id, "contacts"))
    ][:3]
    for company, contact in pairs:
        portal.mark("companies", company, "contacts", contact, number)
    office.sync(1.1)
    assert len(office.believed("contact_roles")) == 3
    (company, contact), (second, other), (third, kept) = pairs
    people = office.memory.context(f"marketing/companies/{third}").data["relations"]["people"]
    assert [one["role"] for one in people] == ["Decision maker"]
    portal.mark("companies", company, "contacts", contact, number, remove=True)
    world.archive_record("contacts", other)
    asked = office.vendor.count("/labels")
    office.sync(0.1)
    assert office.vendor.count("/labels") == asked > 0
    assert len(office.believed("contact_roles")) == 3
    office.sync(1.0)
    assert office.believed("contact_roles") == {f"companies:{third}:{kept}:USER_DEFINED:{number}"}
    assert second != third


def test_a_read_that_is_stopped_begins_anew(office: Office) -> None:
    """Asked to stop when all parts were read, but not taken for the whole: the next run reads them whole again."""
    portal, world = office.vendor.portal, office.vendor.world
    number = portal.define("companies", "contacts", "Decision maker")
    linked = [(row.id, world.views["hubspot"].linked("companies", row.id, "contacts")) for row in _companies(office)]
    (first, (one, *_)), (second, (other, *_)) = [pair for pair in linked if pair[1]][:2]
    for company, contact in ((first, one), (second, other)):
        portal.mark("companies", company, "contacts", contact, number)
    office.sync(1.1)
    portal.mark("companies", first, "contacts", one, number, remove=True)
    world.advance(days=1.1)
    office.clock.at = world.now
    asked = office.vendor.count("deals/contacts/labels")
    stopped = office.memory.sync(
        options=SyncOptions(stopping=lambda: office.vendor.count("deals/contacts/labels") > asked)
    )
    assert [source.status for source in stopped.sources] == ["stopped"]
    office.sync(0.1)
    assert office.believed("contact_roles") == {f"companies:{second}:{other}:USER_DEFINED:{number}"}


def _companies(office: Office) -> list[Any]:
    return office.vendor.world.records("hubspot", "companies")
