"""What answers keep between them of a store: never longer than it is so, and never somebody else's view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import UnknownName
from groundfact.memory import Memory
from groundfact.model import Gone
from groundfact.pipeline.reading.ground import ground_of
from groundfact.store.engine import Store

ACME = "acme.example"


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory that knows Acme and has just answered."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=", relations: true, messages: true"), "ground")
    lab.say("a", "accounts", account("1", 1, domain=ACME, name="Acme"))
    lab.sync()
    lab.memory.context(ACME)
    yield lab
    lab.close()


@pytest.fixture
def other(lab: Lab) -> Iterator[Memory]:
    """Another memory over the same file, as another process has it, that has just answered, too."""
    with Memory(lab.memory.config, PLUGINS, Store(lab.path), lab.world) as other:
        other.context(ACME)
        yield other


def state(memory: Memory) -> int | None:
    """The number of what is in the store."""
    with memory.store.reading() as tx:
        return tx.state()


def test_what_another_process_syncs_is_seen_at_once(lab: Lab, other: Memory) -> None:
    """A new source, its stream, its reading and a new relation stand in the next answer of whoever answered before."""
    lab.say("b", "accounts", account("9", 2, domain=ACME, phone="+49 30 1234567", employees=5))
    lab.say("b", "teammates", account("t", 2, name="Dana Diaz"))
    lab.say("b", "contacts", account("c", 2, name="Ada", email="ada@acme.example", account="9"))
    lab.say("b", "roles", account("r", 2, role="champion", contact="c", account="9"))
    lab.say("b", "messages", account("m", 2, channel="cust-acme", notes="The renewal is at risk."))
    before = other.context(ACME).data
    lab.sync()
    after = other.context(ACME).data
    assert (before["related"], before["episodes"], before["relations"]) == ({}, [], {})
    assert [source["source"] for source in after["sources"]] == ["a", "b"]
    assert [person["name"] for person in after["relations"]["people"]] == ["Ada"]
    assert [episode["text"] for episode in after["episodes"]] == ["The renewal is at risk."]
    assert after == {**lab.memory.context(ACME).data, "asked_at": after["asked_at"]}


def test_what_another_process_reads_again_is_confirmed_at_once(lab: Lab, other: Memory) -> None:
    """An answer tells up to when a source was read, also where only somebody else has read it."""
    lab.world.advance(days=30)
    stale = other.context(ACME).data["sources"][0]["read_until"]
    lab.sync()
    assert other.context(ACME).data["sources"][0]["read_until"] > stale


def test_what_is_told_elsewhere_is_followed_at_once(lab: Lab, other: Memory) -> None:
    """A directive that somebody gives in another process is in the next answer."""
    assert other.context(ACME).data["directives"] == []
    lab.memory.remember("Prefers mail.", about=ACME, type="preference", scope="user")
    assert [told["text"] for told in other.context(ACME).data["directives"]] == ["Prefers mail."]


def test_the_first_words_of_a_workspace_are_seen_at_once(tmp_path: Path, blank_store: Path) -> None:
    """An answer that knew of nothing is not what the next one rests on: the workspace has begun in between."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path), "first")
    with pytest.raises(UnknownName):
        lab.memory.context(ACME)
    lab.memory.remember("Answer in German.", type="preference", scope="user")
    assert [told["text"] for told in lab.memory.remembered()] == ["Answer in German."]
    lab.close()


def test_records_that_are_merged_elsewhere_are_followed_at_once(lab: Lab, other: Memory) -> None:
    """An id that its source has merged into another answers as soon as anybody has read that."""
    lab.say("a", "accounts", account("2", 1, domain="old.example", name="Old"))
    lab.sync()
    assert other.context("a/2").data["name"] == "Old"
    lab.say("a", "accounts", Gone("2", None, "merged", into="1"))
    lab.sync()
    assert other.context("a/2").data["name"] == "Acme"


def test_each_principal_has_its_own_view(lab: Lab) -> None:
    """Whoever asks first, each sees what its own labels show, also when a record has others by now."""
    for acl in ("x", "y"):
        lab.say("b", "accounts", account("9", 2 + (acl == "y"), [acl], domain=ACME, phone="+49 30 1234567"))
        lab.sync()
        for asking in ("x", "y", "nobody", "x", "y"):
            told = lab.memory.context(ACME, principal=asking)
            assert ("phone" in {fact["attribute"] for fact in told.data["facts"]}) == (asking == acl)


def test_an_answer_is_no_news(lab: Lab) -> None:
    """The audit of an answer leaves the state of the store as it is; a sync and a statement do not."""
    before = state(lab.memory)
    lab.memory.context(ACME)
    lab.memory.search("renewal", account=ACME)
    assert state(lab.memory) == before
    lab.memory.remember("Prefers mail.", about=ACME, type="note")
    told = state(lab.memory)
    assert told != before
    lab.say("a", "accounts", account("1", 2, domain=ACME, name="Acme AG"))
    lab.sync()
    assert state(lab.memory) not in (before, told)


STEPS: list[dict[str, Any]] = [
    {"text": "Prefers mail.", "about": ACME},
    {"text": "Prefers mail.", "about": ACME},
    {"about": ACME, "attribute": "employees", "value": 5},
    {"text": "Greet in German.", "about": ACME, "type": "preference", "scope": "user"},
    {"about": ACME, "attribute": "parent", "value": "domain=holding.example"},
    {"text": "Signed.", "about": ACME, "scope": "user"},
    {"about": ACME, "attribute": "employees", "value": 6, "inferred": True},
]
"""Some begin a stream, a set of labels or a sort of relation, and some do not."""


def test_what_is_kept_over_a_statement_is_what_is_there(lab: Lab, other: Memory) -> None:
    """After each statement the ground is what it would be if it were read, whoever told it; so are the answers."""
    lab.say("a", "accounts", account("2", 1, domain="holding.example", name="Holding"))
    lab.sync()
    for number, said in enumerate(STEPS):
        told = (lab.memory, other)[number % 3 == 2].remember(**said, principal="all")
        with lab.memory.reader() as reader:
            assert reader.ground == ground_of(reader.tx, reader.workspace)
        with Memory(lab.memory.config, PLUGINS, Store(lab.path), lab.world) as fresh:
            assert lab.memory.context(ACME).text == fresh.context(ACME).text
            assert lab.memory.remembered(ACME) == fresh.remembered(ACME)
        assert told["id"] in {one["id"] for one in lab.memory.remembered(ACME)}
    lab.memory.forget(told["id"], principal="all")
    with lab.memory.reader() as reader:
        assert reader.ground == ground_of(reader.tx, reader.workspace)


def test_a_statement_under_other_rules_settles_nothing(lab: Lab) -> None:
    """Where the rules have changed since the last sync, what is told leaves the texts to be looked up by version."""
    over = lab.path.parent / "over.yaml"
    over.write_text("extends: lab.yaml\nattributes: {account: {employees: {survivorship: [max]}}}\n")
    lab.memory.remember("Note.", about=ACME, principal="all")
    with Memory(load_config(over, PLUGINS), PLUGINS, Store(lab.path), lab.world) as changed:
        changed.context(ACME)
        for number in range(3):
            changed.remember(f"Note {number}.", about=ACME, principal="all")
            with changed.reader() as reader:
                assert reader.ground == ground_of(reader.tx, reader.workspace)


def test_whoever_tells_does_so_under_his_own_rules(lab: Lab) -> None:
    """Where two memories with different rules tell in turns, the rules of each are noted with its words."""
    over = lab.path.parent / "over.yaml"
    over.write_text("extends: lab.yaml\nattributes: {account: {employees: {survivorship: [max]}}}\n")
    with Memory(load_config(over, PLUGINS), PLUGINS, Store(lab.path), lab.world) as changed:
        both = (lab.memory, changed)
        for number in range(6):
            both[number // 2 % 2].remember(f"Note {number}.", about=ACME, principal="all")
    with lab.memory.store.reading() as tx:
        noted = [row[0] for row in tx.rows("select digest from config_version where part = 'rules' order by seq")]
    assert noted == [both[0].config.digest, both[1].config.digest, both[0].config.digest]


def _changed_in_vain(lab: Lab) -> None:
    with lab.memory.store.writing() as tx:
        tx.run("update stream set confirms = 'returned'")
        with lab.memory.store.reading() as inside:
            assert inside.state() is None
        raise RuntimeError


def test_what_was_rolled_back_was_never_seen(lab: Lab) -> None:
    """Inside a write there is no state to remember anything by, and after its rollback it is the one of before."""
    before = state(lab.memory)
    with pytest.raises(RuntimeError):
        _changed_in_vain(lab)
    assert state(lab.memory) == before
    assert lab.memory.context(ACME).data["facts"][0]["freshness"] == "fresh"
