"""What records said at an instant in the world, as far as it was known at a commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from groundfact.store.asof import last_link, not_hidden_since, not_undone, written
from groundfact.store.engine import Tx
from groundfact.store.reading import View, VisibleRecord, params_of

__all__ = ["Then", "each_then", "then_of"]


class Then(NamedTuple):
    """A record as it was at an instant."""

    record: VisibleRecord
    """With the attributes of then; none where nothing is known of that time."""
    versions: Mapping[str, int]
    """By attribute, the version that tells it."""
    later: Mapping[str, int]
    """Attributes of which nothing is known at that time, with the earliest instant at which something is."""


class _Row(NamedTuple):
    """A version, in the order in which the source came to say it."""

    start: int
    """The source's own stamp, else when it was first seen."""
    id: int
    there: bool
    """Whether the record was there, and what it said may be seen."""
    attributes: Mapping[str, Any]
    changed: Mapping[str, int]
    row: tuple[Any, ...]


_COLUMNS = f"""l.entity, l.kind, v.stream, v.rec, v.attributes, v.changed, v.asserted_at, v.observed_at,
v.parent_stream, v.parent_rec, v.url,
(select max(c.verified_at) from confirmation c where c.stream = v.stream and c.rec = v.rec and {written("c")}),
v.id, v.gone, v.labels in (select value from json_each(:labels))"""


def _of(view: View) -> str:
    """Every version of a record under its last link, known at the view's commit and not hidden from who asks today."""
    return f"""v.stream = l.stream and v.rec = l.rec and l.workspace = :ws and {last_link("l")} and {written("v")}
and {not_undone("v")} and {not_hidden_since("v", 0)} order by l.entity, v.stream, v.rec"""


def then_of(tx: Tx, view: View, entities: Collection[str]) -> list[Then]:
    """The records of entities as they were at the view's instant."""
    sql = f"""select {_COLUMNS} from json_each(:entities) j cross join link l cross join version v
where l.entity = j.value and {_of(view)}"""
    wanted = orjson.dumps(sorted(entities)).decode()
    rows = tx.rows(sql, params_of(view, entities=wanted))
    return [then for _, group in groupby(rows, itemgetter(0)) for then in _records(list(group), _instant(view))]


def each_then(tx: Tx, view: View, kind: str) -> Iterator[list[Then]]:
    """The same of every entity of a kind of which something was known then, in the order of their ids."""
    sql = f"""select {_COLUMNS} from link l cross join version v
where l.kind = :kind and l.entity >= :kind || '-' and l.entity < :kind || '.' and {_of(view)}"""
    for _, group in groupby(tx.each(sql, params_of(view, kind=kind)), itemgetter(0)):
        found = [then for then in _records(list(group), _instant(view)) if then.record.attributes]
        if found:
            yield found


def _instant(view: View) -> int:
    assert view.as_of is not None
    return view.as_of


def _records(rows: list[tuple[Any, ...]], at: int) -> list[Then]:
    """One entity's records."""
    found = []
    for _, group in groupby(rows, itemgetter(2, 3)):
        versions = [_row(row) for row in group]
        latest = max(versions, key=lambda version: version.id)
        if latest.row[13] != "pruned":
            # Of two readings of one stamp the later one counts.
            spans = {version.start: version for version in sorted(versions, key=lambda version: version.id)}
            then = _then([spans[start] for start in sorted(spans)], at)
            found += [then] if then is not None else []
    return found


def _row(row: tuple[Any, ...]) -> _Row:
    start = row[6] if row[6] is not None else row[7]
    there = row[13] is None and bool(row[14])
    attributes = orjson.loads(row[4]) if there else {}
    changed = orjson.loads(row[5]) if there and row[5] else {}
    # Where nobody saw it change, it has been so since this stamp at the latest.
    bound = {name: changed.get(name, -start) for name in attributes}
    return _Row(start, row[12], there, attributes, bound, row)


def _then(spans: list[_Row], at: int) -> Then | None:
    """A record at an instant, from its spans in order; None where it was gone, out of sight, or never there."""
    before = [span for span in spans if span.start <= at]
    seen = [span for span in spans if span.there]
    if not seen or (before and not before[-1].there):
        return None
    attributes, changed = {}, {}
    versions, later = {}, {}
    for name in dict.fromkeys(name for span in reversed(seen) for name in span.attributes):
        told, first = _told(name, spans, at)
        if told is not None:
            attributes[name], versions[name] = told.attributes[name], told.id
            changed[name] = told.changed[name]
        elif first is not None:
            later[name] = first
    base = before[-1] if before else seen[0]
    entity, kind, stream, rec = base.row[:4]
    return Then(VisibleRecord(entity, kind, stream, rec, attributes, changed, *base.row[6:12]), versions, later)


def _told(name: str, spans: list[_Row], at: int) -> tuple[_Row | None, int | None]:
    """The span that tells an attribute's value at an instant; else the earliest instant at which one does."""
    first: int | None = None
    for span in reversed(spans):
        if name in span.attributes:
            since = abs(span.changed[name])
            if since <= at:
                return span, None
            first = since if first is None else min(first, since)
        elif span.start <= at:
            # It was there and said nothing of it.
            return None, None
    return None, first
