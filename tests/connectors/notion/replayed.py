"""What Notion really answered, recorded by others, served again over loopback."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.world_data import FictionalWorld

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "recordings" / "notion.jsonl.gz"


def exchanges() -> list[dict[str, Any]]:
    """Every recorded request with its answer."""
    with gzip.open(RECORDINGS, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def objects(kind: str) -> dict[str, dict[str, Any]]:
    """Every object of a kind that occurs anywhere in an answer, as it was first seen, by id."""
    found: dict[str, dict[str, Any]] = {}
    for exchange in exchanges():
        for thing in _inside(exchange["body"]):
            if thing.get("object") == kind and "id" in thing:
                found.setdefault(thing["id"], thing)
    return found


def _inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _inside(item)


class Verbatim(FakeVendor):
    """Answers each request with what was recorded for its method, path and cursor, in the recorded order."""

    def __init__(self) -> None:
        super().__init__(FictionalWorld(companies=1))
        self.script: dict[tuple[str, str, str | None], list[dict[str, Any]]] = defaultdict(list)
        for exchange in exchanges():
            start = exchange["query"].get("start_cursor")
            self.script[exchange["method"], exchange["path"], start].append(exchange)

    def answer(self, request: Request) -> Response:
        """The next recorded answer."""
        exchange = self.script[request.method, request.path, request.one("start_cursor")].pop(0)
        body = exchange["body"]
        kind = exchange["headers"]["content-type"]
        return Response(exchange["status"], body.encode() if isinstance(body, str) else body, content_type=kind)


class Workspace(FakeVendor):
    """All recorded pages, blocks and comments as one workspace: lists put together from recorded objects."""

    def __init__(self) -> None:
        super().__init__(FictionalWorld(companies=1))
        self.pages, self.blocks, self.comments = objects("page"), objects("block"), objects("comment")

    def answer(self, request: Request) -> Response:
        """A list of what was recorded."""
        trash = b'"in_trash":true' in request.body.replace(b" ", b"")
        parts = request.path.split("/")
        if request.path == "/v1/search":
            pages = sorted(self.pages.values(), key=lambda page: page["last_edited_time"], reverse=True)
            return self._list([] if trash else pages, request)
        if parts[2] == "blocks":
            return self._list([b for b in self.blocks.values() if b["parent"].get("page_id") == parts[3]], request)
        if request.path == "/v1/comments":
            wanted = request.one("block_id")
            return self._list([c for c in self.comments.values() if c["parent"].get("page_id") == wanted], request)
        return self._list(list(objects("user").values()), request)

    def _list(self, items: list[dict[str, Any]], request: Request) -> Response:
        told = json.loads(request.body or b"{}")
        start = int(request.one("start_cursor") or told.get("start_cursor") or 0)
        more = start + 20 < len(items)
        body = {"object": "list", "results": items[start : start + 20], "has_more": more}
        return Response(200, {**body, "next_cursor": str(start + 20) if more else None})
