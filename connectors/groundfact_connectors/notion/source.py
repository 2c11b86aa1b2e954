"""The Notion connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from groundfact.model import Batch, Check, Cursor, Discovered, Gone, Limit, Record, StreamSpec, Verdict
from groundfact.protocols import Runtime
from groundfact_connectors.notion import access
from groundfact_connectors.notion.client import Client
from groundfact_connectors.notion.listing import Listing, Rows, Search
from groundfact_connectors.notion.people import People
from groundfact_connectors.notion.position import Position
from groundfact_connectors.notion.reading import (
    CommentReading,
    PageReading,
    Reading,
    comment_gone_if_so,
    gone_if_so,
)
from groundfact_connectors.notion.rows import Wanted
from groundfact_connectors.notion.streams import NotionStream, notion_streams
from groundfact_connectors.notion.verdicts import classify

if TYPE_CHECKING:
    from groundfact_connectors.notion import NotionOptions

__all__ = ["NotionSource"]


class NotionSource:
    """Reads what is shared with one Notion connection."""

    limits = (
        # Three a second on average, or by the newest page a budget for each minute: together no more than 180 in one.
        Limit("*", rate=170, per=60, burst=9),
    )

    def __init__(self, options: NotionOptions, rt: Runtime) -> None:
        self._rt = rt
        host = rt.base_url(options.base_url, "https://api.notion.com", hosts=["notion.com"])
        self._client = Client(rt.secret(options.token), host)
        self._streams = notion_streams(options)
        # A connector is built for one run, whose streams share one reading of the people.
        self._people = People(self._client, rt)
        self._elsewhere = {source.id for source in options.data_sources.values()}

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """The token, every place, the mapped properties and the capabilities, each tried."""
        return access.checks(self._client, self._rt, self._streams, fields)

    def streams(self) -> Sequence[StreamSpec]:
        """One for each data source, the pages, and the comments of each."""
        return [stream.spec for stream in self._streams.values()]

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every property of the data sources, and what a page has besides."""
        return access.discovered(self._client, self._rt, self._streams, fields)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Everything, or what was edited since then; and in both cases what is in the trash."""
        return self._reading(self._streams[stream.name], fields).batches(Position.begin(since, until))

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Every id that a listing has."""
        told = self._streams[stream.name]
        reading = self._reading(told, ())
        for pages in self._listing(told).pages(None, None):
            if told.is_comments:
                rows = [row for page in pages for row in reading.rows_of(page)]
                yield [row.id for row in rows if isinstance(row, Record)]
            else:
                yield [str(page["id"]) for page in pages]

    def confirm_gone(self, stream: StreamSpec, ids: Sequence[str]) -> Iterator[Gone]:
        """Of records that a listing lacks, those that are gone when each is asked for."""
        asked = comment_gone_if_so if self._streams[stream.name].is_comments else gone_if_so
        for key in ids:
            gone = asked(self._client, self._rt, key)
            if gone is not None:
                yield gone

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means."""
        return classify(error, self._rt.now())

    def _listing(self, stream: NotionStream) -> Listing:
        if stream.data_source is None:
            return Search(self._client, self._rt, self._elsewhere)
        return Rows(self._client, self._rt, stream.data_source, stream.base)

    def _reading(self, stream: NotionStream, fields: Sequence[str]) -> Reading:
        parts = (self._client, self._rt, self._listing(stream), self._people)
        return CommentReading(*parts) if stream.is_comments else PageReading(*parts, Wanted.of(fields))
