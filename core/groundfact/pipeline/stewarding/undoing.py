"""`undo`: the memory as if a source, or its latest run, had never been read. What was believed stays as history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from groundfact.errors import UnknownName, UsageError
from groundfact.model.scopes import record_scope
from groundfact.model.times import iso
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.claims import is_of
from groundfact.pipeline.identity.members import attached_to
from groundfact.store import registry, runs, undo
from groundfact.store.engine import Tx
from groundfact.store.listing import last_version
from groundfact.store.registry import StreamRow
from groundfact.store.undo import later_runs, run_of, versions_of

__all__ = ["Undoing", "planned", "undone"]


_LAST = 2**62
"""No store counts further."""
_ATTACHED, _OF_RECORD = "@", "record|"
"""Begins of what a statement hangs on where that is a record."""


class Undoing(NamedTuple):
    """What an undo takes back."""

    source: str
    run: int | None
    streams: tuple[StreamRow, ...]
    versions: tuple[tuple[int, int, str], ...]

    @property
    def records(self) -> set[tuple[int, str]]:
        """The records that it touches."""
        return {(stream, rec) for _, stream, rec in self.versions}


def planned(tx: Tx, workspace: int, source: str | None, run: int | None) -> Undoing:
    """What would be taken back. Raises UsageError where later runs rest on the one that is named."""
    if (source is None) == (run is None):
        raise UsageError("undo a source or a run", hint="--source NAME, or --run N")
    if run is not None:
        source = _source_of(tx, workspace, run)
    rows = tuple(row for row in registry.streams(tx, workspace) if row.source == source)
    if source is None or not rows:
        known = sorted({row.source for row in registry.streams(tx, workspace)})
        raise UnknownName(
            f"nothing is stored of a source {source!r}", near=known, hint=f"there are: {', '.join(known)}"
        )
    return Undoing(source, run, rows, tuple(versions_of(tx, rows, run)))


def _source_of(tx: Tx, workspace: int, run: int) -> str:
    found = run_of(tx, workspace, run) if run <= _LAST else None
    if found is None:
        raise UnknownName(f"there is no run {run}", hint="`groundfact status --runs 20` lists them")
    source, over = found
    if over:
        raise UsageError(f"run {run} of {source} was undone before", hint="`groundfact sync` reads the source again")
    later = later_runs(tx, workspace, source, run)
    if later:
        named = ", ".join(f"{one.id} ({iso(one.started_at)})" for one in later)
        hint = f"undo the latest first: `groundfact undo --run {later[-1].id}`, or all of it: `--source {source}`"
        raise UsageError(f"later runs of {source} rest on run {run}: {named}", hint=hint)
    return source


def undone(tx: Tx, workspace: int, undoing: Undoing, now: int, derive: Callable[[int], None]) -> tuple[int, int]:
    """Take it back within one commit; `derive` works out links, facts and passages above a version.

    How many records say again what they said before, and how much of what people told went with the others.
    """
    before = last_version(tx, workspace)
    seq = registry.next_seq(tx, workspace, now)
    undo.mark_undone(tx, workspace, [version for version, _, _ in undoing.versions], seq)
    left = undo.restore(tx, undoing.records, seq) if undoing.run is not None else set()
    gone = undoing.records - left
    told = _told_about(tx, workspace, undoing.streams, gone)
    undo.mark_undone(tx, workspace, [one.id for one in told], seq)
    tombs = undo.bury(tx, gone | {(one.stream, one.rec) for one in told}, seq, now)
    undo.untie(tx, undoing.streams, undoing.run, seq)
    derive(before)
    # A record that never came is not one that went.
    undo.mark_undone(tx, workspace, tombs, registry.next_seq(tx, workspace, now))
    undo.close_runs(tx, workspace, undoing.source, undoing.run, seq)
    what = f"run {undoing.run}" if undoing.run is not None else "all runs"
    detail = f"{what}: {len(undoing.versions)} versions of {len(undoing.records)} records"
    runs.audit(tx, workspace, now, "operator", "undo", undoing.source, detail)
    return len(left), len(told)


def _told_about(
    tx: Tx, workspace: int, streams: Sequence[StreamRow], gone: Collection[tuple[int, str]]
) -> list[undo.Told]:
    """What people told about records that are gone and about nothing else, or that rests on what those said."""
    rows = {row.id: row for row in streams}
    lost = {attached_to(stream, rec) for stream, rec in gone}
    lost |= {record_scope(rows[s].source, rows[s].name, rec) for s, rec in gone if s in rows}
    found = []
    for one in undo.each_told(tx, workspace):
        on = [name for name in one.about if _is_record(name)]
        rests = _rests_on(one, rows)
        if on and (lost.issuperset(on) or (rests and lost.issuperset(rests))):
            found.append(one)
    return found


def _is_record(name: str) -> bool:
    """Whether this names a record of a system: a text hangs on what is told and on keys, too, and those are nobody."""
    if name.startswith(_OF_RECORD):
        return not is_voice(name.removeprefix(_OF_RECORD).partition("/")[0])
    return name.startswith(_ATTACHED)


def _rests_on(told: undo.Told, rows: Mapping[int, StreamRow]) -> list[str]:
    """Of a pin of what a source said, or a value of it that was set aside: the source's records that it hangs on."""
    of = told.marks.get("pin") or told.marks.get("ignore", {}).get("of")
    found = []
    for name in told.about if of else ():
        stream, _, rec = name.removeprefix(_ATTACHED).partition("/")
        row = rows.get(int(stream))
        if row is not None and is_of(of, row.source, row.name, rec):
            found.append(name)
    return found
