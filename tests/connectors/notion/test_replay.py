"""What Notion really answered, through the real SDK and the connector: nothing of it is lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from notion_client import Client as Sdk
from notion_client.errors import HTTPResponseError

from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.world_clock import FakeClockWorld
from groundfact_connectors.notion import NotionOptions
from groundfact_connectors.notion.client import Client, No
from groundfact_connectors.notion.properties import Person, property_value
from groundfact_connectors.notion.source import NotionSource
from groundfact_connectors.notion.verdicts import classify

from .conftest import START, Copy
from .replayed import RECORDINGS, Verbatim, Workspace, exchanges, objects

pytestmark = pytest.mark.skipif(not RECORDINGS.is_file(), reason=f"there are no recordings at {RECORDINGS.name}")
_ID = "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"


def _calls(client: Client) -> dict[str, Any]:
    """How the connector sends each recorded request that it can send."""
    return {
        "GET /v1/users/me": lambda key, start, body: client.me(),
        "GET /v1/users": lambda key, start, body: client.users(start),
        "POST /v1/search": lambda key, start, body: client.search(body, start),
        "POST /v1/data_sources/ID/query": lambda key, start, body: client.query(key, body, start),
        "GET /v1/data_sources/ID": lambda key, start, body: client.data_source(key),
        "GET /v1/databases/ID": lambda key, start, body: client.database(key),
        "GET /v1/pages/ID": lambda key, start, body: client.page(key),
        "GET /v1/pages/ID/properties/title": lambda key, start, body: client.references(key, "title", start),
        "GET /v1/blocks/ID/children": lambda key, start, body: client.children(key, start),
        "GET /v1/comments": lambda key, start, body: client.comments("any", start),
        "GET /v1/comments/ID": lambda key, start, body: client.comment(key),
    }


def test_every_recorded_read_comes_through_as_it_was(clock: FakeClockWorld) -> None:
    """Each recorded request that the connector can send is answered with the recorded body, or the refusal it is."""
    told: Counter[str] = Counter()
    with Verbatim() as vendor:
        client = Client("token", vendor.url)
        for exchange in exchanges():
            shape = re.sub(_ID, "ID", f"{exchange['method']} {exchange['path']}")
            send = _calls(client).get(shape)
            if send is None:
                continue
            key = next(iter(re.findall(_ID, exchange["path"])), "")
            body = exchange["request_body"] or {}
            told[_replayed(partial(send, key, exchange["query"].get("start_cursor"), body), exchange)] += 1
        assert not [key for key, left in vendor.script.items() if left and _shape(key) in _calls(client)]
    assert told == {"answered": 35, "refused": 5, "gone": 1}


def _replayed(send: Callable[[], Any], exchange: dict[str, Any]) -> str:
    """Send a request, and compare what comes of it with what was recorded."""
    if exchange["status"] in (200, 404):
        answer = send()
        assert (answer is No.GONE) if exchange["status"] == 404 else answer == exchange["body"]
        return "gone" if exchange["status"] == 404 else "answered"
    with pytest.raises(HTTPResponseError) as caught:
        send()
    verdict = classify(caught.value, START)
    assert (caught.value.status, verdict and verdict.action) == (exchange["status"], "refuse")
    assert exchange["body"]["message"] in str(verdict)
    return "refused"


def _shape(key: tuple[str, str, str | None]) -> str:
    return re.sub(_ID, "ID", f"{key[0]} {key[1]}")


def test_refusals_outside_the_api_are_refusals() -> None:
    """An address that Notion does not know is an error that says what came back."""
    with Verbatim() as vendor:
        sdk = Sdk(auth="token", base_url=vendor.url, retry=False, log_level=50)
        with pytest.raises(HTTPResponseError) as caught:
            sdk.request("invalid", "GET")
    verdict = classify(caught.value, START)
    assert verdict is not None
    assert (verdict.action, verdict.message) == ("refuse", "Notion refuses the request (400): Invalid request URL.")


def _source(vendor: Workspace, clock: FakeClockWorld, folder: Path) -> NotionSource:
    clock.environ = {"NOTION_TOKEN": "token"}
    runtime = SourceRuntime("wiki", clock, folder, allow=["127.0.0.1"])
    given = {"token": "env:NOTION_TOKEN", "base_url": vendor.url, "pages": True, "comments": True}
    source = NotionSource(NotionOptions.model_validate(given), runtime)
    runtime.connector = source
    return source


def test_no_page_block_or_comment_is_lost(clock: FakeClockWorld, tmp_path: Path) -> None:
    """All 52 recorded pages become records, and the text of all 18 paragraphs on them is in those records."""
    pages, comments = Copy(), Copy()
    with Workspace() as vendor:
        source = _source(vendor, clock, tmp_path)
        streams = {spec.name: spec for spec in source.streams()}
        fields = ["title", "author", "created_at", "edited_at", "url", "text", "properties.title"]
        for batch in source.read(streams["pages"], fields, None, START):
            pages.take(batch)
        for batch in source.read(streams["comments"], [], None, START):
            comments.take(batch)
        told = vendor.pages, vendor.blocks, vendor.comments
    assert (len(told[0]), len(told[1]), len(told[2])) == (52, 91, 6)
    assert pages.records.keys() == told[0].keys()
    assert comments.records.keys() == told[2].keys()
    assert (pages.rejects, comments.rejects) == ([], [])
    _check_text(pages, told[0], told[1])
    assert all(record.data["author"] for record in pages.records.values())
    assert all(record.data["text"] for record in comments.records.values())


def _check_text(copy: Copy, pages: dict[str, Any], blocks: dict[str, Any]) -> None:
    wanted: Counter[tuple[str, str]] = Counter()
    for block in blocks.values():
        parts = (block.get("paragraph") or {}).get("rich_text") or ()
        wanted[block["parent"]["page_id"], "".join(part["plain_text"] for part in parts)] += bool(parts)
    read = Counter((page, line) for page in pages for line in (copy.records[page].data["text"] or "").splitlines())
    assert read.total() == 18
    assert read == +wanted


def test_every_recorded_property_is_read(clock: FakeClockWorld) -> None:
    """No recorded page object has a property that the connector cannot say the value of."""
    count = 0
    for page in objects("page").values():
        for name, told in page["properties"].items():
            text = "".join(part["plain_text"] for part in told["title"])
            assert property_value(page["properties"], name, lambda user: Person(None, None)) == (text or None)
            count += 1
    assert count == len(objects("page"))


def test_recorded_schemas_are_read(tmp_path: Path) -> None:
    """Every recorded data source names its properties as `discover` needs them."""
    sources = objects("data_source")
    assert len(sources) == 18
    assert all(
        told["name"] == name and told["type"] for s in sources.values() for name, told in s["properties"].items()
    )
