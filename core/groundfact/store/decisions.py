"""What people decided about which records are the same: appended and closed, never edited."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import orjson

from groundfact.store.asof import believed
from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import LinkDecision

__all__ = ["APART", "DecisionRow", "append_decision", "close_decisions", "decisions_of", "decisions_on"]

RecordId = tuple[int, str]
APART = "apart"
"""The verb of a decision that two records are not the same."""


class DecisionRow(NamedTuple):
    """That two records are the same, or that one is not what the other is."""

    id: int
    verb: str
    """`merge`, `unmerge` or `apart`."""
    stream: int
    rec: str
    other_stream: int
    other_rec: str
    author: str
    reason: str
    at: int

    @property
    def sides(self) -> tuple[RecordId, RecordId]:
        """Both records."""
        return (self.stream, self.rec), (self.other_stream, self.other_rec)


_ROW = "d.id, d.verb, d.stream, d.rec, d.other_stream, d.other_rec, d.author, d.reason, d.at"


def decisions_of(tx: Tx, workspace: int, kind: str) -> list[DecisionRow]:
    """All that hold now."""
    sql = f"""select {_ROW} from link_decision d where d.workspace = ? and d.kind = ? and d.closed_seq is null
order by d.id"""
    return [DecisionRow(*row) for row in tx.rows(sql, (workspace, kind))]


def decisions_on(tx: Tx, workspace: int, records: Collection[RecordId], known_at: int | None) -> list[DecisionRow]:
    """Those about any of the records, as they were believed at a commit."""
    wanted = orjson.dumps(sorted(records)).decode()
    sql = f"""select distinct {_ROW} from json_each(:records) j cross join link_decision d where d.workspace = :ws
and ((d.stream = json_extract(j.value, '$[0]') and d.rec = json_extract(j.value, '$[1]'))
or (d.other_stream = json_extract(j.value, '$[0]') and d.other_rec = json_extract(j.value, '$[1]')))
and {believed("d", known_at)} order by d.id"""
    return [DecisionRow(*row) for row in tx.rows(sql, {"records": wanted, "ws": workspace})]


def append_decision(
    tx: Tx, workspace: int, kind: str, seq: int, verb: str, one: RecordId, other: RecordId, said: tuple[str, str, int]
) -> None:
    """Write one down; `said` is the author, the reason and the time."""
    tx.run(insert(LinkDecision), (workspace, kind, verb, *one, *other, *said, seq, None))


def close_decisions(tx: Tx, seq: int, numbers: Iterable[int]) -> None:
    """End some: they stay history."""
    tx.many("update link_decision set closed_seq = ? where id = ?", [(seq, number) for number in numbers])
