"""Reading an object page by page, each page one query that stands by itself.

Salesforce's own query locators die and follow no order when a row changes under them, so each page asks for
what comes behind the last record of the page before: a crash resumes exactly where the rows were committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from groundfact.errors import SourceUnavailable
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import Key, Span, ids_after, long_id, page_of, sample_of, stamp_of
from groundfact_connectors.salesforce.verdicts import BrokenAnswer, code_of

__all__ = ["Answer", "Page", "Reader", "Row", "ask", "ask_if_there", "is_there", "key_of"]

Row = Mapping[str, Any]
_FEWEST = 200
"""The smallest page that Salesforce cuts a wide query down to."""


class Page(NamedTuple):
    """One page of rows, and where the next one begins."""

    rows: Sequence[Row]
    last: Key | None
    done: bool
    total: int


class Answer(NamedTuple):
    """What one query came to."""

    rows: list[Row]
    done: bool
    total: int


@dataclass(frozen=True)
class Reader:
    """Reads one object with one choice of fields."""

    session: Session
    api_name: str
    fields: Sequence[Sequence[str]]
    batch_size: int

    def pages(self, since: datetime | None, after: Key | None) -> Iterator[Page]:
        """Every record from `since` or behind `after` on, in (SystemModstamp, Id) order."""
        # The first query has no LIMIT: only so does `totalSize` tell how many there are in all.
        limit: int | None = None
        while True:
            first, *more = self.fields
            answer = self._ask(page_of(self.api_name, first, Span(since, after), limit))
            last = _last(answer.rows)
            done = answer.done and (limit is None or len(answer.rows) < limit)
            if not done and (last is None or last == after):
                raise SourceUnavailable(
                    f"Salesforce sends {self.api_name} records that cannot be read past, after {after}",
                    hint="try again later; if it stays so, run `groundfact check` and look at that record",
                )
            rows: Sequence[Row] = answer.rows
            for fields in more if last else ():
                rows = _joined(rows, self._stretch(fields, Span(since, after, last)))
            yield Page(rows, last, done, answer.total)
            if done:
                return
            after = last
            limit = self.batch_size if answer.done else min(self.batch_size, max(_FEWEST, len(answer.rows)))

    def ids(self) -> Iterator[Sequence[str]]:
        """Every id that is there, deleted ones left out."""
        last: str | None = None
        while True:
            query = ids_after(self.api_name, last, self.batch_size)
            answer = self._ask(query, deleted=False)
            found = [long_id(row["Id"]) for row in answer.rows]
            yield found
            if answer.done and len(found) < self.batch_size:
                return
            last = found[-1]

    def _stretch(self, fields: Sequence[str], span: Span) -> Mapping[str, Row]:
        found: dict[str, Row] = {}
        while True:
            answer = self._ask(page_of(self.api_name, fields, span))
            found.update((row["Id"], row) for row in answer.rows)
            last = _last(answer.rows)
            if answer.done or last is None:
                return found
            span = span._replace(after=last)

    def _ask(self, soql: str, *, deleted: bool = True) -> Answer:
        return ask(self.session, self.api_name, soql, self.batch_size, deleted=deleted)


def ask(session: Session, api_name: str, soql: str, batch_size: int, *, deleted: bool = True) -> Answer:
    """Make one query."""
    size = {"Sforce-Query-Options": f"batchSize={batch_size}"}

    def once(sdk: Salesforce) -> Answer:
        return _checked(sdk.query(soql, include_deleted=deleted, headers=size))

    return session.call(f"query.{api_name}", once)


def is_there(session: Session, api_name: str) -> bool:
    """Whether the org has an object that not every org has, and shows it to the user."""
    return ask_if_there(session, api_name, sample_of(api_name, ["Id"])) is not None


def ask_if_there(session: Session, api_name: str, soql: str) -> Answer | None:
    """Make one query of an object that not every org has or shows; None where it does not."""

    def once(sdk: Salesforce) -> Answer | None:
        try:
            return _checked(sdk.query(soql))
        except SalesforceError as error:
            if code_of(error) == "INVALID_TYPE":
                return None
            raise

    return session.call(f"query.{api_name}", once)


def key_of(row: Row) -> Key:
    """A row's place in the reading order; raises KeyError, TypeError or ValueError where it has none."""
    return Key(stamp_of(row["SystemModstamp"]), long_id(row["Id"]))


def _checked(answer: Any) -> Answer:
    if not isinstance(answer, dict):
        raise BrokenAnswer("it is not a query result")
    rows, done, total = answer.get("records"), answer.get("done"), answer.get("totalSize")
    if not (isinstance(rows, list) and isinstance(done, bool) and isinstance(total, int)) or any(
        not isinstance(row, dict) or "Id" not in row for row in rows
    ):
        raise BrokenAnswer("it is not a query result")
    if not rows and (total or not done):
        raise BrokenAnswer(f"it announces {total} records and holds none")
    return Answer(rows, done, total)


def _last(rows: Sequence[Row]) -> Key | None:
    for row in reversed(rows):
        try:
            return key_of(row)
        except (KeyError, TypeError, ValueError):
            continue  # it becomes a reject; the page goes on from the last row that can be read
    return None


def _joined(rows: Sequence[Row], more: Mapping[str, Row]) -> Sequence[Row]:
    # A row that changed between the two queries has moved behind `last`: it comes again, whole.
    return [
        {**row, **more[row["Id"]]}
        for row in rows
        if row["Id"] in more and more[row["Id"]]["SystemModstamp"] == row["SystemModstamp"]
    ]
