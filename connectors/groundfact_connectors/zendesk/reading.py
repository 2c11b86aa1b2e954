"""Reading the exports page by page, each page with the cursor that the next one starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundfact.errors import SourceUnavailable
from groundfact.model import Batch, Cursor, Gone, Record, Reject, StreamSpec
from groundfact_connectors.zendesk import rows
from groundfact_connectors.zendesk.client import Client
from groundfact_connectors.zendesk.conversation import Comment, comment_of, opening
from groundfact_connectors.zendesk.streams import WITHHELD

__all__ = ["Reading"]

Page = Mapping[str, Any]
_WITH_COMMENTS = 100
"""Tickets a page where each may cost a call: a crash costs no more than those."""
_TEXTS = frozenset(("conversation", "description"))


@dataclass(frozen=True)
class Reading:
    """One read of one stream."""

    client: Client
    stream: StreamSpec
    page_size: int
    texts: bool
    """Whether the mapping reads what is said in a ticket."""
    comments: bool
    internal: bool

    @classmethod
    def of(cls, client: Client, stream: StreamSpec, fields: Sequence[str], options: Any) -> Reading:
        """What these fields of a stream need."""
        texts = not _TEXTS.isdisjoint(fields)
        calling = texts and options.comments and stream.name == "tickets"
        size = min(options.page_size, _WITH_COMMENTS) if calling else options.page_size
        return cls(client, stream, size, texts, options.comments, options.internal_comments)

    def batches(self, since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """All pages from a cursor on."""
        return self._by_time(since) if self.stream.name == "organizations" else self._by_cursor(since, until)

    def _by_cursor(self, since: Cursor | None, until: datetime) -> Iterator[Batch]:
        after, seen = (since.value.get("after") if since is not None else None), set[str]()
        while True:
            place = {"cursor": after} if after else {"start_time": 0}
            page = self.client.export(self.stream.name, "/cursor", {**place, **self._asked()})
            # An export of nothing has no cursor; the next run then begins where this one did.
            after = page.get("after_cursor") or after
            done = page["end_of_stream"]
            if after in seen and not done:
                raise _stuck(self.stream.name, after)
            seen.add(after or "")
            # The same cursor goes on in this run, after a crash and in the next run.
            cursor = Cursor(value={"after": after} if after else {}, at=until - WITHHELD if done else None)
            yield self._batch(page, cursor)
            if done:
                return

    def _by_time(self, since: Cursor | None) -> Iterator[Batch]:
        value = since.value if since is not None else {}
        # Zendesk's clock all along: ours may be ahead, and what happened in between would be lost.
        began = since.at if since is not None and since.at is not None else None
        start = value.get("next", 0 if began is None else max(0, int(began.timestamp())))
        known = value.get("last", 0 if began is None else start + int(self.stream.overlap.total_seconds()))
        while True:
            page = self.client.export(self.stream.name, "", {"start_time": start, **self._asked()})
            done, end = page["end_of_stream"], int(page.get("end_time") or 0)
            if end <= start and not done:
                raise _stuck(self.stream.name, start)
            start, known = max(start, end), max(known, end)
            if done:
                cursor = Cursor(at=datetime.fromtimestamp(known, UTC))
            else:
                cursor = Cursor(value={"next": start, "last": known})
            yield self._batch(page, cursor)
            if done:
                return

    def _asked(self) -> dict[str, Any]:
        sides = {"include": "users,groups,comment_count"} if self.stream.name == "tickets" else {}
        return {"per_page": self.page_size, **sides}

    def _batch(self, page: Page, cursor: Cursor) -> Batch:
        sides = rows.by_id(page.get("users")), rows.by_id(page.get("groups"))
        read = [self._read(row, *sides) for row in page[self.stream.name]]
        kept = [item for item in read if not isinstance(item, Reject)]
        return Batch(kept, [item for item in read if isinstance(item, Reject)], cursor)

    def _read(self, row: Any, users: Mapping[int, rows.Row], groups: Mapping[int, rows.Row]) -> Record | Gone | Reject:
        address = self.client.address
        try:
            if self.stream.name == "organizations":
                return rows.organization(row, address)
            if self.stream.name == "users":
                return rows.user(row, address)
            gone = rows.ticket_gone(row)
            if gone is not None:
                return gone
            comments = self._comments(row, users) if self.texts else []
            if comments is None:
                return rows.reject(row, "its comments cannot be read (404): it may have been deleted just now")
            return rows.ticket(row, users, groups, comments, address)
        except rows.UNSOUND as error:
            return rows.reject(row, f"not a Zendesk row of {self.stream.name}: {type(error).__name__} {error}")

    def _comments(self, ticket: rows.Row, users: Mapping[int, rows.Row]) -> list[Comment] | None:
        first = opening(ticket, users)
        # One comment is the description: the call for it can be saved.
        if not self.comments or (first and ticket.get("comment_count") == 1 and not self.internal):
            return [first] if first else []
        found: list[Comment] = []
        after: str | None = None
        while True:
            page = self.client.comments(str(int(ticket["id"])), after)
            if page is None:
                return None
            authors = {**users, **rows.by_id(page.get("users"))}
            found += [comment_of(row, authors) for row in page["comments"]]
            if not page["meta"]["has_more"]:
                return [comment for comment in found if comment.public or self.internal]
            if page["meta"]["after_cursor"] == after:
                raise _stuck(f"ticket {ticket['id']}", after)
            after = str(page["meta"]["after_cursor"])


def _stuck(what: str, place: Any) -> SourceUnavailable:
    return SourceUnavailable(f"Zendesk's {what} does not move on from {place!r}; nothing was skipped")
