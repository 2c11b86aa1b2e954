"""The text of queries, and the forms of Salesforce's ids and time stamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote_plus

from groundfact.errors import SourceRefused

__all__ = [
    "Key", "Span", "changes_of", "ids_after", "list_of", "long_id", "oldest_of", "page_of", "sample_of", "split_fields",
    "stamp_of", "tracked_of",
]  # fmt: skip

_PATH = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_LONGEST = 6000
"""Characters of field names in one URL. Salesforce takes 16,384 bytes for address and headers together."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class Key(NamedTuple):
    """A place in the order in which records are read."""

    stamp: datetime
    id: str


class Span(NamedTuple):
    """What part of an object to read: from a time on, behind a place, up to a place."""

    since: datetime | None = None
    after: Key | None = None
    upto: Key | None = None


def page_of(api_name: str, fields: Sequence[str], span: Span, limit: int | None = None) -> str:
    """The query for a stretch of records in (SystemModstamp, Id) order."""
    conditions = []
    if span.after is not None:
        stamp, last = _literal(span.after.stamp), span.after.id
        # The bare bound in front is what the index on SystemModstamp can serve.
        conditions.append(f"SystemModstamp >= {stamp} AND (SystemModstamp > {stamp} OR Id > '{last}')")
    elif span.since is not None:
        conditions.append(f"SystemModstamp >= {_literal(span.since.replace(microsecond=0))}")
    if span.upto is not None:
        stamp, last = _literal(span.upto.stamp), span.upto.id
        conditions.append(f"SystemModstamp <= {stamp} AND (SystemModstamp < {stamp} OR Id <= '{last}')")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    cut = f" LIMIT {limit}" if limit is not None else ""
    return f"{_selected(api_name, fields)}{where} ORDER BY SystemModstamp, Id{cut}"


def ids_after(api_name: str, last: str | None, limit: int) -> str:
    """The query for the next ids of an object."""
    where = f" WHERE Id > '{last}'" if last is not None else ""
    return f"{_selected(api_name, ['Id'])}{where} ORDER BY Id LIMIT {limit}"


def list_of(api_name: str, fields: Sequence[str], condition: str, last: str | None, limit: int) -> str:
    """The query for the next records of a short list; the condition is one of this package."""
    behind = f" AND Id > '{last}'" if last is not None else ""
    return f"{_selected(api_name, fields)} WHERE {condition}{behind} ORDER BY Id LIMIT {limit}"


def changes_of(history: str, reference: str, ids: Sequence[str], last: str | None, limit: int) -> str:
    """The query for the next entries of the field history of some records."""
    listed = ",".join(f"'{key}'" for key in ids)
    behind = f" AND Id > '{last}'" if last is not None else ""
    selected = _selected(history, ["Id", reference, "Field", "CreatedDate"])
    return f"{selected} WHERE {reference} IN ({listed}){behind} ORDER BY Id LIMIT {limit}"


def oldest_of(history: str, fields: Sequence[str], limit: int) -> str:
    """The query for the oldest entries about some fields, whichever records they are of."""
    listed = ",".join(f"'{field}'" for field in fields)
    selected = _selected(history, ["Id", "Field", "CreatedDate"])
    return f"{selected} WHERE Field IN ({listed}) ORDER BY CreatedDate, Id LIMIT {limit}"


def tracked_of(api_name: str) -> str:
    """The query for the fields of an object whose changes are kept now."""
    fields = _selected("FieldDefinition", ["Id", "QualifiedApiName"])
    return f"{fields} WHERE EntityDefinitionId = '{api_name}' AND IsFieldHistoryTracked = TRUE LIMIT 200"


def sample_of(api_name: str, fields: Sequence[str]) -> str:
    """The query for any one record, to see whether the fields can be read."""
    return f"{_selected(api_name, fields)} LIMIT 1"


def split_fields(own: Sequence[str], asked: Sequence[str]) -> Sequence[Sequence[str]]:
    """The fields to select, in as many lists as it takes to keep each query's URL short enough.

    Every list carries the id and the stamp, to put the pieces of a record together again.
    """
    groups: dict[str, list[str]] = {}
    for path in dict.fromkeys(asked):
        if not _PATH.fullmatch(path):
            raise SourceRefused(
                f"{path[:80]!r} is not the name of a Salesforce field",
                hint="write API names in the mapping, dotted through a relationship: Tier__c, Owner.Name",
            )
        if path not in own:
            # Fields of one relationship come as one nested object, so they must not be torn apart.
            groups.setdefault(path.partition(".")[0], []).append(path)
    lists, room = [list(own)], _LONGEST
    for group in groups.values():
        size = len(quote_plus(", ".join(["", *group])))
        if size > room:
            lists.append(["Id", "SystemModstamp"])
            room = _LONGEST
        lists[-1] += group
        room -= size
    return lists


def stamp_of(text: str) -> datetime:
    """A Salesforce time stamp (`2026-11-02T08:00:00.000+0000`); raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def long_id(text: str) -> str:
    """The 18-character form of an id; of the 15-character one, two may differ in case alone."""
    if not _ID.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a Salesforce id")
    if len(text) == 18:
        return text
    blocks = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(_LETTERS[sum(c.isupper() << place for place, c in enumerate(b))] for b in blocks)


def _selected(api_name: str, fields: Sequence[str]) -> str:
    # Names come from this package and from paths that `split_fields` has matched; nothing else gets in here.
    return f"SELECT {', '.join(fields)} FROM {api_name}"  # noqa: S608


def _literal(moment: datetime) -> str:
    timespec = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
