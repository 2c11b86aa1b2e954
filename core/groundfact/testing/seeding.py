"""How each vendor knows the world imperfectly: variants, stale, missing and mistaken values, duplicates."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from groundfact.testing import fiction, generate, words
from groundfact.testing.projection import ACTIVITY, LABEL_FIELDS, OBJECTS, VENDORS, Fields, fields_for, fields_of
from groundfact.testing.truth import Change, Subject
from groundfact.testing.views import Record
from groundfact.testing.world_records import WorldRecords

_MAY_LACK = frozenset(
    {
        "phone",
        "street",
        "city",
        "postal_code",
        "country",
        "industry",
        "employees",
        "annual_revenue",
        "description",
        "title",
        "domain",
        "tier",
        "renewal_date",
    }
)
_MAY_DIFFER = frozenset({"phone", "employees", "annual_revenue", "industry", "street", "title", "tier"})
_AS_IT_IS = frozenset({ACTIVITY, "notes", "next_step"})
"""What a vendor notes by itself or only one of them has: there is nothing to get wrong."""
_TEXTS = frozenset(
    ("name", "phone", "street", "city", "postal_code", "country", "description", "tier", "email", "notes", "next_step")
)
_VERBATIM = {
    (kind, vendor): {name: field for name, field in fields_of(kind, vendor).items() if name in _TEXTS}
    for kind in OBJECTS
    for vendor in VENDORS
}
"""The fields of texts that a vendor shows as they are; asking how, for each, would count in a large world."""
_DELAYS = tuple(timedelta(milliseconds=second * 137 % 4_000) for second in range(60))
_MAY_HOLD_PLACEHOLDER = frozenset({"phone", "street", "title", "description"})


def settle(world: WorldRecords, company: Subject, rng: random.Random) -> None:
    """Decide which vendors know a company, and bring it in with its people and deals."""
    pick = rng.random()
    vendors = VENDORS if pick < 0.72 else (VENDORS[0],) if pick < 0.86 else (VENDORS[1],)
    for vendor in vendors:
        introduce(world, vendor, company, rng)
    if rng.random() < 0.03:
        introduce(world, fiction.pick(rng, vendors), company, rng, duplicate=True)
    if len(vendors) == 2 and rng.random() < 0.3:
        cross_reference(world, company)
    for subject in world.children[company.key]:
        if subject.kind == "person":
            _introduce_person(world, vendors, subject, rng)
        elif subject.kind == "deal":
            _introduce_deal(world, vendors, subject, rng)


def _introduce_person(world: WorldRecords, vendors: tuple[str, ...], subject: Subject, rng: random.Random) -> None:
    known = [vendor for vendor in vendors if rng.random() < 0.75] or [fiction.pick(rng, vendors)]
    for vendor in known:
        introduce(world, vendor, subject, rng)


def _introduce_deal(world: WorldRecords, vendors: tuple[str, ...], subject: Subject, rng: random.Random) -> None:
    for vendor in vendors:
        # Sales works in Salesforce; marketing hands over only some deals to it.
        if vendor == "salesforce" or len(vendors) == 1 or rng.random() < 0.3:
            record = introduce(world, vendor, subject, rng)
            if rng.random() < 0.05:
                label = "deal-desk" if vendor == "salesforce" else "88120"
                record.fields[LABEL_FIELDS[vendor]] = label


def cross_reference(world: WorldRecords, company: Subject) -> None:
    """Let the HubSpot company carry the Salesforce account id, as a two-way sync would."""
    account, hub = world.vendor_id("salesforce", company.key), world.vendor_id("hubspot", company.key)
    if account and hub:
        world.views["hubspot"].get("companies", hub).fields["salesforceaccountid"] = account


def introduce(
    world: WorldRecords,
    vendor: str,
    subject: Subject,
    rng: random.Random,
    *,
    exact: bool = False,
    duplicate: bool = False,
) -> Record:
    """Create a vendor's record of a subject, with the vendor's imperfections unless it is to be exact."""
    fields: dict[str, Any] = {}
    changed: dict[str, datetime] = {}
    past: dict[str, list[tuple[datetime, Any]]] = {}
    verbatim, show = _VERBATIM[subject.kind, vendor], _shower(world, vendor, subject.kind)
    for attribute, line in subject.lines.items():
        change, earlier = (line[-1], None) if exact or attribute in _AS_IT_IS else _picked_up(attribute, line, rng)
        if change is None:
            continue
        at, value = change
        if attribute == "name" and subject.kind == "company" and not exact:
            value = _variant(vendor, value, rng, duplicate)
        stamp = _stamp(vendor, at, world.now)
        if attribute in verbatim:
            name = verbatim[attribute]
            fields[name], changed[name] = value, stamp
        else:
            for name, shown in show(attribute, value):
                fields[name], changed[name] = shown, stamp
        if earlier is not None:
            before = _stamp(vendor, earlier.at, world.now)
            for name, shown in show(attribute, earlier.value):
                past[name] = [(before, shown)]
    record = _recorded(world, vendor, OBJECTS[subject.kind][vendor], fields, changed, past)
    world.register(vendor, subject, record)
    return record


def _recorded(
    world: WorldRecords,
    vendor: str,
    object_name: str,
    fields: dict[str, Any],
    changed: dict[str, datetime],
    past: dict[str, list[tuple[datetime, Any]]],
) -> Record:
    """The record under its new id, created with its oldest value and modified with its latest."""
    first = min(changed.values()) if changed else world.now
    created = min([first, *(values[0][0] for values in past.values())])
    last = edited = max(changed.values(), default=created)
    if vendor == "salesforce" and "LastActivityDate" in changed:
        edited = max((at for name, at in changed.items() if name != "LastActivityDate"), default=created)
    return Record(object_name, world.views[vendor].next_id(object_name), fields, created, last, edited, changed, past)


def _picked_up(attribute: str, line: list[Change], rng: random.Random) -> tuple[Change | None, Change | None]:
    """The change this vendor believes, and the one before it as far as it knows."""
    change, earlier = line[-1], line[-2] if len(line) > 1 else None
    luck = rng.random()
    if earlier is not None and luck < 0.3:
        return earlier, None
    if luck < 0.9:
        return change, earlier
    if luck > 0.955 and attribute in _MAY_LACK:
        return None, None
    if luck > 0.94 and attribute in _MAY_HOLD_PLACEHOLDER:
        return Change(change.at, fiction.pick(rng, words.PLACEHOLDERS)), earlier
    if luck > 0.915 and attribute in _MAY_DIFFER:
        return Change(change.at, generate.other(attribute, change.value, rng)), earlier
    return change, earlier


def _shower(world: WorldRecords, vendor: str, kind: str) -> Callable[[str, Any], Fields]:
    """How a vendor shows true attributes of a kind, with references turned into its own ids."""
    fields = fields_of(kind, vendor)

    def show(attribute: str, value: Any) -> Fields:
        if attribute == "company":
            company_id = world.vendor_id(vendor, value)
            if vendor == "salesforce":
                return (("AccountId", company_id),)
            named = (("associatedcompanyid", company_id), ("company", world.subjects[value].get("name")))
            return named if kind == "person" else ()
        if attribute == "owner":
            return ((fields["owner"], world.vendor_id(vendor, value)),)
        return fields_for(kind, vendor, attribute, value)

    return show


def _stamp(vendor: str, at: datetime, now: datetime) -> datetime:
    """Salesforce keeps whole seconds; an edit reaches HubSpot a moment later."""
    if vendor == "salesforce":
        return at.replace(microsecond=0) if at.microsecond else at
    return min(at + _DELAYS[at.second], now)


def _variant(vendor: str, name: str, rng: random.Random, duplicate: bool) -> str:
    """The name as this vendor spells it."""
    luck = rng.random()
    if duplicate or luck < 0.3:
        return f"{name} {fiction.pick(rng, words.LEGAL_FORMS)}"
    if luck > 0.94:
        return name.upper()
    return name if vendor == "salesforce" or luck < 0.9 else name.replace(" ", "  ", 1).strip()
