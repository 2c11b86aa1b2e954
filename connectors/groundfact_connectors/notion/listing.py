"""The two ways to list pages: the rows of a data source, and what search finds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Protocol

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.protocols import Runtime
from groundfact_connectors.notion.client import PAGE_SIZE, Client, No
from groundfact_connectors.notion.paging import answers
from groundfact_connectors.notion.position import moment

__all__ = ["Listing", "Rows", "Search"]

Item = dict[str, Any]
_RESTARTS = 3
"""Times in a row that a listing may end early without having come any further."""


class Listing(Protocol):
    """Pages in an order that can be picked up again."""

    def mark_of(self, page: Any) -> datetime | None:
        """The time that the listing goes by; None for what is no page."""

    def pages(self, since: datetime | None, mark: datetime | None) -> Iterator[list[Item]]:
        """Pages that were edited since then, from a mark on."""

    def trashed(self) -> Iterator[list[Item]]:
        """Pages in the trash, all of them: nothing says that trashing moves a page's date."""


@dataclass
class _Turns:
    """Listings that go on where the one before them ended."""

    what: str
    mark: datetime | None
    left: int = _RESTARTS
    _began: datetime | None = None

    def begin(self) -> None:
        """Another listing begins at the mark."""
        self._began = self.mark

    @property
    def moved(self) -> bool:
        """Whether this one came any further."""
        return self.mark != self._began

    def interrupted(self) -> None:
        """Its cursor is no longer good; going on is tried a few times."""
        self.left = _RESTARTS if self.moved else self.left - 1
        if not self.left:
            message = f"Notion ends the listing of {self.what} again and again; nothing was skipped"
            raise SourceUnavailable(message, hint="sync again later: it goes on from there")


@dataclass
class Rows:
    """The rows of a data source in the order of their creation, which never changes."""

    client: Client
    rt: Runtime
    key: str
    stream: str
    scope: ClassVar[str] = "query"

    def mark_of(self, page: Any) -> datetime | None:
        """When the row was made."""
        return _time(page, "created_time")

    def pages(self, since: datetime | None, mark: datetime | None) -> Iterator[list[Item]]:
        """All rows, in as many queries as Notion's cap on the rows of one needs."""
        turns, seen = _Turns(self.stream, mark), _Seen(mark)
        while True:
            turns.begin()
            capped = stale = False
            call = partial(self.client.query, self.key, _body(since, turns.mark))
            for answer in answers(self.rt, self.scope, call, self.stream):
                if isinstance(answer, No):
                    stale = True
                    break
                capped |= _is_capped(answer)
                yield seen.fresh(_only_pages(answer), self.mark_of)
                turns.mark = seen.mark
            if stale:
                turns.interrupted()
            elif not capped:
                return
            elif not turns.moved:
                raise _too_many(self.stream, turns.mark)

    def trashed(self) -> Iterator[list[Item]]:
        """The rows in the trash."""
        yield from _whole(self.rt, self.scope, self.stream, partial(self.client.query, self.key, {"in_trash": True}))


@dataclass
class Search:
    """What search finds, the latest edit first; not promised to be everything."""

    client: Client
    rt: Runtime
    elsewhere: Collection[str]
    """Data sources whose rows are streams of their own."""
    scope: ClassVar[str] = "search"

    def mark_of(self, page: Any) -> datetime | None:
        """When the page was last edited."""
        return _time(page, "last_edited_time")

    def pages(self, since: datetime | None, mark: datetime | None) -> Iterator[list[Item]]:
        """The pages edited since then; after a crash those that were not read before it."""
        turns, seen = _Turns("pages", mark), set[str]()
        while True:
            turns.begin()
            capped = stale = False
            call = partial(self.client.search, _search(trash=False))
            for answer in answers(self.rt, self.scope, call, "pages"):
                if isinstance(answer, No):
                    stale = True
                    break
                capped |= _is_capped(answer)
                pages = _only_pages(answer)
                wanted = [page for page in pages if since is None or (self.mark_of(page) or since) >= since]
                yield self._free(self._fresh(wanted, mark, seen, turns))
                # A whole page of older ones: a single one could be out of its place.
                if pages and not wanted:
                    return
            if stale:
                turns.interrupted()
            elif capped:
                raise _search_ends()
            else:
                return

    def _fresh(self, pages: list[Item], limit: datetime | None, seen: set[str], turns: _Turns) -> list[Item]:
        """Those that were not there before. The order is that of the index, which may be behind the dates."""
        found = []
        for page in pages:
            at = self.mark_of(page)
            if at is not None:
                if page["id"] in seen or (limit is not None and at > limit):
                    # Read already, also before the crash; what was edited since then is for the next run.
                    continue
                seen.add(page["id"])
                turns.mark = min(turns.mark or at, at)
            found.append(page)
        return found

    def trashed(self) -> Iterator[list[Item]]:
        """The pages in the trash."""
        for pages in _whole(self.rt, self.scope, "pages", partial(self.client.search, _search(trash=True))):
            yield self._free(pages)

    def _free(self, pages: list[Item]) -> list[Item]:
        return [page for page in pages if _home(page) not in self.elsewhere]


@dataclass
class _Seen:
    """Which rows a read has had, as far as a query that begins at the mark could repeat them."""

    mark: datetime | None
    _at_mark: set[str] = field(default_factory=set)

    def fresh(self, pages: list[Item], mark_of: Callable[[Item], datetime | None]) -> list[Item]:
        """Those that were not there before."""
        found = []
        for page in pages:
            at = mark_of(page)
            if at is None:
                found.append(page)
                continue
            if self.mark is not None and at < self.mark:
                raise SourceUnavailable("Notion's query is not in the order asked for; nothing was skipped")
            if at != self.mark:
                self.mark, self._at_mark = at, set()
            if page["id"] not in self._at_mark:
                self._at_mark.add(page["id"])
                found.append(page)
        return found


def _whole(rt: Runtime, scope: str, what: str, call: Callable[[str | None], Item | No]) -> Iterator[list[Item]]:
    """A listing without marks: one that ends early begins anew, and repeats itself."""
    turns = _Turns(f"the trash of {what}", None)
    while True:
        stale = False
        for answer in answers(rt, scope, call, what):
            if isinstance(answer, No):
                stale = True
                break
            yield _only_pages(answer)
        if not stale:
            return
        turns.interrupted()


def _only_pages(answer: Item) -> list[Item]:
    """What is in an answer, but for the data sources that a wiki also lists."""
    return [item for item in answer["results"] if not (isinstance(item, dict) and item.get("object") == "data_source")]


def _is_capped(answer: Item) -> bool:
    return bool((answer.get("request_status") or {}).get("type") == "incomplete")


def _time(page: Any, name: str) -> datetime | None:
    try:
        return moment(page[name]) if page["id"] else None
    except (KeyError, TypeError, ValueError):
        return None


def _home(page: Any) -> str | None:
    parent = page.get("parent") if isinstance(page, dict) else None
    return parent.get("data_source_id") if isinstance(parent, dict) else None


def _body(since: datetime | None, mark: datetime | None) -> Item:
    stamps = (("last_edited_time", since), ("created_time", mark))
    tests = [{"timestamp": name, name: {"on_or_after": at.isoformat()}} for name, at in stamps if at is not None]
    body: Item = {"page_size": PAGE_SIZE, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]}
    return {**body, "filter": {"and": tests}} if tests else body


def _search(*, trash: bool) -> Item:
    wanted: Item = {"property": "object", "value": "page"}
    sort = {"timestamp": "last_edited_time", "direction": "descending"}
    return {"page_size": PAGE_SIZE, "sort": sort, "filter": {**wanted, "in_trash": True} if trash else wanted}


def _too_many(stream: str, mark: datetime | None) -> SourceRefused:
    when = f"in the minute of {mark.isoformat()}" if mark is not None else "at once"
    return SourceRefused(
        f"{stream}: more rows were made {when} than one query of Notion gives, and nothing tells them apart",
        hint="split the data source in Notion, so that each has fewer of them; what was made before is read",
    )


def _search_ends() -> SourceRefused:
    return SourceRefused(
        "pages: Notion's search does not list all of them, and it cannot be asked for the rest",
        hint="name the large data sources under `data_sources:`, or share fewer pages with the connection",
    )
