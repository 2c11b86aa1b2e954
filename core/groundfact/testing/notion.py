"""A fake Notion workspace: users, search, data sources, pages, blocks and comments of API version 2026-03-11."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from groundfact.testing import notion_shapes as shapes
from groundfact.testing.notion_door import NotionDoor
from groundfact.testing.notion_query import Invalid, found, ordered
from groundfact.testing.notion_space import Block, DataSource, Page
from groundfact.testing.server import Request, Response

_ID = r"([0-9a-f-]{32,36})"


class FakeNotion(NotionDoor):
    """Notion's API over a fictional workspace; point the SDK's ``base_url`` at ``url``.

    ``token`` works until ``expire_token``; ``capabilities`` may be narrowed; ``query_cap`` is the number of rows
    that one query gives. What people write stands in ``space``.
    """

    def route(self, request: Request) -> Response:
        """Find the resource."""
        routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
            ("GET", "/v1/users/me", self._me),
            ("GET", "/v1/users", self._users),
            ("POST", "/v1/search", self._search),
            ("GET", f"/v1/databases/{_ID}", self._database),
            ("GET", f"/v1/data_sources/{_ID}", self._data_source),
            ("POST", f"/v1/data_sources/{_ID}/query", self._query),
            ("GET", f"/v1/pages/{_ID}", self._page),
            ("GET", f"/v1/pages/{_ID}/properties/(.+)", self._property),
            ("GET", f"/v1/blocks/{_ID}/children", self._children),
            ("GET", "/v1/comments", self._comments),
            ("GET", f"/v1/comments/{_ID}", self._comment),
        )
        for method, pattern, handler in routes:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                return handler(request, *match.groups())
        return self.error(400, "invalid_request_url", "Invalid request URL.")

    # -- people -----------------------------------------------------------------------------------------------

    def _me(self, request: Request) -> Response:
        return Response(200, shapes.user(self.space.bot))

    def _users(self, request: Request) -> Response:
        self.need("read users")
        people = [*self.space.users.values(), self.space.bot]
        page, told = self.listed("users", people, _asked(request), lambda person: person.id)
        return Response(200, {**told, "results": [shapes.user(person) for person in page], "type": "user", "user": {}})

    # -- pages and data sources -------------------------------------------------------------------------------

    def _search(self, request: Request) -> Response:
        self.need("read content")
        body = self.json(request)
        told_filter = body.get("filter") or {}
        wanted, trash = told_filter.get("value"), bool(told_filter.get("in_trash"))
        if told_filter.keys() - {"property", "value", "in_trash"} or wanted not in (None, "page", "data_source"):
            raise Invalid("body failed validation: body.filter.value should be `page` or `data_source`")
        sort = body.get("sort") or {"timestamp": "last_edited_time", "direction": "descending"}
        words = str(body.get("query") or "").casefold()
        pages = [
            page
            for page in self.space.pages.values()
            if wanted != "data_source" and page.findable and self.space.reachable(page) and page.in_trash == trash
        ]
        items: list[Page | DataSource] = list(ordered(pages, [sort]))
        items += [one for one in self.space.data_sources.values() if wanted != "page" and one.shared and not trash]
        items = [item for item in items if words in self._title(item).casefold()]
        listing = f"search/{wanted}/{trash}/{sort}/{words}"
        page, told = self.listed(listing, items, body, lambda item: item.id)
        return self._shown(page, told)

    def _title(self, item: Page | DataSource) -> str:
        return item.title if isinstance(item, DataSource) else self.space.title_of(item)

    def _shown(self, page: list[Any], told: dict[str, Any]) -> Response:
        results = [shapes.page(self.space, i) if isinstance(i, Page) else shapes.data_source(i) for i in page]
        return Response(200, {**told, "results": results, "type": "page_or_data_source", "page_or_data_source": {}})

    def _source(self, key: str) -> DataSource:
        self.need("read content")
        source = self.space.data_sources.get(key)
        if source is None or not source.shared:
            raise self.missing("data source", key)
        return source

    def _data_source(self, request: Request, key: str) -> Response:
        return Response(200, shapes.data_source(self._source(key)))

    def _database(self, request: Request, key: str) -> Response:
        self.need("read content")
        inside = [one for one in self.space.data_sources.values() if one.database == key and one.shared]
        if not inside:
            raise self.missing("database", key)
        sources = [{"id": one.id, "name": one.title} for one in inside]
        return Response(200, {"object": "database", "id": key, "title": [], "data_sources": sources})

    def _query(self, request: Request, key: str) -> Response:
        source, body = self._source(key), self.json(request)
        trash = bool(body.get("in_trash"))
        asked = f"{key}/{body.get('filter')}/{body.get('sorts')}/{trash}"
        rows = [
            page
            for page in self.space.pages.values()
            if page.parent == source.id and page.shared and page.in_trash == trash
        ]
        rows = ordered(found(rows, body.get("filter")), body.get("sorts"))
        page, told = self.listed(asked, rows, body, lambda row: row.id, self.query_cap)
        return self._shown(page, told)

    def _known(self, key: str, what: str) -> Page:
        self.need("read content")
        page = self.space.pages.get(key)
        if page is None or not self.space.reachable(page):
            raise self.missing(what, key)
        return page

    def _page(self, request: Request, key: str) -> Response:
        return Response(200, shapes.page(self.space, self._known(key, "page")))

    def _property(self, request: Request, key: str, name: str) -> Response:
        page = self._known(key, "page")
        schema = shapes.schema_of(self.space.data_sources.get(page.parent or ""))
        found_name = next((n for n, kind in schema.items() if shapes.property_id(n, kind) == name), None)
        if found_name is None or schema[found_name] != "relation":
            raise self.missing("property", name)
        related = list(page.properties.get(found_name) or ())
        some, told = self.listed(f"{key}/{name}", related, _asked(request), str)
        results = [{"object": "property_item", "type": "relation", "relation": {"id": one}} for one in some]
        return Response(200, {**told, "results": results, "type": "property_item"})

    # -- what is on a page ------------------------------------------------------------------------------------

    def _children(self, request: Request, key: str) -> Response:
        self.need("read content")
        place = self.space.find_block(key)
        if place is None or not self.space.reachable(place[0]):
            raise self.missing("block", key)
        page, block = place
        if block is not None and block.type == "unsupported":
            raise Invalid("Block type unsupported is not supported via the API.")
        blocks: list[Block] = page.blocks if block is None else block.children
        some, told = self.listed(f"blocks/{key}", blocks, _asked(request), lambda one: one.id)
        results = [shapes.block(page, one) for one in some]
        return Response(200, {**told, "results": results, "type": "block", "block": {}})

    def _comments(self, request: Request) -> Response:
        self.need("read comments")
        key = request.one("block_id") or ""
        page = self._known(key, "block")
        some, told = self.listed(f"comments/{key}", page.comments, _asked(request), lambda one: one.id)
        results = [shapes.comment(page, one) for one in some]
        return Response(200, {**told, "results": results, "type": "comment", "comment": {}})

    def _comment(self, request: Request, key: str) -> Response:
        self.need("read comments")
        pages = (page for page in self.space.pages.values() if self.space.reachable(page))
        found_one = next(((page, one) for page in pages for one in page.comments if one.id == key), None)
        if found_one is None:
            raise self.missing("comment", key)
        return Response(200, shapes.comment(*found_one))


def _asked(request: Request) -> dict[str, Any]:
    return {name: request.one(name) for name in ("page_size", "start_cursor")}
