"""Runs, checkpoints, passes, rejects, leases, the audit and marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import orjson

from groundfact.errors import Busy
from groundfact.model import Cursor
from groundfact.model.times import iso
from groundfact.store.asof import believed, still_counts
from groundfact.store.engine import Tx
from groundfact.store.registry import latest_seq
from groundfact.store.statements import insert, insert_or_replace
from groundfact.store.tables import Audit, Checkpoint, Lease, Mark, RejectedRow, Run, StreamPass

__all__ = [
    "CheckpointRow",
    "KeptReject",
    "RunRow",
    "audit",
    "begin_run",
    "check_lease",
    "checkpoint",
    "close_abandoned",
    "drop_checkpoint",
    "drop_older_rejects",
    "end_run",
    "keep_rejects",
    "last_pass",
    "last_rejects",
    "last_runs",
    "lease_holder",
    "mark",
    "pass_done",
    "reject_counts",
    "release",
    "save_checkpoint",
    "set_mark",
    "take_lease",
]

LEASE_MS = 300_000
"""A lease that nobody renews is free after five minutes; each page renews it."""


class CheckpointRow(NamedTuple):
    """Where a stream goes on."""

    cursor: Cursor
    mode: str
    complete: bool
    began: int
    """The run that began the read."""


class RunRow(NamedTuple):
    """A finished or running sync of a source."""

    id: int
    source: str
    started_at: int
    finished_at: int | None
    status: str
    counts: Mapping[str, int]
    error: str | None


def begin_run(tx: Tx, workspace: int, source: str, now: int) -> int:
    """Open a run."""
    return tx.insert(insert(Run), (workspace, source, now, None, "running", "{}", None, latest_seq(tx), None))


def close_abandoned(tx: Tx, workspace: int, source: str, now: int) -> None:
    """Runs that a crash left open; whoever holds the lease knows that nobody works on them."""
    sql = """update run set status = 'crashed', finished_at = ?, error = 'the process ended before the run did'
where workspace = ? and source = ? and status = 'running'"""
    tx.run(sql, (now, workspace, source))


def end_run(tx: Tx, run: int, now: int, status: str, counts: Mapping[str, int], error: str | None) -> None:
    """Close a run: `done`, `partial` (something was held back or rejected a stream) or `failed`."""
    sql = "update run set finished_at = ?, status = ?, counts = ?, error = ? where id = ?"
    tx.run(sql, (now, status, orjson.dumps(dict(counts)).decode(), error, run))


def last_runs(
    tx: Tx, workspace: int, each: int = 1, past: int | None = None, known_at: int | None = None
) -> list[RunRow]:
    """The latest runs of every source; `past`: of those that had begun by that instant, as they stood then.

    One that was undone by the commit `known_at` says so.
    """
    sql = f"""select id, source, started_at, finished_at, status, counts, error, {still_counts("r", known_at)} from (
select *, row_number() over (partition by source order by id desc) as nth from run
where workspace = ? and started_at <= ?) r where nth <= ? order by source, id desc"""
    until = 2**62 if past is None else past
    found = []
    for number, source, started, finished, status, counts, error, stands in tx.rows(sql, (workspace, until, each)):
        if finished is not None and finished > until:
            # What came of it nobody knew yet.
            finished, status, counts, error = None, "running", "{}", None
        elif not stands:
            status = "undone"
        found.append(RunRow(number, source, started, finished, status, orjson.loads(counts), error))
    return found


def checkpoint(tx: Tx, stream: int) -> CheckpointRow | None:
    """Where a stream goes on; None before its first page."""
    row = tx.one("select cursor, mode, complete, began from checkpoint where stream = ?", (stream,))
    return CheckpointRow(Cursor.model_validate_json(row[0]), row[1], bool(row[2]), row[3]) if row else None


def save_checkpoint(tx: Tx, workspace: int, stream: int, place: CheckpointRow, seq: int) -> None:
    """Remember where to go on, in the transaction of the records the cursor covers."""
    row = (stream, workspace, place.cursor.model_dump_json(), place.mode, place.complete, place.began, seq)
    tx.run(insert_or_replace(Checkpoint), row)


def drop_checkpoint(tx: Tx, stream: int) -> None:
    """Let the next run read a stream from its beginning."""
    tx.run("delete from checkpoint where stream = ?", (stream,))


def pass_done(tx: Tx, workspace: int, stream: int, run: int, mode: str, until: int, seq: int) -> None:
    """A stream was read completely up to `until`."""
    tx.run(insert(StreamPass), (workspace, stream, run, mode, until, seq, None))


def last_pass(tx: Tx, stream: int, mode: str) -> int | None:
    """When the last complete read of a mode was."""
    sql = f"select max(until) from stream_pass p where stream = ? and mode = ? and {believed('p', None)}"
    row = tx.one(sql, (stream, mode))
    return int(row[0]) if row and row[0] is not None else None


def keep_rejects(
    tx: Tx, workspace: int, stream: int, run: int, now: int, rows: Sequence[tuple[str | None, bytes, str]]
) -> None:
    """Keep rejects (record, raw, error); one that is already kept is not kept twice, only met again by this run."""
    values = []
    for rec, raw, error in rows:
        digest = blake2b(b"\0".join(((rec or "").encode(), error.encode(), raw)), digest_size=16).digest()
        values.append((workspace, stream, rec, error, raw[:65_536], digest, run, now))
    if values:
        again = " on conflict (stream, digest) do update set run = excluded.run"
        tx.many(insert(RejectedRow) + again, values)


def drop_older_rejects(tx: Tx, stream: int, run: int) -> None:
    """After a complete full read that this run began: what it did not reject again is mended or gone."""
    tx.run("delete from reject where stream = ? and run < ?", (stream, run))


def reject_counts(tx: Tx, workspace: int) -> dict[int, int]:
    """Kept rejects by stream."""
    return dict(tx.rows("select stream, count(*) from reject where workspace = ? group by stream", (workspace,)))


class KeptReject(NamedTuple):
    """A row or value that could not be taken."""

    source: str
    stream: str
    record: str | None
    error: str
    value: str
    """What could not be read, its beginning."""
    at: int


def last_rejects(tx: Tx, workspace: int, most: int) -> list[KeptReject]:
    """The rejects that were kept or met last."""
    sql = """select s.source, s.name, r.rec, r.error, substr(r.raw, 1, 200), r.at
from reject r join stream s on s.id = r.stream where r.workspace = ? order by r.run desc, r.id desc limit ?"""
    return [
        KeptReject(source, stream, rec, error, bytes(raw).decode("utf-8", "replace"), at)
        for source, stream, rec, error, raw, at in tx.rows(sql, (workspace, most))
    ]


def take_lease(tx: Tx, workspace: int, name: str, holder: str, now: int, *, holder_lives: bool) -> int:
    """Become the only one who may do `name`; the fencing token. Raises Busy while somebody else holds it."""
    row = tx.one("select holder, token, until from lease where workspace = ? and name = ?", (workspace, name))
    if row and row[0] and row[2] > now and holder_lives:
        hint = f"wait for it; a crashed holder loses the lease at {iso(row[2])}"
        raise Busy(f"{name} is being synced by {row[0]}", hint=hint)
    token = int(row[1]) + 1 if row else 1
    tx.run(insert_or_replace(Lease), (workspace, name, holder, token, now + LEASE_MS))
    return token


def lease_holder(tx: Tx, workspace: int, name: str) -> str | None:
    """Who holds a lease, alive or not."""
    row = tx.one("select holder from lease where workspace = ? and name = ?", (workspace, name))
    return str(row[0]) if row and row[0] else None


def check_lease(tx: Tx, workspace: int, name: str, token: int, now: int) -> None:
    """Renew a lease inside a commit; raises Busy where another holder has taken it since."""
    sql = "update lease set until = ? where workspace = ? and name = ? and token = ?"
    if tx.run(sql, (now + LEASE_MS, workspace, name, token)) != 1:
        raise Busy(
            f"{name}: another worker took over while this one was away",
            hint="nothing was lost; it goes on there",
        )


def release(tx: Tx, workspace: int, name: str, token: int) -> bool:
    """Give a lease back; False where another holder has taken it since."""
    sql = "update lease set holder = '', until = 0 where workspace = ? and name = ? and token = ?"
    return tx.run(sql, (workspace, name, token)) == 1


def audit(tx: Tx, workspace: int, now: int, principal: str, action: str, subject: str, detail: str = "") -> None:
    """Write down who did what to which thing; ids and counts only, never a value."""
    tx.run(insert(Audit), (workspace, now, principal, action, subject, detail))


def mark(tx: Tx, workspace: int, stage: str) -> tuple[int, str]:
    """How far a derived stage has got, and with which rules."""
    row = tx.one("select version, digest from mark where workspace = ? and stage = ?", (workspace, stage))
    return (int(row[0]), str(row[1])) if row else (0, "")


def set_mark(tx: Tx, workspace: int, stage: str, version: int, digest: str) -> None:
    """Remember how far a derived stage has got; writes nothing where that is known."""
    if mark(tx, workspace, stage) != (version, digest):
        tx.run(insert_or_replace(Mark), (workspace, stage, version, digest))


def move_mark(tx: Tx, workspace: int, stage: str, before: int, version: int, digest: str) -> bool:
    """Move the mark of a stage on from where it stood with these rules; where it stands elsewhere, it stays: False."""
    sql = "update mark set version = ? where workspace = ? and stage = ? and version = ? and digest = ?"
    return tx.run(sql, (version, workspace, stage, before, digest)) == 1
