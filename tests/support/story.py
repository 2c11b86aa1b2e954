"""The staged part of the fictional world that the fixed questions ask about: each trouble by itself and by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from groundfact.testing import FictionalWorld

RULES = """
identity:
  account:
    - {type: cross_reference, attribute: salesforce_id, source: crm, stream: accounts}
    - {type: shared_key, attribute: domain}
    - {type: compound_key, attributes: [phone, street]}
  contact:
    - {type: shared_key, attribute: email}
attributes:
  account:
    employees: {survivorship: [most_common]}
    industry: {survivorship: [{type: system_of_record, sources: [crm, marketing]}]}
    annual_revenue: {freshness: {type: fixed, fresh_for: 12mo, stale_after: 18mo, since: changed}}
    renewal_date: {freshness: {type: fixed, fresh_for: 10d, stale_after: 20d, must_revalidate: true}}
  deal:
    amount: {freshness: {type: fixed, fresh_for: 10d, stale_after: 20d, must_revalidate: true}}
principals:
  dana: {kind: person, labels: [workspace, "group:deal-desk"], clearance: confidential}
  support_copilot: {kind: copilot, labels: [workspace]}
context: {default_principal: dana, max_tokens: 8000}
"""


@dataclass
class Story:
    """Ids of what was staged, by what it is for."""

    world: FictionalWorld
    ids: dict[str, str]

    def __getitem__(self, name: str) -> str:
        """The vendor's id of a staged record."""
        return self.ids[name]

    def put(self, ours: str, vendor: str, kind: str, /, **fields: Any) -> str:
        """Create a vendor's record under a name of our own, a month ago, or edit it now."""
        # A month ago: what is younger than the overlap of an increment would be read twice by accident.
        at = None if ours in self.ids else self.world.now - timedelta(days=30)
        found = self.world.upsert(vendor, kind, self.ids.get(ours), fields, at)
        self.ids[ours] = found.id
        return found.id


def before(world: FictionalWorld) -> Story:
    """What the vendors hold when they are read for the first time."""
    story = Story(world, {})
    put = story.put
    put("edited", "salesforce", "Account", Name="Cobalt Ferry", Website="cobalt.example", BillingCity="Oldhaven")
    put("edited-hub", "hubspot", "companies", name="Cobalt Ferry", domain="cobalt.example", city="Oldhaven")
    put("bare", "salesforce", "Account", Name="Bare Minimum", Website="bare-minimum.example", Industry=None)
    put("placeholder", "hubspot", "companies", name="Dashwood Paper", domain="dashwood.example", phone="n/a", city="-")
    for name, city in (("twin-1", "Leeds"), ("twin-2", "Rennes")):
        put(name, "salesforce", "Account", Name="Twin Peaks Foods", BillingCity=city, Phone="+44 113 496 0999")
    for name, who, street in (
        ("neighbour-1", "Upper Mill", "Mill Lane 1"),
        ("neighbour-2", "Lower Mill", "Mill Lane 2"),
    ):
        put(name, "hubspot", "companies", name=who, phone="+44 113 496 0777", address=street)
    for name, who in (("mailbox-1", "Kiosk Lindner"), ("mailbox-2", "Bakery Osei")):
        put(name, "hubspot", "companies", name=who, domain="freemail.example")
        mail = f"{name}@freemail.example"
        person = put(f"{name}-person", "hubspot", "contacts", firstname=who.split()[1], lastname="Owner", email=mail)
        world.associate("contacts", person, "companies", story[name])
    for name, who in (("kept", "Merge Alpha"), ("merged", "Merge Beta")):
        company = put(name, "hubspot", "companies", name=who, domain=f"{who.split()[1].lower()}.merge.example")
        person = put(f"{name}-person", "hubspot", "contacts", firstname=who.split()[1], lastname="Teller")
        world.associate("contacts", person, "companies", company)
    boss = put("leaver-company", "salesforce", "Account", Name="Leaver Ltd", Website="leaver.example")
    put(
        "leaver",
        "salesforce",
        "Contact",
        Name="Gone Girl",
        LastName="Girl",
        AccountId=boss,
        Email="gone@leaver.example",
    )
    put("stayer", "salesforce", "Contact", Name="Stay Put", LastName="Put", AccountId=boss, Email="stay@leaver.example")
    secret = {"StageName": "Negotiation/Review", "IsClosed": False, "Visibility_Group__c": "deal-desk"}
    put("hidden", "salesforce", "Opportunity", Name="Secret takeover", AccountId=boss, Amount=555_000.0, **secret)
    return story


def after(story: Story) -> None:
    """What happens between the two reads."""
    world = story.world
    story.put("edited", "salesforce", "Account", BillingCity="Newhaven")
    world.delete_record("salesforce", "Contact", story["leaver"])
    story.ids["one"] = world.merge_companies_in_hubspot(story["kept"], story["merged"]).id
    world.change_hero()
