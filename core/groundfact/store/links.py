"""Keys of records and the decisions that link them to entities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.statements import insert, insert_or_ignore, insert_or_replace
from groundfact.store.tables import Entity, Link, RecordKey

__all__ = [
    "DirtyRecord",
    "LinkRow",
    "close_keys",
    "close_links",
    "dirty_records",
    "links_of_entities",
    "links_of_records",
    "name_entities",
    "open_keys",
    "open_links",
    "records_with_keys",
]

RecordId = tuple[int, str]


class DirtyRecord(NamedTuple):
    """A record whose current version the identity stage has not seen."""

    stream: int
    rec: str
    labels: int
    attributes: str
    gone: str | None


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
    sql = """
select v.stream, v.rec, v.labels, v.attributes, v.gone from version v join stream s on s.id = v.stream
where v.id > ? and v.closed_seq is null and s.workspace = ? and s.kind = ?"""
    return map(DirtyRecord._make, tx.each(sql, (after, workspace, kind)))


_LINK = "select l.id, l.stream, l.rec, l.entity, l.labels, l.keys from"


def links_of_records(tx: Tx, records: Iterable[RecordId]) -> list[LinkRow]:
    """The current links of records."""
    wanted = orjson.dumps(list(records)).decode()
    sql = f"""{_LINK} json_each(?) j cross join link l where l.stream = json_extract(j.value, '$[0]')
and l.rec = json_extract(j.value, '$[1]') and l.closed_seq is null"""
    return [LinkRow(*row) for row in tx.rows(sql, (wanted,))]


def links_of_entities(tx: Tx, entities: Collection[str]) -> list[LinkRow]:
    """The current links to entities."""
    wanted = orjson.dumps(sorted(entities)).decode()
    sql = f"{_LINK} json_each(?) j cross join link l where l.entity = j.value and l.closed_seq is null"
    return [LinkRow(*row) for row in tx.rows(sql, (wanted,))]


def records_with_keys(tx: Tx, workspace: int, kind: str, keys: Collection[str]) -> set[RecordId]:
    """Records that have any of the keys now."""
    wanted = orjson.dumps(sorted(keys)).decode()
    sql = """
select k.stream, k.rec from json_each(?) j cross join record_key k
where k.workspace = ? and k.kind = ? and k.key = j.value and k.closed_seq is null"""
    return {(row[0], row[1]) for row in tx.rows(sql, (wanted, workspace, kind))}


def close_links(tx: Tx, seq: int, ids: Iterable[int]) -> None:
    """End links."""
    tx.many("update link set closed_seq = ? where id = ?", [(seq, number) for number in ids])


def open_links(tx: Tx, workspace: int, kind: str, seq: int, rows: Collection[tuple[str, int, str, int, str]]) -> None:
    """Begin links: (entity, stream, rec, labels, keys)."""
    tx.many(insert(Link), [(workspace, kind, *row, seq, None) for row in rows])


def name_entities(tx: Tx, workspace: int, kind: str, seq: int, rows: Iterable[tuple[str, int, str]]) -> None:
    """Remember which record an entity id was made from: (id, stream, rec)."""
    sql = insert_or_ignore(Entity, without_id=False)
    tx.many(sql, [(entity, workspace, kind, stream, rec, seq) for entity, stream, rec in rows])


def close_keys(tx: Tx, workspace: int, kind: str, seq: int, rows: Iterable[tuple[str, int, str]]) -> None:
    """End keys: (key, stream, rec)."""
    sql = """update record_key set closed_seq = ? where workspace = ? and kind = ? and key = ? and stream = ?
and rec = ? and closed_seq is null"""
    tx.many(sql, [(seq, workspace, kind, *row) for row in rows])


def open_keys(tx: Tx, workspace: int, kind: str, seq: int, rows: Iterable[tuple[str, int, str, int]]) -> None:
    """Begin keys: (key, stream, rec, labels)."""
    # Replace: a key closed and opened by the same commit is one that stayed.
    sql = insert_or_replace(RecordKey)
    tx.many(sql, [(workspace, kind, key, stream, rec, seq, None, labels) for key, stream, rec, labels in rows])
