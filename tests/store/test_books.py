"""The books of a sync: leases, checkpoints, rejects, passes, marks, runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from groundfact.errors import Busy
from groundfact.model import Cursor
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.store.runs import LEASE_MS


def _take(store: Store, workspace: int, who: str, now: int, lives: bool = True) -> int:
    with store.writing() as tx:
        return runs.take_lease(tx, workspace, "crm", who, now, holder_lives=lives)


def test_a_lease_has_one_holder(store: Store, workspace: int) -> None:
    """While it is held, another is refused with who holds it and until when; other names are free."""
    _take(store, workspace, "host:1:1", 0)
    with pytest.raises(Busy, match="host:1:1") as found:
        _take(store, workspace, "host:2:2", LEASE_MS - 1)
    assert "1970-01-01T00:05:00Z" in found.value.hint
    with store.writing() as tx:
        assert runs.take_lease(tx, workspace, "billing", "host:2:2", 0, holder_lives=True) == 1
        assert runs.lease_holder(tx, workspace, "crm") == "host:1:1"


@pytest.mark.parametrize(("now", "lives"), [(LEASE_MS, True), (1, False)])
def test_a_lease_passes_on(store: Store, workspace: int, now: int, lives: bool) -> None:
    """An expired lease, or that of a process which is gone, goes to the next one under a higher token."""
    first = _take(store, workspace, "a", 0)
    assert _take(store, workspace, "b", now, lives) == first + 1


def test_a_released_lease_is_free_and_tokens_only_grow(store: Store, workspace: int) -> None:
    """Giving back is at once; the next holder's token is higher; an old holder cannot give back what is not its."""
    first = _take(store, workspace, "a", 0)
    with store.writing() as tx:
        runs.release(tx, workspace, "crm", first)
        assert runs.lease_holder(tx, workspace, "crm") is None
    second = _take(store, workspace, "b", 1)
    assert second > first
    with store.writing() as tx:
        runs.release(tx, workspace, "crm", first)
        assert runs.lease_holder(tx, workspace, "crm") == "b"


def test_a_stale_token_writes_nothing(store: Store, workspace: int) -> None:
    """A worker that lost its lease is refused inside its commit: the rows it wrote before are rolled back with it."""
    old = _take(store, workspace, "a", 0)
    new = _take(store, workspace, "b", LEASE_MS)

    def commit() -> None:
        with store.writing() as tx:
            registry.next_seq(tx, workspace, 1)
            runs.audit(tx, workspace, 1, "p", "a", "s")
            runs.check_lease(tx, workspace, "crm", old, LEASE_MS + 1)

    with pytest.raises(Busy, match="another worker"):
        commit()
    with store.writing() as tx:
        assert tx.rows("select * from audit") == []
        assert registry.latest_seq(tx) == 0
        runs.check_lease(tx, workspace, "crm", new, LEASE_MS + 1)


def test_each_commit_renews_the_lease(store: Store, workspace: int) -> None:
    """A long sync keeps its lease for as long as it commits pages."""
    token = _take(store, workspace, "a", 0)
    with store.writing() as tx:
        runs.check_lease(tx, workspace, "crm", token, LEASE_MS - 1)
    with pytest.raises(Busy):
        _take(store, workspace, "b", LEASE_MS + 10)


def test_a_checkpoint_comes_back_as_it_was(store: Store, workspace: int) -> None:
    """Cursor, mode, completeness and the run that began; the last one counts."""
    cursor = Cursor(value={"page": 3, "nested": {"a": [1]}}, at=datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC), version=2)
    with store.writing() as tx:
        assert runs.checkpoint(tx, 1) is None
        runs.save_checkpoint(tx, workspace, 1, runs.CheckpointRow(Cursor(value={"page": 1}), "full", False, 1), 1)
        runs.save_checkpoint(tx, workspace, 1, runs.CheckpointRow(cursor, "increment", True, 2), 2)
        assert runs.checkpoint(tx, 1) == (cursor, "increment", True, 2)


def test_a_reject_is_kept_once(store: Store, workspace: int) -> None:
    """The same row with the same error is one reject however often it is met; another error or row is another."""
    again = ("1", b"{}", "too odd")
    with store.writing() as tx:
        for run in (1, 2, 3):
            runs.keep_rejects(tx, workspace, 1, run, run, [again, again])
        runs.keep_rejects(
            tx, workspace, 1, 3, 3, [("1", b"{}", "other"), ("2", b"{}", "too odd"), (None, b"{}", "too odd")]
        )
        assert runs.reject_counts(tx, workspace) == {1: 4}
        assert tx.rows("select run, at from reject where error = 'too odd' and rec = '1'") == [(3, 1)]


def test_what_is_mended_is_no_reject(store: Store, workspace: int) -> None:
    """After a complete read, rejects that it did not meet again go; those of other streams stay."""
    with store.writing() as tx:
        runs.keep_rejects(tx, workspace, 1, 1, 1, [("mended", b"", "e"), ("again", b"", "e")])
        runs.keep_rejects(tx, workspace, 2, 1, 1, [("elsewhere", b"", "e")])
        runs.keep_rejects(tx, workspace, 1, 2, 2, [("again", b"", "e")])
        runs.drop_older_rejects(tx, 1, 2)
        assert tx.rows("select rec from reject order by rec") == [("again",), ("elsewhere",)]


def test_a_huge_reject_is_cut(store: Store, workspace: int) -> None:
    """A reject keeps at most 64 KiB of what it was; two that differ only beyond are two."""
    with store.writing() as tx:
        runs.keep_rejects(tx, workspace, 1, 1, 1, [("1", b"x" * 100_000 + end, "e") for end in (b"a", b"b")])
        assert tx.rows("select length(raw) from reject") == [(65_536,), (65_536,)]


def test_a_crashed_run_is_closed_by_the_next_holder(store: Store, workspace: int) -> None:
    """Runs that nobody ended say so; finished ones and those of other sources are left alone."""
    with store.writing() as tx:
        crashed, ended = runs.begin_run(tx, workspace, "crm", 1), runs.begin_run(tx, workspace, "crm", 2)
        other = runs.begin_run(tx, workspace, "billing", 2)
        runs.end_run(tx, ended, 3, "done", {"new": 2}, None)
        runs.close_abandoned(tx, workspace, "crm", 9)
        told = {run.id: (run.status, run.finished_at) for run in runs.last_runs(tx, workspace, each=5)}
        assert told == {crashed: ("crashed", 9), ended: ("done", 3), other: ("running", None)}
        assert [run.id for run in runs.last_runs(tx, workspace)] == [other, ended]
        assert runs.last_runs(tx, workspace)[1].counts == {"new": 2}


def test_a_mark_is_written_only_when_it_moves(store: Store, workspace: int) -> None:
    """How far a stage has got is remembered; remembering the same again writes nothing."""
    with store.writing() as tx:
        assert runs.mark(tx, workspace, "derived") == (0, "")
        runs.set_mark(tx, workspace, "derived", 5, "rules")
    changes = []
    for number in (5, 6):
        with store.writing() as tx:
            before = tx.one("select total_changes()")
            runs.set_mark(tx, workspace, "derived", number, "rules")
            changes.append(tx.one("select total_changes()") != before)
            assert runs.mark(tx, workspace, "derived") == (number, "rules")
    assert changes == [False, True]


def test_a_pass_is_remembered_by_mode(store: Store, workspace: int) -> None:
    """The last complete read of each mode, whatever the order they were noted in."""
    with store.writing() as tx:
        for until in (10, 30, 20):
            runs.pass_done(tx, workspace, 1, 1, "full", until, until)
        assert (runs.last_pass(tx, 1, "full"), runs.last_pass(tx, 1, "increment"), runs.last_pass(tx, 2, "full")) == (
            30,
            None,
            None,
        )
