"""Reading what people and copilots told, as far as a principal may see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.reading import View, params_of, visible

__all__ = ["ToldRow", "told", "told_by_id", "told_records"]


class ToldRow(NamedTuple):
    """Something told to the memory, as its current version has it."""

    stream: int
    rec: str
    labels: int
    attributes: dict[str, Any]
    text: str | None
    asserted_at: int | None
    observed_at: int
    entity: str


_TOLD = "v.stream, v.rec, v.labels, v.attributes, v.text, v.asserted_at, v.observed_at, l.entity"


def _told_row(row: tuple[Any, ...]) -> ToldRow:
    stream, rec, labels, attributes, text, asserted_at, observed_at, entity = row
    return ToldRow(stream, rec, labels, orjson.loads(attributes), text, asserted_at, observed_at, entity)


def told(tx: Tx, view: View, streams: Collection[int], most: int) -> list[ToldRow]:
    """The latest records of some streams."""
    sql = f"""select {_TOLD} from json_each(:streams) j cross join version v cross join link l
where v.stream = j.value and l.stream = v.stream and l.rec = v.rec and l.workspace = :ws and {visible(view)}
order by coalesce(v.asserted_at, v.observed_at) desc, v.rec limit :most"""
    wanted = orjson.dumps(sorted(streams)).decode()
    return [_told_row(row) for row in tx.rows(sql, params_of(view, streams=wanted, most=most))]


def told_records(tx: Tx, view: View, records: Collection[tuple[int, str]]) -> list[ToldRow]:
    """Records by stream and id."""
    sql = f"""select {_TOLD} from json_each(:records) j cross join version v cross join link l
where v.stream = json_extract(j.value, '$[0]') and v.rec = json_extract(j.value, '$[1]')
and l.stream = v.stream and l.rec = v.rec and l.workspace = :ws and {visible(view)}"""
    wanted = orjson.dumps(sorted(records)).decode()
    return [_told_row(row) for row in tx.rows(sql, params_of(view, records=wanted))]


def told_by_id(tx: Tx, view: View, streams: Collection[int], rec: str) -> ToldRow | None:
    """The record of that id in one of the streams."""
    found = told_records(tx, view, {(stream, rec) for stream in streams})
    return found[0] if found else None
