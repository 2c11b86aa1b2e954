"""Forgetting a source that is no longer configured."""

from __future__ import annotations

from collections.abc import Collection

from groundfact.model.voices import is_voice
from groundfact.store import registry, runs
from groundfact.store.engine import Tx
from groundfact.store.listing import record_counts

__all__ = ["orphans", "prune_source"]


def orphans(tx: Tx, workspace: int, configured: Collection[str]) -> list[str]:
    """Sources of which something is remembered although they are not configured any more."""
    counts = record_counts(tx, workspace)
    found = {row.source for row in registry.streams(tx, workspace) if counts.get(row.id) and not is_voice(row.source)}
    return sorted(found.difference(configured))


def prune_source(tx: Tx, workspace: int, source: str, now: int) -> int:
    """Close everything a source said: it becomes history and takes part in nothing; the number of records."""
    streams = [row.id for row in registry.streams(tx, workspace) if row.source == source]
    seq = registry.next_seq(tx, workspace, now)
    count = 0
    for stream in streams:
        rows = tx.rows(
            """select id, rec, labels, asserted_at, run from version
where stream = ? and closed_seq is null and gone is null""",
            (stream,),
        )
        tx.many("update version set closed_seq = ? where id = ?", [(seq, row[0]) for row in rows])
        tx.many(
            """insert into version (workspace, stream, rec, labels, hash, payload, attributes, gone, asserted_at,
observed_at, run, seq) values (?, ?, ?, ?, x'00', '{}', '{}', 'pruned', ?, ?, ?, ?)""",
            [(workspace, stream, rec, labels, at, now, run, seq) for _, rec, labels, at, run in rows],
        )
        runs.drop_checkpoint(tx, stream)
        tx.run("delete from stream_pass where stream = ?", (stream,))
        count += len(rows)
    runs.audit(tx, workspace, now, "operator", "prune", source, f"{count} records")
    return count
