"""The fact cache: one document for each entity, over what everybody in the workspace may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import orjson

from groundfact.store.engine import Tx
from groundfact.store.statements import insert_or_replace
from groundfact.store.tables import FactDocument

__all__ = [
    "cached",
    "count_facts",
    "documents",
    "drop_documents",
    "entities_of_versions",
    "forget_documents",
    "write_documents",
]


def cached(tx: Tx, workspace: int, kind: str) -> set[str]:
    """The entities of a kind that have a document."""
    return {row[0] for row in tx.rows("select entity from facts where workspace = ? and kind = ?", (workspace, kind))}


def count_facts(tx: Tx, workspace: int) -> int:
    """How many facts all documents hold."""
    row = tx.one("select total(facts) from facts where workspace = ?", (workspace,))
    return int(row[0]) if row else 0


def documents(tx: Tx, entities: Collection[str]) -> dict[str, str]:
    """The documents of entities."""
    wanted = orjson.dumps(sorted(entities)).decode()
    sql = "select f.entity, f.doc from json_each(?) j cross join facts f where f.entity = j.value"
    return dict(tx.rows(sql, (wanted,)))


def write_documents(tx: Tx, workspace: int, kind: str, rows: Iterable[tuple[str, str, int, int]]) -> None:
    """Write documents: (entity, text, how many facts are in it, how many of those are conflicts)."""
    tx.many(insert_or_replace(FactDocument), [(entity, workspace, kind, *made) for entity, *made in rows])


def forget_documents(tx: Tx, entities: Iterable[str]) -> None:
    """Remove the documents of entities that have no visible record left."""
    tx.many("delete from facts where entity = ?", [(entity,) for entity in entities])


def drop_documents(tx: Tx, workspace: int) -> None:
    """Remove every document of a workspace."""
    tx.run("delete from facts where workspace = ?", (workspace,))


def entities_of_versions(tx: Tx, workspace: int, after: int) -> dict[str, str]:
    """Entities (id to kind) with a record version above the watermark."""
    sql = """
select distinct l.entity, l.kind from version v cross join link l
where v.id > ? and v.workspace = ? and v.closed_seq is null
and l.stream = v.stream and l.rec = v.rec and l.closed_seq is null"""
    return dict(tx.rows(sql, (after, workspace)))
