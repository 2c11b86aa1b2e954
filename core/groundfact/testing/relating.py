"""Who belongs to whom in a fictional world: parents of companies, and the parts that people play in deals.

Nothing here draws a lot: a world of some seed stays the world it was before it had relations.
"""

from __future__ import annotations

from groundfact.testing.projection import LABEL_FIELDS, VENDORS
from groundfact.testing.truth import Subject
from groundfact.testing.views import Record
from groundfact.testing.words import ROLES
from groundfact.testing.world_records import WorldRecords

__all__ = ["relate", "relate_to_accounts"]

_PARENT_FIELDS = {"salesforce": ("Account", "ParentId"), "hubspot": ("companies", "hs_parent_company_id")}
_MOST_ROLES = 3


def relate(world: WorldRecords) -> None:
    """Give every eighth company a parent, and every deal in Salesforce its people."""
    for index, key in enumerate(world.company_keys):
        if index == 2:
            _under(world, key, world.company_keys[0])
        elif index % 8 == 3:
            _under(world, key, world.company_keys[index - 1])
    for deal in world.of_kind("deal"):
        for record in world.copies("salesforce", deal.key):
            # Whoever may not see a deal must not meet it in the roles that are played in it.
            if record.fields.get(LABEL_FIELDS["salesforce"]) is None:
                _staff(world, deal, record)


def relate_to_accounts(world: WorldRecords) -> list[Record]:
    """Relate every contact in Salesforce to its account, as an org does that switches *Contacts to Multiple
    Accounts* on: directly, without roles or dates."""
    made = []
    for contact in world.records("salesforce", "Contact"):
        if contact.fields.get("AccountId"):
            fields = {"AccountId": contact.fields["AccountId"], "ContactId": contact.id}
            fields |= {"IsDirect": True, "IsActive": True}
            made.append(world.upsert("salesforce", "AccountContactRelation", None, fields))
    return made


def _under(world: WorldRecords, key: str, parent: str) -> None:
    subject = world.subjects[key]
    subject.set("parent", parent, min(line[0].at for line in subject.lines.values()))
    for vendor in VENDORS:
        above = world.vendor_id(vendor, parent)
        for record in world.copies(vendor, key) if above else ():
            _, name = _PARENT_FIELDS[vendor]
            # Known since the record is there, so that no stamp of it moves.
            record.fields[name], record.changed[name] = above, record.created


def _staff(world: WorldRecords, deal: Subject, record: Record) -> None:
    people = [one for one in world.children[deal.get("company")] if one.kind == "person"]
    known = [one for one in people if world.vendor_id("salesforce", one.key) and not one.get("left_company")]
    for number, person in enumerate(known[:_MOST_ROLES]):
        subject = Subject(f"role-{world.next_number('role'):05d}", "role")
        for name, value in (("role", ROLES[number]), ("person", person.key), ("deal", deal.key)):
            subject.set(name, value, record.created)
        world.add_subject(subject)
        fields = {
            "OpportunityId": record.id,
            "ContactId": world.vendor_id("salesforce", person.key),
            "Role": ROLES[number],
            "IsPrimary": number == 1,
        }
        key = world.views["salesforce"].next_id("OpportunityContactRole")
        stamps = (record.created, record.created, record.created)
        world.register("salesforce", subject, Record("OpportunityContactRole", key, fields, *stamps))
