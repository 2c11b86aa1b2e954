"""The curated account every demo and end-to-end test can rely on: Halden Robotics."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from groundfact.testing import evolution, generate, seeding
from groundfact.testing.hero_facts import Expectation, Hero, HeroChange
from groundfact.testing.projection import ACTIVITY, LABEL_FIELDS, fields_for
from groundfact.testing.truth import Subject
from groundfact.testing.views import Record
from groundfact.testing.world_records import WorldRecords

_CALL = 12
"""Days since the last call, after which somebody wrote a head count into both vendors."""
_NAME, _DOMAIN = "Halden Robotics", "halden-robotics.example"
# full name, e-mail, title, phone, vendors
_PEOPLE = (
    (
        "Mara Ostrowell",
        f"mara.ostrowell@{_DOMAIN}",
        "VP Operations",
        "+49 30 23125 10211",
        ("salesforce", "hubspot"),
    ),
    (
        "Jonas Brandeck",
        f"jonas.brandeck@{_DOMAIN}",
        "Head of Procurement",
        "+49 30 23125 10212",
        ("salesforce", "hubspot"),
    ),
    ("Ines Calvermont", f"ines.calvermont@{_DOMAIN}", "Plant Manager", "+49 30 23125 10200", ("salesforce",)),
    ("Tomasz Wierling", f"tomasz.wierling@{_DOMAIN}", "Data Analyst", "+49 30 23125 10200", ("hubspot",)),
    (
        "Petra Sollner",
        "petra.sollner.halden@freemail.example",
        "Consultant",
        "+49 30 23125 10219",
        ("hubspot",),
    ),
)


def create(world: WorldRecords) -> Hero:
    """Bring the hero account with its people and deals into the world."""
    subject = _truth(world)
    rng = random.Random(f"{world.seed}/hero")  # noqa: S311 - fiction needs a seed
    people = [_person(world, subject, *row[:4]) for row in _PEOPLE]
    seeding.introduce(world, "salesforce", subject, rng, exact=True)
    seeding.introduce(world, "hubspot", subject, rng, exact=True)
    account, hub = world.copies("salesforce", subject.key)[0], world.copies("hubspot", subject.key)[0]
    found = _disagree(world, subject, account, hub)
    seeding.cross_reference(world, subject)
    contacts: dict[str, dict[str, str]] = {}
    for person, row in zip(people, _PEOPLE, strict=True):
        for vendor in row[4]:
            record = seeding.introduce(world, vendor, person, rng, exact=True)
            contacts.setdefault(row[1], {})[vendor] = record.id
    opportunity, restricted, deal = _deals(world, subject, rng)
    restricted.fields[LABEL_FIELDS["salesforce"]] = "deal-desk"
    _conversations(world, subject, people, rng)
    owner = world.subjects[world.teammates[0]].get("email")
    return Hero(
        subject.key,
        _NAME,
        _DOMAIN,
        account.id,
        hub.id,
        owner,
        found,
        contacts,
        opportunity.id,
        restricted.id,
        "deal-desk",
        deal.id,
        _PEOPLE[0][1],
    )


def _truth(world: WorldRecords) -> Subject:
    ago = _ago(world)
    subject = Subject("company-0000", "company")
    values: tuple[tuple[str, Any, int], ...] = (
        ("name", _NAME, 1_190),
        ("domain", _DOMAIN, 1_190),
        ("phone", "+49 30 23125 10277", 35),
        ("street", "Am Speicher 14", 640),
        ("city", "Berlin", 640),
        ("postal_code", "10317", 640),
        ("country", "Germany", 1_190),
        ("industry", "Industrial Automation", 21),
        ("employees", 410, 12),
        ("annual_revenue", 18_500_000, 792),
        ("owner", world.teammates[0], 310),
        ("lifecycle", "customer", 820),
        ("tier", "Gold", 200),
        ("renewal_date", (world.now + timedelta(days=88)).date(), 277),
        ("description", "Builds warehouse robots; pilot customer since the first release.", 900),
    )
    for name, value, days in values:
        subject.set(name, value, ago(days))
    subject.set(ACTIVITY, ago(_CALL), ago(_CALL))
    world.add_subject(subject)
    return subject


def _ago(world: WorldRecords) -> Any:
    base = world.now.replace(minute=30, second=0, microsecond=0) - timedelta(hours=2)
    return lambda days: base - timedelta(days=days)


def _person(world: WorldRecords, employer: Subject, name: str, email: str, title: str, phone: str) -> Subject:
    ago = _ago(world)
    subject = Subject(f"person-{world.next_number('person'):05d}", "person")
    for attribute, value, days in (
        ("full_name", name, 700),
        ("email", email, 700),
        ("phone", phone, 500),
        ("title", title, 420),
        ("company", employer.key, 700),
        ("left_company", False, 700),
        ("owner", world.teammates[0], 310),
    ):
        subject.set(attribute, value, ago(days))
    if email == _PEOPLE[0][1]:
        subject.set(ACTIVITY, ago(_CALL), ago(_CALL))
    world.add_subject(subject, employer.key)
    return subject


def _disagree(world: WorldRecords, subject: Subject, account: Record, hub: Record) -> dict[str, Expectation]:
    """Make the two vendors disagree in the documented ways."""
    ago = _ago(world)
    rows: tuple[tuple[str, Any, int, Any, int, str], ...] = (
        ("employees", 240, 12, 410, 12, "conflict: both changed at the same instant, recency cannot decide"),
        ("industry", "Manufacturing", 402, "Industrial Automation", 21, "contested: HubSpot is newer"),
        ("phone", "+49 30 23125 10200", 95, "+49 30 23125 10277", 35, "contested: HubSpot is newer"),
        ("annual_revenue", None, 0, 18_500_000, 792, "stale: only HubSpot says it, about 26 months ago"),
        ("name", f"{_NAME} GmbH", 1_190, _NAME, 1_190, "variant: the same company with its legal form"),
    )
    before = {"employees": (220, 380, 600), "phone": ("+49 30 23125 10180", "+49 30 23125 10200", 900)}
    found, said = {}, dict[str, Any]()
    for attribute, sales, sales_days, hubs, hub_days, finding in rows:
        for record, vendor, value, days in (
            (account, "salesforce", sales, sales_days),
            (hub, "hubspot", hubs, hub_days),
        ):
            ((name, shown),) = fields_for("company", vendor, attribute, value)
            record.fields[name], record.changed[name] = shown, ago(days)
            said[vendor] = shown
            if attribute in before:
                old = before[attribute][vendor == "hubspot"]
                ((_, older),) = fields_for("company", vendor, attribute, old)
                record.past[name] = [(ago(before[attribute][2]), older)]
        found[attribute] = Expectation(
            attribute,
            said["salesforce"],
            ago(sales_days) if sales is not None else None,
            said["hubspot"],
            ago(hub_days),
            subject.get(attribute),
            finding,
        )
    account.changed.pop("AnnualRevenue")
    for record in (account, hub):
        record.created = min(record.changed.values())
        record.modified = record.business_modified = max(record.changed.values())
    return found


def _deals(world: WorldRecords, company: Subject, rng: random.Random) -> tuple[Record, Record, Record]:
    ago = _ago(world)
    out = []
    # The last activity of all is in the restricted deal: who may not see that deal must not learn of it.
    for vendor, topic, stage, amount, days, touched, step in (
        ("salesforce", "Fleet expansion 2027", "negotiation", 128_000, 6, 6, "Agree the delivery dates"),
        ("salesforce", "Group framework agreement", "proposal", 940_000, 9, 1, "Meet their board"),
        ("hubspot", "Spare parts subscription", "evaluation", 36_000, 14, 14, "Send the price list"),
    ):
        subject = Subject(f"deal-{world.next_number('deal'):05d}", "deal")
        values = {
            "name": f"{_NAME} - {topic}",
            "stage": stage,
            "amount": amount,
            "currency": "EUR",
            "close_date": (world.now + timedelta(days=45 + days)).date(),
            "owner": world.teammates[0],
            "company": company.key,
            "description": f"{topic}, terms under discussion.",
            "next_step": step,
        }
        for name, value in values.items():
            subject.set(name, value, ago(days if name == "stage" else 120))
        subject.set(ACTIVITY, ago(touched), ago(touched))
        world.add_subject(subject, company.key)
        out.append(seeding.introduce(world, vendor, subject, rng, exact=True))
    return out[0], out[1], out[2]


def _conversations(world: WorldRecords, company: Subject, people: list[Subject], rng: random.Random) -> None:
    # In the help desk only: nobody has noted these in either of the two vendors.
    generate.talk(world, "ticket", company, people[0], rng, _ago(world)(3))
    generate.talk(world, "conversation", company, people[1], rng, _ago(world)(8))


def change(world: WorldRecords) -> list[HeroChange]:
    """Promote a contact, change the company's phone and move the deal, all at HubSpot and right now."""
    hero, at = world.hero, world.now
    contact = hero.contacts[hero.promoted_email]["hubspot"]
    plan = (
        ("contacts", contact, "jobtitle", "title", "Chief Operating Officer"),
        ("companies", hero.hubspot_id, "phone", "phone", "+49 30 23125 10300"),
        ("deals", hero.deal_id, "dealstage", "stage", "proposal"),
    )
    done = []
    for object_name, record_id, property_name, attribute, value in plan:
        record = world.record("hubspot", object_name, record_id)
        old = record.fields.get(property_name)
        subject = world.subjects[world.key_of("hubspot", object_name, record_id) or ""]
        evolution.change(world, subject, attribute, value, at, ("hubspot",))
        done.append(HeroChange(object_name, record_id, property_name, old, record.fields[property_name], at))
    return done
