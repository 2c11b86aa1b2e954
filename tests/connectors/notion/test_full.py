"""A full read: every page once, its properties as plain values, its text in order, its comments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.notion import FakeNotion
from groundfact.testing.notion_space import Block, Page
from groundfact.testing.world_data import FictionalWorld
from groundfact_connectors.notion import blocks

from .conftest import Copy, Desk, OpenDesk


def test_every_plan_is_read_with_its_properties_and_text(desk: Desk, copy: Copy) -> None:
    """Each row of a data source is a record with the mapped properties, its text, date and address."""
    desk.sync("plans", copy)
    rows = desk.space.rows(desk.plans)
    assert len(rows) == 4
    assert copy.records.keys() == {row.id for row in rows}
    plan = desk.row("Halden Robotics")
    record = copy.records[plan.id]
    assert record.data == {
        "properties.Account": "Halden Robotics",
        "properties.Domain": "https://halden-robotics.example",
        "properties.Tier": plan.properties["Tier"],
        "properties.Owner": "Dana Whitlock",
        "properties.Renewal": plan.properties["Renewal"].isoformat(),
        "text": record.data["text"],
    }
    assert record.updated_at == plan.edited.replace(second=0, microsecond=0)
    assert str(record.url).endswith(plan.id.replace("-", ""))
    assert copy.rejects == []


def test_only_what_the_mapping_reads_is_asked_for(open_desk: OpenDesk, copy: Copy) -> None:
    """Without the text no block is read, and no user is looked up that no field names."""
    desk = open_desk(plans={"text": False})
    desk.sync("plans", copy)
    assert (desk.vendor.count("/blocks/"), desk.vendor.count("/users")) == (0, 0)
    assert all("text" not in record.data for record in copy.records.values())


def test_every_type_of_property_is_a_plain_value(desk: Desk, copy: Copy) -> None:
    """Each type becomes one value or a list; several people or relations are a list, a single one is itself."""
    mates = list(desk.space.users.values())
    other = desk.row("Halden Robotics")
    told: dict[str, tuple[str, Any, Any]] = {
        "N": ("title", "A name", "A name"),
        "T": ("rich_text", "x" * 4100, "x" * 4100),
        "Empty": ("rich_text", "", None),
        "S": ("select", "Gold", "Gold"),
        "St": ("status", "Draft", "Draft"),
        "None": ("select", None, None),
        "M": ("multi_select", ["a", "b"], ["a", "b"]),
        "No": ("number", 4.5, 4.5),
        "D": ("date", date(2026, 3, 1), "2026-03-01"),
        "Dotted. date": ("date", (datetime(2026, 3, 1, 9, tzinfo=UTC), date(2026, 4, 1)), "2026-03-01T09:00:00+00:00"),
        "P": ("people", [mates[0].id, mates[1].id], [mates[0].name, mates[1].name]),
        "P1": ("people", [mates[2].id], mates[2].name),
        "Nobody": ("people", [], None),
        "E": ("email", "a@b.example", "a@b.example"),
        "U": ("url", "https://a.example", "https://a.example"),
        "Ph": ("phone_number", "+49 30 1", "+49 30 1"),
        "C": ("checkbox", False, False),
        "R": ("relation", [other.id], other.id),
        "F": ("formula", 3, 3),
        "Ft": ("formula", "text", "text"),
        "Fb": ("formula", True, True),
        "Fd": ("formula", date(2026, 1, 2), "2026-01-02"),
        "Ro": ("rollup", ["x", "y"], ["x", "y"]),
        "Rn": ("rollup", 12, 12),
        "Id": ("unique_id", 7, "NL-7"),
        "Fi": ("files", ["plan.pdf"], ["plan.pdf"]),
        "By": ("created_by", None, mates[0].name),
        "At": ("created_time", None, "2026-11-02T08:00:00.000Z"),
    }
    source = desk.space.add_data_source("All", {name: kind for name, (kind, _, _) in told.items()})
    page = desk.space.add_page(source, {name: value for name, (_, value, _) in told.items()})
    desk.plans.id, source.id = source.id, desk.plans.id
    page.parent = desk.source._streams["plans"].data_source  # the same id, other columns
    desk.space.data_sources = {s.id: s for s in (source, desk.plans)}
    desk.sync("plans", copy, fields=[f"properties.{n}" for n in (*told, "Dotted. date.end", "P1.email", "Missing")])
    data = dict(copy.records[page.id].data)
    assert data.pop("properties.Dotted. date.end") == "2026-04-01"
    assert data.pop("properties.P1.email") == mates[2].email
    assert data == {f"properties.{name}": wanted for name, (_, _, wanted) in told.items()}


def test_more_than_25_references_are_all_read(desk: Desk, copy: Copy) -> None:
    """A page object holds 25 references of a relation; the others are fetched, also over several pages."""
    row = desk.row("Halden Robotics")
    row.properties["Products"] = [desk.space.new_id() for _ in range(230)]
    desk.sync("plans", copy, fields=["properties.Products"])
    assert copy.records[row.id].data["properties.Products"] == row.properties["Products"]
    assert desk.vendor.count("/properties/") == 3


def test_text_keeps_order_nesting_and_marks(desk: Desk, copy: Copy) -> None:
    """Headings, lists, tables, captions and nested blocks are one text, in the order of the page."""
    told = [
        ("heading_2", "First"), "A line.", ("to_do", "Call"), ("quote", "Said"),
        ("bulleted_list_item", "One", [("bulleted_list_item", "Inner", [("paragraph", "Deep")])]),
        ("column_list", "", [("column", "", ["Left"]), ("column", "", ["Right"])]),
        ("table", "", [("table_row", "a|b"), ("table_row", "c|d")]),
        ("image", "A caption"), ("equation", "e=mc^2"), ("divider", ""), ("unsupported", "", ["Hidden"]),
        ("heading_3", "Last"),
    ]  # fmt: skip
    page = desk.space.add_page(None, "Text", told)
    page.blocks[2].payload["checked"] = True
    desk.space.add_page(page, "A page of its own", ["Not here."])
    desk.sync("pages", copy)
    assert copy.text(page) == (
        "## First\nA line.\n[x] Call\n> Said\n- One\n  - Inner\n    Deep\nLeft\nRight\na | b\nc | d\nA caption\ne=mc^2"
        "\n\n### Last"
    )


def test_long_pages_are_read_over_many_calls(desk: Desk, copy: Copy) -> None:
    """250 blocks take three calls, and none of them is lost."""
    page = desk.space.add_page(None, "Long", [f"line {n}" for n in range(250)])
    desk.sync("pages", copy)
    assert copy.text(page).splitlines() == [f"line {n}" for n in range(250)]
    assert desk.vendor.count(f"/blocks/{page.id}/children") == 3


@pytest.mark.parametrize("bound", ["levels", "characters", "calls"])
def test_a_text_beyond_bounds_is_cut_and_said_so(
    desk: Desk, copy: Copy, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too deep, too long or too dear: what was read counts, and a reject says that the rest is missing."""
    if bound == "levels":
        told: Any = ("toggle", "bottom")
        for level in range(40):
            told = ("toggle", f"level {level}", [told])
        page = desk.space.add_page(None, "Deep", [told])
    elif bound == "characters":
        page = desk.space.add_page(None, "Big", ["word " * 390] * 60)
    else:
        monkeypatch.setattr(blocks, "MOST_CALLS", 5)
        page = desk.space.add_page(None, "Wide", [("toggle", f"t {n}", ["inside"]) for n in range(20)])
    desk.sync("pages", copy)
    assert len(copy.text(page)) <= 100_000
    assert [(reject.id, "text is cut" in reject.error) for reject in copy.rejects] == [(page.id, True)]
    assert desk.vendor.count("/blocks/") < 100


def test_a_block_that_loops_ends(desk: Desk, copy: Copy) -> None:
    """A synced block that holds itself costs 30 levels and no more."""
    page = desk.space.add_page(None, "Loop", ["start"])
    loop = Block(desk.space.new_id(), "synced_block")
    loop.children = [loop]
    page.blocks.append(loop)
    found = desk.space.find_block
    desk.space.find_block = lambda key: (page, loop) if key == loop.id else found(key)  # type: ignore[method-assign]
    desk.sync("pages", copy)
    assert copy.text(page) == "start"
    assert desk.vendor.count(f"/blocks/{loop.id}") == 29


def test_rows_of_configured_data_sources_are_no_pages(desk: Desk, copy: Copy) -> None:
    """`pages` is every page that search finds but for the rows that are streams of their own."""
    desk.sync("pages", copy)
    rows = {row.id for row in desk.space.rows(desk.plans)}
    assert copy.records.keys() == {page.id for page in desk.space.pages.values()} - rows
    assert {"title", "author", "edited_at", "text"} == copy.records[min(copy.records)].data.keys()


def _fill(desk: Desk, count: int, a_minute: int) -> list[Page]:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    times = [begin + timedelta(minutes=number // a_minute) for number in range(count)]
    return [desk.space.add_page(desk.plans, {"Account": f"Row {n}"}, (), at) for n, at in enumerate(times)]


@pytest.mark.parametrize("early", [False, True])
def test_a_capped_query_is_continued_by_time_of_creation(
    open_desk: OpenDesk, world: FictionalWorld, copy: Copy, early: bool
) -> None:
    """Beyond the rows that one query gives, the next one begins at the last minute of creation; nothing is twice."""
    with FakeNotion(world, query_cap=300, caps_early=early) as vendor:
        desk = open_desk(vendor, plans={"text": False})
        _fill(desk, 1_000, a_minute=120)
        taken = desk.sync("plans", copy)
        assert copy.records.keys() == {row.id for row in desk.space.rows(desk.plans)}
        ids = [row.id for batch in taken for row in batch.rows]
        assert len(ids) == len(set(ids)) == 1_004
        assert sorted(key for page in desk.source.ids(desk.stream("plans")) for key in page) == sorted(ids)


def test_a_minute_with_more_rows_than_a_query_gives_ends_the_run(
    open_desk: OpenDesk, world: FictionalWorld, copy: Copy
) -> None:
    """Rows that nothing can tell apart are an error that says what to do, never a silent loss."""
    with FakeNotion(world, query_cap=100) as vendor:
        desk = open_desk(vendor, plans={"text": False})
        _fill(desk, 150, a_minute=150)
        with pytest.raises(SourceRefused, match="in the minute of 2026-01-01T00:00:00") as caught:
            desk.sync("plans", copy)
    assert "split the data source" in caught.value.hint
    assert len(copy.records) == 100


def test_a_query_out_of_order_ends_the_run(desk: Desk, copy: Copy) -> None:
    """If Notion did not sort as asked, going on by time would skip rows."""
    answer = desk.vendor.answer

    def reversed_rows(request: Any) -> Any:
        response = answer(request)
        if request.path.endswith("/query"):
            response.body["results"].reverse()
        return response

    desk.vendor.answer = reversed_rows  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match="not in the order asked for"):
        desk.sync("plans", copy)


def test_comments_hang_on_their_pages(desk: Desk, copy: Copy) -> None:
    """A comment has its author, time and page; the stream's mapping makes the page its parent."""
    plan = desk.row("Halden Robotics")
    desk.sync("plans_comments", copy)
    (record,) = copy.records.values()
    author = desk.space.users[plan.comments[0].author]
    assert record.data["text"] == "Their plant manager asked for the visit to be moved to March."
    assert (record.data["author"], record.data["author_email"]) == (author.name, author.email)
    assert (record.data["page"], record.data["page_title"]) == (plan.id, "Halden Robotics")
    assert desk.stream("plans_comments").mapping["parent"] == {"stream": "plans", "field": "page"}


def test_many_comments_are_all_read(desk: Desk, copy: Copy) -> None:
    """A page with 130 comments takes two calls."""
    page = desk.space.free_pages()[0]
    for number in range(130):
        desk.space.comment(page, next(iter(desk.space.users)), f"comment {number}")
    desk.sync("comments", copy)
    assert len(copy.records) == 130


def test_names_are_unknown_without_the_capability(desk: Desk, copy: Copy) -> None:
    """A connection that may not read users still reads pages; their authors are unknown."""
    desk.vendor.capabilities.discard("read users")
    desk.sync("pages", copy)
    assert {record.data["author"] for record in copy.records.values()} == {None}
    assert desk.vendor.count("/users") == 1
