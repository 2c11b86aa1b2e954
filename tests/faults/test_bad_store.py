"""Stores that are locked, read-only, damaged, too new or not ours: a clear error with its exit code, nothing lost."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from support.tables import Tables, row

from groundfact.cli.main import main
from groundfact.cli.sync_report import exit_code
from groundfact.errors import Busy, GroundfactError, StoreError
from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SyncOptions

MANY = 30


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Thirty companies, read once and settled into one file."""
    tables = Tables(tmp_path)
    tables.write([row(number) for number in range(1, MANY + 1)])
    assert tables.sync_one().status == "done"
    settle(tables.store)
    return tables


def settle(path: Path) -> None:
    """Move everything from the write-ahead log into the file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")


def impatient(memory: Memory) -> Memory:
    """The same memory, that waits a moment for a lock and not ten seconds."""
    for opened in (memory.store.reading, memory.store.writing):
        with opened() as tx:
            tx.run("pragma busy_timeout=20")
    return memory


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program that holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


CUT_SHORT = """
import os, sys
from groundfact.errors import StoreError
from groundfact.store.engine import Store
from pathlib import Path
path = Path(sys.argv[1])
try:
    with Store(path).reading() as tx:
        tx.rows("select count(*) from sqlite_master")
        os.truncate(path, 3 * 4096)
        tx.rows("select sum(length(payload)), sum(length(attributes)) from version")
except StoreError as error:
    print(error)
"""


def test_a_file_that_is_cut_short_under_an_answer_is_an_error_in_our_words(tables: Tables) -> None:
    """Whatever happens to the file while it is read, the process lives and says what to do; no signal kills it."""
    command = [sys.executable, "-c", CUT_SHORT, str(tables.store)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, "is damaged" in ran.stdout) == (0, True), ran


def test_a_locked_store_is_busy_and_costs_nothing(tables: Tables) -> None:
    """While another program holds the write lock a sync is refused with exit code 7, and works afterwards."""
    tables.write([row(number) for number in range(1, MANY + 2)])
    with tables.open() as memory:
        impatient(memory)
        with locked(tables.store):
            report = memory.sync()
            (result,) = report.sources
            assert (result.status, result.streams) == ("busy", [])
            assert isinstance(result.error, Busy)
            assert "locked by another process" in result.error.message
            assert exit_code(report.sources) == 7
            assert len(list(memory.list("accounts"))) == MANY
        (result,) = memory.sync().sources
        assert (result.status, result.counts["new"]) == ("done", 1)


def test_a_store_locked_in_the_middle_of_a_sync_resumes(tables: Tables) -> None:
    """A lock that appears between two pages fails the run with what it is; the next sync completes it."""
    tables.write([row(number) for number in range(1, 1202)])
    with tables.open() as memory, closing(sqlite3.connect(tables.store, isolation_level=None)) as other:
        impatient(memory)

        def lock(source: str, stream: str, done: int, total: int | None) -> None:
            if not other.in_transaction:
                other.execute("begin immediate")

        report = memory.sync((), SyncOptions(progress=lock))
        assert not report.ok
        assert isinstance(report.sources[0].error, Busy)
        assert "locked by another process" in str(report.pending)
        other.execute("rollback")
        tables.world.advance(minutes=6)
        (result,) = memory.sync().sources
        assert result.status == "done"
        assert len(list(memory.list("accounts"))) == 1201


@contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, for whom nothing is read-only."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def guarded() -> Iterator[Tables]:
    """A store in a folder that everybody may enter and nobody may write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = Tables(folder)
        tables.write([row(number) for number in range(1, MANY + 1)])
        assert tables.sync_one().status == "done"
        settle(tables.store)
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        yield tables
        folder.chmod(0o700)


@pytest.mark.parametrize("folder_too", [True, False])
def test_a_read_only_store_is_said_to_be_read_only(guarded: Tables, folder_too: bool) -> None:
    """A store that may not be written to gives exit code 8 and names the file; its bytes stay as they were."""
    guarded.folder.chmod(0o555 if folder_too else 0o777)
    before = guarded.store.read_bytes()
    with nobody():
        try:
            error = guarded.sync_one().error
        except StoreError as told:
            error = told
    assert isinstance(error, StoreError)
    assert (error.exit_code, bool(error.hint)) == (8, True)
    assert "tables.db is read-only" in error.message
    assert guarded.store.read_bytes() == before


def test_a_store_in_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    """Opening a store under a missing folder names the folder and the command that makes it."""
    tables = Tables(tmp_path)
    tables.path.write_text(tables.path.read_text().replace("tables.db", "gone/tables.db"))
    with pytest.raises(StoreError, match="there is no folder") as told:
        tables.open()
    assert "mkdir -p" in told.value.hint


def test_an_overwritten_header_is_a_damaged_store(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    """A file whose first bytes were overwritten is reported as damaged, exit code 8, and is not written to."""
    damaged = b"\0" * 100 + tables.store.read_bytes()[100:]
    tables.store.write_bytes(damaged)
    with pytest.raises(StoreError, match="damaged or is not a groundfact store") as told:
        tables.open()
    assert "backup" in told.value.hint
    assert main(["--config", str(tables.path), "sync"]) == 8
    assert "Traceback" not in capsys.readouterr().err
    assert tables.store.read_bytes() == damaged


@pytest.mark.parametrize("seed", range(25))
def test_random_bytes_in_the_middle_never_end_in_a_traceback(tables: Tables, seed: int) -> None:
    """However pages are damaged, every door answers or raises an error of ours, and says nothing is a bug."""
    rng = random.Random(seed)
    content = bytearray(tables.store.read_bytes())
    for _ in range(rng.choice((1, 4, 40))):
        at = rng.randrange(4096, len(content))
        size = rng.choice((1, 16, 4096))
        content[at : at + size] = rng.randbytes(min(size, len(content) - at))
    tables.store.write_bytes(content)
    tables.write([row(number) for number in range(2, MANY + 9)])
    try:
        memory = tables.open()
    except StoreError:
        return
    with memory:
        for door in (
            lambda: memory.context("company3.example"),
            lambda: list(memory.list("facts")),
            memory.status,
            lambda: list(memory.dump()),
            memory.sync,
            memory.rebuild,
        ):
            with suppress(GroundfactError):
                door()
        report = []
        with suppress(GroundfactError):
            report = list(memory.sync().sources)
        assert not [r.error.hint for r in report if r.error and "bug in the connector" in r.error.hint]


def test_a_truncated_store_is_damaged(tables: Tables) -> None:
    """A store of which the second half is missing ends in an error of ours, exit code 8, not in fewer accounts."""
    content = tables.store.read_bytes()
    tables.store.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match="damaged"), tables.open() as memory:
        list(memory.list("accounts"))


def test_a_store_of_a_newer_schema_is_refused_untouched(tables: Tables) -> None:
    """A store that a newer groundfact wrote is refused by name of both versions; not a byte of it changes."""
    with closing(sqlite3.connect(tables.store)) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
        connection.commit()
    settle(tables.store)
    before = tables.store.read_bytes()
    with pytest.raises(StoreError, match=r"newer groundfact \(schema 9999, this one knows \d+\)") as told:
        tables.open()
    assert "upgrade groundfact" in told.value.hint
    assert tables.store.read_bytes() == before


def test_an_sqlite_file_of_something_else_is_refused_untouched(tmp_path: Path) -> None:
    """Somebody else's SQLite file is neither read as a memory nor given our tables."""
    tables = Tables(tmp_path)
    with closing(sqlite3.connect(tables.store)) as connection:
        connection.execute("create table photos (id integer primary key, path text)")
    before = tables.store.read_bytes()
    with pytest.raises(StoreError, match="an SQLite file of something else"):
        tables.open()
    assert tables.store.read_bytes() == before


def test_somebody_elses_alembic_file_is_refused_untouched(tmp_path: Path) -> None:
    """Another program's migrations are not taken for ours, even where a version has the same number."""
    for version in ("0001", "ae1027a6acf"):
        tables = Tables(tmp_path)
        tables.store.unlink(missing_ok=True)
        with closing(sqlite3.connect(tables.store)) as connection:
            connection.execute("create table alembic_version (version_num varchar(32) not null)")
            connection.execute("insert into alembic_version values (?)", (version,))
            connection.execute("create table invoices (id integer primary key)")
            connection.commit()
        before = tables.store.read_bytes()
        with pytest.raises(StoreError, match="something else"):
            tables.open()
        assert tables.store.read_bytes() == before
