"""The history from which lifetimes are learnt, and what was learnt."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import orjson

from groundfact.store.asof import written
from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import LearntLifetimes

__all__ = ["Said", "keep_learnt", "learnt", "said_by"]


class Said(NamedTuple):
    """What a record said from some time on."""

    rec: str
    at: int
    """By the source's own stamp; without one, when it was first seen."""
    observed_at: int
    payload: str
    attributes: str
    gone: bool
    confirmed_at: int | None


def said_by(tx: Tx, stream: int, labels: Collection[int]) -> Iterator[Said]:
    """Every version of a stream's records that carries one of the label sets, record by record, oldest first.

    Where a record was put out of their sight it is gone, as to everybody else who may not see it.
    """
    sql = """select v.rec, coalesce(v.asserted_at, v.observed_at) as at, v.observed_at, v.payload, v.attributes,
v.gone is not null, (select max(c.verified_at) from confirmation c where c.stream = v.stream and c.rec = v.rec
and c.hash = v.hash), v.labels in (select value from json_each(?))
from version v where v.stream = ?
and not exists (select 1 from undone_version u where u.version = v.id) order by v.rec, at, v.id"""
    before: Said | None = None
    for *said, shown in tx.each(sql, (orjson.dumps(sorted(labels)).decode(), stream)):
        one = Said(*said)
        if shown:
            before = one._replace(gone=bool(one.gone))
        elif before is not None and before.rec == one.rec and not before.gone:
            before = one._replace(gone=True)
        else:
            continue
        yield before


def learnt(tx: Tx, workspace: int, known_at: int | None) -> str:
    """The document that was learnt last, as known at a commit; empty before the first."""
    sql = (
        f"select document from learnt_lifetimes t where workspace = ? and {written('t', '?')} order by seq desc limit 1"
    )
    row = tx.one(sql, (workspace, 2**62 if known_at is None else known_at))
    return str(row[0]) if row else ""


def keep_learnt(tx: Tx, workspace: int, seq: int, document: str) -> None:
    """Remember what was learnt, from a commit on."""
    tx.run(insert(LearntLifetimes), (workspace, seq, document))
