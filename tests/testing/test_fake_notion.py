"""The fake Notion workspace, driven by the Notion SDK over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from notion_client import Client
from notion_client.errors import HTTPResponseError
from notion_client.helpers import collect_paginated_api, is_full_block, is_full_page

from groundfact.testing import FakeNotion, FictionalWorld
from groundfact.testing.notion_space import NotionSpace


@pytest.fixture
def notion(world: FictionalWorld) -> Iterator[FakeNotion]:
    """A running workspace."""
    with FakeNotion(world) as vendor:
        yield vendor


@pytest.fixture
def space(notion: FakeNotion) -> NotionSpace:
    """What people write."""
    return notion.space


@pytest.fixture
def sdk(notion: FakeNotion) -> Client:
    """The SDK, with its retries off."""
    return Client(auth=notion.token, base_url=notion.url, notion_version="2026-03-11", retry=False, log_level=50)


def refused(call: Any, *args: Any, **more: Any) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    with pytest.raises(HTTPResponseError) as caught:
        call(*args, **more)
    body = json.loads(caught.value.body)
    assert body["object"] == "error"
    assert body["request_id"]
    return body["status"], body["code"], body["message"]


def test_the_same_world_makes_the_same_workspace_and_is_left_as_it_was() -> None:
    """Same seed, same ids and texts; and a world does not change because somebody writes about it in Notion."""
    one, two = FictionalWorld(companies=9), FictionalWorld(companies=9)
    before = one.fingerprint()
    first, second = FakeNotion(one).space, FakeNotion(two).space
    assert repr(first.pages) == repr(second.pages)
    assert one.fingerprint() == before
    assert repr(first.pages) != repr(FakeNotion(FictionalWorld(seed=8, companies=9)).space.pages)


def test_what_northlane_has_written_down(space: NotionSpace) -> None:
    """Account plans by domain (the hero's first), a glossary, playbooks, products and free pages."""
    counts = {source.title: len(space.rows(source)) for source in space.data_sources.values()}
    assert counts == {"Products": 6, "Glossary": 10, "Playbooks": 4, "Accounts": 14}
    assert len(space.free_pages()) == 4
    plan = space.rows(space.named("Accounts"))[0]
    assert plan.properties["Domain"] == "https://halden-robotics.example"
    assert plan.properties["Products"] == [row.id for row in space.rows(space.named("Products"))][::3][:2]


def test_users_and_the_connection(sdk: Client, space: NotionSpace) -> None:
    """The people of the workspace and the bot; `me` is the bot."""
    assert sdk.users.me()["bot"]["workspace_name"] == "Northlane"
    people = collect_paginated_api(sdk.users.list, page_size=3)
    assert [person["id"] for person in people] == [*space.users, space.bot.id]


def test_rows_are_full_pages_in_the_order_asked_for(sdk: Client, space: NotionSpace) -> None:
    """Every row once, whatever the page size; sorted by creation or edit, in both directions."""
    source = space.named("Accounts")
    space.world.advance(hours=1)
    space.edit(space.rows(source)[3], {"Tier": "Gold"})
    for stamp, direction in (("created_time", "ascending"), ("last_edited_time", "descending")):
        sorts = [{"timestamp": stamp, "direction": direction}]
        rows = collect_paginated_api(sdk.data_sources.query, data_source_id=source.id, sorts=sorts, page_size=5)
        assert all(is_full_page(row) for row in rows)
        stamps = [row[stamp] for row in rows]
        assert stamps == sorted(stamps, reverse=direction == "descending")
        assert {row["id"] for row in rows} == {row.id for row in space.rows(source)}


def test_times_are_rounded_down_to_the_minute_also_in_filters(sdk: Client, space: NotionSpace) -> None:
    """Two edits in a minute show one time; a filter within the minute does not find them, one on its beginning does."""
    source = space.named("Glossary")
    space.world.advance(hours=1 + 40 / 3600)
    row = space.rows(source)[0]
    space.edit(row, {"Definition": "one"})
    shown = sdk.pages.retrieve(row.id)["last_edited_time"]
    space.world.advance(hours=10 / 3600)
    space.edit(row, {"Definition": "two"})
    assert sdk.pages.retrieve(row.id)["last_edited_time"] == shown == "2026-11-02T09:00:00.000Z"
    for since, found in (("2026-11-02T09:00:00+00:00", 1), ("2026-11-02T09:00:10+00:00", 0)):
        told = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": since}}
        assert len(sdk.data_sources.query(source.id, filter={"and": [told]})["results"]) == found


def test_a_query_ends_at_its_cap_and_says_so(world: FictionalWorld) -> None:
    """`has_more` is false and the request incomplete; below the cap nothing is said."""
    with FakeNotion(world, query_cap=8) as vendor:
        sdk = Client(auth=vendor.token, base_url=vendor.url, notion_version="2026-03-11", retry=False)
        pages = []
        start = None
        while True:
            page = sdk.data_sources.query(vendor.space.named("Glossary").id, page_size=5, start_cursor=start)
            pages.append(page)
            start = page["next_cursor"]
            if not page["has_more"]:
                break
        assert [len(page["results"]) for page in pages] == [5, 3]
        assert "request_status" not in pages[0]
        assert pages[1]["request_status"] == {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
        assert "request_status" not in sdk.data_sources.query(vendor.space.named("Playbooks").id)


def test_the_trash_is_a_list_of_its_own(sdk: Client, space: NotionSpace) -> None:
    """Trashed rows and pages leave query and search, and are found only by asking for the trash."""
    source = space.named("Accounts")
    row, page = space.rows(source)[0], space.free_pages()[0]
    space.trash(row)
    space.trash(page)
    assert row.id not in {one["id"] for one in sdk.data_sources.query(source.id)["results"]}
    (trashed,) = sdk.data_sources.query(source.id, in_trash=True)["results"]
    assert (trashed["id"], trashed["in_trash"]) == (row.id, True)
    pages = {"property": "object", "value": "page"}
    assert not {row.id, page.id} & {one["id"] for one in sdk.search(filter=pages)["results"]}
    assert {one["id"] for one in sdk.search(filter={**pages, "in_trash": True})["results"]} == {row.id, page.id}
    assert sdk.pages.retrieve(row.id)["in_trash"] is True


def test_search_finds_by_title_and_may_miss_pages(sdk: Client, space: NotionSpace) -> None:
    """Pages and data sources, the latest edit first; a page may be missing from it and still be there."""
    found = collect_paginated_api(sdk.search, page_size=7)
    assert {one["object"] for one in found} == {"page", "data_source"}
    assert len(found) == len(space.pages) + len(space.data_sources)
    (only,) = sdk.search(query="tone of VOICE")["results"]
    space.pages[only["id"]].findable = False
    assert sdk.search(query="tone of voice")["results"] == []
    assert sdk.pages.retrieve(only["id"])["id"] == only["id"]


def test_blocks_are_listed_level_by_level(sdk: Client, space: NotionSpace) -> None:
    """A page's own blocks; what holds others says so; below a child page there is that page."""
    book = next(page for page in space.pages.values() if page.properties.get("Name") == "Sev1: sensor outage")
    blocks = sdk.blocks.children.list(book.id)["results"]
    assert all(is_full_block(block) for block in blocks)
    (toggle,) = [block for block in blocks if block["has_children"]]
    inner = sdk.blocks.children.list(toggle["id"])["results"]
    assert [block["type"] for block in inner] == ["paragraph", "toggle"]
    handbook = next(page for page in space.free_pages() if page.properties["title"] == "Company handbook")
    child = sdk.blocks.children.list(handbook.id)["results"][-1]
    assert (child["type"], child["child_page"]["title"]) == ("child_page", "Holidays")


def test_comments_of_a_page(sdk: Client, space: NotionSpace) -> None:
    """A comment moves no date, and is listed for its page and found by its id."""
    page = space.free_pages()[0]
    before = sdk.pages.retrieve(page.id)["last_edited_time"]
    space.world.advance(hours=1)
    made = space.comment(page, next(iter(space.users)), "A remark.")
    (listed,) = sdk.comments.list(block_id=page.id)["results"]
    assert listed == {key: value for key, value in sdk.comments.retrieve(made.id).items() if key != "request_id"}
    assert listed["rich_text"][0]["plain_text"] == "A remark."
    assert sdk.pages.retrieve(page.id)["last_edited_time"] == before


def test_a_relation_shows_25_and_gives_the_rest_on_request(sdk: Client, space: NotionSpace) -> None:
    """`has_more` says that there are others; the property's own address lists them all."""
    row = space.rows(space.named("Accounts"))[0]
    row.properties["Products"] = [space.new_id() for _ in range(30)]
    told = sdk.pages.retrieve(row.id)["properties"]["Products"]
    assert (len(told["relation"]), told["has_more"]) == (25, True)
    items = collect_paginated_api(sdk.pages.properties.retrieve, page_id=row.id, property_id=told["id"], page_size=20)
    assert [item["relation"]["id"] for item in items] == row.properties["Products"]


def test_what_is_not_shared_is_not_found(sdk: Client, space: NotionSpace) -> None:
    """Un-shared and unknown look alike: 404 `object_not_found`, for the page, its blocks, its comments, its table."""
    source, page = space.named("Accounts"), space.free_pages()[0]
    space.unshare(page)
    for call in (sdk.pages.retrieve, sdk.blocks.children.list):
        assert refused(call, page.id)[:2] == (404, "object_not_found")
    assert refused(sdk.comments.list, block_id=page.id)[:2] == (404, "object_not_found")
    space.unshare(source)
    for call in (sdk.data_sources.retrieve, sdk.data_sources.query):
        assert refused(call, source.id)[:2] == (404, "object_not_found")
    assert refused(sdk.databases.retrieve, source.database)[:2] == (404, "object_not_found")
    assert page.id not in {one["id"] for one in sdk.search()["results"]}


def test_a_database_names_its_data_sources(sdk: Client, space: NotionSpace) -> None:
    """The id in a database's address leads to those of its data sources."""
    source = space.named("Accounts")
    assert sdk.databases.retrieve(source.database)["data_sources"] == [{"id": source.id, "name": "Accounts"}]


def test_cursors_are_bound_to_their_listing_and_end(sdk: Client, notion: FakeNotion) -> None:
    """A cursor of another listing, an invented one or one whose listing has ended is a 400 `validation_error`."""
    source = notion.space.named("Glossary").id
    token = sdk.data_sources.query(source, page_size=3)["next_cursor"]
    wrong = (400, "validation_error")
    assert refused(sdk.data_sources.query, source, start_cursor=token, in_trash=True)[:2] == wrong
    assert refused(sdk.search, start_cursor="393abc1e-edcd-8166-ac96-e7304d406e8d")[:2] == wrong
    assert len(sdk.data_sources.query(source, start_cursor=token)["results"]) == 7
    notion.expire_cursors()
    status, code, message = refused(sdk.data_sources.query, source, start_cursor=token)
    assert (status, code, message) == (400, "validation_error", f"The start_cursor provided is invalid: {token}")


def test_refusals_have_notions_words(sdk: Client, notion: FakeNotion) -> None:
    """Token, version, capability, address and body: each with its status and code."""
    source = notion.space.named("Glossary").id
    other = Client(auth="wrong", base_url=notion.url, notion_version="2026-03-11", retry=False, log_level=50)
    assert refused(other.users.me) == (401, "unauthorized", "API token is invalid.")
    old = Client(auth=notion.token, base_url=notion.url, notion_version="2022-06-28", retry=False, log_level=50)
    assert refused(old.users.me)[:2] == (400, "missing_version")
    assert refused(sdk.request, "nothing", "GET")[:2] == (400, "invalid_request_url")
    assert refused(sdk.data_sources.query, source, page_size=101)[:2] == (400, "validation_error")
    assert refused(sdk.data_sources.query, source, filter={"property": "x"})[:2] == (400, "validation_error")
    notion.capabilities.discard("read comments")
    assert refused(sdk.comments.list, block_id=notion.space.free_pages()[0].id)[:2] == (403, "restricted_resource")
    notion.expire_token("another")
    assert refused(sdk.users.me)[0] == 401


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429", 429, "rate_limited"), ("quota", 429, "rate_limited"), ("529", 529, "service_overload"),
        ("409", 409, "conflict_error"), ("500", 500, "internal_server_error"), ("503", 503, "service_unavailable"),
        ("504", 504, "gateway_timeout"), ("401", 401, "unauthorized"),
    ],
)  # fmt: skip
def test_faults_have_notions_words(sdk: Client, notion: FakeNotion, kind: str, status: int, code: str) -> None:
    """Each fault comes as Notion writes it; the limits say which one was met."""
    notion.faults.add(kind, retry_after=4)
    with pytest.raises(HTTPResponseError) as caught:
        sdk.users.me()
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (status, "4")
    assert f'"{code}"' in caught.value.body
    if status == 429:
        reason = "workspace_rate_limit" if kind == "quota" else "connection_rate_limit"
        assert caught.value.additional_data == {"rate_limit_reason": reason}


def test_time_passes_for_the_workspace_with_the_world(sdk: Client, space: NotionSpace) -> None:
    """An edit is dated with the world's clock."""
    page = space.free_pages()[0]
    space.world.advance(days=2)
    space.edit(page, None, ["New text."])
    assert sdk.pages.retrieve(page.id)["last_edited_time"][:10] == space.world.now.date().isoformat()
