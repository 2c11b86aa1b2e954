"""Walking through what may wait for a steward, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import orjson

from groundfact.store.asof import believed
from groundfact.store.engine import Tx
from groundfact.store.reading import OF_KIND, View, params_of, visible

__all__ = [
    "KeyedRecord",
    "disputed_documents",
    "each_document",
    "entities_keyed_twice",
    "entities_with",
    "restricted_records",
]


class KeyedRecord(NamedTuple):
    """A record with the keys that it was linked by."""

    stream: int
    rec: str
    entity: str
    keys: str


def each_document(tx: Tx, workspace: int, kind: str) -> Iterator[tuple[str, str]]:
    """Every fact document of a kind: entity and text."""
    for row in tx.each("select entity, doc from facts where workspace = ? and kind = ?", (workspace, kind)):
        yield row[0], row[1]


def disputed_documents(tx: Tx, workspace: int, kind: str, also: Collection[str]) -> Iterator[tuple[str, str]]:
    """Only those with a conflict in them, and those of some entities besides."""
    sql = """select entity, doc from facts where workspace = ? and kind = ?
and (conflicts > 0 or entity in (select value from json_each(?)))"""
    for row in tx.each(sql, (workspace, kind, orjson.dumps(sorted(also)).decode())):
        yield row[0], row[1]


def entities_keyed_twice(tx: Tx, view: View, kind: str, beginnings: Collection[str]) -> set[str]:
    """The entities of a kind of which two records or more have keys that begin alike, whoever may see them."""
    sql = f"""select l.entity from json_each(:beginnings) j cross join record_key k cross join link l
where k.workspace = :ws and k.kind = :kind and k.key >= j.value and k.key < j.value || char(1114111)
and {believed("k", view.known_at)} and l.stream = k.stream and l.rec = k.rec and {believed("l", view.known_at)}
group by j.value, l.entity having count(*) > 1"""
    wanted = orjson.dumps(sorted(beginnings)).decode()
    return {row[0] for row in tx.each(sql, params_of(view, kind=kind, beginnings=wanted))}


def entities_with(tx: Tx, view: View, kind: str, public: Collection[int], streams: Collection[int]) -> set[str]:
    """The entities with a visible record that not everybody may see, or of one of the streams."""
    among = orjson.dumps(sorted(streams)).decode()
    if set(orjson.loads(view.labels)) <= set(public):
        # Whoever sees nothing more than everybody: the records of the streams alone, which are few.
        sql = f"""select distinct l.entity from json_each(:streams) j cross join version v cross join link l
where v.stream = j.value and l.stream = v.stream and l.rec = v.rec and l.workspace = :ws and l.kind = :kind
and {visible(view)}"""
        return {row[0] for row in tx.each(sql, params_of(view, kind=kind, streams=among))}
    sql = f"""select distinct l.entity from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
and (v.labels not in (select value from json_each(:public)) or v.stream in (select value from json_each(:streams)))"""
    more = {"public": orjson.dumps(sorted(public)).decode(), "streams": among}
    return {row[0] for row in tx.each(sql, params_of(view, kind=kind, **more))}


def restricted_records(tx: Tx, view: View, kind: str, public: Collection[int]) -> Iterator[KeyedRecord]:
    """The visible records of a kind that not everybody may see, with their keys."""
    sql = f"""select l.stream, l.rec, l.entity, l.keys from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
and v.labels not in (select value from json_each(:public))"""
    params = params_of(view, kind=kind, public=orjson.dumps(sorted(public)).decode())
    return (KeyedRecord(*row) for row in tx.each(sql, params))
