"""Increments: nothing missed, nothing invented, and going on where a run was cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.model import Cursor
from groundfact.testing import notion_shapes as shapes
from groundfact.testing.notion import FakeNotion
from groundfact.testing.notion_space import Page
from groundfact.testing.world_data import FictionalWorld

from .conftest import START, Copy, Desk, OpenDesk


def test_an_increment_reads_what_was_edited_and_what_is_new(desk: Desk, copy: Copy) -> None:
    """After a while without edits an increment reads two rows: the edited one and the new one."""
    desk.sync("plans", copy)
    desk.pass_time(hours=2)
    plan = desk.row("Halden Robotics")
    desk.space.edit(plan, {"Tier": "Bronze"}, ["Now they want three sites."])
    new = desk.space.add_page(desk.plans, {"Account": "New", "Domain": "https://new.example"}, ["Hello"])
    desk.vendor.reset_calls()
    taken = desk.sync("plans", copy)
    assert {row.id for batch in taken for row in batch.rows} == {plan.id, new.id}
    assert copy.records[plan.id].data["properties.Tier"] == "Bronze"
    assert copy.text(plan) == "Now they want three sites."
    assert len(desk.vendor.calls) == 4


@pytest.mark.parametrize("stream", ["plans", "pages"])
def test_an_increment_without_edits_costs_two_calls(desk: Desk, copy: Copy, stream: str) -> None:
    """One for the listing and one for the trash; no page is read again once the overlap is over."""
    desk.sync(stream, copy)
    desk.pass_time(hours=2)
    desk.sync(stream, copy)
    desk.vendor.reset_calls()
    desk.pass_time(hours=2)
    assert [len(batch.rows) for batch in desk.sync(stream, copy)].count(0) == len(desk.sync(stream, copy))
    assert len(desk.vendor.calls) == 4


@pytest.mark.parametrize("stream", ["plans", "pages"])
def test_a_second_edit_in_the_same_minute_is_read(desk: Desk, copy: Copy, stream: str) -> None:
    """Two edits in a minute bear the same date; the minute is read again, and the content tells them apart."""
    desk.pass_time(hours=1)
    page = desk.row("Halden Robotics") if stream == "plans" else desk.space.free_pages()[0]
    desk.pass_time(hours=10 / 3600)
    desk.space.edit(page, None, ["First edit."])
    desk.pass_time(hours=10 / 3600)
    desk.sync(stream, copy)
    first = copy.records[page.id]
    desk.pass_time(hours=10 / 3600)
    desk.space.edit(page, None, ["Second edit."])
    desk.pass_time(hours=1)
    desk.sync(stream, copy)
    assert copy.records[page.id].updated_at == first.updated_at
    assert (first.data["text"], copy.text(page)) == ("First edit.", "Second edit.")


@pytest.mark.parametrize("stream", ["plans", "pages"])
def test_the_minute_of_the_start_is_read_whole(desk: Desk, copy: Copy, stream: str) -> None:
    """An edit 20 seconds after the start bears the minute's beginning, which lies before the start."""
    page = desk.row("Halden Robotics") if stream == "plans" else desk.space.free_pages()[0]
    desk.pass_time(hours=40 / 3600)
    desk.space.edit(page, None, ["In that minute."])
    since = Cursor(at=START + timedelta(seconds=20))
    for batch in desk.source.read(desk.stream(stream), desk.fields(stream), since, START + timedelta(hours=1)):
        copy.take(batch)
    assert copy.text(page) == "In that minute."


def test_an_index_that_is_behind_the_dates_costs_no_page(desk: Desk, copy: Copy) -> None:
    """Search may order by older dates than it shows, or show an older page too early: none is skipped for that."""
    desk.sync("pages", copy)
    desk.pass_time(hours=3)
    for number in range(150):
        desk.space.add_page(None, f"New {number}", (), desk.vendor.world.now + timedelta(minutes=number))
    answer = desk.vendor.answer

    def odd(request: Any) -> Any:
        response = answer(request)
        if request.path == "/v1/search" and b"in_trash" not in request.body:
            response.body["results"].sort(key=lambda page: page["id"])
            response.body["results"].insert(0, shapes.page(desk.space, desk.space.free_pages()[0]))
        return response

    desk.vendor.answer = odd  # type: ignore[method-assign]
    taken = desk.sync("pages", copy, fields=["title"])
    assert len({row.id for batch in taken for row in batch.rows}) == 150


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_off_loses_nothing(desk: Desk, copy: Copy, minutes: int) -> None:
    """Our clock may be ten minutes ahead of Notion's or behind: an edit right after a run is read by the next."""
    spec, fields = desk.stream("plans"), desk.fields("plans")
    ours = desk.vendor.world.now + timedelta(minutes=minutes)
    for batch in desk.source.read(spec, fields, None, ours):
        copy.take(batch)
    desk.pass_time(hours=1 / 60)
    desk.space.edit(desk.row("Halden Robotics"), None, ["Right after."])
    assert copy.cursor is not None
    for batch in desk.source.read(spec, fields, copy.cursor.rewound(spec.overlap), ours + timedelta(minutes=30)):
        copy.take(batch)
    assert copy.text(desk.row("Halden Robotics")) == "Right after."


def _many(desk: Desk) -> None:
    begin = desk.vendor.world.now
    for number in range(60):
        at = begin + timedelta(seconds=25 * number)
        desk.space.add_page(desk.plans, {"Account": f"Plan {number}"}, [f"Text {number}"], at)
        desk.space.add_page(None, f"Page {number}", [f"Text {number}"], at)
    desk.pass_time(hours=1)


@pytest.mark.parametrize("stream", ["plans", "pages", "plans_comments"])
@pytest.mark.parametrize("begun", ["full", "increment"])
def test_a_run_cut_off_after_any_batch_goes_on_and_loses_nothing(
    desk: Desk, copy: Copy, stream: str, begun: str
) -> None:
    """Killed after the n-th batch, for every n, the next run goes on from its cursor; the window stays as it was."""
    if begun == "increment":
        desk.sync(stream, copy)
        desk.pass_time(hours=3)
    _many(desk)
    whole = Copy()
    wanted = len(desk.sync(stream, whole, full=True))
    start = copy.cursor
    for cut in range(1, wanted):
        again = Copy(records=dict(copy.records), cursor=start)
        for batch, _ in zip(desk.batches(stream, start), range(cut), strict=False):
            again.take(batch)
        read = len(again.records) - len(copy.records)
        desk.vendor.reset_calls()
        desk.sync(stream, again)
        assert again.records == whole.records
        assert again.cursor == whole.cursor
        assert stream != "plans" or desk.vendor.count("/blocks/") <= len(whole.records) - read + 4


def test_a_page_edited_while_pages_are_read_is_read_by_the_next_run(desk: Desk, copy: Copy) -> None:
    """Search shows it in its new place, which the listing has passed: the fixed window of the run brings it back."""
    _many(desk)
    oldest = min(desk.space.free_pages(), key=lambda page: page.edited)
    desk.vendor.faults.add("run", "/search", after_calls=1, run=lambda: desk.space.edit(oldest, None, ["Moved up."]))
    desk.sync("pages", copy)
    desk.pass_time(hours=1)
    desk.sync("pages", copy)
    assert copy.text(oldest) == "Moved up."


@pytest.mark.parametrize("stream", ["plans", "pages"])
def test_what_was_trashed_is_gone_and_what_was_restored_comes_back(desk: Desk, copy: Copy, stream: str) -> None:
    """The trash is listed in every run; a restored page is back with the next full read at the latest."""
    desk.sync(stream, copy)
    page = desk.row("Halden Robotics") if stream == "plans" else desk.space.free_pages()[0]
    desk.pass_time(hours=3)
    desk.space.trash(page)
    desk.sync(stream, copy)
    assert (copy.gone[page.id].why, copy.gone[page.id].at) == ("deleted", None)
    desk.space.trash(page, restore=True)
    desk.sync(stream, copy, full=True)
    assert page.id in copy.records


def test_trash_of_other_streams_stays_theirs(desk: Desk, copy: Copy) -> None:
    """A trashed account plan is no deletion of `pages`."""
    desk.space.trash(desk.row("Halden Robotics"))
    desk.sync("pages", copy)
    assert copy.gone == {}


def test_a_page_unshared_in_mid_run_is_hidden(desk: Desk, copy: Copy) -> None:
    """Listed and then not there: asked for by itself it is a 404, so it is gone, hidden; the others are read."""
    plan = desk.row("Halden Robotics")
    desk.vendor.faults.add("run", f"/blocks/{plan.id}", run=lambda: desk.space.unshare(plan))
    desk.sync("plans", copy)
    assert copy.gone[plan.id].why == "hidden"
    assert len(copy.records) == 3
    assert copy.rejects == []


def test_a_page_trashed_in_mid_run_is_deleted(desk: Desk, copy: Copy) -> None:
    """Its blocks are not there any more, and the page says why."""
    plan = desk.row("Halden Robotics")

    def trashed() -> None:
        desk.space.trash(plan)
        found = desk.space.find_block
        desk.space.find_block = lambda key: None if key == plan.id else found(key)  # type: ignore[method-assign]

    desk.vendor.faults.add("run", f"/blocks/{plan.id}", run=trashed)
    desk.sync("plans", copy)
    assert copy.gone[plan.id].why == "deleted"
    assert copy.rejects == []


def test_a_token_that_ends_while_a_page_is_asked_for_hides_nothing(desk: Desk, copy: Copy) -> None:
    """The question whether a page is gone is answered with 401: that is no answer, and ends the run."""
    plan = desk.space.rows(desk.plans)[-1]
    desk.vendor.faults.add("run", f"/blocks/{plan.id}", run=lambda: desk.space.unshare(plan))
    desk.vendor.faults.add("run", f"/pages/{plan.id}", run=lambda: desk.vendor.expire_token("another"))
    with pytest.raises(SourceRefused, match="does not accept the token"):
        desk.sync("plans", copy)
    assert copy.gone == {}


def _drop_nested(desk: Desk, page: Page, times: list[int]) -> Callable[[Any], Any]:
    answer = desk.vendor.answer

    def without(request: Any) -> Any:
        below = request.path.startswith("/v1/blocks/") and page.id not in request.path
        if below and times:
            times.pop()
            return desk.vendor.error(404, "object_not_found", "Could not find block.")
        return answer(request)

    return without


def test_a_block_deleted_in_mid_read_makes_the_page_be_read_again(desk: Desk, copy: Copy) -> None:
    """The page is still there: its blocks are read anew, once."""
    page = desk.space.add_page(None, "Moving", [("toggle", "Outer", ["Inner"])])
    desk.vendor.answer = _drop_nested(desk, page, [1])  # type: ignore[method-assign]
    desk.sync("pages", copy)
    assert copy.text(page) == "Outer\n  Inner"


def test_a_page_whose_blocks_keep_changing_is_a_reject(desk: Desk, copy: Copy) -> None:
    """Twice in vain is enough: the page is rejected, never told as gone, and the run goes on."""
    page = desk.space.add_page(None, "Moving", [("toggle", "Outer", ["Inner"])])
    desk.vendor.answer = _drop_nested(desk, page, [1, 2, 3, 4, 5, 6, 7, 8])  # type: ignore[method-assign]
    desk.sync("pages", copy)
    assert page.id in {reject.id for reject in copy.rejects}
    assert page.id not in copy.gone


def test_blocks_that_the_api_refuses_are_told_and_the_rest_is_read(desk: Desk, copy: Copy) -> None:
    """A 400 for the blocks below one costs those blocks: the page counts, and a reject says what is missing."""
    page = desk.space.add_page(None, "Odd", ["Before", ("toggle", "Odd one", ["Inner"]), "After"])
    page.blocks[1].payload["odd"] = True
    answer = desk.vendor.answer

    def refusing(request: Any) -> Any:
        if page.blocks[1].id in request.path:
            return desk.vendor.error(400, "validation_error", "Block type ai_block is not supported via the API.")
        return answer(request)

    desk.vendor.answer = refusing  # type: ignore[method-assign]
    desk.sync("pages", copy)
    assert copy.text(page) == "Before\nOdd one\nAfter"
    assert [(reject.id, reject.error) for reject in copy.rejects] == [(page.id, "the API does not show a block of it")]


def test_an_unshared_data_source_is_refused_and_never_empty(desk: Desk, copy: Copy) -> None:
    """404 for the data source ends the run with what to do; nothing is gone."""
    desk.sync("plans", copy)
    desk.space.unshare(desk.plans)
    with pytest.raises(SourceRefused, match="has not shared it") as caught:
        desk.sync("plans", copy)
    assert "share the page or database" in caught.value.hint
    assert (len(copy.records), copy.gone) == (4, {})


@pytest.mark.parametrize(("stream", "match"), [("plans", "/query"), ("pages", "/search")])
def test_a_stale_cursor_begins_the_listing_anew(
    open_desk: OpenDesk, copy: Copy, world: FictionalWorld, stream: str, match: str
) -> None:
    """A listing that ends early is begun again where it stood; nothing is lost and nothing told twice."""
    with FakeNotion(world) as vendor:
        desk = open_desk(vendor, plans={"text": False})
        for number in range(250):
            at = START + timedelta(minutes=number)
            desk.space.add_page(desk.plans if stream == "plans" else None, {"Account": "A", "title": "x"}, (), at)
        vendor.faults.add("run", match, after_calls=1, times=2, run=vendor.expire_cursors)
        fields = ["title"]
        taken = desk.sync(stream, copy, fields=fields)
        ids = [row.id for batch in taken for row in batch.rows]
        assert len(ids) == len(set(ids)) == len(copy.records)
        wanted = desk.space.rows(desk.plans) if stream == "plans" else desk.space.pages.values()
        rows = {row.id for row in desk.space.rows(desk.plans)} if stream == "pages" else set()
        assert copy.records.keys() == {page.id for page in wanted} - rows


def test_a_stale_cursor_below_a_page_makes_its_blocks_be_read_again(desk: Desk, copy: Copy) -> None:
    """The list of blocks ended early: the page's text is read from its beginning, and is whole."""
    page = desk.space.add_page(None, "Long", [f"line {n}" for n in range(150)])
    desk.vendor.faults.add("run", f"{page.id}/children?start_cursor", run=desk.vendor.expire_cursors)
    desk.sync("pages", copy)
    assert copy.text(page).splitlines() == [f"line {n}" for n in range(150)]


def test_cursors_that_never_hold_end_the_run(desk: Desk, copy: Copy) -> None:
    """A listing that ends early again and again without coming further fails, and keeps what was read."""
    for number in range(250):
        desk.space.add_page(desk.plans, {"Account": f"A {number}"})
    desk.vendor.faults.add("run", "/query", times=None, run=desk.vendor.expire_cursors)
    with pytest.raises(SourceUnavailable, match="again and again"):
        desk.sync("plans", copy, fields=["title"])
    assert len(copy.records) >= 100
    assert copy.gone == {}


def test_comments_made_on_an_edited_page_are_read(desk: Desk, copy: Copy) -> None:
    """An increment reads the comments of edited pages; a complete read finds the others."""
    desk.sync("plans_comments", copy)
    edited, quiet, *_ = desk.space.rows(desk.plans)[1:]
    desk.pass_time(hours=2)
    for page in (edited, quiet):
        desk.space.comment(page, next(iter(desk.space.users)), "New")
    desk.space.edit(edited, {"Tier": "Gold"})
    desk.sync("plans_comments", copy)
    assert [record.data["page"] for record in copy.records.values()].count(edited.id) == 1
    assert quiet.id not in {record.data["page"] for record in copy.records.values()}
    desk.sync("plans_comments", copy, full=True)
    assert quiet.id in {record.data["page"] for record in copy.records.values()}


def test_comments_of_a_page_unshared_in_mid_run_cost_that_page_only(desk: Desk, copy: Copy) -> None:
    """Its comments are not read, the others are; nothing is rejected."""
    first, second, *_ = desk.space.rows(desk.plans)
    desk.space.comment(second, next(iter(desk.space.users)), "Stays.")
    desk.vendor.faults.add("run", first.id, run=lambda: desk.space.unshare(first))
    desk.sync("plans_comments", copy)
    assert [record.data["text"] for record in copy.records.values()] == ["Stays."]
    assert copy.rejects == []


def test_ids_are_every_id(desk: Desk) -> None:
    """A sweep lists every row, page and comment."""
    for name, wanted in (
        ("plans", {row.id for row in desk.space.rows(desk.plans)}),
        ("plans_comments", {one.id for row in desk.space.rows(desk.plans) for one in row.comments}),
    ):
        assert {key for page in desk.source.ids(desk.stream(name)) for key in page} == wanted
