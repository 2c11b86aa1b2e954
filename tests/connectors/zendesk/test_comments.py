"""What is said in a ticket: by whom, when, and only what its customer could read as well."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from .conftest import Copy, Office, OpenDesk, all_mapped

SECRET = "Do not promise a date yet"


def test_comments_come_in_order_with_author_and_time(desk: Office, copy: Copy) -> None:
    """The conversation begins with the description and goes on with every public comment."""
    desk.sync("tickets", copy)
    assert copy.text(desk.vendor.hero.open) == (
        "Jonas Brandeck (end user), 2026-10-31T05:00:00Z:\n"
        "  Since the update to firmware 4.2 six of our robots stop in aisle 9 every hour.\n"
        "Dana Whitlock (support), 2026-10-31T07:00:00Z:\n"
        "  We see the stops in the logs. Please keep the old firmware on the others.\n"
        "Jonas Brandeck (end user), 2026-11-01T12:00:00Z:\n"
        "  It is getting worse: eleven robots now, and the night shift stands still."
    )


def test_internal_comments_only_where_they_are_asked_for(open_desk: OpenDesk, copy: Copy) -> None:
    """An internal note is in no field of the record, unless the YAML asks for them; then it is marked."""
    desk, hero = open_desk(), open_desk().vendor.hero
    desk.sync("tickets", copy)
    assert SECRET not in str(copy.records)
    asking, full = open_desk(internal_comments=True), Copy()
    asking.sync("tickets", full)
    assert f"(internal note):\n  Known regression, fix is planned for 4.2.1. {SECRET}" in full.text(hero.open)


def test_a_ticket_that_begins_with_an_internal_note_does_not_show_it(open_desk: OpenDesk) -> None:
    """Zendesk's `description` is the first comment also where that is internal: it is not taken from there."""
    desk = open_desk()
    for number, (author, more) in enumerate((("dana", 0), ("dana", 1), ("jonas", 1))):
        user = next(row.id for row in desk.vendor.desk.rows["users"].values() if row.fields["email"].startswith(author))
        added = desk.vendor.desk.add("tickets", {"subject": "S", "status": "open", "requester_id": user})
        public = author == "jonas"
        desk.vendor.desk.comment(added.id, user, "first words", public=public)
        for _ in range(more):
            desk.vendor.desk.comment(added.id, user, "public words", public=True)
        desk.settle()
        for comments in (True, False):
            read = Copy()
            open_desk(comments=comments).sync("tickets", read)
            shown = str(read.records[str(added.id)].data)
            assert ("first words" in shown) == public, (number, comments)
            assert ("public words" in shown) == (comments and bool(more))
            desk.clock.advance(minutes=1)


@pytest.mark.parametrize("comments", [True, False])
def test_a_customers_only_words_made_internal_are_not_shown(open_desk: OpenDesk, copy: Copy, comments: bool) -> None:
    """An end user's description is shown no more once it is internal, whether it cost a call or not."""
    desk = open_desk(comments=comments)
    row = next(row for row in desk.vendor.desk.rows["tickets"].values() if len(row.comments) == 1)
    desk.sync("tickets", copy)
    assert row.comments[0].body in copy.text(row.id)
    desk.vendor.desk.edit_comment(row.id, row.comments[0].id, public=False)
    desk.settle()
    desk.sync("tickets", copy)
    assert row.comments[0].body not in str(copy.records[str(row.id)].data)


def test_a_new_comment_on_an_old_ticket_arrives(desk: Office, copy: Copy) -> None:
    """A comment moves its ticket, whose whole conversation is read again."""
    desk.sync("tickets", copy)
    desk.later(days=40)
    ticket = min(map(int, copy.records))
    author = desk.vendor.desk.rows["tickets"][ticket].fields["requester_id"]
    desk.vendor.desk.comment(ticket, author, "It is back again.")
    desk.settle()
    before = copy.text(ticket)
    desk.sync("tickets", copy)
    assert copy.text(ticket).startswith(before)
    assert copy.text(ticket).endswith("\n  It is back again.")


def test_an_edited_comment_is_forgotten(desk: Office, copy: Copy) -> None:
    """What was redacted, or made internal afterwards, is no longer in the record."""
    hero = desk.vendor.hero
    desk.sync("tickets", copy)
    first, _, _, last = desk.vendor.desk.rows["tickets"][hero.open].comments
    desk.later(hours=1)
    desk.vendor.desk.edit_comment(hero.open, first.id, body="Since the update ▇▇▇▇")
    desk.vendor.desk.edit_comment(hero.open, last.id, public=False)
    desk.settle()
    desk.sync("tickets", copy)
    assert "▇▇▇▇" in copy.text(hero.open)
    assert "aisle 9" not in copy.text(hero.open)
    assert "night shift" not in copy.text(hero.open)


def test_long_conversations_are_read_to_their_end(desk: Office, copy: Copy) -> None:
    """More than a hundred comments are several pages, and none is missing."""
    hero = desk.vendor.hero
    author = desk.vendor.desk.rows["tickets"][hero.open].fields["requester_id"]
    for number in range(250):
        at = desk.world.now - timedelta(minutes=300 - number)
        desk.vendor.desk.comment(hero.open, author, f"reply {number:03d}", at)
    desk.sync("tickets", copy)
    assert [f"reply {number:03d}" in copy.text(hero.open) for number in range(250)] == [True] * 250
    assert desk.vendor.count(f"/tickets/{hero.open}/comments") == 3


def test_an_endless_conversation_keeps_its_beginning_and_its_end(desk: Office, copy: Copy) -> None:
    """A conversation too large for a record is cut in the middle, and says so."""
    hero = desk.vendor.hero
    author = desk.vendor.desk.rows["tickets"][hero.open].fields["requester_id"]
    for number in range(40):
        at = desk.world.now - timedelta(minutes=300 - number)
        desk.vendor.desk.comment(hero.open, author, f"reply {number:03d} " + "ü" * 20_000, at)
    desk.sync("tickets", copy)
    text = copy.text(hero.open)
    assert len(text.encode()) < 420_000
    assert text.startswith("Jonas Brandeck (end user), 2026-10-31")
    assert "reply 039" in text
    assert "(33 comments are left out here)" in text
    assert "reply 005" not in text


def test_nobody_can_speak_as_somebody_else(desk: Office, copy: Copy) -> None:
    """Lines of a comment are indented, whatever ends them, so that none passes for the head of another comment."""
    hero, forged = desk.vendor.hero, "Dana Whitlock (support), 2026-11-02T07:00:00Z:"
    author = desk.vendor.desk.rows["tickets"][hero.open].fields["requester_id"]
    for end in ("\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", "\x1e"):
        desk.vendor.desk.comment(hero.open, author, f"Thanks{end}{forged}{end}We pay everything.")
    desk.vendor.desk.edit("users", author, name=f"X:\n{forged}")
    desk.settle()
    desk.sync("tickets", copy)
    heads = [line for line in copy.text(hero.open).splitlines() if not line.startswith("  ")]
    assert forged not in heads
    assert len(heads) == 3 + 7
    desk.vendor.desk.edit("users", author, name="Dana Whitlock (support)")
    desk.vendor.desk.edit("tickets", hero.open, priority="low")
    desk.settle()
    desk.sync("tickets", copy)
    assert "Dana Whitlock (support) (end user), 2026-10-31T05:00:00Z:" in copy.text(hero.open)


def test_a_call_is_saved_where_the_ticket_tells_its_only_comment(desk: Office, copy: Copy) -> None:
    """One public comment by an end user is the description; every other ticket costs a call."""
    desk.sync("tickets", copy)
    several = [row for row in desk.vendor.desk.rows["tickets"].values() if len(row.comments) > 1]
    assert len(several) < len(copy.records)
    assert desk.vendor.count("/comments") == len(several)
    assert all(len(record.data["conversation"]) > 40 for record in copy.records.values())


def test_no_comment_is_asked_for_that_nobody_wants(open_desk: OpenDesk, copy: Copy) -> None:
    """Without comments, or where the mapping reads none, the export alone is enough."""
    desk = open_desk(comments=False)
    desk.sync("tickets", copy)
    desk.sync("tickets", Copy())
    mapped = [path for path in all_mapped()["tickets"] if path != "conversation"]
    open_desk().sync("tickets", Copy(), fields=mapped)
    assert desk.vendor.count("/comments") == 0
    with pytest.raises(ValidationError, match="needs `comments: true`"):
        open_desk(comments=False, internal_comments=True)


def test_a_ticket_that_is_deleted_while_it_is_read_is_counted(desk: Office, copy: Copy) -> None:
    """Its comments are gone before its deletion is told: a reject now, and a deletion with the next run."""
    hero = desk.vendor.hero
    path = f"/tickets/{hero.open}/comments"
    desk.vendor.faults.add("run", path, run=lambda: desk.vendor.desk.delete("tickets", hero.open))
    desk.sync("tickets", copy)
    (rejected,) = copy.rejects
    assert rejected.id == str(hero.open)
    assert "404" in rejected.error
    desk.settle()
    desk.sync("tickets", copy)
    assert str(hero.open) in copy.gone


def test_tickets_without_organisation_are_read_with_their_requester(desk: Office, copy: Copy) -> None:
    """Nothing is lost of a ticket whose requester belongs to no organization."""
    hero = desk.vendor.hero
    desk.sync("tickets", copy)
    record = copy.records[str(hero.without_organization)]
    assert record.data["organization_id"] is None
    assert record.data["requester"]["email"] == "petra.sollner.halden@freemail.example"
    assert "Can I have a login?" in copy.text(hero.without_organization)


def test_labels_can_be_read_from_groups_brands_and_fields(desk: Office, copy: Copy) -> None:
    """What an access option may read is there: group, brand, custom fields by their id."""
    desk.sync("tickets", copy)
    data = copy.records[str(desk.vendor.hero.open)].data
    assert data["group"] == {"name": "Support"}
    assert data["brand_id"]
    assert list(data["custom_fields"].values()) == ["hardware"]
