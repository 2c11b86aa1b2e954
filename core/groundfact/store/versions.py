"""Appending record versions page by page: compare, close, insert. The sync path; bulk statements only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.statements import insert_many, replace_many
from groundfact.store.tables import Confirmation, SourceVersion

__all__ = [
    "Incoming",
    "Page",
    "PageCounts",
    "append",
    "carried",
    "insert_versions",
    "own_columns",
    "version_row",
    "without_repeats",
]


class Incoming(NamedTuple):
    """A record (or tombstone) on its way into the store."""

    rec: str
    hash: bytes
    labels: int
    payload: str
    attributes: str
    field_changes: Mapping[str, int] | None
    """When attributes last changed as the source says; negative: at the latest then."""
    text: str | None
    parent_stream: int | None
    parent_rec: str | None
    url: str | None
    gone: str | None
    asserted_at: int | None
    about: str | None = None


class Page(NamedTuple):
    """Where and when a page is written."""

    workspace: int
    stream: int
    run: int
    seq: int
    now: int
    confirm_returned: bool
    """Whether seeing a record unchanged confirms it (streams whose increments confirm only what they return)."""


class PageCounts(NamedTuple):
    """What a page came to."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    unchanged: int = 0
    late: int = 0
    confirmed: int = 0
    """Of the unchanged: those whose confirmation was written down record by record."""
    unknown: int = 0
    """Tombstones of records that were never known: kept, but nothing is gone that was there."""

    @property
    def written(self) -> bool:
        """Whether the page left anything in the store."""
        return any((self.new, self.changed, self.gone, self.late, self.confirmed, self.unknown))

    def plus(self, other: PageCounts) -> PageCounts:
        """Both together."""
        return PageCounts(*(a + b for a, b in zip(self, other, strict=True)))


class _Current(NamedTuple):
    id: int
    hash: bytes
    asserted_at: int | None
    labels: int
    gone: str | None


_CURRENT = """
select v.rec, v.id, v.hash, v.asserted_at, v.labels, v.gone from json_each(?) j cross join version v
where v.stream = ? and v.rec = j.value and v.closed_seq is null"""
_CONTENT = "select id, attributes, changed from version where id in (select value from json_each(?))"
_LAST_SIGHTING = """
select c.rec, max(c.asserted_at) from json_each(?) j cross join confirmation c
where c.stream = ? and c.rec = j.value group by c.rec"""


def without_repeats(rows: Sequence[Incoming]) -> list[Sequence[Incoming]]:
    """Split so that no part holds a record twice: the second sighting must be compared with the first."""
    if len({row.rec for row in rows}) == len(rows):
        return [rows]
    parts: list[list[Incoming]] = []
    depth: dict[str, int] = {}
    for row in rows:
        level = depth.get(row.rec, 0)
        depth[row.rec] = level + 1
        if level == len(parts):
            parts.append([])
        parts[level].append(row)
    return list(parts)


def append(tx: Tx, page: Page, rows: Sequence[Incoming]) -> tuple[PageCounts, list[Incoming]]:
    """Write what differs from what is believed; hand back what is older than that. No record twice in `rows`."""
    ids = orjson.dumps([row.rec for row in rows]).decode()
    current = {row[0]: _Current(*row[1:]) for row in tx.rows(_CURRENT, (ids, page.stream))}
    fresh: list[Incoming] = []
    differing: list[tuple[Incoming, _Current]] = []
    seen: list[tuple[Incoming, _Current]] = []
    for row in rows:
        known = current.get(row.rec)
        if known is None:
            fresh.append(row)
        elif known.hash == row.hash:
            seen.append((row, known))
        else:
            differing.append((row, known))
    late = _split_late(tx, page, differing, seen)
    gone = sum(1 for row, known in differing if row.gone and not known.gone)
    if fresh:
        insert_versions(tx, page, [own_columns(row, row.field_changes) for row in fresh])
    if differing:
        _replace(tx, page, differing)
    confirmed = _confirm(tx, page, seen)
    buried = sum(1 for row in fresh if row.gone)
    changed = len(differing) - gone
    counts = PageCounts(len(fresh) - buried, changed, gone, len(seen), len(late), confirmed, buried)
    return counts, late


def _split_late(
    tx: Tx,
    page: Page,
    differing: list[tuple[Incoming, _Current]],
    seen: list[tuple[Incoming, _Current]],
) -> list[Incoming]:
    """Take out what is older than what is believed: it becomes history, never the current version."""
    stamps: dict[str, int] = {}
    if differing:
        ids = orjson.dumps([row.rec for row, _ in differing]).decode()
        stamps = {rec: int(at) for rec, at in tx.rows(_LAST_SIGHTING, (ids, page.stream))}
    late: list[Incoming] = []
    for pairs, last in ((differing, stamps), (seen, {})):
        for row, known in list(pairs):
            if row.asserted_at is None or known.asserted_at is None:
                continue
            if row.asserted_at < max(known.asserted_at, last.get(row.rec, 0)):
                pairs.remove((row, known))
                late.append(row)
    return late


def _replace(tx: Tx, page: Page, pairs: Sequence[tuple[Incoming, _Current]]) -> None:
    old_ids = orjson.dumps([known.id for _, known in pairs]).decode()
    old = {number: (attributes, changed) for number, attributes, changed in tx.rows(_CONTENT, (old_ids,))}
    # Close before inserting: the partial unique index allows one current version.
    tx.many("update version set closed_seq = ? where id = ?", [(page.seq, known.id) for _, known in pairs])
    rows = []
    for row, known in pairs:
        attributes, changed = old[known.id]
        # A version under other labels is another audience's knowledge: nothing is carried across.
        # A tombstone is for the eyes that saw the record.
        row = row._replace(labels=known.labels) if row.gone else row
        # Nor from a tombstone: that a record is there again does not make its values new.
        apart = known.labels != row.labels or known.gone
        before = None if apart else (attributes, changed, known.asserted_at)
        rows.append(own_columns(row, carried(row, before, page.now)))
    insert_versions(tx, page, rows)


def carried(
    row: Incoming, before: tuple[str, str | None, int | None] | None, now: int, *, remapped: bool = False
) -> dict[str, int] | None:
    """When each attribute last changed; negative: at the latest then, because nobody saw it change.

    A value equal to the one before keeps its time: editing a phone number does not make the industry newer. What the
    source gives as an exact time counts first, then what was seen to change, then the earliest bound.
    `remapped`: what differs, differs because it is read differently, not because the source changed it.
    """
    if before is None:
        return dict(row.field_changes) if row.field_changes else None
    old: dict[str, Any] = orjson.loads(before[0])
    old_changes: dict[str, int] = orjson.loads(before[1]) if before[1] else {}
    bound = -before[2] if before[2] is not None else None
    given = row.field_changes or {}
    changes: dict[str, int] = {}
    for attribute, value in orjson.loads(row.attributes).items():
        said = given.get(attribute)
        if said is not None and said >= 0:
            at: int | None = said
        elif attribute in old and old[attribute] == value:
            at = _closer(old_changes.get(attribute, bound), said)
        elif remapped:
            at = bound
        else:
            # A source without stamps: we saw the change happen between two reads.
            at = row.asserted_at if row.asserted_at is not None else now
        if at is not None:
            changes[attribute] = at
    return changes or None


def _closer(known: int | None, said: int | None) -> int | None:
    """The time of an unchanged value: an exact one stays; of two bounds the earlier counts, as both are true."""
    if known is None or said is None:
        return said if known is None else known
    return known if known >= 0 else max(known, said)


def _confirm(tx: Tx, page: Page, pairs: Sequence[tuple[Incoming, _Current]]) -> int:
    rows = []
    for row, known in pairs:
        moved = row.asserted_at is not None and row.asserted_at != known.asserted_at
        if moved or page.confirm_returned:
            stamp = row.asserted_at or 0
            rows.append((page.stream, row.rec, stamp, page.workspace, row.hash, page.now, page.seq))
    replace_many(tx, Confirmation, rows)
    return len(rows)


def version_row(
    page: Page, row: Incoming, changed: Mapping[str, int] | None, *, closed: int | None = None
) -> tuple[Any, ...]:
    """The columns of a version, in the order of the table."""
    return (page.workspace, page.stream, *own_columns(row, changed), page.now, page.run, page.seq, closed)


def insert_versions(tx: Tx, page: Page, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert current versions, by what is not the same of a whole page."""
    where = {"workspace": page.workspace, "stream": page.stream}
    insert_many(tx, SourceVersion, rows, **where, observed_at=page.now, run=page.run, seq=page.seq, closed_seq=None)


def own_columns(row: Incoming, changed: Mapping[str, int] | None) -> tuple[Any, ...]:
    """The columns of a version that are its own and not those of a whole page."""
    rec, content, labels, payload, attributes, told, text, parent_stream, parent_rec, url, gone, at, about = row
    return (
        rec,
        labels,
        # The driver looks for an adapter of every `bytes`, but takes these as they are.
        bytearray(content),
        payload,
        attributes,
        orjson.dumps(changed).decode() if changed else None,
        orjson.dumps(told).decode() if told else None,
        text,
        about,
        parent_stream,
        parent_rec,
        url,
        gone,
        at,
    )
