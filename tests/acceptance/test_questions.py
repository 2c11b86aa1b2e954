"""Twenty questions about a fictional business whose truth is known: what the answer must and must not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from support.story import RULES, Story, after, before
from support.vendors import Vendors, vendors

from groundfact.errors import Ambiguous, Denied, UnknownName
from groundfact.memory import Context, Memory
from groundfact.testing import FictionalWorld


class Asker:
    """The memory after two syncs, and the story it should have understood."""

    def __init__(self, memory: Memory, running: Vendors, story: Story, first: int) -> None:
        self.memory, self.story, self.first = memory, story, first
        self.world, self.hero = running.world, running.world.hero

    def ask(self, account: str, *, days: float = 0, **how: Any) -> Context:
        """The context of an account, so many days after the last sync."""
        clock = self.memory.world
        try:
            clock.at += timedelta(days=days)  # type: ignore[attr-defined]
            return self.memory.context(account, **how)
        finally:
            clock.at -= timedelta(days=days)  # type: ignore[attr-defined]

    def fact(self, answer: Context, attribute: str) -> dict[str, Any]:
        """One fact of an answer."""
        return next(fact for fact in answer.data["facts"] if fact["attribute"] == attribute)


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Forty companies and the staged ones, read twice with two eventful days in between."""
    world = FictionalWorld(seed=7, companies=40)
    story = before(world)
    with vendors(tmp_path_factory.mktemp("questions"), world, more=RULES) as running:
        clock = running.clock()
        with running.open("asked", clock) as memory:
            assert memory.sync().ok
            first = memory.belief()
            world.advance(days=2)
            after(story)
            world.advance(hours=1)
            clock.at = world.now
            assert memory.sync().ok
            yield Asker(memory, running, story, first)


def holds(
    answer: Context, required: Sequence[str] = (), forbidden: Sequence[str] = (), unknown: Sequence[str] = ()
) -> None:
    """The rendered answer has all of `required`, none of `forbidden`, and says that it does not know `unknown`."""
    assert [text for text in required if text not in answer.text] == []
    assert [text for text in forbidden if text in answer.text] == []
    gaps = next((line for line in answer.text.splitlines() if line.startswith("Unknown (")), "")
    said = gaps.partition(": ")[2].split(", ")
    assert [name for name in unknown if name not in said] == []
    assert {fact["attribute"] for fact in answer.data["facts"]}.isdisjoint(unknown)


def line(answer: Context, label: str) -> str:
    """The line of a fact."""
    return next(text for text in answer.text.splitlines() if text.startswith(f"- {label}:"))


def test_01_the_current_value_wins_and_the_superseded_one_is_nowhere(asker: Asker) -> None:
    """A value that its own source has replaced does not appear in the answer."""
    holds(asker.ask("cobalt.example"), ["City: Newhaven"], ["Oldhaven"])


def test_02_an_edit_that_only_one_vendor_received_wins_by_its_date(asker: Asker) -> None:
    """The phone number that only HubSpot was told last is the answer, and it is the truth."""
    answer = asker.ask(asker.hero.domain)
    truth = asker.world.truth(asker.hero.company_key, "phone")
    assert truth is not None
    assert asker.fact(answer, "phone")["value"] == truth.value
    old = asker.hero.expectations["phone"]
    assert old.hubspot not in answer.text
    assert old.salesforce not in line(answer, "Phone")


def test_03_why_names_the_loser_and_what_would_flip_it(asker: Asker) -> None:
    """`why` gives the winner, the older claim that lost by its date, the margin and what would flip it."""
    told = asker.memory.why(asker.hero.domain, "phone")
    assert (told["winner"]["source"], told["fact"]["rule"]) == ("marketing", "most_recent")
    assert [(x["source"], x["value"], x["reason"]) for x in told["losers"]] == [
        ("crm", asker.hero.expectations["phone"].salesforce, "older")
    ]
    assert told["margin"].startswith("by ")
    assert told["flips"][0]["because"] == f"crm changes it after {told['winner']['changed_at']}"


def test_04_a_conflict_shows_both_sides_and_the_question_to_ask(asker: Asker) -> None:
    """Two values with one vote each stay a conflict: both are shown, none is the value, and a question is ready."""
    expected = asker.hero.expectations["employees"]
    answer = asker.ask(asker.hero.domain)
    fact = asker.fact(answer, "employees")
    assert (fact["status"], fact["value"]) == ("conflict", None)
    assert {side["source"]: str(side["value"]) for side in fact["sides"]} == {
        "crm": str(expected.salesforce),
        "marketing": expected.hubspot,
    }
    text = line(answer, "Employees")
    assert "CONFLICT" in text
    assert f"Ask: What is right for {asker.hero.name}, Employees" in text
    assert "confidence" not in text


def test_05_an_attribute_nobody_speaks_of_is_said_to_be_unknown(asker: Asker) -> None:
    """What no source states is listed as unknown, and no value is made up for it."""
    holds(
        asker.ask("Bare Minimum"),
        ["Domain: bare-minimum.example"],
        ["Industry:", "Employees:"],
        ["industry", "employees", "phone", "owner", "renewal_date"],
    )
    told = asker.memory.why("Bare Minimum", "industry")
    assert (told["fact"]["status"], told["fact"]["value"]) == ("unknown", None)


def test_06_a_stale_value_is_marked(asker: Asker) -> None:
    """A revenue that nobody has changed for two years is shown, marked stale and with low confidence."""
    answer = asker.ask(asker.hero.domain)
    fact = asker.fact(answer, "annual_revenue")
    assert (fact["freshness"], fact["why"], fact["confidence"]) == ("stale", "fact_old", "low")
    assert "STALE: unchanged for 2 y" in line(answer, "Annual revenue")
    assert fact["value"] == asker.world.truth(asker.hero.company_key, "annual_revenue").value  # type: ignore[union-attr]


def test_07_a_value_that_must_be_current_is_not_served_once_it_is_stale(asker: Asker) -> None:
    """A stale renewal date is only "last known", never the value, while a fresh one is."""
    truth = asker.world.truth(asker.hero.company_key, "renewal_date")
    assert truth is not None
    fresh = asker.ask(asker.hero.domain)
    assert asker.fact(fresh, "renewal_date")["value"] == truth.value.isoformat()
    late = asker.ask(asker.hero.domain, days=25)
    fact = asker.fact(late, "renewal_date")
    assert (fact["status"], fact["value"], fact["confidence"]) == ("unconfirmed", None, "none")
    assert f"- Renewal date: UNCONFIRMED; last known {truth.value}" in late.text
    assert f"Renewal date: {truth.value}" not in late.text
    # Nor by the back door: no total is made of amounts that must be current and are not.
    deals = fresh.data["summary"]["open_deals"] | {"total": {}, "without_amount": 3, "stale": True}
    assert late.data["summary"]["open_deals"] == deals
    assert "1,068,000" not in late.text


def test_08_a_source_that_is_behind_is_told_apart_from_an_old_fact(asker: Asker) -> None:
    """After 50 days without a sync every fact says that its source is behind, and so does the list of sources."""
    answer = asker.ask(asker.hero.domain, days=50)
    assert {fact["why"] for fact in answer.data["facts"] if fact["status"] == "known"} == {"source_behind"}
    holds(answer, ["STALE: crm last read 50 d ago", "BEHIND"], ["confidence high", "confidence medium"])


def test_09_a_restricted_opportunity_is_invisible_to_the_support_copilot(asker: Asker) -> None:
    """Neither the restricted deal nor its amount shows, not in the list, the count or the totals."""
    allowed = asker.ask(asker.hero.domain)
    holds(allowed, ["Open deals: 3 worth 1,068,000 + EUR 36,000", "Group framework agreement", "940,000"])
    denied = asker.ask(asker.hero.domain, principal="support_copilot")
    forbidden = ["1,068,000", "framework", "940,000", "deal-desk", asker.hero.restricted_opportunity_id]
    holds(denied, ["Open deals: 2 worth 128,000 + EUR 36,000", "## Deals (2)"], forbidden)
    assert asker.hero.restricted_opportunity_id not in str(denied.data)


def test_10_an_account_with_nothing_but_a_restricted_deal_seems_to_have_none(asker: Asker) -> None:
    """Where the only deal is restricted, no roll-up and no heading hints at it."""
    holds(asker.ask("Leaver Ltd"), ["Open deals: 1 worth 555,000", "Secret takeover"])
    holds(asker.ask("Leaver Ltd", principal="support_copilot"), ["Stay Put"], ["deals", "Deals", "555", "Secret"])


def test_11_confidential_revenue_is_not_shown_below_its_clearance(asker: Asker) -> None:
    """Revenue is confidential: the copilot sees no value, no hint that there is one, and may not ask why."""
    answer = asker.ask(asker.hero.domain, principal="support_copilot")
    holds(answer, ["Industry: Manufacturing"], ["18,500,000", "18500000", "revenue", "Revenue"])
    with pytest.raises(Denied, match=r"may not see account\.annual_revenue"):
        asker.memory.why(asker.hero.domain, "annual_revenue", principal="support_copilot")


def test_12_an_account_is_found_by_every_name_a_source_gives_it(asker: Asker) -> None:
    """Either vendor's spelling, the domain, our id and each source's own id lead to the same account."""
    hero = asker.hero
    ours = asker.ask(hero.domain).data["id"]
    spellings = [hero.name, f"{hero.name} GmbH", f"https://www.{hero.domain}/", ours, hero.account_id, hero.hubspot_id]
    spellings += [f"crm/{hero.account_id}", f"marketing/{hero.hubspot_id}", f"crm/accounts/{hero.account_id}"]
    assert {asker.ask(name).data["id"] for name in spellings} == {ours}


def test_13_an_account_that_one_vendor_knows_is_answered_from_that_one(asker: Asker) -> None:
    """Every company that only one vendor has is found, and rests on that source alone."""
    names = {"salesforce": "crm", "hubspot": "marketing"}
    alone = {
        company.key: vendor
        for company in asker.world.of_kind("company")
        for vendor, other in (("salesforce", "hubspot"), ("hubspot", "salesforce"))
        if asker.world.copies(vendor, company.key) and not asker.world.copies(other, company.key)
    }
    assert {*alone.values()} == {*names}
    for key, vendor in alone.items():
        rec = asker.world.vendor_id(vendor, key)
        assert rec is not None
        answer = asker.ask(rec)
        assert {source for fact in answer.data["facts"] for source in fact.get("sources", ())} == {names[vendor]}
        assert [source["source"] for source in answer.data["sources"]] == [names[vendor]]


def test_14_companies_merged_in_hubspot_are_one_account_with_everybody(asker: Asker) -> None:
    """After a merge there is one account with the people of both companies, to which every old id still leads."""
    answer = asker.ask(asker.story["one"])
    holds(answer, ["# Merge Alpha"], ["CONFLICT"])
    old = [asker.ask(asker.story[name], known_at=asker.first).data["id"] for name in ("kept", "merged")]
    again = [asker.ask(name).data["id"] for name in (*old, asker.story["kept"], asker.story["merged"])]
    assert again == [answer.data["id"]] * 4
    named = {account["name"] for account in asker.memory.list("accounts")}
    assert ("Merge Alpha" in named, "Merge Beta" in named) == (True, False)
    holds(answer, ["Alpha Teller", "Beta Teller"])


def test_15_a_deleted_contact_is_gone(asker: Asker) -> None:
    """Somebody deleted in Salesforce is in no answer and no list; a colleague stays."""
    holds(asker.ask("Leaver Ltd"), ["Contacts (1)", "stay@leaver.example"], ["Gone Girl", "gone@leaver.example"])
    with pytest.raises(UnknownName):
        asker.ask("gone@leaver.example", kind="contact")
    assert "gone@leaver.example" not in str(list(asker.memory.list("records")))


def test_16_a_placeholder_is_never_a_fact(asker: Asker) -> None:
    """What people type into a field that they must fill counts as nothing, wherever it stands in the world."""
    holds(asker.ask("Dashwood Paper"), ["Domain: dashwood.example"], ["n/a"], ["phone", "city"])
    values = {fact["value"] for fact in asker.memory.list("facts") if isinstance(fact["value"], str)}
    assert values.isdisjoint({"n/a", "N/A", "No", "-", ""})


def test_17_a_mailbox_provider_links_nobody(asker: Asker) -> None:
    """Companies and people that share a free-mail domain stay apart, each with its own."""
    holds(asker.ask("Kiosk Lindner"), ["Contacts (1)", "mailbox-1@freemail.example"], ["Osei", "mailbox-2"])
    holds(asker.ask("Bakery Osei"), ["Contacts (1)", "mailbox-2@freemail.example"], ["Lindner", "mailbox-1"])
    assert asker.ask("Kiosk Lindner").data["id"] != asker.ask("Bakery Osei").data["id"]


def test_18_companies_that_share_a_telephone_stay_apart(asker: Asker) -> None:
    """A switchboard number alone is no identity: two companies at two addresses keep their own facts."""
    holds(asker.ask("Upper Mill"), ["Street: Mill Lane 1", "0777"], ["Mill Lane 2", "Lower Mill", "CONFLICT"])
    holds(asker.ask("Lower Mill"), ["Street: Mill Lane 2", "0777"], ["Mill Lane 1", "Upper Mill", "CONFLICT"])


def test_19_an_ambiguous_name_lists_its_candidates_and_an_unknown_one_the_nearest(asker: Asker) -> None:
    """Two accounts of one name are told apart by what they have; a misspelt name is answered with the nearest."""
    with pytest.raises(Ambiguous) as two:
        asker.ask("Twin Peaks Foods")
    assert {str(found["city"]) for found in two.value.candidates} == {"Leeds", "Rennes"}
    cities = [asker.fact(asker.ask(str(found["id"])), "city")["value"] for found in two.value.candidates]
    assert cities == [found["city"] for found in two.value.candidates]
    with pytest.raises(UnknownName) as nobody:
        asker.ask("Haldn Robtics")
    assert "halden robotics" in nobody.value.near
    with pytest.raises(UnknownName) as hidden:
        asker.ask("Quite Another Thing", principal="support_copilot")
    assert hidden.value.near == ()


def test_20_what_was_believed_then_can_still_be_asked(asker: Asker) -> None:
    """The answer as of the first sync has the values of then: the old number, the leaver, both companies."""
    then = asker.ask("cobalt.example", known_at=asker.first)
    holds(then, ["City: Oldhaven"], ["Newhaven"])
    holds(asker.ask("Leaver Ltd", known_at=asker.first), ["Gone Girl", "Stay Put"])
    assert asker.ask("Merge Beta", known_at=asker.first).data["name"] == "Merge Beta"
    phone = asker.fact(asker.ask(asker.hero.domain, known_at=asker.first), "phone")["value"]
    assert phone != asker.world.truth(asker.hero.company_key, "phone").value  # type: ignore[union-attr]
