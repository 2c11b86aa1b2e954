"""The fields that every help desk has, and those that the connector adds."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CUSTOM", "SYSTEM"]

Fields = Mapping[str, tuple[str, str]]

_EVERYWHERE: Fields = {
    "id": ("integer", "Id"),
    "external_id": ("text", "Id in another system"),
    "tags": ("tags", "Tags"),
    "created_at": ("date", "Created"),
    "updated_at": ("date", "Updated"),
}
SYSTEM: Mapping[str, Fields] = {
    "organizations": {
        **_EVERYWHERE,
        "name": ("text", "Name"),
        "details": ("textarea", "Details"),
        "notes": ("textarea", "Notes"),
        "domain": ("text", "The domain, where there is exactly one"),
        "domain_names": ("list", "Domains"),
        "group_id": ("integer", "Default group (its id)"),
        "shared_tickets": ("checkbox", "Its users see each other's tickets"),
        "shared_comments": ("checkbox", "Its users comment each other's tickets"),
    },
    "users": {
        **_EVERYWHERE,
        "name": ("text", "Name"),
        "alias": ("text", "Alias"),
        "email": ("text", "Primary e-mail"),
        "phone": ("text", "Phone"),
        "details": ("textarea", "Details"),
        "notes": ("textarea", "Notes"),
        "organization_id": ("integer", "Organization (its id)"),
        "locale": ("text", "Language"),
        "time_zone": ("text", "Time zone"),
        "verified": ("checkbox", "Has proven who they are"),
        "suspended": ("checkbox", "Suspended"),
        "last_login_at": ("date", "Last login"),
    },
    "tickets": {
        **_EVERYWHERE,
        "subject": ("text", "Subject"),
        "description": ("textarea", "First public comment"),
        "conversation": ("textarea", "Comments with author and time"),
        "status": ("text", "Status"),
        "priority": ("text", "Priority"),
        "type": ("text", "Type"),
        "due_at": ("date", "Due"),
        "requester_id": ("integer", "Requester (their id)"),
        "requester.name": ("text", "Requester's name"),
        "requester.email": ("text", "Requester's e-mail"),
        "requester.verified": ("checkbox", "Requester is an end user with a verified identity"),
        "external": ("checkbox", "Somebody from outside opened it or wrote in it"),
        "assignee_id": ("integer", "Assignee (their id)"),
        "assignee.name": ("text", "Assignee's name"),
        "assignee.email": ("text", "Assignee's e-mail"),
        "organization_id": ("integer", "Organization (its id)"),
        "group_id": ("integer", "Group (its id)"),
        "group.name": ("text", "Group's name"),
        "brand_id": ("integer", "Brand (its id)"),
        "ticket_form_id": ("integer", "Form (its id)"),
        "problem_id": ("integer", "Problem (its ticket id)"),
        "via.channel": ("text", "Channel"),
        "is_public": ("checkbox", "Has a public comment"),
        "satisfaction_rating.score": ("text", "Satisfaction"),
    },
}
CUSTOM: Mapping[str, tuple[str, str]] = {
    "organizations": ("organization_fields", "organization_fields"),
    "users": ("user_fields", "user_fields"),
    "tickets": ("ticket_fields", "custom_fields"),
}
"""Where each stream's custom fields are listed, and the head of their paths."""
