"""How the vendors merge two records of one company."""

from __future__ import annotations

from groundfact.testing.views import Record
from groundfact.testing.world_records import WorldRecords


def companies_in_hubspot(world: WorldRecords, primary_id: str, other_id: str, keep_id: bool) -> Record:
    """Merge two companies into a new record, or into the primary one."""
    view = world.views["hubspot"]
    primary, other = view.get("companies", primary_id), view.get("companies", other_id)
    values = {**other.fields, **{name: value for name, value in primary.fields.items() if value is not None}}
    earlier = [row.fields.get("hs_merged_object_ids") for row in (primary, other)]
    merged = [*filter(None, earlier), *([] if keep_id else [primary_id]), other_id]
    values["hs_merged_object_ids"] = ";".join(merged)
    result = world.upsert("hubspot", "companies", primary_id if keep_id else None, values)
    result.created = min(primary.created, other.created)
    for row in (other,) if keep_id else (primary, other):
        row.deleted, row.merged_into = world.now, result.id
        for kind in ("contacts", "deals"):
            for target in list(view.linked("companies", row.id, kind)):
                view.unlink("companies", row.id, kind, target)
                view.link("companies", result.id, kind, target)
    world.adopt("hubspot", result, primary)
    return result


def accounts_in_salesforce(world: WorldRecords, winner_id: str, loser_id: str) -> Record:
    """Delete the loser in favour of the winner and move its children."""
    view = world.views["salesforce"]
    for child, field in (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Account", "ParentId")):
        for row in view.rows(child):
            if row.fields.get(field) == loser_id:
                world.upsert("salesforce", child, row.id, {field: winner_id})
    world.delete_record("salesforce", "Account", loser_id)
    view.get("Account", loser_id).merged_into = winner_id
    world.touch("salesforce", "Account", winner_id)
    return view.get("Account", winner_id)
