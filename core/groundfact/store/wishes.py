"""Which sources are wished to be read ahead of their turn, and which could not be read when last tried."""

from __future__ import annotations

from collections.abc import Iterable

from groundfact.store.asof import still_counts
from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import RefreshWish

__all__ = ["failed_since", "wish", "wishes"]

_FAILED = ("failed", "crashed")


def wish(tx: Tx, workspace: int, sources: Iterable[str], now: int) -> None:
    """Wish that sources be read again; one that is wished already and was not read since is left alone."""
    last = "select max(started_at) from run where workspace = excluded.workspace and source = excluded.source"
    again = f""" on conflict (workspace, source) do update set at = excluded.at
where refresh_wish.at < ({last})"""
    for source in sorted(sources):
        tx.run(insert(RefreshWish) + again, (workspace, source, now))


def wishes(tx: Tx, workspace: int) -> dict[str, int]:
    """Since when each source is wished to be read again; one that was read since is among them, too."""
    return dict(tx.rows("select source, at from refresh_wish where workspace = ?", (workspace,)))


def failed_since(tx: Tx, workspace: int, source: str, now: int, known_at: int | None) -> int | None:
    """When the last run of a source that was over by `now` began, if it failed; None where it did not.

    A run that was undone by the commit `known_at` never was.
    """
    # Runs are in the order of their ids: the walk ends at the first row of this source.
    sql = f"""select status, started_at from run where workspace = ? and source = ? and finished_at <= ?
and {still_counts("run", known_at)} order by id desc limit 1"""
    row = tx.one(sql, (workspace, source, now))
    return int(row[1]) if row and row[0] in _FAILED else None
