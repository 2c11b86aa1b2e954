"""Stewards' words, whatever happens around them: they hold, they end, and they leave no trace when taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account
from support.stewards import steward_config

from groundfact.errors import UsageError
from groundfact.memory import Memory

VALUES = st.sampled_from(["Steel", "Paper", "Rope"])
SAID = st.fixed_dictionaries({"a": VALUES, "b": VALUES}, optional={"c": VALUES})
WORDS = st.sampled_from(["pin source", "pin value", "ignore", "correct"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("stewards")


def made(folder: Path, blank_store: Path, said: dict[str, str], hidden: bool = False, name: str = "lab") -> Lab:
    """One account of some sources; `hidden`: one more, which few may see."""
    lab = Lab(folder, blank_store, steward_config(folder), name)
    for day, (source, value) in enumerate(sorted(said.items())):
        lab.say(source, "accounts", account("1", day, name="Acme", domain="acme.example", industry=value))
    if hidden:
        lab.say("c", "accounts", account("h", 9, ["x"], domain="acme.example", industry="Secrets"))
    lab.sync()
    return lab


def decided(lab: Lab, word: str, **more: Any) -> dict[str, Any]:
    """One decision by a steward."""
    memory: Memory = lab.memory
    how: dict[str, Any] = {"reason": "so", "principal": "stew", **more}
    if word == "pin source":
        return memory.pin("Acme", "industry", source="a", **how)
    if word == "pin value":
        value = memory.why("Acme", "industry", principal="open")["winner"]["value"]
        return memory.pin("Acme", "industry", value, **how)
    if word == "ignore":
        return memory.ignore("Acme", "industry", "b", **how)
    return memory.correct("Acme", "industry", "Boats", **how)


def seen(lab: Lab, who: str, known_at: int | None = None) -> str:
    """Everything that one principal is told."""
    memory = lab.memory
    lists = [list(memory.list(what, principal=who, known_at=known_at)) for what in ("facts", "claims", "records")]
    why = memory.why("Acme", "industry", principal=who, known_at=known_at)
    context = memory.context("Acme", principal=who, known_at=known_at)
    told = [] if known_at is not None else [memory.remembered(principal=who)]
    work = memory.worklist(principal=who) if who != "mo" and known_at is None else []
    return json.dumps([lists, why, context.data, context.text, told, work], default=str)


@given(said=SAID, words=st.lists(WORDS, min_size=1, max_size=3))
@settings(max_examples=30)
def test_taken_back_leaves_the_answers_of_before(
    folder: Path, blank_store: Path, said: dict[str, str], words: list[str]
) -> None:
    """After everything a steward said is forgotten, every answer is byte for byte what it was."""
    lab = made(folder, blank_store, said)
    before = seen(lab, "mo"), seen(lab, "stew")
    told = {decided(lab, word)["id"] for word in words}
    for memory_id in sorted(told):
        lab.memory.forget(memory_id, principal="stew")
    assert (seen(lab, "mo"), seen(lab, "stew")) == before
    lab.close()


@given(said=SAID, word=WORDS)
@settings(max_examples=25)
def test_an_expired_word_is_as_if_it_had_not_been(
    folder: Path, blank_store: Path, said: dict[str, str], word: str
) -> None:
    """At the instant of its expiry a word is over by itself; the instant before, it holds."""
    lab, other = made(folder, blank_store, said), made(folder, blank_store, said, name="other")
    decided(lab, word, expires="2d")
    held = lab.memory.why("Acme", "industry", principal="mo")
    lab.world.advance(days=2, seconds=-1)
    assert lab.memory.why("Acme", "industry", principal="mo")["fact"]["value"] == held["fact"]["value"]
    for one in (lab, other):
        one.world.advance(seconds=1 if one is lab else 2 * 86_400)
    asked = [one.memory.why("Acme", "industry", principal="mo") for one in (lab, other)]
    assert asked[0] == asked[1]
    assert lab.memory.remembered(principal="stew") == []
    lab.close()
    other.close()


@given(said=SAID, word=WORDS, later=st.lists(st.tuples(st.sampled_from("ab"), VALUES), max_size=5))
@settings(max_examples=40)
def test_a_pin_holds_and_is_contested_exactly_while_a_source_says_something_new(
    folder: Path, blank_store: Path, said: dict[str, str], word: str, later: list[tuple[str, str]]
) -> None:
    """Whatever the sources say next: the value stands, and those contest it that say something else than they did."""
    lab = made(folder, blank_store, {source: said[source] for source in "ab"})
    word = "pin source" if word == "ignore" else word
    believed = str(decided(lab, word)["value"])
    now = {source: said[source] for source in "ab"}
    for step, (source, value) in enumerate(later):
        now[source] = value
        lab.world.advance(hours=1)
        lab.say(source, "accounts", account("1", 10 + step, name="Acme", domain="acme.example", industry=value))
        lab.sync(source)
    fact = lab.memory.why("Acme", "industry", principal="mo")["fact"]
    assert fact["value"] == believed
    news = {source for source in "ab" if now[source] not in (said[source], believed)}
    assert {against["source"] for against in fact.get("against", ())} == news
    assert fact.get("contested", False) == bool(news)
    listed = [one["name"] for one in lab.memory.worklist(only="contested", principal="stew")]
    assert listed == (["Acme"] if news else [])
    lab.close()


@given(said=SAID, words=st.lists(WORDS, min_size=1, max_size=2), later=VALUES)
@settings(max_examples=25)
def test_belief_then_and_a_rebuild_now(
    folder: Path, blank_store: Path, said: dict[str, str], words: list[str], later: str
) -> None:
    """As known before a word, the answer is the one of then; and what is dropped and computed again is the same."""
    lab = made(folder, blank_store, said)
    then, taken = lab.memory.belief(), seen(lab, "open", lab.memory.belief())
    for word in words:
        decided(lab, word)
    lab.say("b", "accounts", account("1", 20, name="Acme", domain="acme.example", industry=later))
    lab.sync("b")
    assert seen(lab, "open", then) == taken
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    lab.close()


@given(said=SAID, words=st.lists(st.sampled_from(["pin", "ignore"]), min_size=1, max_size=2))
@settings(max_examples=25)
def test_a_hidden_word_is_as_if_it_did_not_exist(
    folder: Path, blank_store: Path, said: dict[str, str], words: list[str]
) -> None:
    """To whom may not see what was pinned or ignored, a memory with the word answers as one without: byte for byte."""
    lab = made(folder, blank_store, said, hidden=True)
    other = made(folder, blank_store, said, hidden=False, name="other")
    for word in words:
        if word == "pin":
            lab.memory.pin("Acme", "industry", source="c/h", reason="so", principal="stew")
        else:
            lab.memory.ignore("Acme", "industry", "c/h", reason="so", principal="stew")
    assert seen(lab, "mo") == seen(other, "mo")
    assert seen(lab, "open") == seen(other, "open")
    lab.close()
    other.close()


def test_the_property_has_something_to_bite_on(folder: Path, blank_store: Path) -> None:
    """The hidden word does change what its steward is told, and what is hidden is not found by guessing."""
    lab = made(folder, blank_store, {"a": "Steel", "b": "Paper"}, hidden=True)
    before = seen(lab, "stew")
    lab.memory.pin("Acme", "industry", source="c/h", reason="so", principal="stew")
    assert seen(lab, "stew") != before
    with pytest.raises(UsageError, match="says nothing"):
        lab.memory.pin("Acme", "industry", source="c/h", reason="so", principal="open")
    with pytest.raises(UsageError, match="nobody says"):
        lab.memory.pin("Acme", "industry", "Secrets", reason="so", principal="open")
    lab.close()
