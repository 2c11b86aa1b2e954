"""Keeping two apart: likeness neither proposes nor merges them, until that is taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.alike import alike_config, entities
from support.lab import Lab, account

from groundfact.errors import Denied, UsageError
from groundfact.hookspecs import hookimpl
from groundfact.plugins import Plugins

SIMILAR = "- {type: similar, agree: [phone], propose_at: 0.7, merge_at: 0.9}"


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Two that look alike and were not merged, and two that were."""
    lab = Lab(tmp_path, blank_store, alike_config(tmp_path, SIMILAR))
    lab.say("a", "accounts", account("1", 1, name="Northwind Traders", phone="030 1234567"))
    lab.say("b", "accounts", account("7", 1, name="Nortwind Traders", phone="030 1234567"))
    lab.say("b", "accounts", account("9", 1, name="Northwind Traders"))
    lab.sync()
    yield lab
    lab.close()


def test_what_was_only_proposed_is_proposed_no_more(lab: Lab) -> None:
    """The queue is empty, also after the next sync and a rebuild; taking it back ends where it began."""
    before = lab.memory.review()
    assert [one["records"] for one in before] == [["a/accounts/1", "b/accounts/9"]]
    told = lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    assert (told["record"], told["with"]) == ("a/accounts/1", "b/accounts/9")
    assert lab.memory.review() == []
    lab.say("b", "accounts", account("9", 2, name="Northwind Traders", notes="new"))
    lab.sync("b")
    lab.memory.rebuild()
    assert lab.memory.review() == []
    lab.memory.keep_apart("a/1", "b/9", reason="not sure", withdraw=True)
    assert lab.memory.review() == before
    lab.say("b", "accounts", account("9", 3, name="Northwind Traders"))
    lab.sync("b")
    assert lab.memory.review() == before


def test_the_dump_after_taking_it_back_is_the_dump_before(lab: Lab) -> None:
    """Keeping apart and no longer keeping apart leaves nothing behind in what is known."""
    before = lab.dump()
    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    lab.memory.keep_apart("b/9", "a/1", reason="not sure", withdraw=True)
    assert lab.dump() == before


def test_likeness_does_not_merge_them_again(lab: Lab) -> None:
    """What likeness has merged and a steward parted stays apart, though each may be merged with others."""
    assert entities(lab) == [["a/1", "b/7"], ["b/9"]]
    lab.say("c", "accounts", account("3", 1, name="Northwind Traders", phone="030 1234567"))
    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    lab.say("b", "accounts", account("9", 2, name="Northwind Traders", phone="030 1234567"))
    lab.sync()
    homes = {record: group for group in entities(lab) for record in group}
    assert homes["a/1"] != homes["b/9"]
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    lab.memory.keep_apart("a/1", "b/9", reason="one shop", withdraw=True)
    assert entities(lab) == [["a/1", "b/7", "b/9", "c/3"]]


def test_why_linked_names_it_and_belief_keeps_it(lab: Lab) -> None:
    """The decision is shown with its author and reason; as of a commit before there is none."""
    then = lab.memory.belief()
    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    decided = [one for one in lab.memory.why_linked("b/9")["because"] if one["by"] == "decision"]
    assert [(one["decision"], one["author"], one["reason"]) for one in decided] == [("apart", "all", "two shops")]
    assert [one["by"] for one in lab.memory.why_linked("b/9", known_at=then)["because"]] == []


def test_a_merge_takes_it_back(lab: Lab) -> None:
    """Who decides that they are one after all has decided; taken back, they are proposed again."""
    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    lab.memory.merge("a/1", "b/9", reason="they bought it")
    assert entities(lab) == [["a/1", "b/7", "b/9"]]
    lab.memory.unmerge("b/9", reason="they did not")
    assert [one["records"] for one in lab.memory.review()] == [["a/accounts/1", "b/accounts/9"]]


def test_a_shared_key_is_stronger(lab: Lab) -> None:
    """It is likeness that is refused: a verified identifier that both come to have joins them."""
    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    for source, rec in (("a", "1"), ("b", "9")):
        lab.say(source, "accounts", account(rec, 2, name="Northwind Traders", domain="northwind.example"))
    lab.sync()
    assert ["a/1", "b/9"] in entities(lab)


def test_what_is_kept_apart_is_told_to_no_listener(lab: Lab) -> None:
    """`match_needs_review` is for what is still to be decided."""
    told: list[str] = []

    class Listener:
        @hookimpl
        def match_needs_review(self, kind: str, source: str, record: str, entities: Sequence[str]) -> None:
            told.append(f"{source}/{record}")

    lab.memory.keep_apart("a/1", "b/9", reason="two shops")
    lab.memory.plugins = Plugins(extra={"listener": Listener()})
    lab.say("b", "accounts", account("9", 2, name="Northwind Trader"))
    lab.sync("b")
    assert (lab.memory.review(), told) == ([], [])
    lab.memory.keep_apart("a/1", "b/9", reason="not sure", withdraw=True)
    lab.say("b", "accounts", account("9", 3, name="Northwind Traders"))
    lab.sync("b")
    assert told == ["b/9"]


def test_what_cannot_be_kept_apart_is_refused(lab: Lab) -> None:
    """One account, what is apart already, what nobody keeps apart, no reason, and somebody who may not."""
    with pytest.raises(UsageError, match="are one account"):
        lab.memory.keep_apart("a/1", "b/7", reason="so")
    with pytest.raises(UsageError, match="nobody keeps"):
        lab.memory.keep_apart("a/1", "b/9", reason="so", withdraw=True)
    lab.memory.keep_apart("a/1", "b/9", reason="so")
    with pytest.raises(UsageError, match="apart already"):
        lab.memory.keep_apart("b/9", "a/1", reason="so")
    with pytest.raises(UsageError, match="needs a reason"):
        lab.memory.keep_apart("a/1", "b/9", reason=" ", withdraw=True)
    with pytest.raises(Denied, match="may not decide"):
        lab.memory.keep_apart("a/1", "b/9", reason="so", principal="x")
