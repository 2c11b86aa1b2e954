"""Walking through what may wait for a steward, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.reading import OF_KIND, View, params_of, visible

__all__ = ["KeyedRecord", "each_document", "entities_with", "restricted_records"]


class KeyedRecord(NamedTuple):
    """A record with the keys that it was linked by."""

    stream: int
    rec: str
    entity: str
    keys: str


def each_document(tx: Tx, workspace: int, kind: str, *, disputed: bool) -> Iterator[tuple[str, str]]:
    """Every fact document of a kind, or only those with a conflict in them: entity and text."""
    sql = "select entity, doc from facts where workspace = ? and kind = ? and conflicts >= ?"
    for row in tx.each(sql, (workspace, kind, int(disputed))):
        yield row[0], row[1]


def entities_with(tx: Tx, view: View, kind: str, public: Collection[int], streams: Collection[int]) -> set[str]:
    """The entities with a visible record that not everybody may see, or of one of the streams."""
    sql = f"""select distinct l.entity from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
and (v.labels not in (select value from json_each(:public)) or v.stream in (select value from json_each(:streams)))"""
    more = {"public": orjson.dumps(sorted(public)).decode(), "streams": orjson.dumps(sorted(streams)).decode()}
    return {row[0] for row in tx.each(sql, params_of(view, kind=kind, **more))}


def restricted_records(tx: Tx, view: View, kind: str, public: Collection[int]) -> Iterator[KeyedRecord]:
    """The visible records of a kind that not everybody may see, with their keys."""
    sql = f"""select l.stream, l.rec, l.entity, l.keys from link l cross join version v
where {OF_KIND} and v.stream = l.stream and v.rec = l.rec and {visible(view)}
and v.labels not in (select value from json_each(:public))"""
    params = params_of(view, kind=kind, public=orjson.dumps(sorted(public)).decode())
    return (KeyedRecord(*row) for row in tx.each(sql, params))
