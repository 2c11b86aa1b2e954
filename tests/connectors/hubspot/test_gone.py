"""Learning what is no longer there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from groundfact.errors import SourceUnavailable
from groundfact.model import Cursor, Gone
from groundfact.testing.hubspot import FakeHubSpot

from .conftest import Copy, Desk, OpenDesk


def test_an_archived_record_is_gone_although_its_date_did_not_move(desk: Desk, copy: Copy) -> None:
    """Archiving is learnt from the archived list, and told once."""
    desk.sync("contacts", copy)
    key = next(iter(desk.living("contacts")))
    desk.world.now += timedelta(days=2)
    desk.world.archive_record("contacts", key)
    desk.world.now += timedelta(hours=1)
    desk.sync("contacts", copy)
    assert copy.gone == {key: Gone(key, None, "archived")}
    assert key not in copy.records
    desk.world.now += timedelta(hours=1)
    assert not [row for batch in desk.sync("contacts", copy) for row in batch.rows if isinstance(row, Gone)]


def test_a_full_read_tells_of_everything_in_the_recycle_bin(desk: Desk, copy: Copy) -> None:
    """What was archived before the first read, or while no run came through, is not missed."""
    keys = list(desk.living("deals"))[:3]
    for number, key in enumerate(keys):
        desk.world.archive_record("deals", key, desk.world.now - timedelta(days=number))
    desk.sync("deals", copy)
    assert copy.gone.keys() == set(keys)
    assert not copy.records.keys() & set(keys)


def test_many_archived_records_are_paged(desk: Desk, copy: Copy) -> None:
    """The archived list is read to its end, and a crash within it is resumed there."""
    made = [desk.world.upsert("hubspot", "companies", None, {"name": f"Gone {n}"}).id for n in range(230)]
    for key in made:
        desk.world.archive_record("companies", key)
    batches = list(desk.batches("companies"))
    for batch in batches[:-1]:
        copy.take(batch)
    resumed = desk.sync("companies", copy)
    assert copy.gone.keys() == set(made)
    assert len(resumed) == 1


def test_a_record_still_in_the_index_after_it_was_archived_is_gone(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """The search may show an archived record for minutes; the archived list has the last word."""
    desk.sync("companies", copy)
    key = next(iter(desk.living("companies")))
    desk.world.now += timedelta(hours=1)
    desk.world.touch("hubspot", "companies", key)
    desk.world.now += timedelta(minutes=1)
    archive = partial(desk.world.archive_record, "companies", key)
    vendor.faults.add("run", "objects/companies?limit=100&archived=true", run=archive)
    desk.sync("companies", copy)
    assert key in copy.gone
    assert key not in copy.records


def test_a_restored_record_is_back_when_it_is_next_read(desk: Desk, copy: Copy) -> None:
    """Coming back from the recycle bin is seen by the next full read at the latest."""
    key = next(iter(desk.living("companies")))
    desk.world.archive_record("companies", key)
    desk.sync("companies", copy)
    desk.world.restore_record("hubspot", "companies", key)
    desk.sync("companies", copy, full=True)
    assert key in copy.records
    assert key not in copy.gone


@pytest.mark.parametrize("keep_id", [True, False])
def test_merged_companies_are_gone_into_the_winner(desk: Desk, copy: Copy, keep_id: bool) -> None:
    """A merge, and one on top of it, leave the winner alone, whether it is an old record or a new one."""
    desk.sync("companies", copy)
    winner, *others = sorted(desk.living("companies"), key=int)[:3]
    before = {winner, *others}
    for other in others:
        desk.world.now += timedelta(hours=1)
        winner = desk.world.merge_companies_in_hubspot(winner, other, keep_id=keep_id).id
    desk.world.now += timedelta(hours=1)
    desk.sync("companies", copy)
    assert copy.records.keys() == desk.living("companies").keys()
    assert {(gone.why, gone.into) for key, gone in copy.gone.items() if key in before} == {("merged", winner)}


def test_a_winner_is_not_its_own_loser(desk: Desk, copy: Copy) -> None:
    """A record whose own id stands among its merged ones is there."""
    key = next(iter(desk.living("deals")))
    desk.world.upsert("hubspot", "deals", key, {"hs_merged_object_ids": f"12;{key}"})
    desk.sync("deals", copy)
    assert key in copy.records
    assert copy.gone == {"12": Gone("12", None, "merged", key)}


def test_the_index_showing_a_loser_again_does_not_bring_it_back(open_desk: OpenDesk, copy: Copy) -> None:
    """A merged record that a later page or the archived list still shows stays merged."""
    desk = open_desk(page_size=1)
    winner, loser, shown = sorted(desk.living("companies"), key=int)[:3]
    desk.world.upsert("hubspot", "companies", winner, {"hs_merged_object_ids": f"{loser};{shown}"})
    desk.world.archive_record("companies", loser)
    desk.sync("companies", copy)
    assert {key: gone.why for key, gone in copy.gone.items()} == {loser: "merged", shown: "merged"}
    assert shown not in copy.records


@pytest.mark.parametrize("left", [1, 2, 8])
def test_a_merge_told_before_a_crash_stays_a_merge(open_desk: OpenDesk, copy: Copy, left: int) -> None:
    """A run that goes on after a crash, among the listed or the archived, does not call a merged record archived."""
    desk = open_desk(page_size=1)
    winner = min(desk.living("companies"), key=int)
    # The loser has the last id, so that it is on the last page of the archived.
    gone = [desk.world.upsert("hubspot", "companies", None, {"name": f"Gone {n}"}).id for n in range(151)]
    for key in gone:
        desk.world.archive_record("companies", key)
    loser = gone[-1]
    desk.world.upsert("hubspot", "companies", winner, {"hs_merged_object_ids": loser})
    for batch in list(desk.batches("companies"))[:-left]:
        copy.take(batch)
    assert copy.gone[loser].why == "merged"
    assert copy.cursor is not None
    copy.cursor = Cursor.model_validate_json(copy.cursor.model_dump_json())
    desk.sync("companies", copy)
    assert copy.gone.keys() == set(gone)
    assert copy.gone[loser] == Gone(loser, None, "merged", winner)


def test_with_history_a_merge_has_its_time(open_desk: OpenDesk, copy: Copy) -> None:
    """The history of the winner says when the loser went."""
    desk = open_desk(history=True)
    desk.sync("companies", copy)
    winner, loser = sorted(desk.living("companies"), key=int)[:2]
    desk.world.now += timedelta(hours=1)
    merged = desk.world.now
    desk.world.merge_companies_in_hubspot(winner, loser, keep_id=True)
    desk.world.now += timedelta(hours=1)
    desk.sync("companies", copy)
    assert copy.gone[loser].at == merged


def test_an_archived_row_that_cannot_be_read_is_a_reject(desk: Desk, copy: Copy) -> None:
    """A broken row in the archived list is kept as a reject; the others are gone."""
    one, two = list(desk.living("companies"))[:2]
    for key in (one, two):
        desk.world.archive_record("companies", key)
    show = desk.vendor.portal.show
    desk.vendor.portal.show = lambda kind, row, *rest: (
        {"id": one, "archived": True, "archivedAt": "lately"} if row.id == one else show(kind, row, *rest)
    )
    desk.sync("companies", copy)
    assert [reject.id for reject in copy.rejects] == [one]
    assert copy.gone.keys() == {two}


def test_living_records_in_the_archived_list_delete_nothing(vendor: FakeHubSpot, desk: Desk, copy: Copy) -> None:
    """Should HubSpot ignore the question for archived records, the run fails and nothing is gone."""
    desk.sync("companies", copy)
    listed = vendor.portal.listed
    vendor.portal.listed = lambda kind, archived: listed(kind, False)
    with pytest.raises(SourceUnavailable, match="which is not"):
        desk.sync("companies", copy, full=True)
    assert not copy.gone


def test_a_record_archived_between_two_calls_is_not_read_by_half(open_desk: OpenDesk, copy: Copy) -> None:
    """A record that vanishes before its history is read is left to the archived list."""
    desk = open_desk(history=True)
    key = next(iter(desk.living("companies")))
    desk.vendor.faults.add("run", "batch/read", run=lambda: desk.world.archive_record("companies", key))
    rows = [row for batch in desk.sync("companies", copy) for row in batch.rows]
    assert [type(row) for row in rows if row.id == key] == [Gone]
    assert copy.records.keys() == desk.living("companies").keys()
