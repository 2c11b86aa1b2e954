"""`diff`: which winners flip under other rules or at another instant, before anything ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, config_of

from groundfact.errors import UsageError

RANKED = "attributes: {account: {industry: {survivorship: [{type: system_of_record, sources: [a, b]}]}}}\n"


def _compared(lab: Lab, *asked: Any, **more: Any) -> tuple[list[dict[str, Any]], Any]:
    with lab.memory.differences(*asked, **more) as found:
        return [flip._asdict() for flip in found.each(["account", "contact"])], found


@pytest.fixture
def two(lab: Lab) -> Lab:
    """Three accounts; in two of them a says one thing, b later another."""
    for rec, later in (("1", "Paper"), ("2", "Paper"), ("3", "Steel")):
        domain = f"d{rec}.example"
        lab.say("a", "accounts", account(rec, 1, domain=domain, industry="Steel"))
        lab.say("b", "accounts", account(rec, 2, domain=domain, industry=later))
    lab.sync()
    return lab


def _other(tmp_path: Path, more: str) -> Path:
    original = (tmp_path / "lab.yaml").read_text()
    config_of(tmp_path, more)
    other = tmp_path / "other.yaml"
    (tmp_path / "lab.yaml").rename(other)
    (tmp_path / "lab.yaml").write_text(original)
    return other


def test_another_rule_flips_exactly_what_it_would(two: Lab, tmp_path: Path) -> None:
    """The flips foretold are the changes that the sync under the new rules then makes."""
    before = two.dump()
    flips, found = _compared(two, _other(tmp_path, RANKED))
    assert [(flip["attribute"], flip["before"]["value"], flip["after"]["value"]) for flip in flips] == [
        ("industry", "Paper", "Steel")
    ] * 2
    assert dict(found.flips) == {("account", "industry"): 2}
    assert (found.entities, found.appeared, found.vanished) == (3, 0, 0)
    assert two.dump() == before


def test_the_same_rules_flip_nothing(two: Lab, tmp_path: Path) -> None:
    """Compared with itself, a configuration shows no flip and nothing that is not compared."""
    other = _other(tmp_path, "")
    assert _compared(two, other)[0] == []
    assert two.memory.not_compared(other) == []


def test_what_is_not_tried_is_said(two: Lab, tmp_path: Path) -> None:
    """Other matchers, sources or mappings take effect when records are linked or read: the answer says so."""
    other = _other(tmp_path, "")
    other.write_text(other.read_text().replace("identity:\n  account:", "identity:\n  contact: []\n  account:", 1))
    other.write_text(other.read_text().replace("  contact: []\n", "").replace("attribute: domain}", "attribute: name}"))
    other.write_text(other.read_text().replace("  c: {type", "  d: {type"))
    told = two.memory.not_compared(other)
    assert [note.partition(":")[0] for note in told] == ["identity", "sources.c", "sources.d"]


def test_two_instants(two: Lab) -> None:
    """What changed between two commits; an account that came since is counted, not listed fact by fact."""
    then = two.memory.belief()
    two.say("b", "accounts", account("1", 5, domain="d1.example", industry="Ships"))
    two.say("b", "accounts", account("9", 5, domain="d9.example", industry="Ships"))
    two.sync()
    flips, found = _compared(two, earlier=then)
    assert [(flip["before"]["value"], flip["after"]["value"]) for flip in flips] == [("Paper", "Ships")]
    assert (found.appeared, found.vanished) == (1, 0)
    assert _compared(two, earlier=then, later=then)[0] == []


def test_another_spelling_is_no_flip(lab: Lab) -> None:
    """A value that is written otherwise now, and means the same, is not told as a flip."""
    lab.say("a", "accounts", account("1", 1, domain="d.example", name="Gamma Works"))
    lab.sync()
    then = lab.memory.belief()
    lab.say("b", "accounts", account("1", 2, domain="d.example", name="GAMMA WORKS"))
    lab.sync()
    assert lab.memory.why("d.example", "name")["fact"]["value"] == "GAMMA WORKS"
    assert _compared(lab, earlier=then)[0] == []


@pytest.mark.parametrize("asked", [{}, {"other": "x.yaml", "earlier": 1}, {"earlier": 5, "later": 1}])
def test_a_comparison_needs_two_sides(two: Lab, asked: dict[str, Any]) -> None:
    """Neither or both kinds of comparison, or the wrong way round, is refused."""
    with pytest.raises(UsageError):
        _compared(two, **asked)


def test_only_what_the_principal_may_see_is_compared(lab: Lab, tmp_path: Path) -> None:
    """A flip that rests on a record that is hidden from somebody is not shown to him."""
    lab.say("a", "accounts", account("1", 1, ["workspace"], domain="d.example", industry="Steel"))
    lab.say("b", "accounts", account("1", 2, ["x"], domain="d.example", industry="Paper"))
    lab.sync()
    other = _other(tmp_path, RANKED)
    assert len(_compared(lab, other, principal="all")[0]) == 1
    assert _compared(lab, other, principal="nobody")[0] == []


def test_each_flip_is_plain_json(two: Lab, tmp_path: Path) -> None:
    """What `--json` streams can be written as it is."""
    assert "Paper" in json.dumps(_compared(two, _other(tmp_path, RANKED))[0])
