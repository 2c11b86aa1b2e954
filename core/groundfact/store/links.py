"""Keys of records and the decisions that link them to entities."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import orjson

from groundfact.store.asof import believed
from groundfact.store.engine import Row, Tx
from groundfact.store.statements import insert_many, insert_or_ignore, replace_many
from groundfact.store.tables import Entity, Link, RecordKey

__all__ = [
    "BLOCK",
    "HANGS",
    "PROFILE",
    "SAYS",
    "DirtyRecord",
    "LinkRow",
    "anchor_of",
    "block_holders",
    "close_keys",
    "close_links",
    "count_links",
    "dirty_records",
    "dirty_records_of",
    "evidence_of",
    "key_holders",
    "links_of_entities",
    "links_of_records",
    "name_entities",
    "newest_version",
    "open_keys",
    "open_links",
    "records_now",
    "records_with_keys",
]

RecordId = tuple[int, str]
HANGS = ">"
"""Begins a key under which a record is found by what it is about."""
BLOCK = "?"
"""Begins a key under which a record is found by those that may look like it; the profile's digest ends it."""
PROFILE = "^"
"""Begins what a record is compared by."""
SAYS = "%"
"""Begins what a record says that may contradict another one."""


class DirtyRecord(NamedTuple):
    """A record whose current version the identity stage has not seen."""

    stream: int
    rec: str
    labels: int
    attributes: str
    gone: str | None
    about: str | None


_dirty_record: Callable[[Row], DirtyRecord] = partial(tuple.__new__, DirtyRecord)
"""As `DirtyRecord._make`, without a Python call: a first load has one of them for every record."""


class LinkRow(NamedTuple):
    """A current link."""

    id: int
    stream: int
    rec: str
    entity: str
    labels: int
    keys: str


def dirty_records(tx: Tx, workspace: int, kind: str, after: int) -> Iterator[DirtyRecord]:
    """Records of a kind with a current version above the watermark, streamed."""
    # The sign before the stream keeps its index out of it: what is above the watermark is one range of row ids.
    sql = """
select v.stream, v.rec, v.labels, v.attributes, v.gone, v.about from version v
where v.id > ? and v.closed_seq is null and +v.stream in (select id from stream where workspace = ? and kind = ?)"""
    return map(_dirty_record, tx.each(sql, (after, workspace, kind)))


def dirty_records_of(tx: Tx, stream: int, after: int, last: str, most: int) -> list[DirtyRecord]:
    """Those of one stream behind a record id, by id; for a large part of it."""
    sql = """
select v.stream, v.rec, v.labels, v.attributes, v.gone, v.about from version v
where v.stream = ? and v.rec > ? and v.id > ? and v.closed_seq is null order by v.rec limit ?"""
    return list(map(_dirty_record, tx.rows(sql, (stream, last, after, most))))


def newest_version(tx: Tx) -> int:
    """The highest row id of a version so far; 0 before the first."""
    row = tx.one("select max(id) from version")
    return int(row[0] or 0) if row else 0


def records_now(tx: Tx, records: Iterable[RecordId]) -> list[DirtyRecord]:
    """What records say now."""
    wanted = orjson.dumps(list(records)).decode()
    sql = """
select v.stream, v.rec, v.labels, v.attributes, v.gone, v.about from json_each(?) j cross join version v
where v.stream = json_extract(j.value, '$[0]') and v.rec = json_extract(j.value, '$[1]') and v.closed_seq is null"""
    return [DirtyRecord(*row) for row in tx.rows(sql, (wanted,))]


_link_row: Callable[[Row], LinkRow] = partial(tuple.__new__, LinkRow)
"""The same for links: a rebuild has one of them for every record."""
_LINK = "select l.id, l.stream, l.rec, l.entity, l.labels, l.keys from"


def links_of_records(tx: Tx, records: Iterable[RecordId]) -> list[LinkRow]:
    """The current links of records."""
    wanted = orjson.dumps(list(records)).decode()
    sql = f"""{_LINK} json_each(?) j cross join link l where l.stream = json_extract(j.value, '$[0]')
and l.rec = json_extract(j.value, '$[1]') and l.closed_seq is null"""
    return list(map(_link_row, tx.rows(sql, (wanted,))))


def evidence_of(tx: Tx, records: Iterable[RecordId], known_at: int | None) -> list[tuple[RecordId, str]]:
    """The keys that records were linked by, as it was believed at a commit; ask only for records that may be seen."""
    wanted = orjson.dumps(list(records)).decode()
    sql = f"""select l.stream, l.rec, l.keys from json_each(?) j cross join link l
where l.stream = json_extract(j.value, '$[0]') and l.rec = json_extract(j.value, '$[1]') and {believed("l", known_at)}
order by l.stream, l.rec"""
    return [((row[0], row[1]), row[2]) for row in tx.rows(sql, (wanted,))]


def anchor_of(tx: Tx, entity: str) -> RecordId | None:
    """The record that an entity's id was made from."""
    row = tx.one("select stream, rec from entity where id = ?", (entity,))
    return (row[0], row[1]) if row else None


def links_of_entities(tx: Tx, entities: Collection[str]) -> list[LinkRow]:
    """The current links to entities."""
    wanted = orjson.dumps(sorted(entities)).decode()
    sql = f"{_LINK} json_each(?) j cross join link l where l.entity = j.value and l.closed_seq is null"
    return list(map(_link_row, tx.rows(sql, (wanted,))))


def records_with_keys(tx: Tx, workspace: int, kind: str, keys: Collection[str]) -> set[RecordId]:
    """Records that have any of the keys now."""
    wanted = orjson.dumps(sorted(keys)).decode()
    sql = """
select k.stream, k.rec from json_each(?) j cross join record_key k
where k.workspace = ? and k.kind = ? and k.key = j.value and k.closed_seq is null"""
    return {(row[0], row[1]) for row in tx.rows(sql, (wanted, workspace, kind))}


def count_links(tx: Tx, workspace: int, kind: str) -> int:
    """How many records of a kind are linked now."""
    row = tx.one("select count(*) from link where workspace = ? and kind = ? and closed_seq is null", (workspace, kind))
    return int(row[0]) if row else 0


def key_holders(tx: Tx, workspace: int, kind: str, keys: Collection[str]) -> list[tuple[str, int, str, int]]:
    """Who has the keys now: (key, stream, rec, labels)."""
    wanted = orjson.dumps(sorted(keys)).decode()
    sql = """
select k.key, k.stream, k.rec, k.labels from json_each(?) j cross join record_key k
where k.workspace = ? and k.kind = ? and k.key = j.value and k.closed_seq is null"""
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(sql, (wanted, workspace, kind))]


def block_holders(tx: Tx, workspace: int, kind: str, blocks: Collection[str]) -> list[tuple[str, int, str, int]]:
    """Who is in the blocks now, whatever the profile: (key, stream, rec, labels)."""
    wanted = orjson.dumps(sorted(blocks)).decode()
    # The sign before the digest and the one after it: a range of the table's own order.
    sql = """
select k.key, k.stream, k.rec, k.labels from json_each(?) j cross join record_key k
where k.workspace = ? and k.kind = ? and k.key >= j.value || char(31) and k.key < j.value || char(32)
and k.closed_seq is null"""
    return [(row[0], row[1], row[2], row[3]) for row in tx.rows(sql, (wanted, workspace, kind))]


def close_links(tx: Tx, seq: int, ids: Iterable[int]) -> None:
    """End links; what this very commit began was never believed, and goes."""
    wanted = [(number, seq) for number in ids]
    tx.many("delete from link where id = ? and seq = ?", wanted)
    tx.many("update link set closed_seq = ?2 where id = ?1", wanted)


def open_links(tx: Tx, workspace: int, kind: str, seq: int, rows: Sequence[tuple[str, int, str, int, str]]) -> None:
    """Begin links: (entity, stream, rec, labels, keys)."""
    insert_many(tx, Link, rows, workspace=workspace, kind=kind, seq=seq, closed_seq=None)


def name_entities(tx: Tx, workspace: int, kind: str, seq: int, rows: Iterable[tuple[str, int, str]]) -> None:
    """Remember which record an entity id was made from: (id, stream, rec)."""
    sql = insert_or_ignore(Entity, without_id=False)
    tx.many(sql, [(entity, workspace, kind, stream, rec, seq) for entity, stream, rec in sorted(rows)])


def close_keys(tx: Tx, workspace: int, kind: str, seq: int, rows: Collection[tuple[str, int, str]]) -> None:
    """End keys: (key, stream, rec); what this very commit began was never believed, and goes."""
    which = """where workspace = ?2 and kind = ?3 and key = ?4 and stream = ?5 and rec = ?6 and"""
    wanted = [(seq, workspace, kind, *row) for row in rows]
    tx.many(f"delete from record_key {which} seq = ?1", wanted)
    tx.many(f"update record_key set closed_seq = ?1 {which} closed_seq is null", wanted)


def open_keys(tx: Tx, workspace: int, kind: str, seq: int, rows: Sequence[tuple[str, int, str, int]]) -> None:
    """Begin keys: (key, stream, rec, labels)."""
    # Replace: a key closed and opened by the same commit is one that stayed.
    replace_many(tx, RecordKey, rows, workspace=workspace, kind=kind, seq=seq, closed_seq=None)
