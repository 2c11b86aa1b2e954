"""Full reads, increments, ties, late rows, resuming, deletions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from groundfact.errors import SourceUnavailable
from groundfact.model import Gone
from groundfact.vocabulary import default_vocabulary
from groundfact_plugins.mapping_fields import FIELDS

from .conftest import Copy, Office, OpenDesk

STREAMS = ["organizations", "users", "tickets"]


@pytest.mark.parametrize("stream", STREAMS)
def test_a_full_read_brings_everything(desk: Office, copy: Copy, stream: str) -> None:
    """After the first read the copy holds what the help desk holds, each record with its page for people."""
    desk.sync(stream, copy)
    assert copy.records.keys() == desk.living(stream).keys()
    assert not copy.rejects
    one = next(iter(copy.records.values()))
    assert one.url == f"{desk.vendor.url}/agent/{stream}/{one.id}"
    assert one.updated_at is not None


def test_our_own_people_are_no_contacts(desk: Office, copy: Copy) -> None:
    """Agents and administrators are hidden, and so is an end user who becomes one."""
    desk.sync("users", copy)
    agents = {str(row.id) for row in desk.vendor.desk.rows["users"].values() if row.fields["role"] != "end-user"}
    assert agents
    assert copy.gone.keys() == agents
    assert sorted({gone.why for gone in copy.gone.values()}) == ["deleted", "hidden"]
    key = int(min(copy.records))
    desk.vendor.desk.edit("users", key, role="agent")
    desk.settle()
    desk.sync("users", copy)
    assert str(key) not in copy.records


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_increments_converge(open_desk: OpenDesk, copy: Copy, stream: str, size: int) -> None:
    """Through weeks of edits and new records, in pages of any size, the copy follows the help desk."""
    desk = open_desk(page_size=size)
    for _ in range(4):
        desk.sync(stream, copy)
        assert copy.records.keys() == desk.living(stream).keys()
        for key, row in desk.living(stream).items():
            seen = copy.records[key].data
            assert (seen.get("name"), seen.get("status")) == (row.fields.get("name"), row.fields.get("status"))
        desk.later(days=6, hours=0.4)


@pytest.mark.parametrize("stream", STREAMS)
def test_an_increment_of_nothing_costs_one_call(desk: Office, copy: Copy, stream: str) -> None:
    """Where nothing changed, one call says so, run after run, and at most the overlap is read again."""
    desk.sync(stream, copy)
    for _ in range(3):
        desk.settle()
        desk.vendor.reset_calls()
        (batch,) = desk.sync(stream, copy)
        assert desk.vendor.count("/incremental/") == 1
        assert len(batch.rows) <= (1 if stream == "organizations" else 0)


@pytest.mark.parametrize("stream", STREAMS)
def test_what_the_export_withholds_comes_with_the_next_run(desk: Office, copy: Copy, stream: str) -> None:
    """A row changed in the minute before a run is not lost between that run and the next."""
    desk.sync(stream, copy)
    key = int(min(desk.living(stream)))
    desk.later(hours=1)
    desk.vendor.desk.edit(stream, key, tags=["late"], name="Late", subject="Late")
    desk.sync(stream, copy)
    assert "Late" not in (copy.records[str(key)].data.get("name"), copy.records[str(key)].data.get("subject"))
    desk.settle()
    desk.sync(stream, copy)
    assert "Late" in (copy.records[str(key)].data.get("name"), copy.records[str(key)].data.get("subject"))


def test_an_organization_committed_late_is_read_by_the_overlap(desk: Office, copy: Copy) -> None:
    """A row that shows up with a stamp up to a minute before the last one read is read as well."""
    desk.later(hours=1)
    first, second = sorted(map(int, desk.living("organizations")))[:2]
    desk.vendor.desk.edit("organizations", first, name="Newest")
    desk.settle()
    desk.sync("organizations", copy)
    newest = desk.vendor.desk.rows["organizations"][first].generated
    desk.vendor.desk.edit("organizations", second, newest - timedelta(seconds=50), name="Late")
    desk.sync("organizations", copy)
    assert copy.records[str(second)].data["name"] == "Late"


@pytest.mark.parametrize("stream", STREAMS)
def test_ties_across_pages_are_not_lost(open_desk: OpenDesk, copy: Copy, stream: str) -> None:
    """Many rows with one and the same stamp are all read, whatever the page size."""
    desk = open_desk(page_size=2)
    desk.sync(stream, copy)
    desk.later(days=1)
    for key in list(desk.living(stream))[:9]:
        desk.vendor.desk.edit(stream, int(key), name="Tied", subject="Tied")
    desk.settle()
    desk.sync(stream, copy)
    field = "subject" if stream == "tickets" else "name"
    assert sum(record.data[field] == "Tied" for record in copy.records.values()) == 9


def test_a_change_by_the_system_is_not_dropped(desk: Office, copy: Copy) -> None:
    """A ticket whose `updated_at` did not move is read, and counts as newer than what was known."""
    desk.sync("tickets", copy)
    key = int(min(copy.records))
    before = copy.records[str(key)]
    desk.later(hours=1)
    desk.vendor.desk.edit("tickets", key, system=True, priority="urgent")
    desk.settle()
    desk.sync("tickets", copy)
    after = copy.records[str(key)]
    assert after.data["updated_at"] == before.data["updated_at"]
    assert after.data["priority"] == "urgent"
    assert before.updated_at is not None
    assert after.updated_at is not None
    assert after.updated_at > before.updated_at


@pytest.mark.parametrize("stream", STREAMS)
def test_a_crash_costs_at_most_one_page(open_desk: OpenDesk, copy: Copy, stream: str) -> None:
    """The next run goes on after the last page that was committed, without reading the others again."""
    desk = open_desk(page_size=3)
    desk.vendor.faults.add("500", f"/incremental/{stream}", times=6, after_calls=2)
    with pytest.raises(SourceUnavailable):
        desk.sync(stream, copy)
    assert len(copy.sizes) == 2
    desk.clock.advance(minutes=2)
    desk.vendor.reset_calls()
    desk.sync(stream, copy)
    assert copy.records.keys() == desk.living(stream).keys()
    pages = -(-len(desk.vendor.desk.rows[stream]) // 3)
    assert desk.vendor.count(f"/incremental/{stream}") <= pages - 1 + (stream == "organizations") * pages


def test_the_same_cursor_goes_on_in_the_next_run(desk: Office, copy: Copy) -> None:
    """`start_time` is sent once; after that the cursor alone says where to go on."""
    desk.sync("tickets", copy)
    assert desk.vendor.count("cursor.json?start_time=0") == 1
    desk.later(days=2)
    desk.vendor.reset_calls()
    desk.sync("tickets", copy)
    assert desk.vendor.count("start_time") == 0
    assert desk.vendor.count("cursor.json?cursor=") == 1


@pytest.mark.parametrize("stream", STREAMS)
def test_deletions_and_their_taking_back_arrive(desk: Office, copy: Copy, stream: str) -> None:
    """A deleted row is gone with the time of the deletion; taken back, it is there again."""
    desk.sync(stream, copy)
    key = int(min(copy.records))
    desk.later(hours=1)
    at = desk.world.now
    desk.vendor.desk.delete(stream, key)
    desk.settle()
    desk.vendor.reset_calls()
    desk.sync(stream, copy)
    assert copy.gone[str(key)] == Gone(str(key), at, "deleted")
    assert desk.vendor.count(f"/tickets/{key}/comments") == 0
    desk.vendor.desk.restore(stream, key)
    desk.settle()
    desk.sync(stream, copy)
    assert str(key) in copy.records


def test_a_desk_without_rows_is_read_and_followed(desk: Office, copy: Copy) -> None:
    """An export of nothing has no cursor; what comes later is read all the same."""
    for stream in STREAMS:
        rows, mine = desk.vendor.desk.rows[stream], Copy()
        kept = dict(rows)
        rows.clear()
        desk.clock.advance(minutes=5)
        desk.sync(stream, mine)
        desk.sync(stream, mine)
        assert mine.records == {}
        rows |= kept
        desk.sync(stream, mine)
        assert mine.records.keys() == desk.living(stream).keys()


def test_organizations_and_tickets_in_the_words_of_the_vocabulary(desk: Office, copy: Copy) -> None:
    """The default mapping makes accounts, contacts and tickets of them, each with its parent."""
    seen = {}
    for stream in STREAMS:
        part = Copy()
        desk.sync(stream, part)
        spec = desk.stream(stream)
        mapping = FIELDS.build(FIELDS.options(**spec.mapping), spec.kind, default_vocabulary())
        seen[stream] = {key: mapping.interpret(mapping.project(row)) for key, row in part.records.items()}
        assert not [problem for mapped in seen[stream].values() for problem in mapped.problems]
    hero = desk.vendor.hero
    account = seen["organizations"][str(hero.organization)].attributes
    assert account == {"name": "Halden Robotics", "domain": "halden-robotics.example"}
    ticket = seen["tickets"][str(hero.open)]
    assert dict(ticket.attributes) == {
        "subject": "Robots stop after firmware 4.2",
        "status": "open",
        "priority": "urgent",
        "is_open": True,
        "requester": "jonas.brandeck@halden-robotics.example",
        "assignee": "Dana Whitlock",
        "opened_at": "2026-10-31T05:00:00Z",
        "external": True,
    }
    assert ticket.parent == ("organizations", str(hero.organization))
    assert seen["tickets"][str(hero.without_organization)].parent is None
    assert any(mapped.parent == ("organizations", str(hero.organization)) for mapped in seen["users"].values())


def test_several_domains_stand_for_no_company(desk: Office, copy: Copy) -> None:
    """A domain is taken only where the organization has one: it may merge accounts."""
    for key, domains in zip(desk.living("organizations"), ([], ["a.example", "b.example"]), strict=False):
        desk.vendor.desk.edit("organizations", int(key), domain_names=domains)
    desk.settle()
    desk.sync("organizations", copy)
    assert [record.data["domain"] for record in copy.records.values()].count(None) == 2
