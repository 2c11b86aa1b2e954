"""Likeness in a memory: merged, proposed, told, and taken back when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.alike import SIMILAR, alike_config, entities
from support.lab import PLUGINS, Lab, account

from groundfact.errors import ConfigError, Denied
from groundfact.hookspecs import hookimpl
from groundfact.model import Gone

PHONE = "+1 312 555 0100"


def test_alike_and_agreeing_merges_alike_alone_is_proposed(alike_labs: Callable[..., Lab]) -> None:
    """The same spelling with the same telephone is one account; without it, a person is asked."""
    lab = alike_labs()
    lab.say("a", "accounts", account("1", 1, name="Northwind Traders", phone=PHONE))
    lab.say("b", "accounts", account("1", 1, name="Nortwind Traders Inc.", phone="+13125550100"))
    lab.say("c", "accounts", account("1", 1, name="Northwind Traders"))
    lab.sync()
    assert entities(lab) == [["a/1", "b/1"], ["c/1"]]
    (waiting,) = lab.memory.review()
    assert (waiting["records"], waiting["score"]) == (["a/accounts/1", "c/accounts/1"], 1.0)
    (why,) = lab.memory.why_linked("a/1")["because"]
    assert (why["by"], why["evidence"]) == ("likeness", ["name 0.97", "phone agrees"])


def test_what_ends_to_look_alike_is_parted_again(alike_labs: Callable[..., Lab]) -> None:
    """Join, leave and join again end where they began, proposals included."""
    lab = alike_labs()
    lab.say("a", "accounts", account("1", 1, name="Northwind", phone=PHONE))
    lab.say("b", "accounts", account("1", 1, name="Northwind", phone=PHONE))
    lab.sync()
    before = (entities(lab), list(lab.memory.list("links")))
    lab.say("b", "accounts", account("1", 2, name="Bolt", phone=PHONE))
    lab.sync()
    assert entities(lab) == [["a/1"], ["b/1"]]
    lab.say("b", "accounts", account("1", 3, name="Northwind", phone=PHONE))
    lab.sync()
    assert (entities(lab), list(lab.memory.list("links"))) == before
    lab.say("b", "accounts", Gone("1", account("1", 4).updated_at))
    lab.sync()
    assert (entities(lab), lab.memory.review()) == ([["a/1"]], [])


def test_a_crowded_block_says_nothing(alike_labs: Callable[..., Lab]) -> None:
    """A telephone of more different names than `crowd` is a switchboard: earlier merges over it are taken back."""
    lab = alike_labs()
    names = ["Northwind Traders", "Nortwind Traders", "Acme", "Bolt"]
    for number, name in enumerate(names[:3]):
        lab.say("b", "accounts", account(str(number), 1, name=name, phone=PHONE))
    lab.sync()
    assert entities(lab) == [["b/0", "b/1"], ["b/2"]]
    lab.say("c", "accounts", account("3", 1, name=names[3], phone=PHONE))
    lab.sync()
    assert entities(lab) == [["b/0"], ["b/1"], ["b/2"], ["c/3"]]


def test_what_one_system_keeps_as_two_is_proposed(alike_labs: Callable[..., Lab]) -> None:
    """Records of the system whose ids others refer to are two by that: likeness asks a person, and merges nothing."""
    lab = alike_labs()
    for number in "12":
        lab.say("a", "accounts", account(number, 1, name="Northwind", phone=PHONE))
    lab.sync()
    assert entities(lab) == [["a/1"], ["a/2"]]
    assert [one["records"] for one in lab.memory.review()] == [["a/accounts/1", "a/accounts/2"]]


def test_an_over_shared_key_loses_its_power_and_gains_it_back(alike_labs: Callable[..., Lab]) -> None:
    """A domain of more records than `most` is an agency's: it links none of them, the earlier ones included."""
    lab = alike_labs(most=", most: 2")
    for number in "12":
        lab.say("a", "accounts", account(number, 1, name=f"Shop {number}", domain="agency.example"))
    lab.sync()
    assert entities(lab) == [["a/1", "a/2"]]
    lab.say("b", "accounts", account("3", 1, name="Bakery", domain="agency.example"))
    lab.sync()
    assert entities(lab) == [["a/1"], ["a/2"], ["b/3"]]
    lab.say("b", "accounts", account("3", 2, name="Bakery", domain="bakery.example"))
    lab.sync()
    assert entities(lab) == [["a/1", "a/2"], ["b/3"]]


def test_a_proposal_is_told_once(tmp_path: Path, blank_store: Path) -> None:
    """`match_needs_review` names the record and both entities, when the proposal is made and not again."""
    told: list[tuple[str, int]] = []

    class Listener:
        @hookimpl
        def match_needs_review(self, kind: str, source: str, record: str, entities: Sequence[str]) -> None:
            told.append((f"{kind} {source}/{record}", len(set(entities))))

    lab = Lab(tmp_path, blank_store, alike_config(tmp_path))
    lab.memory.plugins = type(PLUGINS)(extra={"listener": Listener()})
    for source in "ab":
        lab.say(source, "accounts", account("1", 1, name="Northwind"))
    lab.sync()
    lab.say("a", "accounts", account("1", 2, name="Northwind", industry="Steel"))
    lab.sync()
    lab.close()
    assert told == [("account b/1", 2)]


def test_what_is_said_of_it_never_makes_it_alike(alike_labs: Callable[..., Lab]) -> None:
    """A name and a telephone that somebody tells of an account are compared with nothing."""
    lab = alike_labs()
    lab.say("a", "accounts", account("1", 1, name="Northwind", phone=PHONE))
    lab.say("b", "accounts", account("1", 1, name="Bolt"))
    lab.sync()
    for attribute, value in (("name", "Northwind"), ("phone", PHONE)):
        lab.memory.remember(about="b/1", attribute=attribute, value=value)
    assert entities(lab)[0] == ["a/1"]
    assert lab.memory.review() == []


def test_a_restricted_record_is_never_proposed(alike_labs: Callable[..., Lab]) -> None:
    """Nobody learns from the queue that there is something hidden which looks like what he sees."""
    lab = alike_labs()
    lab.say("a", "accounts", account("1", 1, name="Northwind", phone=PHONE))
    lab.say("b", "accounts", account("1", 1, ["x"], name="Northwind", phone=PHONE))
    lab.sync()
    assert entities(lab) == [["a/1"], ["b/1"]]
    assert lab.memory.review() == []


def test_only_a_steward_reviews(alike_labs: Callable[..., Lab]) -> None:
    """Without `may: [correct]` the queue is denied."""
    with pytest.raises(Denied, match="may not decide"):
        alike_labs().memory.review(principal="x")


def test_two_matchers_that_compare_are_refused(alike_labs: Callable[..., Lab]) -> None:
    """Which of two scores counts would be a guess."""
    lab = alike_labs(similar=f"{SIMILAR}\n    {SIMILAR}")
    lab.say("a", "accounts", account("1", 1, name="Northwind"))
    with pytest.raises(ConfigError, match="2 matchers compare"):
        lab.sync()
