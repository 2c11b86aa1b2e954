"""Dry runs leave no trace, limits lose nothing, and forgetting a source leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, Scripted, account

from groundfact.component import Component, Options, component
from groundfact.config.build import load_config
from groundfact.errors import SourceError, UnknownName
from groundfact.hookspecs import hookimpl
from groundfact.memory import Memory
from groundfact.model import Batch, Check, Cursor, Discovered, Gone, Limit, Record, StreamSpec, Verdict
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.plugins import Plugins
from groundfact.store.engine import Store
from groundfact.testing.world_clock import FakeClockWorld

Change = Callable[..., None]
SIZE = 3


class NoOptions(Options):
    """None."""


class Shelf:
    """A source of numbered records, read in pages from wherever its cursor points; it counts what it hands over."""

    limits: Sequence[Limit] = ()
    books = 20
    handed: list[str] = []  # noqa: RUF012 - shared on purpose: a connector is built for every sync
    fails_at: int | None = None
    acl: Sequence[str] | None = None

    def __init__(self, options: NoOptions, runtime: Any) -> None:
        self._rt = runtime

    def check(self) -> Iterator[Check]:
        """All is well."""
        yield Check("shelf", True, "")

    def discover(self) -> Iterator[Discovered]:
        """Nothing."""
        yield from ()

    def classify(self, error: Exception) -> Verdict | None:
        """Every error is a bug."""
        return None

    def streams(self) -> Sequence[StreamSpec]:
        """One stream in the order of its cursor."""
        mapping = {"attributes": {"name": "name"}}
        return [StreamSpec(name="books", kind="account", mapping=mapping, order="cursor_asc", deletes="none",
                           confirms="stream")]  # fmt: skip

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Go on after the last number."""
        start = since.value.get("after", 0) if since else 0
        if since is not None and since.at is not None:
            start = self.books
        for first in range(start, self.books, SIZE):
            if self.fails_at is not None and first >= self.fails_at:
                raise TypeError("a bug in the connector")
            numbers = range(first, min(first + SIZE, self.books))
            rows = [Record(str(n), {"name": f"Book {n}"}, acl=self.acl) for n in numbers]
            self.handed.extend(row.id for row in rows)
            self._rt.call("page", lambda: None)
            yield Batch(rows, (), Cursor(value={"after": first + SIZE}), self.books)
        yield Batch((), (), Cursor(value={"after": self.books}, at=until), self.books)


class _Plugin:
    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        return [component("shelf", "Numbered records", NoOptions, Shelf, example="type: shelf")]


PLUGINS = Plugins(extra={"shelf": _Plugin()})


@pytest.fixture
def shelf(tmp_path: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """A memory of one shelf."""
    monkeypatch.setattr(Shelf, "handed", [])
    path = tmp_path / "shelf.yaml"
    people = "principals: {all: {kind: person}}\ncontext: {default_principal: all}\n"
    sources = "sources: {s: {type: shelf, access: [workspace]}}\n"
    path.write_text(f"workspace: shelf\nstore: {{path: lab.db}}\n{people}{sources}")
    (tmp_path / "lab.db").write_bytes(blank_store.read_bytes())
    memory = Memory(load_config(path, PLUGINS), PLUGINS, Store(tmp_path / "lab.db"), FakeClockWorld())
    yield memory
    memory.close()


def contents(memory: Memory) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, shadow tables of the index included."""
    with memory.store.reading() as tx:
        tables = [row[0] for row in tx.rows("select name from sqlite_master where type = 'table' order by name")]
        return {table: tx.rows(f'select * from "{table}"') for table in tables if not table.startswith("passage_index")}


def names(memory: Memory) -> set[str]:
    """The names of all accounts."""
    return {str(entry["name"]) for entry in memory.list("accounts")}


# ---- Dry run ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, 4, 99])
def test_a_dry_run_leaves_no_trace(shelf: Memory, before: int | None) -> None:
    """Before the first sync, in the middle of one and after one: not a row of any table is other than it was."""
    if before is not None:
        shelf.sync(options=SyncOptions(limit=before))
    held = contents(shelf)
    shelf.forecast()
    shelf.forecast(limit=7)
    assert contents(shelf) == held


def test_a_dry_run_tells_what_it_would_cost(shelf: Memory) -> None:
    """From the first page: how many calls the whole would take, as an estimate; read to its end, exactly."""
    (told,) = shelf.forecast()
    (stream,) = told.streams
    assert (told.calls_made, stream["rows"], stream["total"], stream["new"]) == (1, SIZE, 20, 3)
    assert (stream["calls"], stream["exact"], stream["mode"]) == (7, False, "full")
    (told,) = shelf.forecast(limit=20)
    assert (told.calls_made, told.streams[0]["calls"], told.streams[0]["exact"], told.streams[0]["new"]) == (
        7,
        7,
        True,
        20,
    )
    shelf.sync()
    (told,) = shelf.forecast()
    assert (told.streams[0]["mode"], told.streams[0]["new"], told.calls_made) == ("increment", 0, 0)


def test_a_dry_run_of_a_broken_connector_says_so(shelf: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a connector does not explain is the source's error in a dry run as in a sync, and leaves no trace."""
    monkeypatch.setattr(Shelf, "fails_at", 0)
    held = contents(shelf)
    (told,) = shelf.forecast()
    assert isinstance(told.error, SourceError)
    assert "TypeError: a bug in the connector" in told.error.message
    assert contents(shelf) == held


def test_a_dry_run_gives_no_label_a_number(shelf: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels that a record brings for the first time leave no trace either."""
    monkeypatch.setattr(Shelf, "acl", ("team:new",))
    held = contents(shelf)
    (told,) = shelf.forecast()
    assert (told.error, told.streams[0]["new"]) == (None, SIZE)
    assert contents(shelf) == held


# ---- Limit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 4, 19, 20, 50])
def test_a_limit_loses_nothing(shelf: Memory, limit: int) -> None:
    """Syncs with a limit go on where the last one stopped; together they read every record, each once."""
    for _ in range(8):
        assert shelf.sync(options=SyncOptions(limit=limit)).sources[0].error is None
    shelf.sync()
    assert len(names(shelf)) == 20
    assert sorted(Shelf.handed, key=int) == [str(n) for n in range(20)]


def test_a_limited_read_confirms_nothing(shelf: Memory) -> None:
    """A source that was not read to its end is not said to be read."""
    result = shelf.sync(options=SyncOptions(limit=4)).sources[0]
    assert (result.streams[0].complete, result.streams[0].rows, shelf.status()[0]["read_until"]) == (False, 6, None)
    result = shelf.sync().sources[0]
    assert (result.streams[0].complete, result.streams[0].rows, result.streams[0].mode) == (True, 14, "full")
    assert shelf.status()[0]["read_until"] is not None


def test_a_failure_in_the_middle_costs_no_page(shelf: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed before an error stays, is counted, and is not read again."""
    monkeypatch.setattr(Shelf, "fails_at", 9)
    result = shelf.sync().sources[0]
    assert (result.status, result.counts["new"], len(names(shelf))) == ("failed", 9, 9)
    monkeypatch.setattr(Shelf, "fails_at", None)
    assert shelf.sync().sources[0].counts["new"] == 11
    assert sorted(Shelf.handed, key=int) == [str(n) for n in range(20)]


# ---- Using a memory while it is read ---------------------------------------------------------------------------


def test_a_context_can_be_asked_for_while_a_list_is_read(shelf: Memory) -> None:
    """The most natural loop works: the audit is written while the list, which stays as it was, is still open."""
    shelf.sync()
    served = [shelf.context(str(entry["id"])).data["name"] for entry in shelf.list("accounts")]
    assert len(served) == 20
    with shelf.store.reading() as tx:
        assert tx.one("select count(*) from audit") == (20,)


def test_a_sync_while_a_list_is_read_does_not_move_it(shelf: Memory) -> None:
    """A list goes on over the commit that it began with; the next one sees what was synced meanwhile."""
    shelf.sync(options=SyncOptions(limit=3))
    listing = shelf.list("accounts")
    first = next(listing)
    shelf.sync()
    assert len([first, *listing]) == 3
    assert len(names(shelf)) == 20


def test_workers_leave_no_open_file_behind(lab: Lab) -> None:
    """However often sources are synced in threads, there are no more connections than were needed at once."""
    for day in range(12):
        for source in "abc":
            lab.say(source, "accounts", account("1", day, name=f"Name {day}"))
        assert lab.sync(workers=3).ok
    # Each of three may write while it has a list open.
    assert len(lab.memory.store._all) <= 2 * 3


# ---- Prune -----------------------------------------------------------------------------------------------------


def test_a_source_that_left_the_yaml_is_kept_until_it_is_pruned(lab: Lab, change: Change) -> None:
    """Its memory is shown as orphaned and still answers; pruning forgets it, counts it, and touches no other source."""
    lab.say("a", "accounts", account("1", 1, name="One", domain="one.example", industry="Rockets"))
    lab.say("b", "accounts", account("9", 1, name="One", domain="one.example", phone="020 7946 0999"))
    lab.say("b", "accounts", account("8", 1, name="Only b", notes="words of b"), Gone("7"))
    lab.sync()
    change("  b: {type: scripted, access: [workspace], script: 'b'}\n", "")
    assert {entry["source"]: entry["state"] for entry in lab.memory.status()}["b"] == "orphaned"
    assert lab.memory.context("Only b").data["name"] == "Only b"
    then = lab.memory.belief()
    assert lab.memory.prune() == {"b": 2}
    assert names(lab.memory) == {"One"}
    assert "phone" not in {fact["attribute"] for fact in lab.memory.context("One").data["facts"]}
    with pytest.raises(UnknownName):
        lab.memory.context("Only b")
    assert lab.rows("select body from passage where listed") == []
    assert "b" not in {entry["source"] for entry in lab.memory.status()}
    assert lab.memory.context("Only b", known_at=then).data["name"] == "Only b"
    assert lab.memory.prune() == {}


def test_a_pruned_source_that_comes_back_is_read_anew(lab: Lab, change: Change) -> None:
    """Back in the YAML it is read from the start, and what it says counts again, unchanged records included."""
    line = "  b: {type: scripted, access: [workspace], script: 'b'}\n"
    lab.say("b", "accounts", account("9", 1, name="Back", domain="one.example"))
    lab.sync()
    change(line, "")
    lab.memory.prune()
    change("sources:\n", f"sources:\n{line}")
    lab.say("b", "accounts", account("9", 1, name="Back", domain="one.example"))
    result = next(r for r in lab.sync().sources if r.source == "b")
    assert (result.error, result.streams[0].mode) == (None, "full")
    assert names(lab.memory) == {"Back"}


def test_pruning_a_memory_without_orphans_writes_nothing(lab: Lab) -> None:
    """Nothing to forget, nothing written."""
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.sync()
    held = contents(lab.memory)
    assert lab.memory.prune() == {}
    assert contents(lab.memory) == held


# ---- Tombstones of the unknown, and dry runs of what is broken --------------------------------------------------


def test_what_was_never_known_is_not_gone(lab: Lab) -> None:
    """A source that tells of old deletions in a first sync has lost nothing; what is deleted later counts."""
    lab.say("a", "accounts", account("1", 1, name="One"), Gone("7"), Gone("8"))
    counts = lab.sync("a").sources[0].counts
    assert (counts["new"], counts["gone"]) == (1, 0)
    # They are kept all the same: a record that comes late must not rise again.
    assert lab.rows("select count(*) from version where gone is not null") == [(2,)]
    lab.say("a", "accounts", Gone("1"))
    assert lab.sync("a").sources[0].counts["gone"] == 1


def test_a_dry_run_names_a_stream_that_is_not_there(lab: Lab, change: Change) -> None:
    """Settings for a stream that the connector does not have are a mistake, for a dry run as for a sync."""
    change("script: 'a'", "script: 'a', streams: {acounts: {enabled: false}}")
    (told,) = lab.memory.forecast(["a"])
    assert told.error is not None
    assert "no stream 'acounts'" in str(told.error)
    assert str(lab.memory.sync(["a"]).sources[0].error) == str(told.error)


def test_a_dry_run_shows_what_is_behind_a_broken_stream(lab: Lab) -> None:
    """Each stream that fails is named, and those behind it are looked at."""
    Scripted.scripts.clear()
    Scripted.scripts["a"]["accounts"] = [SourceError("no accounts today")]
    Scripted.scripts["a"]["contacts"] = [account("1", 1, name="Ada")]
    Scripted.scripts["a"]["deals"] = [RuntimeError("torn")]
    (told,) = lab.memory.forecast(["a"])
    Scripted.scripts.clear()
    assert [str(error).partition("\n")[0] for error in told.errors] == [
        "no accounts today",
        "source a: RuntimeError: torn",
    ]
    assert [(stream["stream"], stream["new"]) for stream in told.streams] == [("contacts", 1)]
    assert told.calls_made == 1
