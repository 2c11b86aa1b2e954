"""Vendors that fail, sources that are renamed or removed, and two syncs at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.lab import PLUGINS, Lab, account, config_of
from support.tables import Tables, row
from support.vendors import Vendors, dump, vendors

from groundfact.cli.main import main
from groundfact.cli.sync_report import exit_code
from groundfact.errors import Busy, SourceError, SourceRefused, SourceUnavailable, UnknownName
from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.store.engine import Store
from groundfact.testing import FictionalWorld
from groundfact.world import SystemWorld


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    """Both vendors over one small world that does not change."""
    with vendors(tmp_path_factory.mktemp("vendors"), FictionalWorld(seed=7, companies=12), rows=10) as running:
        yield running


@pytest.fixture(scope="module")
def healthy(running: Vendors) -> bytes:
    """The dump of a sync without faults."""
    with running.open("healthy") as memory:
        assert memory.sync().ok
        return dump(memory)


FAULTS = ("html", "401", "429", "500", "truncated", "garbage", "reset", "quota")


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("sick", ["crm", "marketing"])
def test_a_vendor_that_fails_for_good_is_a_failure_and_nothing_more(
    running: Vendors, healthy: bytes, kind: str, sick: str
) -> None:
    """One vendor fails from the middle of a run: that source says so, the other is done, a later run converges."""
    vendor = running.crm if sick == "crm" else running.hub
    with running.open(f"{kind}-{sick}") as memory:
        vendor.faults.add(kind, times=None, after_calls=3 if sick == "crm" else 5)
        try:
            report = memory.sync()
        finally:
            vendor.faults.clear()
        told = {source.source: source for source in report.sources}
        ill, well = told.pop(sick), *told.values()
        assert (ill.status, well.status, well.error) == ("failed", "done", None)
        assert isinstance(ill.error, SourceRefused if kind == "401" else SourceUnavailable)
        assert sick in ill.error.message
        assert ill.error.hint
        assert exit_code(report.sources) == 3
        states = {state["source"]: state for state in memory.status()}
        assert states[sick]["state"] == "failed"
        assert states[sick]["last_run"]["error"]
        assert ill.counts["new"] > 0
        assert len(list(memory.list("records"))) == ill.counts["new"] + well.counts["new"]
        assert memory.sync().ok
        assert dump(memory) == healthy


@pytest.mark.parametrize("kind", ["html", "garbage", "500"])
def test_a_vendor_that_only_ever_fails_never_reads_as_empty(running: Vendors, kind: str) -> None:
    """No record and no success: not the first time, and not after a full memory, of which nothing is lost."""
    with running.open(f"never-{kind}") as memory:
        running.hub.faults.add(kind, times=None)
        try:
            first = {source.source: source for source in memory.sync().sources}
            assert (first["marketing"].status, first["marketing"].counts["new"]) == ("failed", 0)
            running.hub.faults.clear()
            assert memory.sync().ok
            before = dump(memory)
            running.hub.faults.add(kind, times=None)
            again = {source.source: source for source in memory.sync((), SyncOptions(full=True)).sources}
            assert (again["marketing"].status, again["marketing"].counts["gone"]) == ("failed", 0)
            assert dump(memory) == before
        finally:
            running.hub.faults.clear()


def test_the_rejects_of_a_read_that_was_interrupted_stay(running: Vendors) -> None:
    """A value rejected before a run broke off is still counted when the next run has read the rest."""
    (company, *_) = running.world.records("hubspot", "companies")
    good = company.fields["numberofemployees"]
    company.fields["numberofemployees"] = "a few"
    try:
        with running.open("interrupted") as memory:
            running.hub.faults.add("500", times=None, after_calls=5)
            assert not memory.sync().ok
            running.hub.faults.clear()
            assert memory.sync().ok
            assert {state["source"]: state["rejects"] for state in memory.status()} == {"crm": 0, "marketing": 1}
    finally:
        running.hub.faults.clear()
        company.fields["numberofemployees"] = good


def test_an_unknown_account_is_said_to_be_unknown(running: Vendors, healthy: bytes) -> None:
    """A name that nobody has gives exit code 4 and the nearest names, whatever characters it is made of."""
    with running.open("healthy") as memory:
        for asked in (
            "",
            " ",
            "%",
            "_",
            "'; drop table version; --",
            "\0",
            "\ud800",
            "account-00",
            "crm/",
            "x" * 5_000,
        ):
            with pytest.raises(UnknownName) as told:
                memory.context(asked)
            assert told.value.exit_code == 4
        with pytest.raises(UnknownName) as told:
            memory.context("Haldn Robtics")
        assert "halden robotics" in told.value.near
        assert dump(memory) == healthy


# ---- sources that the YAML no longer has ----------------------------------------------------------------------


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Two sources that have been read once: the second has a company of its own."""
    tables = Tables(tmp_path, books="books", desk="desk")
    tables.write([row(number) for number in range(1, 9)])
    older = row(8, staff=99, changed="2026-10-01T00:00:00Z")
    tables.write([row(7, staff=99), older, row(100)], file="desk")
    assert [result.status for result in tables.sync()] == ["done", "done"]
    return tables


@pytest.mark.parametrize("days", [0, 1])
def test_a_source_taken_out_of_the_yaml_is_orphaned_and_not_forgotten(tables: Tables, days: int) -> None:
    """Its memory is kept, shown as orphaned, and every answer that rests on it is marked stale."""
    tables.configure(books="books")
    tables.world.at += timedelta(days=days)
    assert tables.sync_one().status == "done"
    with tables.open() as memory:
        states = {state["source"]: (state["state"], state["records"]) for state in memory.status()}
        assert states == {"books": ("ok", 8), "desk": ("orphaned", 3)}
        answer = memory.context("Company 100")
    assert {fact["freshness"] for fact in answer.data["facts"]} == {"stale"}
    assert "confidence low" in answer.text
    assert "confidence high" not in answer.text
    assert answer.data["sources"][0]["behind"]


def test_prune_forgets_it_and_only_it(tables: Tables) -> None:
    """After `prune` nothing rests on it and nothing shows it; a second prune finds nothing to forget."""
    tables.configure(books="books")
    with tables.open() as memory:
        assert memory.prune() == {"desk": 3}
        with pytest.raises(UnknownName):
            memory.context("Company 100")
        assert "99" not in memory.context("Company 7").text
        assert [state["source"] for state in memory.status()] == ["books"]
        assert memory.prune() == {}
        assert len(list(memory.list("accounts"))) == 8


def test_a_pruned_source_may_come_back(tables: Tables) -> None:
    """Put into the YAML again, it is read anew and says what it said: its values are not news for coming back."""
    before = tables.facts("employees")
    assert (before["Company 7"], before["Company 8"]) == (None, 80)
    tables.configure(books="books")
    with tables.open() as memory:
        memory.prune()
    tables.configure(books="books", desk="desk")
    results = {result.source: result for result in tables.sync()}
    assert results["desk"].status == "done"
    assert tables.facts("employees") == before


def test_a_renamed_source_is_a_new_one_and_the_old_one_an_orphan(tables: Tables) -> None:
    """Under its new name everything is read again; the old name keeps its memory until it is pruned; nobody is lost."""
    tables.configure(books="books", counter="desk")
    results = {result.source: result for result in tables.sync()}
    assert results["counter"].counts["new"] == 3
    with tables.open() as memory:
        states = {state["source"]: state["state"] for state in memory.status()}
        assert states == {"books": "ok", "counter": "ok", "desk": "orphaned"}
        assert len(list(memory.list("accounts"))) == 9
        assert memory.prune() == {"desk": 3}
        assert memory.context("Company 100").data["facts"][0]["sources"] == ["counter"]


def test_the_command_line_prunes_only_when_told(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    """`sync` keeps an orphan, `sync --prune` forgets it."""
    tables.configure(books="books")
    assert main(["--config", str(tables.path), "sync"]) == 0
    assert main(["--config", str(tables.path), "status"]) == 0
    assert "orphaned" in capsys.readouterr().out
    assert main(["--config", str(tables.path), "sync", "--prune"]) == 0
    assert "forgot desk" in capsys.readouterr().out
    assert main(["--config", str(tables.path), "status"]) == 0
    assert "orphaned" not in capsys.readouterr().out


# ---- two at once ----------------------------------------------------------------------------------------------


def test_a_second_sync_of_a_source_is_refused_while_the_others_run(tmp_path: Path, blank_store: Path) -> None:
    """While one memory syncs a source, another one finds it busy (exit code 7) and syncs the rest."""
    config = config_of(tmp_path, sources="ab")
    lab = Lab(tmp_path, blank_store, config)
    other = Memory(config, PLUGINS, Store(lab.path), lab.world)
    seen = []

    def meanwhile(source: str, stream: str, done: int, total: int | None) -> None:
        if source == "a" and not seen:
            seen.append(other.sync().sources)
            seen.append(other.sync(["a"]).sources)

    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.say("b", "accounts", account("2", 1, name="Two"))
    ours = lab.sync(progress=meanwhile)
    all_of_them, only_a = seen
    assert [(result.source, result.status) for result in all_of_them] == [("a", "busy"), ("b", "done")]
    assert isinstance(all_of_them[0].error, Busy)
    assert "test:1:1" in all_of_them[0].error.message
    assert exit_code(only_a) == 7
    assert [result.status for result in ours.sources] == ["done", "done"]
    assert {found["name"] for found in lab.memory.list("accounts")} == {"One", "Two"}
    other.close()
    lab.close()


def test_the_command_line_says_busy_with_its_own_exit_code(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    """`groundfact sync` of a source that this very machine is syncing ends with 7 and says who does it."""
    codes = []

    def meanwhile(source: str, stream: str, done: int, total: int | None) -> None:
        if not codes:
            codes.append(main(["--config", str(tables.path), "sync", "books"]))

    with Memory.open(tables.path, world=SystemWorld()) as memory:
        report = memory.sync(["books"], SyncOptions(progress=meanwhile))
    assert (codes, report.ok) == ([7], True)
    assert "is being synced by" in capsys.readouterr().err


def test_two_memories_on_one_store_see_each_others_commits(tables: Tables) -> None:
    """What one memory syncs, the other answers with at once; both may write."""
    with tables.open() as one, tables.open() as other:
        tables.write([row(number, company=f"Renamed {number}") for number in range(1, 9)])
        assert one.sync(["books"]).ok
        assert other.context("company1.example").data["name"] == "Renamed 1"
        assert other.sync().ok
        assert one.rebuild().before == one.rebuild().after == other.rebuild().after


def test_a_process_that_got_the_pid_of_a_dead_one_is_not_taken_for_it() -> None:
    """A restarted container has the host name and the pid of the one that died: its lease is not ours to wait for."""
    world = SystemWorld()
    host, pid, _ = world.identity().rsplit(":", 2)
    assert not world.is_running(f"{host}:{pid}:1")
    assert world.is_running(world.identity())
    # Two memories in one process are one holder: neither may take the other for dead.
    assert world.is_running(SystemWorld().identity())


def test_a_source_error_carries_no_secret(running: Vendors) -> None:
    """Whatever a vendor answers, neither token is in a result, a status or a reject."""
    running.crm.faults.add("401", times=None)
    running.hub.faults.add("401", times=None)
    try:
        with running.open("secrets") as memory:
            report = memory.sync()
            told = [str(source.error) for source in report.sources] + [str(memory.status())]
    finally:
        running.crm.faults.clear()
        running.hub.faults.clear()
    assert all(isinstance(source.error, SourceError) for source in report.sources)
    assert [secret for secret in running.secrets.values() if any(secret in text for text in told)] == []
