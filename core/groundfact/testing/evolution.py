"""What happens as time passes; every event has its own seed, so the size of the steps changes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from groundfact.testing import fiction, generate, seeding
from groundfact.testing.projection import ACTIVITY, OBJECTS, VENDORS, fields_for
from groundfact.testing.truth import Message, Subject
from groundfact.testing.world_records import WorldRecords

_HOUR = timedelta(hours=1)
_EVENTS_PER_COMPANY_AND_HOUR = 0.007
_ORDER = ("discovery", "evaluation", "proposal", "negotiation")


def pass_time(world: WorldRecords, until: datetime) -> None:
    """Let everything happen that is due after ``world.now`` and up to ``until``."""
    for at, rng in _due(world, world.now, until):
        world.now = at
        _event(world, rng)(world, rng, at)
    world.now = until


def _due(world: WorldRecords, after: datetime, until: datetime) -> Iterator[tuple[datetime, random.Random]]:
    hour = after.replace(minute=0, second=0, microsecond=0)
    expected = len(world.company_keys) * _EVENTS_PER_COMPANY_AND_HOUR
    while hour <= until:
        seed = f"{world.seed}/{hour.astimezone(UTC).isoformat()}"
        rng = random.Random(seed)  # noqa: S311 - fiction needs a seed, not secrecy
        count = int(expected) + (rng.random() < expected % 1)
        moments = sorted(hour + timedelta(milliseconds=rng.randrange(3_600_000)) for _ in range(count))
        for number, at in enumerate(moments):
            if after < at <= until:
                yield at, random.Random(f"{seed}/{number}")  # noqa: S311
        hour += _HOUR


def _event(world: WorldRecords, rng: random.Random) -> Callable[[WorldRecords, random.Random, datetime], None]:
    events = (_edit_company, _promotion, _job_change, _deal_moves, _new_deal, _ticket, _message, _bulk_touch)
    return rng.choices(events, weights=(30, 10, 5, 18, 6, 8, 18, 2))[0]


def change(
    world: WorldRecords,
    subject: Subject,
    attribute: str,
    value: Any,
    at: datetime,
    vendors: tuple[str, ...] = VENDORS,
) -> None:
    """Change the truth, and what the given vendors say about it."""
    subject.set(attribute, value, at)
    for vendor in vendors:
        stamp = at.replace(microsecond=0) if vendor == "salesforce" else at
        owner_id = world.vendor_id(vendor, value) if attribute == "owner" else None
        for record in world.copies(vendor, subject.key):
            if record.deleted is None:
                silent = vendor == "salesforce" and attribute == ACTIVITY
                shown = dict(fields_for(subject.kind, vendor, attribute, value, owner_id))
                record.write(shown, stamp, system_only=silent)
                world.views[vendor].revision += 1


def _told(rng: random.Random) -> tuple[str, ...]:
    """Which vendors hear of an edit: mostly both, sometimes only one."""
    luck = rng.random()
    return VENDORS if luck < 0.7 else (VENDORS[0],) if luck < 0.85 else (VENDORS[1],)


def _any_company(world: WorldRecords, rng: random.Random) -> Subject | None:
    """A company other than the hero, whose story only ``change_hero`` tells."""
    return world.subjects[fiction.pick(rng, world.company_keys[1:])] if len(world.company_keys) > 1 else None


def _any(world: WorldRecords, kind: str, rng: random.Random) -> Subject | None:
    company = _any_company(world, rng)
    found = [child for child in world.children[company.key] if child.kind == kind] if company else []
    return fiction.pick(rng, found) if found else None


def _edit_company(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    subject = _any_company(world, rng)
    if subject is None:
        return
    told = _told(rng)
    attribute = fiction.pick(
        rng,
        (
            "employees",
            "phone",
            "annual_revenue",
            "address",
            "tier",
            "owner",
            "renewal_date",
            "lifecycle",
            "industry",
        ),
    )
    if attribute == "address":
        place = fiction.pick(rng, fiction.PLACES)
        moved = {
            "street": fiction.street(rng),
            "city": place.city,
            "country": place.country,
            "postal_code": fiction.fill(place.postal, rng),
        }
        for name, value in moved.items():
            change(world, subject, name, value, at, told)
    elif attribute == "owner":
        change(world, subject, attribute, fiction.pick(rng, world.teammates), at, told)
    elif attribute == "renewal_date":
        change(world, subject, attribute, (at + timedelta(days=fiction.number(rng, 200, 500))).date(), at, told)
    elif attribute in ("employees", "annual_revenue"):
        change(world, subject, attribute, int(subject.get(attribute) * rng.uniform(0.9, 1.3)) + 1, at, told)
    else:
        change(world, subject, attribute, generate.other(attribute, subject.get(attribute), rng), at, told)


def _promotion(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    subject = _any(world, "person", rng)
    if subject is not None and not subject.get("left_company"):
        change(world, subject, "title", generate.other("title", subject.get("title"), rng), at, _told(rng))


def _job_change(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    """Somebody leaves; somebody new joins with another address."""
    subject = _any(world, "person", rng)
    if subject is None or subject.get("left_company"):
        return
    change(world, subject, "left_company", True, at, _told(rng))
    employer = world.subjects[subject.get("company")]
    newcomer = generate.person(world, employer, rng, at)
    _bring_in(world, newcomer, employer, rng, at)


def _bring_in(world: WorldRecords, subject: Subject, company: Subject, rng: random.Random, at: datetime) -> None:
    known = [vendor for vendor in VENDORS if world.vendor_id(vendor, company.key)]
    for vendor in [vendor for vendor in known if rng.random() < 0.7] or known[:1]:
        seeding.introduce(world, vendor, subject, rng, exact=True)


def _deal_moves(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    subject = _any(world, "deal", rng)
    if subject is None or subject.get("stage") not in _ORDER:
        return
    position = _ORDER.index(subject.get("stage"))
    if rng.random() < 0.2 or position == len(_ORDER) - 1:
        stage = fiction.pick(rng, ("won", "lost"))
        change(world, subject, "close_date", at.date(), at)
    else:
        stage = _ORDER[position + 1]
    change(world, subject, "stage", stage, at, _told(rng))
    change(world, subject, ACTIVITY, at, at)


def _new_deal(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    company = _any_company(world, rng)
    if company is not None:
        _bring_in(world, generate.deal(world, company, rng, at), company, rng, at)


def _ticket(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    author = _any(world, "person", rng)
    if author is not None:
        about = world.subjects[author.get("company")]
        generate.talk(world, fiction.pick(rng, ("ticket", "conversation")), about, author, rng, at)
        _touched(world, about, author, at)


def _touched(world: WorldRecords, company: Subject, person: Subject, at: datetime) -> None:
    """Somebody of ours and somebody of theirs were in touch; what happens in a deal is noted in the deal alone."""
    for subject in (company, person):
        change(world, subject, ACTIVITY, at, at)


def _message(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    """A reply to a ticket or conversation, which may close it."""
    subject = _any(world, fiction.pick(rng, ("ticket", "conversation")), rng)
    if subject is None:
        return
    company, author = world.subjects[subject.get("company")], world.subjects[subject.get("requester")]
    text = fiction.message(rng, company.get("city"))
    world.messages[subject.key].append(Message(at, author.get("email"), text))
    _touched(world, company, author, at)
    subject.set("status", fiction.pick(rng, ("open", "pending", "solved")), at)


def _bulk_touch(world: WorldRecords, rng: random.Random, at: datetime) -> None:
    """A mass update moves the stamps of many records and changes nothing."""
    vendor = fiction.pick(rng, VENDORS)
    object_name = OBJECTS["company"][vendor]
    hero = {record.id for record in world.copies(vendor, world.company_keys[0])}
    for record in list(world.views[vendor].rows(object_name)):
        if rng.random() < 0.3 and record.deleted is None and record.id not in hero:
            world.touch(vendor, object_name, record.id, at)
