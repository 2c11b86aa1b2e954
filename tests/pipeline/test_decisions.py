"""Merging and unmerging by people: appended, believed in time, and taken back without a trace in what is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.alike import alike_config, entities
from support.lab import Lab, account

from groundfact.errors import Denied, UsageError


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Two companies of two records each, held together by their domains; and what is told of each."""
    lab = Lab(tmp_path, blank_store, alike_config(tmp_path))
    for source in "ab":
        lab.say(source, "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Steel", notes="blue"))
        lab.say(source, "accounts", account("2", 1, name="Bolt", domain="bolt.example", notes="green parcels"))
    lab.sync()
    lab.memory.remember("prefers mornings", about="Bolt", type="preference")
    yield lab
    lab.close()


APART = [["a/1", "b/1"], ["a/2", "b/2"]]
ONE = [["a/1", "a/2", "b/1", "b/2"]]


def test_a_merge_brings_all_of_it(lab: Lab) -> None:
    """Facts, texts and what people told follow; the id that went away still answers; the reason is kept."""
    old = {item["name"]: item["id"] for item in lab.memory.list("accounts")}
    told = lab.memory.merge("Acme", "Bolt", reason="they bought it")
    assert entities(lab) == ONE
    assert told["entity"] == old["Acme"]
    context = lab.memory.context(str(old["Bolt"]), "green parcels")
    assert context.data["id"] == old["Acme"]
    assert all(text in context.text for text in ("Steel", "prefers mornings", "green parcels"))
    decided = [one for one in lab.memory.why_linked("a/1")["because"] if one["by"] == "decision"]
    assert [(one["author"], one["reason"], one["decision"]) for one in decided] == [("all", "they bought it", "merge")]


def test_taking_a_merge_back_ends_where_it_began(lab: Lab) -> None:
    """The dump after merge and unmerge is the dump before, and after a rebuild it still is."""
    before = lab.dump()
    told = lab.memory.merge("a/1", "b/2", reason="they bought it")
    assert lab.dump() != before
    assert lab.memory.unmerge(told["with"], reason="they did not")["reverted"] == 1
    assert lab.dump() == before
    lab.memory.rebuild()
    assert lab.dump() == before


def test_taking_an_unmerge_back_ends_where_it_began(lab: Lab) -> None:
    """A record that was taken out and is merged with what it came from is linked as if nothing had been."""
    before = lab.dump()
    lab.memory.unmerge("b/1", reason="another Acme")
    assert entities(lab) == [["a/1"], ["a/2", "b/2"], ["b/1"]]
    lab.memory.merge("b/1", "a/1", reason="the same after all")
    assert lab.dump() == before


def test_decisions_outlive_syncs_and_rebuilds(lab: Lab) -> None:
    """What a person decided holds against what the sources say next, and is found by what they say."""
    lab.memory.merge("Acme", "Bolt", reason="they bought it")
    lab.memory.unmerge("b/1", reason="another Acme")
    lab.say("b", "accounts", account("1", 2, name="Acme Two", domain="acme.example"))
    lab.say("c", "accounts", account("9", 2, name="Acme", domain="acme.example"))
    lab.sync()
    after = [["a/1", "a/2", "b/2", "c/9"], ["b/1"]]
    assert entities(lab) == after
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    assert entities(lab) == after


def test_a_record_kept_apart_may_be_merged_elsewhere(lab: Lab) -> None:
    """Its keys do not drag along what it was taken from."""
    lab.memory.unmerge("b/1", reason="wrong domain")
    lab.memory.merge("b/1", "a/2", reason="it is Bolt's")
    assert entities(lab) == [["a/1"], ["a/2", "b/1", "b/2"]]


def test_decisions_are_believed_in_time(lab: Lab) -> None:
    """As of a commit before the merge there are two accounts, and no decision that explains one."""
    seq = lab.memory.belief()
    lab.memory.merge("Acme", "Bolt", reason="they bought it")
    then = sorted(item["records"] for item in lab.memory.list("accounts", known_at=seq))
    assert then == APART
    because = lab.memory.why_linked("a/1", known_at=seq)["because"]
    assert [one["by"] for one in because] == ["key"]
    (row,) = lab.rows("select verb, author, closed_seq from link_decision")
    assert row == ("merge", "all", None)


def test_a_merge_with_something_restricted_bridges_nothing(lab: Lab) -> None:
    """A hidden record joins what a steward merges it with; two companies merged with it stay two for everybody."""
    lab.say("c", "accounts", account("7", 1, ["x"], name="Secret"))
    lab.sync()
    lab.memory.merge("c/7", "a/1", reason="it is Acme's")
    lab.memory.merge("c/7", "a/2", reason="and Bolt's")
    shown = sorted(item["records"] for item in lab.memory.list("accounts", principal="nobody"))
    assert shown == APART
    told = lab.memory.why_linked("a/1", principal="nobody")
    assert [one["by"] for one in told["because"]] == ["key"]
    assert "c/" not in str(told)


@pytest.mark.parametrize(
    ("verb", "asked", "says"),
    [
        ("merge", ("a/1", "b/1"), "one account already"),
        ("unmerge", ("Acme",), "not one record"),
    ],
)
def test_what_cannot_be_decided_is_refused(lab: Lab, verb: str, asked: tuple[str, ...], says: str) -> None:
    """Merging one account with itself, and taking out no record in particular: with a way on."""
    with pytest.raises(UsageError, match=says) as refused:
        getattr(lab.memory, verb)(*asked, reason="so")
    assert refused.value.hint
    assert entities(lab) == APART


def test_a_decision_needs_a_reason_and_a_steward(lab: Lab) -> None:
    """Nothing is written for somebody who may not, or who does not say why; what is, is in the audit."""
    with pytest.raises(UsageError, match="needs a reason"):
        lab.memory.merge("Acme", "Bolt", reason=" ")
    with pytest.raises(Denied, match="x may not decide"):
        lab.memory.merge("Acme", "Bolt", reason="so", principal="x")
    assert lab.rows("select count(*) from link_decision") == [(0,)]
    lab.memory.merge("Acme", "Bolt", reason="so")
    audit = lab.rows("select principal, action, subject from audit where action = 'merge'")
    assert audit == [("all", "merge", "a/accounts/1")]


def test_what_takes_a_merge_back_takes_back_no_other(lab: Lab) -> None:
    """A record that was merged before names the other one: unmerging it would take back both merges."""
    lab.say("a", "accounts", account("3", 1, name="Coil", domain="coil.example"))
    lab.sync()
    assert lab.memory.merge("a/1", "a/2", reason="they bought it")["unmerge"] == "a/accounts/1"
    told = lab.memory.merge("a/1", "a/3", reason="and that one")
    assert entities(lab) == [["a/1", "a/2", "a/3", "b/1", "b/2"]]
    assert lab.memory.unmerge(told["unmerge"], reason="not that one")["reverted"] == 1
    assert entities(lab) == [["a/1", "a/2", "b/1", "b/2"], ["a/3"]]
