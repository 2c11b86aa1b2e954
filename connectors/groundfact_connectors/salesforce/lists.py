"""Reading the short lists: stages and users, whole each time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.model import Batch, Cursor, Record, Reject
from groundfact_connectors.salesforce.pages import Row, ask
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import list_of, long_id, split_fields, stamp_of
from groundfact_connectors.salesforce.streams import SalesforceObject

__all__ = ["listed"]


def listed(
    session: Session, item: SalesforceObject, fields: Sequence[str], size: int, until: datetime
) -> Iterator[Batch]:
    """Every record of the list. Only the last batch has a cursor: half a list says nothing of what has gone."""
    selected, *more = split_fields(item.own_fields, fields)
    if more:
        raise SourceRefused(
            f"the mapping of {item.spec.name} reads more fields than one query holds",
            hint=f"map fewer fields of {item.api_name}",
        )
    last: str | None = None
    while True:
        query = list_of(item.api_name, selected, item.condition or "", last, size)
        answer = ask(session, item.api_name, query, size, deleted=False)
        read = [_read(session, item, row) for row in answer.rows]
        records = [one for one in read if isinstance(one, Record)]
        rejects = [one for one in read if isinstance(one, Reject)]
        if answer.done and len(answer.rows) < size:
            yield Batch(records, rejects, Cursor(at=until))
            return
        yield Batch(records, rejects)
        last = _behind(item, answer.rows, last)


def _behind(item: SalesforceObject, rows: Sequence[Row], last: str | None) -> str:
    try:
        following = long_id(str(rows[-1]["Id"]))
    except (IndexError, ValueError) as error:
        raise SourceUnavailable(f"Salesforce's list of {item.api_name} cannot be read past {last}") from error
    if following == last:
        raise SourceUnavailable(f"Salesforce's list of {item.api_name} does not move on from {last}")
    return following


def _read(session: Session, item: SalesforceObject, row: Row) -> Record | Reject:
    try:
        key, stamp = long_id(row["Id"]), stamp_of(row["SystemModstamp"])
    except (KeyError, TypeError, ValueError) as error:
        return Reject(str(row["Id"]), json.dumps(row).encode(), f"{type(error).__name__}: {error}")
    data = {name: value for name, value in row.items() if name != "attributes"}
    # A stage has no page of its own.
    url = f"{session.org_url}/lightning/r/User/{key}/view" if item.api_name == "User" else None
    return Record(key, data, updated_at=stamp, url=url)
