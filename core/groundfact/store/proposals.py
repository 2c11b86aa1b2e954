"""Records that look alike, for a person to decide on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import Proposal

__all__ = ["ProposalRow", "open_proposals", "proposals_of", "write_proposals"]

RecordId = tuple[int, str]


class ProposalRow(NamedTuple):
    """Two records that look alike; each is found by the digest of what was compared."""

    one_profile: str
    other_profile: str
    one_stream: int
    one_rec: str
    other_stream: int
    other_rec: str
    score: int
    """In thousandths."""
    evidence: tuple[str, ...]

    @property
    def one(self) -> RecordId:
        """The first record."""
        return (self.one_stream, self.one_rec)

    @property
    def other(self) -> RecordId:
        """The other record."""
        return (self.other_stream, self.other_rec)


_ROW = "p.one_profile, p.other_profile, p.one_stream, p.one_rec, p.other_stream, p.other_rec, p.score, p.evidence"


def proposals_of(tx: Tx, workspace: int, kind: str, profiles: Collection[str]) -> dict[ProposalRow, int]:
    """The current proposals around some profiles, with their numbers."""
    wanted = orjson.dumps(sorted(profiles)).decode()
    sql = " union ".join(
        f"""select {_ROW}, p.id from json_each(:profiles) j cross join proposal p
where p.workspace = :ws and p.kind = :kind and p.{side} = j.value and p.closed_seq is null"""
        for side in ("one_profile", "other_profile")
    )
    rows = tx.rows(sql, {"profiles": wanted, "ws": workspace, "kind": kind})
    return {_row(row): row[8] for row in rows}


def open_proposals(tx: Tx, workspace: int, kind: str) -> list[ProposalRow]:
    """What waits for a decision."""
    sql = f"select {_ROW} from proposal p where p.workspace = ? and p.kind = ? and p.closed_seq is null"
    return [_row(row) for row in tx.rows(sql, (workspace, kind))]


def write_proposals(
    tx: Tx, workspace: int, kind: str, seq: int, old: Iterable[int], new: Iterable[ProposalRow]
) -> None:
    """Close proposals by number and open others."""
    tx.many("update proposal set closed_seq = ? where id = ?", [(seq, number) for number in old])
    rows = [(workspace, kind, *row[:7], orjson.dumps(row.evidence).decode(), seq, None) for row in new]
    tx.many(insert(Proposal), rows)


def _row(row: Sequence[Any]) -> ProposalRow:
    return ProposalRow._make([*row[:7], tuple(orjson.loads(row[7]))])
