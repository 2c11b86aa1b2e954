"""How the fake help desk writes its rows as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from groundfact.testing.zendesk_desk import AREA_FIELD, AREAS, BRAND, GROUPS, Comment, Desk, Row

__all__ = ["FIELDS", "comment", "event", "groups", "shown", "stamp"]

_TICKET_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)
FIELDS: dict[str, list[dict[str, Any]]] = {
    "ticket_fields": [
        *(
            {"id": number, "type": kind, "title": title, "removable": False, "active": True}
            for number, (kind, title) in enumerate(_TICKET_FIELDS, AREA_FIELD - 100)
        ),
        {
            "id": AREA_FIELD,
            "type": "tagger",
            "title": "Product area",
            "removable": True,
            "active": True,
            "custom_field_options": [{"name": area.title(), "value": area} for area in AREAS],
        },
    ],
    "user_fields": [{"id": 7, "key": "newsletter", "type": "checkbox", "title": "Newsletter", "active": True}],
    "organization_fields": [{"id": 9, "key": "plan", "type": "dropdown", "title": "Support plan", "active": True}],
}


def stamp(moment: datetime) -> str:
    """A time as Zendesk writes it: whole seconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def shown(desk: Desk, kind: str, row: Row, url: str) -> dict[str, Any]:
    """One row of a list or export."""
    common = {"id": row.id, "url": f"{url}/api/v2/{kind}/{row.id}.json", "external_id": None, "tags": []}
    common |= {"created_at": stamp(row.created), "updated_at": stamp(row.updated)}
    return common | {"organizations": _organization, "users": _user, "tickets": _ticket}[kind](row)


def _organization(row: Row) -> dict[str, Any]:
    own = {"name": row.fields["name"], "domain_names": row.fields["domain_names"], "details": "", "notes": ""}
    own |= {"group_id": None, "shared_tickets": False, "shared_comments": False}
    own["organization_fields"] = {"plan": row.fields.get("plan")}
    return own | ({"deleted_at": stamp(row.deleted)} if row.deleted else {})


def _user(row: Row) -> dict[str, Any]:
    own = {name: row.fields.get(name) for name in ("name", "email", "phone", "role", "organization_id")}
    own |= {"active": row.fields.get("active", True) and row.deleted is None, "suspended": False}
    own |= {
        "verified": row.fields.get("verified", True),
        "alias": "",
        "details": "",
        "notes": "",
        "last_login_at": None,
        "locale": "en-US",
        "time_zone": "Berlin",
    }
    return own | {"user_fields": {"newsletter": False}}


def _ticket(row: Row) -> dict[str, Any]:
    fields, comments = row.fields, row.comments
    own = {name: fields.get(name) for name in ("subject", "status", "priority", "requester_id", "assignee_id")}
    own |= {"organization_id": fields.get("organization_id"), "group_id": fields.get("group_id"), "brand_id": BRAND}
    own |= {"raw_subject": fields.get("subject"), "description": comments[0].body if comments else ""}
    own["submitter_id"] = comments[0].author if comments else fields.get("requester_id")
    own |= {"is_public": any(one.public for one in comments), "via": {"channel": fields.get("channel", "web")}}
    own |= {"custom_fields": [{"id": AREA_FIELD, "value": fields.get("area")}], "type": "incident"}
    own |= {"due_at": None, "ticket_form_id": None, "problem_id": None, "satisfaction_rating": {"score": "unoffered"}}
    own |= {"generated_timestamp": int(row.generated.timestamp())}
    return own | ({"status": "deleted"} if row.deleted else {})


def groups(ids: Iterable[int | None]) -> list[dict[str, Any]]:
    """The groups with these ids."""
    return [{"id": key, "name": GROUPS[key], "deleted": False} for key in sorted({one for one in ids if one})]


def comment(row: Comment) -> dict[str, Any]:
    """One comment of a ticket's list."""
    own = {"id": row.id, "type": "Comment", "author_id": row.author, "body": row.body, "plain_body": row.body}
    own |= {"html_body": f'<div class="zd-comment">{row.body}</div>', "public": row.public, "attachments": []}
    return own | {"audit_id": row.id - 3, "created_at": stamp(row.at), "via": {"channel": "web"}}


def event(ticket: Row, row: Comment, with_comment: bool) -> dict[str, Any]:
    """A ticket event: an update of the ticket with its parts."""
    child = {"id": row.id, "event_type": "Comment", "comment_present": True, "comment_public": row.public}
    child |= comment(row) if with_comment else {"via": {"channel": "web"}}
    own = {"id": row.id - 3, "ticket_id": ticket.id, "timestamp": int(row.at.timestamp()), "updater_id": row.author}
    return own | {"created_at": stamp(row.at), "event_type": "Audit", "child_events": [child]}
