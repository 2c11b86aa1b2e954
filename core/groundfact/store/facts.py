"""The fact cache: one document for each entity, over what everybody in the workspace may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import orjson

from groundfact.store.asof import believed
from groundfact.store.engine import Tx
from groundfact.store.statements import replace_many
from groundfact.store.tables import FactDocument

__all__ = [
    "Document",
    "any_due",
    "cached",
    "count_facts",
    "documents",
    "due_entities",
    "entities_by_link",
    "entities_of_versions",
    "forget_documents",
    "forget_kinds",
    "write_documents",
]

_DUE = "from facts where workspace = ? and due <= ?"


def cached(tx: Tx, workspace: int, kind: str) -> set[str]:
    """The entities of a kind that have a document."""
    return {row[0] for row in tx.rows("select entity from facts where workspace = ? and kind = ?", (workspace, kind))}


def count_facts(tx: Tx, workspace: int) -> int:
    """How many facts all documents hold."""
    row = tx.one("select total(facts) from facts where workspace = ?", (workspace,))
    return int(row[0]) if row else 0


class Document(NamedTuple):
    """The facts of an entity, and when time alone may change them."""

    text: str
    due: int | None


def documents(tx: Tx, entities: Collection[str]) -> dict[str, Document]:
    """The documents of entities."""
    wanted = orjson.dumps(sorted(entities)).decode()
    sql = "select f.entity, f.doc, f.due from json_each(?) j cross join facts f where f.entity = j.value"
    return {entity: Document(text, due) for entity, text, due in tx.rows(sql, (wanted,))}


def any_due(tx: Tx, workspace: int, now: int) -> bool:
    """Whether time alone may have changed a document."""
    return tx.one(f"select 1 {_DUE} limit 1", (workspace, now)) is not None


def due_entities(tx: Tx, workspace: int, now: int) -> dict[str, str]:
    """Entities (id to kind) whose document time alone may have changed."""
    return dict(tx.rows(f"select entity, kind {_DUE}", (workspace, now)))


def write_documents(tx: Tx, workspace: int, kind: str, rows: Sequence[tuple[str, str, int, int, int | None]]) -> None:
    """Write documents: (entity, text, how many facts are in it, how many of those are conflicts, when it is due)."""
    replace_many(tx, FactDocument, rows, workspace=workspace, kind=kind)


def forget_kinds(tx: Tx, workspace: int, but: Collection[str]) -> None:
    """Remove the documents of all other kinds: nobody decides them any more."""
    left = orjson.dumps(sorted(but)).decode()
    tx.run("delete from facts where workspace = ? and kind not in (select value from json_each(?))", (workspace, left))


def forget_documents(tx: Tx, entities: Iterable[str]) -> None:
    """Remove the documents of entities that have no visible record left."""
    tx.many("delete from facts where entity = ?", [(entity,) for entity in entities])


def entities_by_link(tx: Tx, workspace: int) -> dict[str, list[str]]:
    """The entities of each kind in the order in which their first record was linked: whoever reads them in that order
    finds their versions where the last ones lay, not all over the file."""
    sql = f"select l.kind, l.entity from link l where l.workspace = ? and {believed('l', None)} order by l.id"
    found: dict[str, dict[str, None]] = {}
    for kind, entity in tx.each(sql, (workspace,)):
        found.setdefault(kind, {})[entity] = None
    return {kind: list(entities) for kind, entities in found.items()}


def entities_of_versions(tx: Tx, workspace: int, after: int) -> dict[str, str]:
    """Entities (id to kind) with a record version above the watermark."""
    sql = """
select distinct l.entity, l.kind from version v cross join link l
where v.id > ? and v.workspace = ? and v.closed_seq is null
and l.stream = v.stream and l.rec = v.rec and l.closed_seq is null"""
    return dict(tx.rows(sql, (after, workspace)))
