"""Listings over everything: for `list`, `status` and the canonical dump."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from groundfact.store.asof import believed
from groundfact.store.engine import Tx

__all__ = [
    "CurrentRecord",
    "all_documents",
    "current_ids",
    "current_records",
    "document_count",
    "ids_met_since",
    "last_version",
    "record_counts",
]


def current_ids(tx: Tx, stream: int) -> set[str]:
    """The ids of the records that are there."""
    sql = "select rec from version where stream = ? and closed_seq is null and gone is null"
    return {row[0] for row in tx.rows(sql, (stream,))}


def ids_met_since(tx: Tx, stream: int, run: int) -> tuple[set[str], int]:
    """The ids of a stream that were read since a run began, each sighting of which is written down; and how many rows
    were rejected whose ids cannot be read."""
    sql = """select rec from version where stream = ?1 and closed_seq is null and run >= ?2
union all select rec from confirmation where stream = ?1 and verified_at >= (select started_at from run where id = ?2)
union all select rec from reject where stream = ?1 and run >= ?2 and (rec is not null or length(raw) > 0)"""
    found = [row[0] for row in tx.rows(sql, (stream, run))]
    return {rec for rec in found if rec}, sum(1 for rec in found if not rec)


def record_counts(tx: Tx, workspace: int, known_at: int | None = None) -> dict[int, int]:
    """How many records each stream has, as it was believed at a commit (None: now)."""
    sql = f"""select v.stream, count(*) from version v where v.workspace = ? and {believed("v", known_at)}
and v.gone is null group by v.stream"""
    return dict(tx.rows(sql, (workspace,)))


def last_version(tx: Tx, workspace: int) -> int:
    """The id of the newest version row."""
    row = tx.one("select max(id) from version where workspace = ?", (workspace,))
    return int(row[0] or 0) if row else 0


def kinds_after(tx: Tx, workspace: int, after: int) -> set[str]:
    """The kinds that have a version above another one."""
    sql = "select distinct s.kind from version v join stream s on s.id = v.stream where v.id > ? and v.workspace = ?"
    return {row[0] for row in tx.rows(sql, (after, workspace))}


class CurrentRecord(NamedTuple):
    """A record as it is believed now, tombstones included, with its entity."""

    rec: str
    attributes: str
    changed: str | None
    asserted_at: int | None
    gone: str | None
    labels: str
    parent_stream: int | None
    parent_rec: str | None
    text: str | None
    entity: str | None


def current_records(tx: Tx, stream: int) -> Iterator[CurrentRecord]:
    """Every record of a stream, by id."""
    sql = """
select v.rec, v.attributes, v.changed, v.asserted_at, v.gone, x.labels, v.parent_stream, v.parent_rec, v.text, l.entity
from version v cross join label_set x
left join link l on l.stream = v.stream and l.rec = v.rec and l.closed_seq is null
where v.stream = ? and v.closed_seq is null and x.id = v.labels order by v.rec"""
    return map(CurrentRecord._make, tx.each(sql, (stream,)))


def document_count(tx: Tx, workspace: int) -> int:
    """How many entities have facts that everybody may see."""
    row = tx.one("select count(*) from facts where workspace = ?", (workspace,))
    return int(row[0]) if row else 0


def all_documents(tx: Tx, workspace: int) -> Iterator[tuple[Any, ...]]:
    """Every fact document: entity and text, by entity."""
    return tx.each("select entity, doc from facts where workspace = ? order by entity", (workspace,))
