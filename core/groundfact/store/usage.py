"""What answers told, by who asked: a row for each attribute, however many answers. And of what there is any to tell."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from groundfact.store.engine import Tx
from groundfact.store.reading import View, params_of
from groundfact.store.statements import insert
from groundfact.store.tables import AttributeUse

__all__ = ["contexts_told", "count_use", "said_streams", "uses"]


def count_use(tx: Tx, workspace: int, principal: str, kind: str, told: Collection[tuple[str, str]]) -> None:
    """Count a context of a kind, and the attributes (kind, name) that it told."""
    by_kind: dict[str, list[str]] = {kind: [""]}
    for other, attribute in told:
        by_kind.setdefault(other, []).append(attribute)
    into, _, _ = insert(AttributeUse).partition(" values ")
    # `where true` tells the end of the query from the beginning of `on conflict`.
    sql = f"""{into} select ?, ?, k.key, j.value, 1 from json_each(?) k cross join json_each(k.value) j where true
on conflict (workspace, principal, kind, attribute) do update set contexts = attribute_use.contexts + 1"""
    tx.run(sql, (workspace, principal, orjson.dumps(by_kind).decode()))


def uses(tx: Tx, workspace: int, principals: Collection[str]) -> dict[tuple[str, str], int]:
    """By kind and attribute, how many contexts of these principals told it."""
    sql = "select principal, kind, attribute, contexts from attribute_use where workspace = ? and attribute <> ''"
    found: dict[tuple[str, str], int] = {}
    for principal, kind, attribute, contexts in tx.rows(sql, (workspace,)):
        if principal in principals:
            found[kind, attribute] = found.get((kind, attribute), 0) + int(contexts)
    return found


def contexts_told(tx: Tx, workspace: int, principals: Collection[str]) -> int:
    """How many contexts these principals were given."""
    sql = (
        "select principal, total(contexts) from attribute_use where workspace = ? and attribute = '' group by principal"
    )
    return sum(int(count) for principal, count in tx.rows(sql, (workspace,)) if principal in principals)


def said_streams(tx: Tx, view: View) -> set[int]:
    """The streams of which a record may be seen."""
    sql = """select j.value from json_each(:streams) j where exists (select 1 from version v
where v.stream = j.value and v.closed_seq is null and v.gone is null
and v.labels in (select value from json_each(:labels)))"""
    wanted = orjson.dumps(sorted(view.streams)).decode()
    return {row[0] for row in tx.rows(sql, params_of(view, streams=wanted))}
