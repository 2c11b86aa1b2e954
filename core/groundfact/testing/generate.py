"""How the world begins: subjects with a past, and what each vendor has picked up of it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from groundfact.testing import fiction, words
from groundfact.testing.projection import ACTIVITY
from groundfact.testing.truth import Change, Message, Subject
from groundfact.testing.world_records import WorldRecords

_DAY = 86_400
_INDUSTRIES, _STAGES = tuple(words.INDUSTRIES), tuple(words.STAGES)
_NEVER_STALE = frozenset(
    {
        "name",
        "domain",
        "full_name",
        "email",
        "company",
        "currency",
        "city",
        "country",
        "owner",
        "left_company",
        "description",
    }
)

_CHOICES: dict[str, tuple[str, ...]] = {
    "industry": _INDUSTRIES,
    "tier": words.TIERS,
    "lifecycle": words.LIFECYCLES,
    "title": words.TITLES,
    "stage": ("discovery", "evaluation"),
}


def teammates(world: WorldRecords, rng: random.Random) -> list[str]:
    """Our own people, who own accounts and deals; every vendor knows each of them."""
    out = []
    for number in range(8):
        first, last = fiction.person_name(rng) if number else ("Dana", "Whitlock")
        born = world.now - timedelta(days=2_000 - number * 11)
        mate = Subject(f"teammate-{number}", "teammate")
        mate.set("full_name", f"{first} {last}", born)
        mate.set("email", f"{first}.{last}{number or ''}@northlane.example".lower(), born)
        mate.set("active", number != 7, born)
        world.add_subject(mate)
        out.append(mate.key)
    return out


def company(world: WorldRecords, index: int, rng: random.Random) -> Subject:
    """One company with its people, deals, tickets and conversations."""
    place = fiction.pick(rng, fiction.PLACES)
    name = fiction.company_name(index)
    subject = Subject(f"company-{index:04d}", "company")
    employees = int(10 ** (1.0 + rng.random() * 2.6))
    values: dict[str, Any] = {
        "name": name,
        "domain": fiction.domain_of(name),
        "phone": fiction.fill(place.phone, rng),
        "street": fiction.street(rng),
        "city": place.city,
        "country": place.country,
        "postal_code": fiction.fill(place.postal, rng),
        "industry": fiction.pick(rng, _INDUSTRIES),
        "employees": employees,
        "annual_revenue": employees * fiction.number(rng, 60, 240) * 1_000,
        "owner": fiction.pick(rng, world.teammates),
        "lifecycle": fiction.pick(rng, words.LIFECYCLES),
        "tier": fiction.pick(rng, words.TIERS),
        "renewal_date": day(world.now + timedelta(days=fiction.number(rng, 10, 400))),
        "description": f"{name} from {place.city}, found us through a partner.",
    }
    born = world.now - timedelta(seconds=int((200 + rng.random() * 1_600) * _DAY))
    _live(subject, values, born, world.now, rng)
    world.add_subject(subject)
    staff = [person(world, subject, rng) for _ in range(fiction.number(rng, 2, 5))]
    for _ in range(fiction.pick(rng, (0, 1, 1, 2, 3))):
        deal(world, subject, rng)
    talks = []
    for kind, share, hours in (("ticket", 0.7, 2_000), ("conversation", 0.4, 1_000)):
        if rng.random() < share:
            author = fiction.pick(rng, staff)
            at = world.now - timedelta(hours=fiction.number(rng, 3, hours))
            talks.append((world.messages[talk(world, kind, subject, author, rng, at).key][-1].at, author))
    for at, author in sorted(talks, key=lambda entry: entry[0]):
        subject.set(ACTIVITY, at, at)
        author.set(ACTIVITY, at, at)
    return subject


def day(moment: datetime) -> date:
    """The calendar day of a moment."""
    return moment.date()


def _live(subject: Subject, values: dict[str, Any], born: datetime, now: datetime, rng: random.Random) -> None:
    """Give every attribute its value and time of change; some had another value before."""
    age = (now - born).total_seconds() * 0.98
    # People edit in sessions: a few moments per subject, shared by the attributes that changed then.
    moments = sorted(born + timedelta(seconds=int(rng.random() * age)) for _ in range(5))
    for name, value in values.items():
        place = int(rng.random() * 4)
        if name not in _NEVER_STALE and rng.random() < 0.25:
            earlier = Change(moments[place], other(name, value, rng))
            subject.lines[name] = [earlier, Change(moments[place + 1], value)]
        else:
            subject.lines[name] = [Change(moments[place], value)]


def other(attribute: str, value: Any, rng: random.Random) -> Any:
    """A different plausible value for an attribute: an earlier one, or a mistaken one."""
    if attribute == "phone":
        return value[:-2] + f"{(int(value[-2:]) + fiction.number(rng, 1, 99)) % 100:02d}"
    if attribute in ("employees", "annual_revenue", "amount"):
        return max(1, int(value * rng.uniform(0.6, 0.95)))
    if isinstance(value, date):
        return value - timedelta(days=fiction.number(rng, 20, 120))
    choices = _CHOICES.get(attribute)
    if choices:
        return fiction.pick(rng, [choice for choice in choices if choice != value])
    if attribute == "street":
        return fiction.street(rng)
    if attribute == "postal_code":
        return fiction.fill("#####", rng)
    return value


def person(world: WorldRecords, employer: Subject, rng: random.Random, at: datetime | None = None) -> Subject:
    """Somebody who works at a company; a few write from a free-mail address or share the switchboard."""
    first, last = fiction.person_name(rng)
    number = world.next_number("person")
    key = f"person-{number:05d}"
    free = rng.random() < 0.08
    domain = fiction.pick(rng, words.FREE_MAIL_DOMAINS) if free else employer.get("domain")
    local = f"{first}.{last}".lower() + (key[-3:] if free or rng.random() < 0.1 else "")
    switchboard = employer.get("phone")
    phone = switchboard if rng.random() < 0.25 else f"{switchboard[:-2]}{fiction.number(rng, 10, 99)}"
    values = {
        "full_name": f"{first} {last}",
        "email": f"{local}@{domain}",
        "phone": phone,
        "title": fiction.pick(rng, words.TITLES),
        "company": employer.key,
        "left_company": False,
        "owner": employer.get("owner"),
    }
    subject = Subject(key, "person")
    born = at or world.now - timedelta(seconds=int((60 + rng.random() * 1_000) * _DAY))
    if at is None:
        _live(subject, values, born, world.now, rng)
    else:
        for name, value in values.items():
            subject.set(name, value, at)
    if number % 3 == 0:
        subject.set("notes", words.CONTACT_NOTES[number // 3 % len(words.CONTACT_NOTES)], born)
    world.add_subject(subject, employer.key)
    return subject


def deal(world: WorldRecords, buyer: Subject, rng: random.Random, at: datetime | None = None) -> Subject:
    """A deal with a company, at a random stage unless it starts right now."""
    stage = "discovery" if at else fiction.pick(rng, _STAGES)
    topic = fiction.pick(rng, words.DEAL_TOPICS)
    start = at or world.now - timedelta(seconds=int((5 + rng.random() * 300) * _DAY))
    values = {
        "name": f"{buyer.get('name')} - {topic}",
        "stage": stage,
        "amount": fiction.number(rng, 4, 400) * 500,
        "currency": words.CURRENCIES.get(buyer.get("country"), "EUR"),
        "close_date": day(start + timedelta(days=fiction.number(rng, 30, 240))),
        "owner": buyer.get("owner"),
        "company": buyer.key,
        "description": f"{topic} discussed with the buying team.",
    }
    number = world.next_number("deal")
    subject = Subject(f"deal-{number:05d}", "deal")
    if at:
        for name, value in values.items():
            subject.set(name, value, at)
    else:
        _live(subject, values, start, world.now, rng)
    moved = subject.lines["stage"][-1].at
    subject.set(ACTIVITY, moved, moved)
    subject.set("next_step", words.NEXT_STEPS[number % len(words.NEXT_STEPS)], moved)
    world.add_subject(subject, buyer.key)
    return subject


def talk(world: WorldRecords, kind: str, about: Subject, author: Subject, rng: random.Random, at: datetime) -> Subject:
    """A ticket or conversation with a few messages between somebody and one of us."""
    subject = Subject(f"{kind}-{world.next_number(kind):05d}", kind)
    subject.set("subject", fiction.pick(rng, words.TICKET_SUBJECTS), at)
    subject.set("requester", author.key, at)
    subject.set("company", about.key, at)
    world.add_subject(subject, about.key)
    thread = world.messages[subject.key]
    moment = at
    for number in range(fiction.number(rng, 1, 5)):
        who = author.get("email") if number % 2 == 0 else world.subjects[about.get("owner")].get("email")
        thread.append(Message(moment, who, fiction.message(rng, about.get("city"))))
        moment = min(moment + timedelta(minutes=fiction.number(rng, 5, 900)), world.now)
    subject.set(
        "status",
        fiction.pick(rng, ("open", "pending", "solved")) if len(thread) > 1 else "open",
        thread[-1].at,
    )
    return subject
