"""The engine: its pragmas, one consistent read, one writer, and what it says when it cannot."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from groundfact.errors import Busy, StoreError
from groundfact.store.engine import Store, Tx
from groundfact.store.migrate import open_store
from groundfact.store.registry import ensure_workspace, next_seq, workspace_id


def in_thread(work: Callable[[], None]) -> None:
    """Do something in a thread of its own and wait for it; what it raises is raised here."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    for error in failed:
        raise error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process's write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    yield
    other.execute("rollback")
    other.close()


def _count(tx: Tx) -> int:
    row = tx.one("select count(*) from workspace")
    assert row is not None
    return int(row[0])


def test_the_pragmas_hold_in_every_thread(store: Store) -> None:
    """WAL, synchronous=NORMAL and ten seconds of patience, on every connection, whichever thread opened it."""
    found: list[list[object]] = []

    def look() -> None:
        with store.reading() as tx:
            names = ("journal_mode", "synchronous", "busy_timeout")
            found.append([row[0] for name in names if (row := tx.one(f"pragma {name}"))])

    with store.reading():
        look()
        in_thread(look)
        with store.reading():
            in_thread(look)
    assert found == [["wal", 1, 10_000]] * 3
    assert len(store._all) == 3


def test_each_write_commits_as_it_was_asked_to(store: Store) -> None:
    """Durable or not is a matter of each write, whichever connection it gets, also while somebody reads a list."""
    found = []
    for durable in (True, False, False, True, True, False):
        with store.reading() as listing:
            with store.writing(durable=durable) as tx:
                inner = tx.one("pragma synchronous")
            with store.writing(durable=not durable) as tx:
                other = tx.one("pragma synchronous")
            assert listing.one("select 1") == (1,)
        with store.writing(durable=durable) as tx:
            found.append((inner, other, tx.one("pragma synchronous")))
    assert found == [((1 + durable,), (2 - durable,), (1 + durable,)) for durable in (1, 0, 0, 1, 1, 0)]


def test_a_write_within_a_write_is_refused(store: Store) -> None:
    """It would wait for itself; what the outer one does is committed all the same, and the next one may write."""
    with store.writing() as tx:
        ensure_workspace(tx, "outer")
        with pytest.raises(StoreError, match="within a write"), store.writing() as inner:
            ensure_workspace(inner, "inner")
        assert _count(tx) == 1
    with store.writing() as tx:
        ensure_workspace(tx, "next")
    with store.reading() as tx:
        assert _count(tx) == 2
        assert workspace_id(tx, "inner") is None


def test_what_a_write_leaves_is_told_by_its_number(store: Store) -> None:
    """After the commit, and only then, it says which state of the store it has left: the one that is read next."""
    with store.writing() as tx:
        ensure_workspace(tx, "one")
        assert (tx.state(), tx.left) == (None, None)
    with store.reading() as after:
        assert after.state() == tx.left
    with store.writing() as nothing:
        assert nothing.state() == tx.left
    assert nothing.left == tx.left


def test_a_wrong_pragma_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the pragma, what it is, what it must be, and where to keep the store instead."""
    monkeypatch.setattr("groundfact.store.engine._PRAGMAS", (("journal_mode", "walrus"),))
    with (
        pytest.raises(StoreError, match=r"journal_mode is 'delete', not 'walrus'") as found,
        Store(store.path).reading(),
    ):
        pass
    assert "local disk" in found.value.hint


def test_a_reader_sees_one_commit_while_somebody_writes(store: Store) -> None:
    """Every statement of a read sees the same commit, whatever another thread commits in between."""

    def write() -> None:
        with store.writing() as tx:
            ensure_workspace(tx, f"n{threading.get_ident()}")

    with store.reading() as tx:
        before = _count(tx)
        in_thread(write)
        assert _count(tx) == before
        with store.reading() as inner:
            assert _count(inner) == before + 1
        assert _count(tx) == before


def test_a_read_that_is_still_open_holds_up_nothing(store: Store) -> None:
    """While a read is open, the same thread writes and reads on; each read keeps its own commit, in whatever order."""
    outer, inner = store.reading(), store.reading()
    early = outer.__enter__()
    assert _count(early) == 0
    with store.writing() as tx:
        ensure_workspace(tx, "meanwhile")
    late = inner.__enter__()
    assert (_count(early), _count(late)) == (0, 1)
    outer.__exit__(None, None, None)
    with store.writing() as tx:
        ensure_workspace(tx, "later")
    assert _count(late) == 1
    inner.__exit__(None, None, None)


def test_threads_hand_on_their_connections(store: Store) -> None:
    """A thread that has ended keeps no file open: the next one goes on with its connection, whose pages are warm."""

    def visit() -> None:
        with store.writing() as tx, store.reading():
            ensure_workspace(tx, "theirs")
        with store.reading() as tx:
            assert _count(tx) == 1

    for _ in range(5):
        in_thread(visit)
    assert len(store._all) == 1


def test_no_two_threads_have_one_connection(store: Store) -> None:
    """However they come and go, each has one to itself, and there are as many as were needed at once."""
    at_once = 4
    meeting, used = threading.Barrier(at_once, timeout=30), list[set[int]]()

    def read() -> None:
        with store.reading() as tx:
            mine = id(tx._connection)
            meeting.wait()
            together.add(mine)
            meeting.wait()

    for _ in range(5):
        together: set[int] = set()
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(read) for _ in range(at_once)]:
                done.result()
        used.append(together)
    assert [len(each) for each in used] == [at_once] * 5
    assert len(store._all) == at_once


def test_a_read_inside_a_write_sees_what_is_being_written(store: Store) -> None:
    """Reading in the middle of one's own transaction sees it, and does not end it."""
    with store.writing() as tx:
        ensure_workspace(tx, "mine")
        with store.reading() as inner:
            assert workspace_id(inner, "mine") is not None
        tx.run("delete from workspace where name = 'mine'")
    with store.reading() as tx:
        assert workspace_id(tx, "mine") is None


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), Busy("taken")])
def test_an_exception_rolls_a_write_back(store: Store, error: BaseException) -> None:
    """Whatever is raised inside, nothing of the transaction is kept, and the next one works."""

    def half() -> None:
        with store.writing() as tx:
            ensure_workspace(tx, "half")
            raise error

    with pytest.raises(type(error)):
        half()
    with store.writing() as tx:
        assert workspace_id(tx, "half") is None
        ensure_workspace(tx, "whole")
    with store.reading() as tx:
        assert workspace_id(tx, "whole") is not None


def test_a_statement_that_fails_rolls_everything_back(store: Store) -> None:
    """A broken statement is a StoreError that names the store, and takes the statements before it along."""

    def half() -> None:
        with store.writing() as tx:
            ensure_workspace(tx, "half")
            tx.run("insert into nowhere values (1)")

    with pytest.raises(StoreError, match=r"store\.db: no such table: nowhere"):
        half()
    with store.reading() as tx:
        assert workspace_id(tx, "half") is None


def test_a_locked_store_is_busy(store: Store) -> None:
    """Somebody else's write lock is Busy, with the exit code for it; reading goes on meanwhile."""
    with store.writing() as tx:
        tx.run("pragma busy_timeout=1")
    with locked(store.path):
        with pytest.raises(Busy) as found, store.writing():
            pytest.fail("two cannot write")
        assert found.value.exit_code == 7
        with store.reading() as tx:
            assert _count(tx) == 0
    with store.writing() as tx:
        ensure_workspace(tx, "later")


def test_a_transaction_has_few_verbs(store: Store) -> None:
    """rows, each, one, run, insert, many: what they hand back, with parameters by place and by name."""
    with store.writing() as tx:
        tx.many("insert into workspace (name) values (?)", [(name,) for name in "abc"])
        assert tx.insert("insert into workspace (name) values (?)", ("d",)) == 4
        assert tx.run("update workspace set name = name || '!' where id > ?", (2,)) == 2
        assert tx.rows("select name from workspace order by id") == [("a",), ("b",), ("c!",), ("d!",)]
        assert tx.one("select id from workspace where name = :n", {"n": "d!"}) == (4,)
        assert tx.one("select id from workspace where name = 'nobody'") is None
        streamed = tx.each("select id from workspace order by id")
        assert next(streamed) == (1,)
        assert list(streamed) == [(2,), (3,), (4,)]


def test_values_are_never_statements(store: Store) -> None:
    """A name that looks like SQL is a name."""
    name = "x'); drop table workspace; --"
    with store.writing() as tx:
        number = ensure_workspace(tx, name)
    with store.reading() as tx:
        assert workspace_id(tx, name) == number


def test_a_second_current_version_is_refused_by_the_database(store: Store, workspace: int) -> None:
    """Not our code but the partial unique index allows one current version and one current link of a record."""
    version = """insert into version (workspace, stream, rec, labels, hash, payload, attributes, observed_at, run, seq,
closed_seq) values (?, 1, 'r', 1, x'00', '{}', '{}', 0, 1, ?, ?)"""
    link = """insert into link (workspace, kind, entity, stream, rec, labels, keys, seq, closed_seq)
values (?, 'account', 'e', 1, 'r', 1, '[]', ?, ?)"""
    for sql in (version, link):
        with store.writing() as tx:
            tx.many(sql, [(workspace, 1, 2), (workspace, 2, 3), (workspace, 3, None)])
        with pytest.raises(StoreError, match="UNIQUE"), store.writing() as tx:
            tx.run(sql, (workspace, 4, None))


def test_the_current_version_is_found_through_the_partial_index(store: Store) -> None:
    """The query of the hot path uses the index of current rows, which SQLite does only for its own condition."""
    from groundfact.store.asof import believed

    with store.reading() as tx:
        sql = (
            f"explain query plan select id from version v where v.stream = 1 and v.rec = 'r' and {believed('v', None)}"
        )
        plan = " ".join(str(row[-1]) for row in tx.rows(sql))
        assert "version_current" in plan
        plan = " ".join(str(row[-1]) for row in tx.rows(sql.replace("closed_seq is null", "closed_seq = 4")))
        assert "version_current" not in plan


def test_a_closed_store_opens_again(store: Store) -> None:
    """Closing ends the connections of all threads; using the store once more opens it anew."""
    with store.writing() as tx:
        seq = next_seq(tx, 1, 5)
    in_thread(lambda: store.reading().__enter__())
    store.close()
    with store.reading() as tx:
        assert tx.one("select at from belief_commit where seq = ?", (seq,)) == (5,)


def test_the_wait_for_another_writer_is_as_long_as_it_is_told(tmp_path: Path) -> None:
    """A store that waits for a moment gives up after it; the longest that can be written is not too long for SQLite."""
    path = tmp_path / "busy.db"
    open_store(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    store = Store(path, wait=timedelta(milliseconds=1))
    with pytest.raises(Busy) as found, store.writing():
        pass
    assert "store: {wait: 60s}" in found.value.hint
    holder.close()
    store.close()
    long = Store(path, wait=timedelta(days=36_525))
    with long.reading() as tx:
        assert tx.one("pragma busy_timeout") == (2**31 - 1,)
    long.close()
