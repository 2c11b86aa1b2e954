"""Relations of contacts to accounts: only orgs with *Contacts to Multiple Accounts* have them."""

from __future__ import annotations

from groundfact.model import Check
from groundfact_connectors.salesforce.pages import Row
from groundfact_connectors.salesforce.soql import stamp_of

__all__ = ["absent", "related"]


def related(row: Row) -> Row:
    """The relation with its roles as a list for people, and the day by which it had ended."""
    roles, ended = row["Roles"], row["EndDate"]
    if not row["IsActive"] and ended is None:
        # Nobody wrote down when. Whoever made it inactive was the last to change it, or somebody did so later.
        ended = stamp_of(row["LastModifiedDate"]).date().isoformat()
    return {**row, "Roles": ", ".join(roles.split(";")) if roles else None, "EndDate": ended}


def absent(stream: str) -> Check:
    """The note that the org has no such relations; nothing needs mending."""
    return Check(
        stream,
        True,
        "nothing to read: this org shows the user no AccountContactRelation"
        " (Contacts to Multiple Accounts is off, or the user may not read it)",
    )
