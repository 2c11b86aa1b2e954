"""Late news: a record's older version that arrives after a newer one.

It becomes history. What it does change is *since when* the current version says what it says, so the chain of
everything ever seen of the record, in the order of the source's stamps, is worked out again. The outcome is the
same as if the versions had arrived in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import orjson

from groundfact.store.engine import Row, Tx
from groundfact.store.statements import insert, insert_or_ignore
from groundfact.store.tables import Confirmation, SourceVersion
from groundfact.store.versions import (
    Incoming,
    Page,
    PageCounts,
    append,
    carried,
    version_row,
    without_repeats,
)

__all__ = ["Histories", "Span", "append_page", "chain", "rechain"]

_VERSIONS = """
select rec, hash, labels, payload, attributes, field_changes, text, parent_stream, parent_rec, url, gone, asserted_at,
       seq, id, closed_seq, changed, about
from version where stream = ? and asserted_at is not null
and not exists (select 1 from undone_version u where u.version = version.id)"""
_CONFIRMED = "select rec, asserted_at, hash, seq from confirmation where stream = ? and asserted_at > 0"
_Group = tuple[str | None, Iterable[Row]]
_NO_MORE: _Group = (None, ())


class Span(NamedTuple):
    """A stretch of the source's time during which a record said one thing."""

    said: Incoming
    changed: dict[str, int] | None


class _Stored(NamedTuple):
    said: Incoming
    seq: int
    id: int
    open: bool
    changed: dict[str, int] | None


def append_page(tx: Tx, page: Page, rows: Sequence[Incoming]) -> PageCounts:
    """Write a page: new and changed records as versions, late ones as history; unchanged ones write no version."""
    counts = PageCounts()
    for part in without_repeats(rows):
        added, late = append(tx, page, part)
        counts = counts.plus(added)
        for row in late:
            rechain(tx, page, row)
    return counts


def chain(sightings: Sequence[tuple[int, int, Incoming]], now: int) -> list[Span]:
    """Fold sightings (stamp, seq, content) into spans, oldest first, each with its attributes' change times."""
    spans: list[Span] = []
    for stamp, _, said in sorted(sightings, key=lambda s: s[:2]):
        if spans and spans[-1].said.hash == said.hash:
            continue
        dated = said if said.asserted_at == stamp else said._replace(asserted_at=stamp)
        last = spans[-1] if spans else None
        if last is not None and dated.gone:
            dated = dated._replace(labels=last.said.labels)
        before = None
        if last is not None and last.said.labels == said.labels and not last.said.gone:
            changed = orjson.dumps(last.changed).decode() if last.changed else None
            before = (last.said.attributes, changed, last.said.asserted_at)
        spans.append(Span(dated, carried(dated, before, now)))
    return spans


def sightings(tx: Tx, stream: int, rec: str) -> tuple[list[_Stored], list[tuple[int, int, Incoming]]]:
    """Everything stored of a record: its versions, and every (stamp, seq, content) at which it was seen."""
    stored = [_stored(row) for row in tx.rows(f"{_VERSIONS} and rec = ? order by id", (stream, rec))]
    return stored, _seen(stored, tx.rows(f"{_CONFIRMED} and rec = ?", (stream, rec)))


class Histories:
    """The sightings of all records of a stream, asked for in the order of their ids: two queries, not two for each."""

    def __init__(self, tx: Tx, stream: int) -> None:
        self._stored = _InOrder(tx.each(f"{_VERSIONS} order by rec, id", (stream,)))
        self._confirmed = _InOrder(tx.each(f"{_CONFIRMED} order by rec", (stream,)))

    def of(self, rec: str) -> list[tuple[int, int, Incoming]]:
        """Every (stamp, seq, content) at which a record was seen."""
        return _seen([_stored(row) for row in self._stored.of(rec)], self._confirmed.of(rec))


class _InOrder:
    """Rows that begin with a record's id, in the order of those."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._groups = groupby(rows, itemgetter(0))
        self._next: _Group = next(self._groups, _NO_MORE)

    def of(self, rec: str) -> list[Row]:
        while self._next[0] is not None and self._next[0] < rec:
            self._next = next(self._groups, _NO_MORE)
        first, rows = self._next
        return list(rows) if first == rec else []


def _seen(stored: Sequence[_Stored], confirmed: Iterable[Row]) -> list[tuple[int, int, Incoming]]:
    found = [(version.said.asserted_at or 0, version.seq, version.said) for version in stored]
    by_hash = {version.said.hash: version.said for version in stored}
    for _, stamp, content, seq in confirmed:
        if content in by_hash:
            found.append((stamp, seq, by_hash[content]))
    return found


def _stored(row: tuple[object, ...]) -> _Stored:
    rec, content, labels, payload, attributes, field_changes, text, p_stream, p_rec, url, gone, at = row[:12]
    given = orjson.loads(field_changes) if isinstance(field_changes, str) else None
    said = Incoming(rec, content, labels, payload, attributes, given, text, p_stream, p_rec, url, gone, at, row[16])  # type: ignore[arg-type]
    changed = orjson.loads(row[15]) if isinstance(row[15], str) else None
    return _Stored(said, row[12], row[13], row[14] is None, changed)  # type: ignore[arg-type]


def rechain(tx: Tx, page: Page, row: Incoming) -> None:
    """Place a late version in its record's history and correct the current version where that changes it."""
    assert row.asserted_at is not None
    stored, found = sightings(tx, page.stream, row.rec)
    found.append((row.asserted_at, page.seq, row))
    spans = chain(found, page.now)
    now_said = spans[-1]
    current = next(version for version in stored if version.open)
    unchanged = (
        current.said.hash == now_said.said.hash
        and current.said.asserted_at == now_said.said.asserted_at
        and current.said.labels == now_said.said.labels
        and current.changed == now_said.changed
    )
    is_new = all((v.said.asserted_at, v.said.hash) != (row.asserted_at, row.hash) for v in stored)
    becomes_current = not unchanged and (now_said.said.asserted_at, now_said.said.hash) == (
        row.asserted_at,
        row.hash,
    )
    if is_new and not becomes_current:
        span = next((s for s in spans if s.said.asserted_at == row.asserted_at and s.said.hash == row.hash), None)
        # Opened and closed by the same commit: history that was never believed to be current.
        tx.run(insert(SourceVersion), version_row(page, row, span.changed if span else None, closed=page.seq))
    newest = max(stamp for stamp, _, _ in found)
    if newest != now_said.said.asserted_at:
        # It now says this since an earlier stamp; that it still did at the newest one must not be forgotten.
        sighted = (page.stream, row.rec, newest, page.workspace, now_said.said.hash, page.now, page.seq)
        tx.run(insert_or_ignore(Confirmation, without_id=False), sighted)
    if not unchanged:
        tx.run("update version set closed_seq = ? where id = ?", (page.seq, current.id))
        tx.run(insert(SourceVersion), version_row(page, now_said.said, now_said.changed))
