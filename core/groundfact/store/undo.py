"""Taking back what a source or a run brought: its versions stay as history, and count for nothing any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.store.asof import since
from groundfact.store.engine import Tx
from groundfact.store.registry import StreamRow
from groundfact.store.runs import drop_checkpoint
from groundfact.store.statements import insert
from groundfact.store.tables import SourceVersion, UndoneVersion

__all__ = [
    "LaterRun",
    "Told",
    "bury",
    "close_runs",
    "each_told",
    "later_runs",
    "mark_undone",
    "restore",
    "run_of",
    "untie",
    "versions_of",
]

UNDONE = "undone"
"""Why a record is gone for the moment in which its links and facts are worked out anew."""
_COLUMNS = [c.name for c in SourceVersion.__table__.columns if c.name != "id"]  # type: ignore[attr-defined]


class LaterRun(NamedTuple):
    """A run that may rest on an earlier one."""

    id: int
    started_at: int


def run_of(tx: Tx, workspace: int, run: int) -> tuple[str, bool] | None:
    """The source of a run, and whether it was undone."""
    row = tx.one("select source, closed_seq is not null from run where workspace = ? and id = ?", (workspace, run))
    return (row[0], bool(row[1])) if row else None


def later_runs(tx: Tx, workspace: int, source: str, run: int) -> list[LaterRun]:
    """Runs of the source after this one that brought something which still counts."""
    sql = """select r.id, r.started_at from run r where r.workspace = ? and r.source = ? and r.id > ?
and exists (select 1 from version v where v.run = r.id
and not exists (select 1 from undone_version u where u.version = v.id)) order by r.id"""
    return [LaterRun(*row) for row in tx.rows(sql, (workspace, source, run))]


def versions_of(tx: Tx, streams: Sequence[StreamRow], run: int | None) -> list[tuple[int, int, str]]:
    """The versions (id, stream, record) of a source that still count; only those of one run, where it is named."""
    sql = """select v.id, v.stream, v.rec from json_each(:streams) j cross join version v
where v.stream = j.value and (:run is null or v.run = :run)
and not exists (select 1 from undone_version u where u.version = v.id) order by v.id"""
    ids = orjson.dumps([row.id for row in streams]).decode()
    return [(row[0], row[1], row[2]) for row in tx.rows(sql, {"streams": ids, "run": run})]


def mark_undone(tx: Tx, workspace: int, versions: Collection[int], seq: int) -> None:
    """Close versions, and take them out of their records' history."""
    tx.many("update version set closed_seq = ? where id = ? and closed_seq is null", [(seq, v) for v in versions])
    tx.many(insert(UndoneVersion, without_id=False), [(version, workspace, seq) for version in versions])


def restore(tx: Tx, records: Collection[tuple[int, str]], seq: int) -> set[tuple[int, str]]:
    """Believe again what records said before: their newest version that counts, written anew.

    The records of which anything is believed then.
    """
    wanted = orjson.dumps(sorted(records)).decode()
    # A late version was opened and closed by one commit: it was history from the first, never what was believed.
    names = ", ".join(_COLUMNS)
    anew = ", ".join({"seq": "?", "closed_seq": "null"}.get(name, f"v.{name}") for name in _COLUMNS)
    sql = f"""insert into version ({names}) select {anew} from version v where v.id in (
select max(o.id) from json_each(?) j cross join version o
where o.stream = json_extract(j.value, '$[0]') and o.rec = json_extract(j.value, '$[1]')
and (o.closed_seq is null or o.closed_seq <> o.seq)
and not exists (select 1 from undone_version u where u.version = o.id) group by o.stream, o.rec)
and v.closed_seq is not null"""
    tx.run(sql, (seq, wanted))
    sql = """select v.stream, v.rec from json_each(?) j cross join version v
where v.stream = json_extract(j.value, '$[0]') and v.rec = json_extract(j.value, '$[1]') and v.closed_seq is null"""
    return {(stream, rec) for stream, rec in tx.rows(sql, (wanted,))}


def bury(tx: Tx, records: Collection[tuple[int, str]], seq: int, now: int) -> list[int]:
    """Tombstones for records of which nothing is left, so that what hangs on them is worked out anew."""
    ids = []
    for stream, rec in sorted(records):
        sql = """insert into version (workspace, stream, rec, labels, hash, payload, attributes, gone, observed_at, run,
seq) select workspace, stream, rec, labels, x'00', '{}', '{}', ?, ?, run, ? from version
where stream = ? and rec = ? order by id desc limit 1"""
        ids.append(tx.insert(sql, (UNDONE, now, seq, stream, rec)))
    return ids


def untie(tx: Tx, streams: Sequence[StreamRow], run: int | None, seq: int) -> None:
    """Forget where to go on, what was confirmed and what was rejected, so that the next sync reads it all again."""
    sql = f"""delete from confirmation where stream = ?1 and (?2 is null
or {since("confirmation", "(select r.after from run r where r.id = ?2)")})"""
    for stream in streams:
        drop_checkpoint(tx, stream.id)
        # The next sync reads what is stored as if by another mapping, and so comes to what today's says.
        tx.run("update stream set mapping = '' where id = ?", (stream.id,))
        # How far it had been read is history: how fresh a value was then rests on it.
        read = "update stream_pass set closed_seq = ?3 where stream = ?1 and closed_seq is null"
        tx.run(f"{read} and (?2 is null or run = ?2)", (stream.id, run, seq))
        tx.run("delete from reject where stream = ?1 and (?2 is null or run = ?2)", (stream.id, run))
        tx.run(sql, (stream.id, run))


def close_runs(tx: Tx, workspace: int, source: str, run: int | None, seq: int) -> None:
    """Say of the runs themselves that they were undone."""
    sql = """update run set closed_seq = ?4 where workspace = ?1 and source = ?2 and (?3 is null or id = ?3)
and closed_seq is null"""
    tx.run(sql, (workspace, source, run, seq))


class Told(NamedTuple):
    """A version of something that people told."""

    id: int
    stream: int
    rec: str
    about: Sequence[str]
    """The records, or the scopes, that it hangs on."""
    marks: Mapping[str, Any]


def each_told(tx: Tx, workspace: int) -> Iterator[Told]:
    """What people and copilots told about something, as far as it is believed."""
    sql = """select v.id, v.stream, v.rec, v.about, json_extract(v.attributes, '$."@"') from version v
join stream s on s.id = v.stream where v.workspace = ? and v.closed_seq is null and v.gone is null
and v.about is not null and (s.source = 'people' or s.source like 'copilot:%')"""
    for version, stream, rec, about, marks in tx.rows(sql, (workspace,)):
        yield Told(version, stream, rec, orjson.loads(about), orjson.loads(marks) if marks else {})
