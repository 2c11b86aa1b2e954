"""Reading one channel: newest messages first, each thread that moved, and what has gone since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from groundfact.errors import SourceUnavailable
from groundfact.model import Batch, Gone, Record, Reject
from groundfact.protocols import Runtime
from groundfact_connectors.slack.channels import pages
from groundfact_connectors.slack.client import Client, Page, Shut
from groundfact_connectors.slack.position import Part, Position, Thread, Told
from groundfact_connectors.slack.rows import Desk, made, place, record_id, text_of

if TYPE_CHECKING:
    from groundfact_connectors.slack import SlackOptions

__all__ = ["History", "Source"]

_MENDED = 3_600_000_000
"""People mend a reply soon after writing it, and Slack tells nobody: for an hour a thread is read again."""


@dataclass(frozen=True)
class Source:
    """How Slack is asked."""

    client: Client
    rt: Runtime
    options: SlackOptions


@dataclass
class History:
    """One read of one channel, from the newest message down to where the last run's lookback begins."""

    source: Source
    desk: Desk
    position: Position
    known: Told | None
    _rows: dict[str, Record | Gone] = field(default_factory=dict)
    _rejects: list[Reject] = field(default_factory=list)
    _present: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        channel, until = self.desk.channel, self.position.until
        resumed = self.position.resumed(channel.id, channel.face)
        self._upper = resumed.at if resumed is not None else until
        self._next = resumed.told if resumed is not None else Told(channel.face, until, channel.archived)
        self._start = 0 if self.known is None else self.known.to - self.position.lookback

    def batches(self) -> Iterator[Batch]:
        """One batch after every call that brought something, with a cursor to go on from there."""
        more = True
        while more:
            page = self._page()
            for row, ts in self._in_order(page):
                self._take(row, ts)
                if ts is not None and self._read_thread(row, ts):
                    yield self._batch(ts)
            more = page.more
            last = min((ts for row in page.rows if (ts := place(row)) is not None), default=self._start)
            if more and last < self._upper:
                yield self._batch(last)
        self._account_for(self._start)
        yield Batch(*self._flushed(), self.position.finished(self.desk.channel.id, self._next))

    def _page(self) -> Page:
        # Both ends are excluded. By time and not by Slack's cursor, which another run could not go on with.
        oldest, latest = text_of(max(self._start - 1, 0)), text_of(self._upper)
        source, key = self.source, self.desk.channel.id
        return source.rt.call("history", partial(source.client.history, key, oldest, latest, source.options.page_size))

    def _in_order(self, page: Page) -> list[tuple[Any, int | None]]:
        rows = [(row, place(row)) for row in page.rows]
        times = [self._upper, *(ts for _, ts in rows if ts is not None)]
        if any(one <= two for one, two in pairwise(times)) or (page.more and len(times) == 1):
            name = self.desk.channel.name
            raise SourceUnavailable(f"Slack's history of #{name} is not newest first; nothing was skipped")
        return rows

    def _take(self, row: Any, ts: int | None) -> bool:
        """Note a message; whether there is one, readable or not."""
        item = made(row, self.desk)
        if isinstance(item, Record):
            self._rows[item.id] = item
        elif item is not None:
            self._rejects.append(item)
        if item is not None and ts is not None:
            self._present.add(ts)
        return item is not None

    def _read_thread(self, row: Mapping[str, Any], root: int) -> bool:
        """Read the replies to a message where there are new ones; whether that took a call."""
        size, moved = row.get("reply_count"), place({"ts": row.get("latest_reply")}) or 0
        if not isinstance(size, int) or size < 1 or row.get("thread_ts") != row.get("ts"):
            return False
        before = self.known.threads.get(root) if self.known is not None else None
        if before is not None and (before.latest, before.size) == (moved, size) and not self._is_young(moved):
            self._remember(root, before)
            return False
        try:
            replies = self._replies(root)
        except Shut as shut:
            if shut.error != "thread_not_found":
                raise
            # Deleted a moment ago: the next run sees what became of it.
            self._remember(root, before or Thread(0, 0, frozenset()))
            return True
        self._bury(before.replies - replies if before is not None else ())
        self._remember(root, Thread(moved, size, replies))
        return True

    def _is_young(self, latest: int) -> bool:
        return self.known is None or latest > self.known.to - _MENDED

    def _remember(self, root: int, thread: Thread) -> None:
        self._next.threads[root] = thread

    def _replies(self, root: int) -> frozenset[int]:
        """Take all the replies to a message; the times of those that are there."""
        source, key, found = self.source, self.desk.channel.id, set[int]()

        def ask(cursor: str) -> Page:
            return source.client.replies(key, text_of(root), cursor, source.options.page_size)

        for page in pages(source.rt, "replies", ask):
            for row in page.rows:
                ts = place(row)
                # Every page begins with the message that is answered.
                if ts != root and self._take(row, None) and ts is not None:
                    found.add(ts)
        return frozenset(found)

    def _account_for(self, lower: int) -> None:
        """Everything between two places has been seen: what was there before and is not any more has gone."""
        if self.known is not None:
            within = {ts for ts in self.known.messages if lower <= ts < self._upper}
            self._bury(within - self._present)
            roots = {ts for ts in self.known.threads if lower <= ts < self._upper}
            for root in roots - self._next.threads.keys():
                self._bury(self.known.threads[root].replies)
        floor = self.position.floor
        self._next.messages |= {ts for ts in self._present if ts >= floor}
        self._next.threads = {ts: thread for ts, thread in self._next.threads.items() if ts >= floor}
        self._upper, self._present = lower, set()

    def _bury(self, gone: Any) -> None:
        for ts in sorted(gone):
            key = record_id(self.desk.channel, ts)
            # Without a time: Slack tells none, and a message that comes back must not look older than its own end.
            self._rows.setdefault(key, Gone(key))

    def _batch(self, lower: int) -> Batch:
        self._account_for(lower)
        cursor = self.position.within(Part(self.desk.channel.id, lower, self._next))
        return Batch(*self._flushed(), cursor)

    def _flushed(self) -> tuple[list[Record | Gone], list[Reject]]:
        rows, rejects = list(self._rows.values()), self._rejects
        self._rows, self._rejects = {}, []
        return rows, rejects
