"""What comes from outside, and to which account a ticket belongs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from groundfact.memory import Memory

from .conftest import Copy, Office
from .test_store import Business, business

__all__ = ["business"]


def user_id(desk: Office | Business, start: str) -> int:
    """The user whose address begins so."""
    return next(row.id for row in desk.vendor.desk.rows["users"].values() if row.fields["email"].startswith(start))


def ticket(desk: Office | Business, requester: int, comments: Sequence[tuple[int, str]]) -> int:
    """A new ticket without an organization."""
    fields = {"subject": "Loading dock", "status": "open", "requester_id": requester, "organization_id": None}
    added = desk.vendor.desk.add("tickets", fields)
    for author, text in comments:
        desk.vendor.desk.comment(added.id, author, text)
    return added.id


@pytest.mark.parametrize(
    ("requester", "authors", "external"),
    [
        ("jonas", ["jonas"], True),
        ("jonas", ["dana"], True),
        ("dana", ["jonas"], True),
        ("dana", ["dana", "jonas"], True),
        ("dana", ["dana", "dana"], False),
    ],
)
def test_what_an_end_user_asked_or_wrote_comes_from_outside(
    desk: Office, copy: Copy, requester: str, authors: list[str], external: bool
) -> None:
    """A ticket comes from outside where an end user asks, opens it or writes in it; one among agents does not."""
    key = ticket(desk, user_id(desk, requester), [(user_id(desk, who), f"says {who}") for who in authors])
    desk.settle()
    desk.sync("tickets", copy)
    assert copy.records[str(key)].data["external"] is external


def test_a_requester_is_verified_only_as_an_end_user(desk: Office, copy: Copy) -> None:
    """Whom Zendesk does not call verified, and who is one of us, does not decide where a ticket belongs."""
    jonas, dana = user_id(desk, "jonas"), user_id(desk, "dana")
    keys = [ticket(desk, who, [(who, "words")]) for who in (jonas, dana)]
    desk.settle()
    desk.sync("tickets", copy)
    assert [copy.records[str(key)].data["requester"]["verified"] for key in keys] == [True, False]
    desk.vendor.desk.edit("users", jonas, verified=False)
    desk.vendor.desk.edit("tickets", keys[0], priority="high")
    desk.settle()
    desk.sync("tickets", copy)
    assert copy.records[str(keys[0])].data["requester"]["verified"] is False


def found(memory: Memory, name: str, question: str) -> list[str]:
    """The records that answer a question about an account or contact."""
    return [str(hit["record"]) for hit in memory.search(question, account=name)]


def new_user(business: Business, email: str, *, verified: bool) -> int:
    """An end user whom Zendesk has put into no organization."""
    fields = {"name": "Somebody", "email": email, "phone": None, "role": "end-user", "organization_id": None}
    return business.vendor.desk.add("users", {**fields, "active": True, "verified": verified}).id


def test_a_ticket_without_organization_belongs_to_its_verified_requester(business: Business) -> None:
    """It is found with the account that has the domain of the address; an unverified requester's with none."""
    names = {True: "ada@halden-robotics.example", False: "new@halden-robotics.example"}
    users = {verified: new_user(business, email, verified=verified) for verified, email in names.items()}
    keys = {verified: ticket(business, user, [(user, "The zeppelin gate jams")]) for verified, user in users.items()}
    business.sync(0.01)
    known, unknown = (f"support/tickets/{keys[verified]}" for verified in (True, False))
    assert found(business.memory, "halden-robotics.example", "zeppelin gate") == [known]
    assert {hit["record"] for hit in business.memory.search("zeppelin gate")} == {known, unknown}


def test_a_ticket_belongs_to_the_contact_that_asked(business: Business) -> None:
    """It is found with its requester, also with one who writes from a mailbox provider's domain."""
    contact, asked = "petra.sollner.halden@freemail.example", "spare parts login"
    data = business.memory.context(contact, asked, kind="contact").data
    assert f"support/tickets/{business.vendor.hero.without_organization}" in [hit["record"] for hit in data["passages"]]
