"""Small things that get numbers: the workspace, its streams, label sets and commits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, NamedTuple

from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import LabelSet, Stream, Workspace

__all__ = [
    "EVERYBODY",
    "Giver",
    "LabelRow",
    "StreamRow",
    "alike",
    "belief_at",
    "commit_time",
    "ensure_workspace",
    "forget_seq",
    "label_set",
    "label_sets",
    "latest_seq",
    "newest",
    "next_seq",
    "public_label_sets",
    "set_reading",
    "stream_id",
    "streams",
    "visible_label_sets",
    "workspace_id",
    "workspace_name",
]

EVERYBODY = "workspace"
"""The label that every principal of the workspace holds."""
Giver = Literal["source", "mapping", "default"]
"""Who said who may see a record: its source, its mapping, or nobody but the YAML's `access:`."""


class StreamRow(NamedTuple):
    """A stream as the store knows it."""

    id: int
    source: str
    name: str
    kind: str
    confirms: str
    mapping: str
    labels: int = 0


class LabelRow(NamedTuple):
    """A set of labels, and who gave it."""

    labels: frozenset[str]
    giver: Giver

    def widens(self, before: LabelRow) -> bool:
        """Whether somebody may see what carries this who could not see it before."""
        return EVERYBODY not in before.labels and not self.labels <= before.labels


def workspace_name(tx: Tx, workspace: int) -> str:
    """What a workspace is called."""
    row = tx.one("select name from workspace where id = ?", (workspace,))
    return str(row[0]) if row else ""


def workspace_id(tx: Tx, name: str) -> int | None:
    """The number of a workspace; None before its first sync."""
    row = tx.one("select id from workspace where name = ?", (name,))
    return int(row[0]) if row else None


def ensure_workspace(tx: Tx, name: str) -> int:
    """The number of a workspace, given now where it is new."""
    found = workspace_id(tx, name)
    return found if found is not None else tx.insert(insert(Workspace), (name,))


def next_seq(tx: Tx, workspace: int, now: int) -> int:
    """Begin a commit: the next tick of belief time."""
    return tx.insert("insert into belief_commit (workspace, at) values (?, ?)", (workspace, now))


def latest_seq(tx: Tx) -> int:
    """The last commit."""
    row = tx.one("select max(seq) from belief_commit")
    return int(row[0] or 0) if row else 0


def belief_at(tx: Tx, workspace: int, at: int) -> int:
    """The last commit at or before a wall-clock instant; 0 where there was none yet."""
    row = tx.one("select max(seq) from belief_commit where workspace = ? and at <= ?", (workspace, at))
    return int(row[0] or 0) if row else 0


def commit_time(tx: Tx, seq: int) -> int | None:
    """The wall clock of a commit."""
    row = tx.one("select max(at) from belief_commit where seq <= ?", (seq,))
    return int(row[0]) if row and row[0] is not None else None


def streams(tx: Tx, workspace: int) -> list[StreamRow]:
    """Every stream ever read, also of sources that the YAML no longer has."""
    sql = """select id, source, name, kind, confirms, mapping, labels from stream where workspace = ?
order by source, name"""
    return [StreamRow(*row) for row in tx.rows(sql, (workspace,))]


def newest(tx: Tx, workspace: int) -> tuple[int, int]:
    """The last stream and the last set of labels that got a number; 0 before the first."""
    sql = """select (select max(id) from stream where workspace = ?1),
(select max(id) from label_set where workspace = ?1)"""
    row = tx.one(sql, (workspace,)) or (0, 0)
    return int(row[0] or 0), int(row[1] or 0)


def stream_id(tx: Tx, workspace: int, source: str, name: str, kind: str, confirms: str, mapping: str) -> int:
    """The number of a stream, given now where it is new."""
    sql = "select id, confirms from stream where workspace = ? and source = ? and name = ?"
    row = tx.one(sql, (workspace, source, name))
    if row is None:
        return tx.insert(insert(Stream), (workspace, source, name, kind, confirms, mapping, 0))
    if row[1] != confirms:
        tx.run("update stream set confirms = ? where id = ?", (confirms, row[0]))
    return int(row[0])


def set_reading(tx: Tx, stream: int, mapping: str, labels: int) -> None:
    """Remember with which mapping and default labels a stream's current versions were read."""
    sql = "update stream set mapping = ?1, labels = ?2 where id = ?3 and (mapping <> ?1 or labels <> ?2)"
    tx.run(sql, (mapping, labels, stream))


def label_set(tx: Tx, workspace: int, labels: Iterable[str], giver: Giver = "default") -> int:
    """The number of a set of labels from one giver: what the YAML says may change, what a source says stays."""
    text = json.dumps(sorted(set(labels)))
    sql = "select id from label_set where workspace = ? and labels = ? and giver = ?"
    row = tx.one(sql, (workspace, text, giver))
    return int(row[0]) if row else tx.insert(insert(LabelSet), (workspace, text, giver))


def label_sets(tx: Tx, workspace: int) -> dict[int, LabelRow]:
    """Every set of labels, by number."""
    rows = tx.rows("select id, labels, giver from label_set where workspace = ?", (workspace,))
    return {int(number): LabelRow(frozenset(json.loads(labels)), giver) for number, labels, giver in rows}


def alike(tx: Tx, workspace: int) -> dict[int, int]:
    """Every set of labels, by number, and the first that has the same labels, whoever gave them."""
    sql = """select l.id, (select min(o.id) from label_set o where o.workspace = l.workspace and o.labels = l.labels)
from label_set l where l.workspace = ?"""
    return dict(tx.rows(sql, (workspace,)))


def visible_label_sets(tx: Tx, workspace: int, held: frozenset[str]) -> list[int]:
    """The label sets of which a principal holds at least one label."""
    rows = tx.rows("select id, labels from label_set where workspace = ? order by id", (workspace,))
    return [int(number) for number, labels in rows if not held.isdisjoint(json.loads(labels))]


def public_label_sets(tx: Tx, workspace: int) -> list[int]:
    """The label sets that everybody in the workspace may see."""
    return visible_label_sets(tx, workspace, frozenset((EVERYBODY,)))


def forget_seq(tx: Tx, seq: int) -> None:
    """Take back the number of a commit that turned out to change nothing, before it is committed."""
    tx.run("delete from belief_commit where seq = ?", (seq,))
