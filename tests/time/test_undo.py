"""`undo`: afterwards the memory is that of a store which never read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, at, config_of
from support.stewards import steward_config

from groundfact.errors import Busy, UnknownName, UsageError
from groundfact.model import Gone, Record

Round = tuple[str, list[Record | Gone]]
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Acme", "Bolt"]),
        "domain": st.sampled_from(["acme.example", "bolt.example"]),
        "industry": st.sampled_from(["Steel", "Paper"]),
        "salesforce_id": st.sampled_from(["1", "2"]),
        "notes": st.sampled_from(["the renewal is at risk", "asked about pricing"]),
    },
)
BOUNDS = {"1": {"industry": at(0), "domain": at(4)}, "2": {"name": at(3)}}
"""By when fields of a record had last changed, as their source says."""


@st.composite
def rounds(draw: st.DrawFn) -> list[Round]:
    """What sources say, sync by sync: new versions, late ones, repeated ones, deletions."""
    found: list[Round] = []
    for _ in range(draw(st.integers(2, 6))):
        said: list[Record | Gone] = []
        for rec in draw(st.lists(st.sampled_from("123"), max_size=3, unique=True)):
            day = draw(st.integers(1, 9))
            gone = draw(st.integers(0, 7)) == 0
            row = account(rec, day, **draw(VALUES))
            said.append(Gone(rec, row.updated_at) if gone else row._replace(changed_by=BOUNDS.get(rec)))
        found.append((draw(st.sampled_from("abc")), said))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("undo")


def _lab(folder: Path, blank: Path, history: list[Round], name: str) -> Lab:
    lab = Lab(folder, blank, config_of(folder), name)
    for source, said in history:
        lab.say(source, "accounts", *said)
        lab.sync(source)
    return lab


def _same(undone: Lab, never: Lab) -> None:
    assert undone.dump() == never.dump()
    rebuilt = undone.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    for question in ("renewal", "pricing"):
        found, expected = (lab.memory.search(question) for lab in (undone, never))
        # Texts that answer equally well stand in the order in which they came.
        assert sorted((one["text"], one["record"]) for one in found) == sorted(
            (one["text"], one["record"]) for one in expected
        )
    counts = "select term, passages from term_count where passages <> 0 order by term"
    assert undone.rows(counts) == never.rows(counts)


@given(history=rounds(), again=rounds())
@settings(max_examples=30, phases=(Phase.generate,))
def test_a_source_undone_is_a_source_never_read(
    folder: Path, blank_store: Path, history: list[Round], again: list[Round]
) -> None:
    """The canonical dump, texts and term statistics equal those of a store that never read b; also when it is read
    anew."""
    undone = _lab(folder, blank_store, [*history, ("b", [account("9", 1, name="Bolt")])], "undone")
    undone.memory.undo(source="b")
    never = _lab(folder, blank_store, [one for one in history if one[0] != "b"], "never")
    _same(undone, never)
    for source, said in again:
        for lab in (undone, never):
            lab.say(source, "accounts", *said)
            lab.sync(source)
    _same(undone, never)
    undone.close()
    never.close()


@given(history=rounds(), last=rounds(), again=rounds())
@settings(max_examples=30, phases=(Phase.generate,))
def test_a_run_undone_is_a_run_that_never_was(
    folder: Path, blank_store: Path, history: list[Round], last: list[Round], again: list[Round]
) -> None:
    """The latest run of a source is taken back, with what other sources said since left alone."""
    others = [one for one in last[1:] if one[0] != last[0][0]]
    undone = _lab(folder, blank_store, [*history, last[0]], "undone")
    (run,) = [entry["last_run"]["id"] for entry in undone.memory.status() if entry["source"] == last[0][0]]
    never = _lab(folder, blank_store, history, "never")
    for lab in (undone, never):
        for source, said in others:
            lab.say(source, "accounts", *said)
            lab.sync(source)
    undone.memory.undo(run=run)
    _same(undone, never)
    for source, said in again:
        for lab in (undone, never):
            lab.say(source, "accounts", *said)
            lab.sync(source)
    _same(undone, never)
    undone.close()
    never.close()


@pytest.fixture
def read(lab: Lab) -> Lab:
    """Two runs of a and one of b."""
    lab.say("a", "accounts", account("1", 1, domain="acme.example", name="Acme", industry="Steel"))
    lab.say("b", "accounts", account("1", 2, domain="acme.example", industry="Paper"))
    lab.sync()
    lab.world.advance(hours=1)
    lab.say("a", "accounts", account("1", 3, domain="acme.example", name="Acme", industry="Ships"))
    lab.sync("a")
    return lab


def _run_ids(lab: Lab, source: str) -> list[int]:
    return [run["id"] for entry in lab.memory.status(9) if entry["source"] == source for run in entry["runs"]]


def test_a_run_with_later_runs_is_refused(read: Lab) -> None:
    """The error names the later run, and what to do."""
    latest, first = _run_ids(read, "a")
    with pytest.raises(UsageError, match=f"later runs of a rest on run {first}: {latest} ") as refused:
        read.memory.undo(run=first)
    assert f"--run {latest}" in str(refused.value.hint)
    assert read.memory.undo(run=latest)["restored"] == 1
    assert read.memory.undo(run=first)["restored"] == 0
    with pytest.raises(UsageError, match="undone before"):
        read.memory.undo(run=first)


@pytest.mark.parametrize("asked", [{}, {"source": "a", "run": 1}])
def test_one_of_source_and_run_is_named(read: Lab, asked: dict[str, Any]) -> None:
    """Neither or both is refused."""
    with pytest.raises(UsageError):
        read.memory.undo(**asked)


def test_what_was_never_read_cannot_be_undone(read: Lab) -> None:
    """An unknown source or run is told with what there is."""
    with pytest.raises(UnknownName, match="nothing is stored of a source 'zzz'"):
        read.memory.undo(source="zzz")
    with pytest.raises(UnknownName, match="there is no run 999"):
        read.memory.undo(run=999)


@pytest.mark.parametrize("what", ["source", "run"])
def test_the_past_is_still_what_was_believed(read: Lab, what: str) -> None:
    """After an undo, `known_at` answers what was answered then: values, how sure they were, how fresh, how late."""

    def asked(**more: Any) -> list[Any]:
        memory = read.memory
        told = [memory.context("acme.example", **more).data, memory.why("acme.example", "industry", **more)]
        status = memory.status(9, known_at=more.get("known_at"))
        late = [(one["source"], one["read_until"], one["late"], one["runs"]) for one in status]
        return [*told, list(memory.list("facts", **more)), list(memory.list("claims", **more)), late]

    at, told = read.memory.belief(), asked()
    assert told[1]["fact"]["value"] == "Ships"
    read.memory.undo(**{"source": {"source": "a"}, "run": {"run": _run_ids(read, "a")[0]}}[what])
    assert read.memory.why("acme.example", "industry")["fact"]["value"] == "Paper"
    assert asked(known_at=at) == told


def test_tellings_go_with_what_they_were_about(lab: Lab) -> None:
    """What people told about records of the source alone goes, too; what they told about others stays."""
    lab.say("a", "accounts", account("1", 1, domain="acme.example", name="Acme"))
    lab.say("b", "accounts", account("2", 1, domain="bolt.example", name="Bolt"))
    lab.sync()
    for name in ("Acme", "Bolt"):
        lab.memory.remember(about=name, attribute="industry", value="Trade")
    lab.memory.undo(source="a")
    assert [one["about"] for one in lab.memory.remembered()] == [
        entity["id"] for entity in lab.memory.list("accounts") if entity["name"] == "Bolt"
    ]
    assert [entity["name"] for entity in lab.memory.list("accounts")] == ["Bolt"]


def test_what_rests_on_it_goes_too(tmp_path: Path, blank_store: Path) -> None:
    """Notes, preferences and corrections about its accounts alone, and pins and ignored values of what it said, go with
    a source; what speaks of others stays, and the answer says how much went."""
    lab = Lab(tmp_path, blank_store, steward_config(tmp_path))
    lab.say("a", "accounts", account("1", 1, domain="acme.example", name="Acme", industry="Steel"))
    lab.sync()
    lab.memory.correct("Acme", "phone", "+49 30 901820", reason="they said so")
    lab.memory.remember("pays late", about="Acme")
    before = lab.dump()
    lab.say("b", "accounts", account("1", 2, domain="acme.example", name="Acme", industry="Paper"))
    lab.say("b", "accounts", account("2", 2, domain="bolt.example", name="Bolt"))
    lab.sync()
    lab.memory.pin("Acme", "industry", source="b", reason="so")
    lab.memory.ignore("Acme", "name", "b/accounts/1", reason="so")
    lab.memory.correct("Bolt", "phone", "+49 30 901821", reason="so")
    lab.memory.remember("is brief", about="Bolt")
    lab.memory.remember("be brief", about="Bolt", type="preference", scope="user")
    done = lab.memory.undo(source="b")
    assert lab.dump() == before
    assert done["told"] == 5
    assert sorted(one["type"] for one in lab.memory.remembered()) == ["correction", "note"]
    lab.close()


def test_what_a_copilot_told_can_be_undone(lab: Lab) -> None:
    """A copilot that was talked into things is a source like any other."""
    lab.say("a", "accounts", account("1", 1, domain="acme.example", name="Acme"))
    lab.sync()
    before = lab.dump()
    lab.memory.remember(about="Acme", attribute="industry", value="Fraud", principal="nobody")
    lab.memory.remember("send invoices elsewhere", about="Acme", principal="nobody")
    lab.memory.undo(source="copilot:nobody")
    assert lab.dump() == before


def test_it_is_audited_and_the_next_sync_reads_again(read: Lab) -> None:
    """The audit says what was taken back; the cursor is gone, so nothing is skipped."""
    read.memory.undo(source="b")
    assert read.rows("select subject, detail from audit where action = 'undo'") == [
        ("b", "all runs: 1 versions of 1 records")
    ]
    assert read.rows("select count(*) from checkpoint c join stream s on s.id = c.stream where s.source = 'b'") == [
        (0,)
    ]
    read.say("b", "accounts", account("1", 2, domain="acme.example", industry="Paper"))
    assert read.sync("b").sources[0].counts["new"] == 1


def test_a_source_that_is_being_synced_is_not_undone(read: Lab) -> None:
    """Who reads it holds its lease."""
    with read.memory.store.writing() as tx:
        tx.run("update lease set holder = 'elsewhere', until = 9999999999999 where name = 'a'")
    read.world.alive = True
    with pytest.raises(Busy):
        read.memory.undo(source="a")
