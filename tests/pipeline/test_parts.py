"""Much work is done in several commits: others get in between, and whatever happens there, the end is the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import Busy
from groundfact.memory import Memory
from groundfact.model import Gone
from groundfact.pipeline.deciding import derive, stage
from groundfact.pipeline.identity import linking
from groundfact.store.engine import Store, Tx
from groundfact.testing.world_clock import FakeClockWorld

Between = Callable[[int], None]


class Interrupted(BaseException):
    """What ends a process in the middle."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is a commit, and each step is small."""
    monkeypatch.setattr(derive, "_LONGEST", 0.0)
    monkeypatch.setattr(linking, "_PORTION", 6)
    monkeypatch.setattr(stage, "_CHUNK", 3)
    monkeypatch.setattr(stage, "_TEXTS", 4)


@pytest.fixture
def labs(tmp_path: Path, blank_store: Path) -> Iterator[Callable[[], Lab]]:
    """Makes laboratories that say the same: three sources that agree on accounts, contradict each other, and write."""
    made: list[Lab] = []

    def make() -> Lab:
        config = config_of(tmp_path, options=", messages: true")
        lab = Lab(tmp_path, blank_store, config, f"lab{len(made)}")
        made.append(lab)
        for place, source in enumerate("abc", 1):
            for n in range(8):
                named = {"name": f"Company {n}", "domain": f"c{n}.example", "industry": f"Trade {n % place}"}
                lab.say(source, "accounts", account(str(n), place, **named))
            lab.say(
                source, "messages", *(account(f"m{n}", 1, notes=f"Rockets {n}", channel=f"cust-c{n}") for n in "12")
            )
        return lab

    yield make
    for lab in made:
        lab.close()


def between(lab: Lab, do: Between) -> None:
    """Do something after every commit that is not the last one; it is told how many there were before."""
    count = iter(range(10_000))

    def sleep(seconds: float) -> None:
        lab.world.advance(seconds=seconds)
        do(next(count))

    lab.world.sleep = sleep  # type: ignore[method-assign]


def test_it_takes_several_commits_and_says_so_to_nobody(
    labs: Callable[[], Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a load comes to does not depend on how many commits it took; nor does what is told of it."""
    apart, together = labs(), labs()
    commits: list[int] = []
    between(apart, commits.append)
    report = apart.sync()
    assert len(commits) > 5
    monkeypatch.setattr(derive, "_LONGEST", 60.0)
    at_once = together.sync()
    assert together.world.slept == []
    assert apart.dump() == together.dump()
    assert (report.changes, report.ok) == (at_once.changes, at_once.ok)
    assert apart.rows("select holder from lease where name = 'links and facts'") == [("",)]


def test_whoever_waits_gets_in(labs: Callable[[], Lab]) -> None:
    """Between two commits answers write their audit, people tell something, and all of it stays."""
    lab, plain = labs(), labs()
    said = []

    def use(number: int) -> None:
        if number > 9:
            # Whoever tells something between any two commits has it worked in for ever: each is a step here.
            return
        lab.memory.context("c1.example")
        told = lab.memory.remember(f"Call {number}", about="c2.example")
        said.append(str(told["id"]))
        if not number:
            # The first of its speaker: who works on must not know only the sources that there were before.
            lab.memory.remember(attribute="industry", value="Told", about="c3.example")

    for one in (lab, plain):
        one.sync()
        one.say("b", "accounts", *(account(str(n), 9, name=f"New {n}", domain=f"c{n}.example") for n in range(8)))
    plain.sync()
    between(lab, use)
    assert lab.sync().ok
    found = [memory["id"] for memory in lab.memory.remembered("c2.example")]
    assert sorted(found) == sorted(said)
    assert len(said) > 5
    # Nobody is told that he knew later what he knew before: each commit has the time at which it was made.
    times = [row[0] for row in lab.rows("select at from belief_commit order by seq")]
    assert times == sorted(times)
    between(lab, lambda _: None)
    for record in said:
        lab.memory.forget(record)
    before, after = lab.memory.rebuild()[:2]
    assert before == after
    assert lab.memory.search("Call") == []
    # Whatever nobody told anything about is as it is where nobody did.
    assert lab.memory.context("c5.example").data["facts"] == plain.memory.context("c5.example").data["facts"]


def test_a_search_never_finds_half(labs: Callable[[], Lab]) -> None:
    """While everything is worked out again, every text is found and every fact is there."""
    lab = labs()
    lab.sync()
    texts, facts = len(lab.memory.search("rockets")), lab.memory.fact_count()
    seen: list[tuple[int, int]] = []
    between(lab, lambda _: seen.append((len(lab.memory.search("rockets")), lab.memory.fact_count())))
    lab.memory.rebuild()
    assert len(seen) > 5
    assert set(seen) == {(texts, facts)}
    assert texts == 6


def test_only_one_is_at_it(labs: Callable[[], Lab]) -> None:
    """Who comes while somebody is in the middle waits for him, writes nothing, and then has nothing to do."""
    lab = labs()
    waited: list[int] = []

    class Waiting(Exception):
        pass

    def also(_: int) -> None:
        world = FakeClockWorld(name="test:2:1")

        def wait(seconds: float) -> None:
            raise Waiting

        world.sleep = wait  # type: ignore[method-assign]
        with Memory(lab.memory.config, PLUGINS, Store(lab.path), world) as other:
            before = lab.rows("select max(seq) from belief_commit")
            with pytest.raises(Waiting):
                other.settle()
            assert lab.rows("select max(seq) from belief_commit") == before
        waited.append(1)

    between(lab, also)
    assert lab.sync().ok
    assert len(waited) > 5
    state = lab.rows("pragma user_version")
    lab.memory.settle()
    assert lab.rows("pragma user_version") == state


@pytest.mark.parametrize("dies_at", range(0, 12, 2))
def test_a_process_that_dies_in_the_middle(labs: Callable[[], Lab], tmp_path: Path, dies_at: int) -> None:
    """Whatever it left behind, the next one comes to the same, also where entities had moved, with the first one's
    changes half told."""
    lab, plain = labs(), labs()
    for one in (lab, plain):
        one.sync()
        one.say("a", "accounts", account("1", 9, name="Moved", domain="c2.example"), Gone("4"))
        one.say("b", "accounts", *(account(str(n), 9, name=f"New {n}", domain=f"n{n}.example") for n in range(8)))
    left = tmp_path / "left.db"

    def die(number: int) -> None:
        if number == dies_at:
            source = sqlite3.connect(lab.path)
            with sqlite3.connect(left) as target:
                source.backup(target)
            source.close()

    between(lab, die)
    lab.sync()
    plain.sync()
    assert left.exists()
    world = FakeClockWorld(alive=False, name="test:2:1")
    with Memory(lab.memory.config, PLUGINS, Store(left), world) as found:
        found.settle()
        assert b"".join(found.dump()) == plain.dump() == lab.dump()
        documents = "select entity, doc from facts order by entity"
        with found.store.reading() as tx:
            assert tx.rows(documents) == plain.rows(documents)


def test_an_error_in_the_middle_holds_up_nobody(labs: Callable[[], Lab]) -> None:
    """What was begun is known not to be done, and nobody waits for who has given up."""
    lab, plain = labs(), labs()
    plain.sync()

    def fail(number: int) -> None:
        if number == 2:
            raise Interrupted

    between(lab, fail)
    with pytest.raises(Interrupted):
        lab.sync()
    assert lab.rows("select holder from lease where name = 'links and facts'") == [("",)]
    between(lab, lambda _: None)
    lab.memory.settle()
    assert lab.dump() == plain.dump()


def test_it_stops_when_it_is_asked_to(labs: Callable[[], Lab]) -> None:
    """A stop ends it after a commit; what is left is done by the next one."""
    lab, plain = labs(), labs()
    plain.sync()
    asked: list[int] = []
    between(lab, asked.append)
    report = lab.sync(stopping=lambda: len(asked) >= 2)
    assert isinstance(report.pending, Busy)
    assert len(asked) == 2
    lab.memory.settle()
    assert lab.dump() == plain.dump()


def test_a_worker_that_was_away_too_long_ends(labs: Callable[[], Lab]) -> None:
    """Who slept through his lease finds that another one took over, and writes nothing any more."""
    lab, plain = labs(), labs()
    plain.sync()

    def sleeps(number: int) -> None:
        if number == 2:
            lab.world.advance(hours=1)
            world = FakeClockWorld(at=lab.world.at, name="test:2:1")
            with Memory(lab.memory.config, PLUGINS, Store(lab.path), world) as other:
                other.settle()

    between(lab, sleeps)
    report = lab.sync()
    assert isinstance(report.pending, Busy)
    assert lab.dump() == plain.dump()


def test_other_rules_leave_links_and_texts_alone(labs: Callable[[], Lab], tmp_path: Path) -> None:
    """What rests on something else is not worked out again: a rule of facts takes no time for links and texts."""
    lab = labs()
    lab.sync()
    lab.memory.close()
    path = tmp_path / "lab.yaml"
    path.write_text(path.read_text() + "attributes: {account: {industry: {survivorship: [most_common]}}}\n")
    looked: list[str] = []

    class Watched(Store):
        @contextmanager
        def writing(self, **how: bool) -> Iterator[Tx]:
            with super().writing(**how) as tx:
                tx._connection.set_trace_callback(looked.append)
                yield tx
                tx._connection.set_trace_callback(None)

    with Memory(load_config(path, PLUGINS), PLUGINS, Watched(lab.path), lab.world) as memory:
        memory.settle()
        assert memory.search("rockets")
        assert memory.why("c5.example", "industry")["fact"]["rule"] == "most_common"
    written = [line for line in looked if line.startswith(("insert", "update", "delete"))]
    assert [line for line in written if "facts" in line]
    assert not [line for line in looked if "l.stream = json_extract(" in line or "passage" in line]


def test_it_says_how_far_it_is(labs: Callable[[], Lab]) -> None:
    """Long work tells at each commit what it is at and how much there is to do; what is told last is all of it."""
    lab = labs()
    told: list[tuple[str, str, int, int | None]] = []
    lab.sync(progress=lambda *step: told.append(step))
    parts = {part: (done, total) for source, part, done, total in told if source == "memory"}
    assert list(parts) == ["links", "facts", "texts"]
    assert parts["facts"] == (8, 8)
    assert all(done <= (total or 0) for done, total in parts.values())
    # What a terminal's Ctrl-C does: it ends there, and the next one goes on.

    def stop(*step: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lab.memory.rebuild(progress=stop)
    before, after = lab.memory.rebuild()[:2]
    assert before == after


Opened = Callable[[Lab, str, str], Memory]


@pytest.fixture
def other_yaml(tmp_path: Path) -> Iterator[Opened]:
    """Opens a laboratory's store by another YAML: a piece of it is replaced, or added."""
    made: list[Memory] = []

    def opened(lab: Lab, old: str, new: str) -> Memory:
        path, text = tmp_path / f"other{len(made)}.yaml", (tmp_path / "lab.yaml").read_text()
        assert old in text
        path.write_text(text.replace(old, new) if old else text + new)
        made.append(Memory(load_config(path, PLUGINS), PLUGINS, Store(lab.path), FakeClockWorld(at=lab.world.at)))
        return made[-1]

    yield opened
    for memory in made:
        memory.close()


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("after", range(1, 9))
def test_links_of_rules_that_were_taken_back(
    labs: Callable[[], Lab], other_yaml: Opened, monkeypatch: pytest.MonkeyPatch, after: int, dies: bool
) -> None:
    """Another `identity:` is cut off in the middle, and the old one comes back: so do the old links."""
    lab = labs()
    lab.sync()
    before = lab.dump()
    other = other_yaml(lab, "shared_key, attribute: domain", "shared_key, attribute: industry")
    if dies:
        monkeypatch.setattr(derive, "_leave", lambda store, work: None)
    asked = iter(range(100))
    with pytest.raises(Busy):
        other.settle(stopping=lambda: next(asked) >= after)
    lab.world.alive = not dies
    lab.memory.settle()
    assert lab.dump() == before


def test_what_is_told_while_texts_are_indexed_anew_is_found(labs: Callable[[], Lab]) -> None:
    """A rebuild takes every text out and in again, also those that came after it began; it says that they came."""
    lab = labs()
    lab.sync()

    def tell(number: int) -> None:
        if number > 2:
            assert lab.memory.search("call")
        if number == 2:
            lab.memory.remember("Call them back", about="c2.example")
            lab.memory.remember("Always write in German", type="preference", scope="user")

    between(lab, tell)
    assert not lab.memory.rebuild().alone
    assert [hit["text"] for hit in lab.memory.search("call")] == ["Call them back"]
    assert lab.memory.context("c2.example").data["directives"]
    with lab.memory.store.reading() as tx:
        assert derive.is_settled(tx, 1)
    between(lab, lambda _: None)
    before, after, _, alone = lab.memory.rebuild()
    assert (before, alone) == (after, True)


@pytest.mark.parametrize("after", range(1, 12))
def test_changes_are_told_with_the_commit_that_brings_them(
    labs: Callable[[], Lab], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Whoever listens hears each change once, also where the work is stopped and gone on with."""
    heard: list[tuple[str, str]] = []
    lab = labs()
    lab.sync()
    tell = lab.memory.plugins.tell

    def listen(event: str, **said: object) -> None:
        heard.extend([(str(said["entity"]), str(said["attribute"]))] if event == "fact_changed" else [])
        tell(event, **said)

    monkeypatch.setattr(lab.memory.plugins, "tell", listen)
    lab.say("b", "accounts", *(account(str(n), 9, name=f"New {n}", domain=f"c{n}.example") for n in range(8)))
    asked: list[int] = []
    between(lab, asked.append)
    lab.sync(stopping=lambda: len(asked) >= after)
    lab.memory.settle()
    assert len(heard) == len(set(heard)) == 8


def test_a_lost_lease_takes_nothing_back(labs: Callable[[], Lab]) -> None:
    """Who has lost it says nothing about work that another one has finished."""
    lab = labs()

    def loses(number: int) -> None:
        if number == 2:
            lab.world.advance(hours=1)
            world = FakeClockWorld(at=lab.world.at, name="test:2:1")
            with Memory(lab.memory.config, PLUGINS, Store(lab.path), world) as other:
                other.settle()

    between(lab, loses)
    assert isinstance(lab.sync().pending, Busy)
    with lab.memory.store.reading() as tx:
        assert derive.is_settled(tx, 1)


def test_a_rebuild_for_another_time_is_made_now(labs: Callable[[], Lab], other_yaml: Opened) -> None:
    """What it decides is for the time that is named; the links that it moves were believed from now on."""
    lab = labs()
    lab.sync()
    lab.world.advance(days=1)
    before = lab.world.now()
    other_yaml(lab, "shared_key, attribute: domain", "shared_key, attribute: industry").rebuild("2026-01-03T00:00:00Z")
    times = [row[0] for row in lab.rows("select at from belief_commit order by seq")]
    assert times == sorted(times)
    assert times[-1] >= before.timestamp() * 1000
