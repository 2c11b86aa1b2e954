"""The Salesforce connector."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from groundfact.model import (
    Batch,
    Check,
    Cursor,
    Discovered,
    Gone,
    Limit,
    Record,
    Reject,
    StreamSpec,
    Verdict,
)
from groundfact.protocols import Runtime
from groundfact_connectors.salesforce.checks import checks, discovered
from groundfact_connectors.salesforce.history import History
from groundfact_connectors.salesforce.lists import listed
from groundfact_connectors.salesforce.pages import Page, Reader, Row, is_there, key_of
from groundfact_connectors.salesforce.relations import related
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import Key, long_id, split_fields, stamp_of
from groundfact_connectors.salesforce.streams import STREAMS, SalesforceObject
from groundfact_connectors.salesforce.verdicts import verdict

if TYPE_CHECKING:
    from groundfact_connectors.salesforce import SalesforceOptions

__all__ = ["SalesforceConnector"]

_ABSENT = "absent"
"""The mark of a cursor: there was no such object to read."""


class SalesforceConnector:
    """Reads one Salesforce org."""

    def __init__(self, options: SalesforceOptions, rt: Runtime) -> None:
        self._options = options
        self._rt = rt
        self._session = Session(options, rt)

    @property
    def limits(self) -> Sequence[Limit]:
        """Far below the org's allowance: the daily one is watched by `check`, and other tools share it."""
        return (Limit("auth", rate=1, per=1, burst=5), Limit("*", rate=20, per=1, burst=40))

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """Log in, then try every object and mapped field, then look at the API calls left."""
        yield from checks(self._session, fields, self._options.history)

    def streams(self) -> Sequence[StreamSpec]:
        """Accounts, contacts, opportunities, the parts that contacts play in both, stages, and the users."""
        return [item.spec for item in STREAMS.values()]

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every field of those objects that the user may see."""
        for stream, mapped in fields.items():
            yield from discovered(self._session, STREAMS[stream], mapped)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Yield pages in (SystemModstamp, Id) order, each with a cursor to go on from; short lists whole."""
        item = STREAMS[stream.name]
        if item.condition is not None:
            return listed(self._session, item, fields, self._options.batch_size, until)
        return self._pages(item, fields, _Start.at(since, until))

    def _pages(self, item: SalesforceObject, fields: Sequence[str], start: _Start) -> Iterator[Batch]:
        if start.anew and not self._is_there(item):
            yield Batch((), cursor=start.without())
            return
        reader = self._reader(item, split_fields(item.own_fields, fields))
        dated = self._options.history and item.tracked
        history = History(self._session, item, fields, self._options.batch_size) if dated else None
        total: int | None = None
        for page in reader.pages(start.since, start.after):
            total = page.total if total is None else total
            yield self._batch(item, page, start, total, history)

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Yield pages of the ids that are there; what the user may not see counts as not there.

        An object that is not shown is an error, also where the org may do without it: there are records of it that
        would all be taken for deleted.
        """
        yield from self._reader(STREAMS[stream.name], ()).ids()

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means."""
        return verdict(error, self._rt.now())

    def _is_there(self, item: SalesforceObject) -> bool:
        return item.relation is None or is_there(self._session, item.api_name)

    def _reader(self, item: SalesforceObject, fields: Sequence[Sequence[str]]) -> Reader:
        return Reader(self._session, item.api_name, fields, self._options.batch_size)

    def _batch(
        self, item: SalesforceObject, page: Page, start: _Start, total: int | None, history: History | None
    ) -> Batch:
        entries = [self._entry(item, row) for row in page.rows]
        rows = [entry for entry in entries if not isinstance(entry, Reject)]
        return Batch(
            rows=rows if history is None else _dated(rows, history),
            rejects=[entry for entry in entries if isinstance(entry, Reject)],
            cursor=start.finished() if page.done or page.last is None else start.resumable(page.last),
            total=total,
        )

    def _entry(self, item: SalesforceObject, row: Row) -> Record | Gone | Reject:
        try:
            stamp, key = key_of(row)
            if row["IsDeleted"]:
                winner = row.get("MasterRecordId")
                return Gone(key, stamp, "merged", long_id(winner)) if winner else Gone(key, stamp)
            if item.relation is not None:
                if not item.relation.counts(row):
                    return Gone(key, stamp)
                row = related(row)
        except (KeyError, TypeError, ValueError) as error:
            return Reject(str(row["Id"]), json.dumps(row).encode(), f"{type(error).__name__}: {error}")
        data = {name: value for name, value in row.items() if name != "attributes"}
        url = f"{self._session.org_url}/lightning/r/{item.api_name}/{key}/view"
        return Record(key, data, updated_at=stamp, url=url)


def _dated(rows: Sequence[Record | Gone], history: History) -> list[Record | Gone]:
    stamps = {row.id: row.updated_at for row in rows if isinstance(row, Record) and row.updated_at is not None}
    created = {row.id: at for row in rows if isinstance(row, Record) and (at := _made(row)) is not None}
    times = history.times(stamps, created)
    return [row._replace(**times[row.id]._asdict()) if row.id in times else row for row in rows]


def _made(record: Record) -> datetime | None:
    try:
        return stamp_of(record.data["CreatedDate"])
    except (KeyError, TypeError, ValueError):
        return None  # then no field of it is known to be as it was made


class _Start(NamedTuple):
    """Where a read begins, and the time that it will have read up to when it ends."""

    since: datetime | None
    after: Key | None
    until: datetime

    @classmethod
    def at(cls, cursor: Cursor | None, until: datetime) -> _Start:
        if cursor is None or _ABSENT in cursor.value:
            return cls(None, None, until)
        if "after" not in cursor.value:
            return cls(cursor.at, None, until)
        stamp, key = cursor.value["after"]
        # A resumed read ends at the time the first try began: what it read then may have been changed since
        # by a transaction that stamped its rows before that place and committed them after.
        return cls(cursor.at, _key(stamp, key), datetime.fromisoformat(cursor.value["until"]))

    @property
    def anew(self) -> bool:
        """Whether everything is read. Once an object was there, that it is not is an error."""
        return self.since is None and self.after is None

    def without(self) -> Cursor:
        """The org does not have the object: if it ever gets it, everything in it is to be read."""
        return Cursor(value={_ABSENT: True}, at=self.until)

    def resumable(self, last: Key) -> Cursor:
        value: dict[str, Any] = {"after": [last.stamp.isoformat(), last.id], "until": self.until.isoformat()}
        return Cursor(value=value, at=self.since)

    def finished(self) -> Cursor:
        return Cursor(at=self.until)


def _key(stamp: str, key: str) -> Key:
    return Key(datetime.fromisoformat(stamp), long_id(key))
