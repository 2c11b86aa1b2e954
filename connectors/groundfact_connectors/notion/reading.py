"""Reading one stream: pages with their text or comments, a cursor after every few of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from groundfact.model import Batch, Gone, Record, Reject
from groundfact.protocols import Runtime
from groundfact_connectors.notion.blocks import Text, read_text
from groundfact_connectors.notion.client import Client, No
from groundfact_connectors.notion.listing import Listing
from groundfact_connectors.notion.paging import answers
from groundfact_connectors.notion.people import People
from groundfact_connectors.notion.position import Position
from groundfact_connectors.notion.properties import MOST_ITEMS
from groundfact_connectors.notion.rows import UNSOUND, Wanted, comment_record, page_record, reject

__all__ = ["CommentReading", "PageReading", "Reading", "comment_gone_if_so", "gone_if_so"]

_CALLS_A_BATCH = 30
"""About ten seconds at Notion's pace: no more is lost with a crash, and the lease is renewed in time."""
Row = Record | Gone | Reject


def gone_if_so(client: Client, rt: Runtime, page: str) -> Gone | None:
    """Whether a page is really gone: asked for by itself, because listings and blocks may be behind."""
    now = rt.call("pages", partial(client.page, page))
    if isinstance(now, No):
        # Deleted for good and un-shared look alike.
        return Gone(page, None, "hidden")
    # Without a time: nothing says that trashing or restoring moves the page's date.
    return Gone(page, None, "deleted") if now.get("in_trash") else None


def comment_gone_if_so(client: Client, rt: Runtime, comment: str) -> Gone | None:
    """Whether a comment is really gone, and not only on a page that a listing lacks."""
    return Gone(comment) if isinstance(rt.call("comments", partial(client.comment, comment)), No) else None


@dataclass
class Reading(ABC):
    """One read of one stream."""

    client: Client
    rt: Runtime
    listing: Listing
    people: People
    calls: int = field(default=0, init=False)
    """Calls for single pages since the last batch."""
    mark: datetime | None = field(default=None, init=False)
    """How far the listing has come."""

    def batches(self, position: Position) -> Iterator[Batch]:
        """All batches from a position on."""
        self.mark = position.mark
        if position.phase == "pages":
            for pages in self.listing.pages(position.since, position.mark):
                yield from self._batched(pages, position)
            position = position.in_trash()
        yield from self.trash(position)

    def _batched(self, pages: Sequence[Any], position: Position) -> Iterator[Batch]:
        rows: list[Row] = []
        for page in pages:
            rows += self.rows_of(page)
            self.mark = self.listing.mark_of(page) or self.mark
            if self.calls >= _CALLS_A_BATCH:
                yield _batch(rows, position.marked(self.mark))
                rows, self.calls = [], 0
        if rows or not pages:
            yield _batch(rows, position.marked(self.mark))

    def rows_of(self, page: Any) -> Sequence[Row]:
        """What a page is as rows; one that cannot be read becomes a reject."""
        try:
            return self.sound_rows(page)
        except UNSOUND as error:
            return [reject(page, error)]

    @abstractmethod
    def sound_rows(self, page: Any) -> Sequence[Row]:
        """What a page is as rows."""

    @abstractmethod
    def trash(self, position: Position) -> Iterator[Batch]:
        """What was deleted, and with it the end of the read."""


@dataclass
class PageReading(Reading):
    """Pages as records."""

    wanted: Wanted

    def sound_rows(self, page: Any) -> Sequence[Row]:
        """The page with its text, or that it is gone."""
        key = str(page["id"])
        if page["in_trash"]:
            return [Gone(key, None, "deleted")]
        text = self._text(key) if self.wanted.text else Text(None)
        if not isinstance(text, Text):
            return [text]
        notes = list(text.notes)
        for name in self.wanted.properties:
            told = page["properties"].get(name) or {}
            if told.get("type") == "relation" and told.get("has_more"):
                notes += self._complete(key, name, told)
        record = page_record(page, self.wanted, self.people.who, text.text)
        # The record counts; what is missing from it is told as well.
        return [record, *(Reject(key, b"", note) for note in notes)]

    def _text(self, key: str) -> Text | Gone | Reject:
        for _ in range(2):
            text = read_text(self.client, self.rt, key)
            if isinstance(text, Text):
                self.calls += text.calls
                return text
            self.calls += 1
            gone = gone_if_so(self.client, self.rt, key)
            if gone is not None:
                return gone
        return Reject(key, b"", "its blocks changed twice while they were read; the next run reads it again")

    def _complete(self, key: str, name: str, told: dict[str, Any]) -> list[str]:
        """Put all references of a relation into its value: a page object holds 25."""
        found: list[Any] = []
        call = partial(self.client.references, key, told["id"])
        for answer in answers(self.rt, "pages", call, name):
            self.calls += 1
            if isinstance(answer, No):
                return [f"{name}: only the first {len(told['relation'])} of its references could be read"]
            found += [item["relation"] for item in answer["results"]]
            if len(found) > MOST_ITEMS:
                break
        told["relation"] = found
        return [f"{name}: only the first {MOST_ITEMS} of its references are kept"] if len(found) > MOST_ITEMS else []

    def trash(self, position: Position) -> Iterator[Batch]:
        """What is in the trash is gone."""
        for pages in self.listing.trashed():
            # Should an answer also hold living ones, they were read before.
            gone = [Gone(str(page["id"]), None, "deleted") for page in pages if _is_in_trash(page)]
            yield Batch(gone, (), position.cursor())
        yield Batch((), (), position.done())


@dataclass
class CommentReading(Reading):
    """The comments on pages as records."""

    def sound_rows(self, page: Any) -> Sequence[Row]:
        """The open comments on a page."""
        if page["in_trash"]:
            return []
        rows: list[Row] = []
        call = partial(self.client.comments, str(page["id"]))
        for answer in answers(self.rt, "comments", call, "comments"):
            self.calls += 1
            if answer is No.GONE:
                # With the page its comments are gone: the next complete read does without them.
                return []
            if isinstance(answer, No):
                # Without an id of theirs: each may be one of those that seem to be missing.
                return [reject(page, ValueError(f"its comments cannot be read: {answer.value}"))._replace(id=None)]
            rows += [self._row(comment, page) for comment in answer["results"]]
        return rows

    def _row(self, comment: Any, page: Any) -> Row:
        try:
            return comment_record(comment, page, self.people.who)
        except UNSOUND as error:
            return reject(comment, error)

    def trash(self, position: Position) -> Iterator[Batch]:
        """There is no list of deleted comments: a complete read does without them."""
        yield Batch((), (), position.done())


def _batch(rows: Sequence[Row], position: Position) -> Batch:
    kept = [row for row in rows if not isinstance(row, Reject)]
    rejects = [row for row in rows if isinstance(row, Reject)]
    return Batch(kept, rejects, position.cursor())


def _is_in_trash(page: Any) -> bool:
    return isinstance(page, dict) and bool(page.get("id")) and page.get("in_trash") is True
