"""What stewards decide about relations: queued when it is open, and moved by nobody but the sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config

STEW = "principals: {all: {kind: person, labels: [workspace, x], clearance: restricted, may: [correct, forget]}}\n"


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Two sources that name different parents of Mill on the same day."""
    config_of(tmp_path, options=", relations: true")
    path = tmp_path / "lab.yaml"
    before, _, after = path.read_text().partition("principals:\n")
    path.write_text(before + STEW + after[after.index("context:") :])
    made = Lab(tmp_path, blank_store, load_config(path, PLUGINS))
    made.say("a", "accounts", company("1", name="Holding"), company("2", name="Mill", parent="1"))
    made.say("b", "accounts", company("7", name="Group"), company("8", name="Mill", parent="7"))
    made.sync()
    yield made
    made.close()


def company(rec: str, day: float = 1, **data: Any) -> Any:
    """An account with the domain of its name."""
    return account(rec, day, **{"domain": f"{data['name'].lower()}.example", **data})


def tasks(lab: Lab) -> list[tuple[str, str, str]]:
    """What waits, in short."""
    found = [(one["task"], one["name"], one.get("attribute", "")) for one in lab.memory.worklist()]
    return [one for one in found if one[2] == "parent"]


def test_two_parents_wait_for_a_steward(lab: Lab) -> None:
    """A relation of which sources disagree is queued with both ends, and gone from the queue once one is pinned."""
    (found,) = lab.memory.worklist()
    assert (found["task"], found["name"], found["attribute"]) == ("conflict", "Mill", "parent")
    assert sorted(side["value"] for side in found["sides"]) == ["Group", "Holding"]
    assert len({side["target"]["id"] for side in found["sides"]}) == 2
    assert found["settle"].startswith(f"groundfact pin {found['id']} parent --source ")
    lab.memory.pin("Mill", "parent", source="a", reason="asked them")
    assert tasks(lab) == []


def test_parents_of_one_id_in_two_sources_wait_as_well(lab: Lab) -> None:
    """Two sources that call different companies by the same id do not agree, though they say the same."""
    lab.say("a", "accounts", company("5", 3, name="One"), company("6", 3, name="Pit", parent="5"))
    lab.say("b", "accounts", company("5", 3, name="Two"), company("9", 3, name="Pit", parent="5"))
    lab.sync()
    assert ("conflict", "Pit", "parent") in tasks(lab)


def test_one_parent_by_two_ids_waits_for_nobody(lab: Lab) -> None:
    """Two sources that call one company by ids of their own agree, though they say different things."""
    lab.say("b", "accounts", company("11", 3, name="Holding"), company("8", 3, name="Mill", parent="11"))
    lab.say("a", "accounts", company("2", 3, name="Mill", parent="1"))
    lab.sync()
    assert tasks(lab) == []


def test_what_not_everybody_sees_is_in_no_others_queue(lab: Lab) -> None:
    """A conflict with a parent that a steward may not see is no task of his."""
    lab.say("c", "accounts", account("1", 9, ["x"], name="Secret", domain="secret.example"))
    lab.say("c", "accounts", account("2", 9, ["x"], name="Den", domain="den.example", parent="1"))
    lab.say("a", "accounts", company("3", 9, name="Den", parent="1"))
    lab.sync()
    assert ("conflict", "Den", "parent") in tasks(lab)


def test_a_merge_of_an_other_end_contests_no_pin(lab: Lab) -> None:
    """No source has moved when the parent that was decided against turns out to be one with another company."""
    lab.memory.pin("Mill", "parent", source="a", reason="asked them")
    lab.say("a", "accounts", company("0", 1, name="Bigger"))
    lab.sync()
    lab.world.advance(days=1)
    before = lab.memory.context("b/7").data["id"]
    lab.memory.merge("a/0", "b/7", reason="one register entry")
    assert lab.memory.context("b/7").data["id"] != before
    told = lab.memory.why("Mill", "parent")["fact"]
    assert (told["value"], told.get("contested")) == ("Holding", None)
    assert tasks(lab) == []
    lab.memory.unmerge("a/0", reason="they are two after all")
    assert tasks(lab) == []


def test_a_merge_of_the_pinned_end_contests_no_pin(lab: Lab) -> None:
    """The pin means the company that the one it named went into."""
    lab.memory.pin("Mill", "parent", source="b", reason="asked them")
    lab.say("a", "accounts", company("0", 1, name="Bigger"))
    lab.sync()
    lab.memory.merge("a/0", "b/7", reason="one register entry")
    assert tasks(lab) == []
    told = lab.memory.why("Mill", "parent")
    assert told["winner"]["target"]["id"] == lab.memory.context("b/7").data["id"]


def test_a_source_that_names_another_parent_contests_the_pin(lab: Lab) -> None:
    """When a source moves on to a third company, the pin is contested."""
    lab.memory.pin("Mill", "parent", source="a", reason="asked them")
    lab.world.advance(days=1)
    lab.say("b", "accounts", company("9", 2, name="Third"), company("8", 400, name="Mill", parent="9"))
    lab.sync()
    assert tasks(lab) == [("contested", "Mill", "parent")]


def test_a_merge_of_what_was_set_aside_changes_nothing(lab: Lab) -> None:
    """What a source says does not count for as long as it says that, whatever becomes of the other end."""
    lab.memory.ignore("Mill", "parent", "b", reason="a typo")
    assert tasks(lab) == []
    lab.say("a", "accounts", company("0", 1, name="Bigger"))
    lab.sync()
    lab.memory.merge("a/0", "b/7", reason="one register entry")
    assert tasks(lab) == []
    assert lab.memory.why("Mill", "parent")["fact"]["value"] == "Holding"
