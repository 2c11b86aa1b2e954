"""Where a claim comes from: the version that says it, its payload, and the run that brought it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.reading import View, params_of, visible

__all__ = ["Brought", "brought", "brought_by"]

_Id = tuple[int, str]
_COLUMNS = "v.payload, v.url, r.id, r.started_at"


class Brought(NamedTuple):
    """A version's payload, and how it came."""

    payload: Mapping[str, Any]
    url: str | None
    run: int | None
    """None for what somebody told."""
    at: int | None
    """When that run began."""


def _brought(row: tuple[Any, ...]) -> Brought:
    payload, url, run, at = row
    return Brought(orjson.loads(payload), url, run, at)


def brought(tx: Tx, view: View, records: Collection[_Id]) -> dict[_Id, Brought]:
    """What is behind the believed versions of records that may be seen."""
    wanted = orjson.dumps(sorted(records)).decode()
    sql = f"""select v.stream, v.rec, {_COLUMNS} from json_each(:records) j cross join link l cross join version v
left join run r on r.id = v.run
where l.stream = json_extract(j.value, '$[0]') and l.rec = json_extract(j.value, '$[1]') and l.workspace = :ws
and v.stream = l.stream and v.rec = l.rec and {visible(view)}"""
    return {(row[0], row[1]): _brought(row[2:]) for row in tx.rows(sql, params_of(view, records=wanted))}


def brought_by(tx: Tx, versions: Collection[int]) -> dict[int, Brought]:
    """What is behind versions; ask only for those that may be seen."""
    wanted = orjson.dumps(sorted(versions)).decode()
    sql = f"""select v.id, {_COLUMNS} from json_each(?) j cross join version v left join run r on r.id = v.run
where v.id = j.value"""
    return {row[0]: _brought(row[1:]) for row in tx.rows(sql, (wanted,))}
