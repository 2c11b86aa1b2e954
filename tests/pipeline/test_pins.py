"""Pins and ignored values: a steward's word stands before mirrors and rules, and is taken back without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account
from support.stewards import steward_config

from groundfact.errors import Denied, UnknownName, UsageError


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """One account of two sources that disagree, and what one of them tells only some."""
    made = Lab(tmp_path, blank_store, steward_config(tmp_path))
    made.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Toys", employees=5))
    made.say("b", "accounts", account("7", 2, name="Acme", domain="acme.example", industry="Robots", employees=12))
    made.say("c", "accounts", account("9", 3, ["x"], domain="acme.example", industry="Secret weapons"))
    made.sync()
    yield made
    made.close()


def why(lab: Lab, attribute: str = "industry", who: str = "mo", **more: Any) -> dict[str, Any]:
    """Why a principal is told what it is told."""
    found: dict[str, Any] = lab.memory.why("acme.example", attribute, principal=who, **more)
    return found


def says(lab: Lab, source: str, rec: str, day: float, **data: Any) -> None:
    """A source says something else in the next sync."""
    lab.world.advance(hours=1)
    lab.say(source, "accounts", account(rec, day, name="Acme", domain="acme.example", **data))
    lab.sync(source)


def test_a_pin_is_believed_before_the_rules(lab: Lab) -> None:
    """What a pinned source says wins over what the rules prefer; it is cited, with the pin's grounds beside it."""
    assert why(lab)["fact"]["value"] == "Robots"
    told = lab.memory.pin(
        "Acme", "industry", source="a", reason="asked them", evidence="mail of 3 May", expires="30d", principal="stew"
    )
    found = why(lab)
    assert (found["fact"]["value"], found["fact"]["rule"], found["winner"]["source"]) == ("Toys", "pin", "a")
    assert [(one["value"], one["reason"]) for one in found["losers"]] == [("Robots", "pinned_over")]
    steward = found["steward"]
    assert (steward["by"], steward["reason"], steward["evidence"]) == ("stew", "asked them", "mail of 3 May")
    assert (steward["of"], steward["id"], steward["expires"]) == ("a", told["id"], told["expires"])
    (kept,) = lab.memory.remembered("Acme", principal="mo")
    assert (kept["type"], kept["value"], kept["of"], kept["evidence"]) == ("pin", "Toys", "a", "mail of 3 May")


def test_a_value_can_be_pinned_whoever_says_it(lab: Lab) -> None:
    """A pinned value needs somebody who says it; the one who does is cited."""
    lab.memory.pin("Acme", "employees", "5", reason="counted", principal="stew")
    found = why(lab, "employees")
    assert (found["fact"]["value"], found["winner"]["source"], found["fact"]["rule"]) == (5, "a", "pin")
    with pytest.raises(UsageError, match="nobody says"):
        lab.memory.pin("Acme", "employees", 99, reason="counted", principal="stew")


def test_a_pin_survives_and_is_contested_when_a_source_moves(lab: Lab) -> None:
    """It holds whatever the sources say next; what they say otherwise since is told, and nothing else is."""
    lab.memory.pin("Acme", "industry", source="a/1", reason="asked them", principal="stew")
    says(lab, "b", "7", 3, industry="Robots", employees=13)
    assert "contested" not in why(lab)["fact"], "another attribute changed, not this one"
    says(lab, "b", "7", 4, industry="Planes", employees=13)
    fact = why(lab)["fact"]
    assert (fact["value"], fact["contested"], fact["confidence"]) == ("Toys", True, "low")
    (against,) = fact["against"]
    assert (against["source"], against["value"], against["since"]) == ("b", "Planes", "2026-01-05T00:00:00Z")
    context = lab.memory.context("Acme", principal="mo")
    assert "CONTESTED: b says Planes since 2026-01-05" in context.text
    assert "CONTESTED" in lab.memory.context("Acme", principal="mo", max_tokens=100).text
    says(lab, "b", "7", 5, industry="Robots")
    assert "contested" not in why(lab)["fact"], "it says again what the steward decided over"


def test_a_pin_holds_where_its_source_says_something_else(lab: Lab) -> None:
    """The pinned value stays, as the steward's own word, and the source that left it contests it."""
    lab.memory.pin("Acme", "industry", source="a", reason="asked them", principal="stew")
    says(lab, "a", "1", 9, industry="Trains")
    found = why(lab)
    assert (found["fact"]["value"], found["winner"]["source"]) == ("Toys", "people")
    assert [one["source"] for one in found["fact"]["against"]] == ["a"]


def test_a_correction_is_contested_like_a_pin(lab: Lab) -> None:
    """A correction whose sources change is marked; correcting it again after that settles it."""
    lab.memory.correct("Acme", "industry", "Boats", reason="saw one", principal="stew")
    assert "contested" not in why(lab)["fact"]
    says(lab, "a", "1", 9, industry="Trains")
    assert [one["value"] for one in why(lab)["fact"]["against"]] == ["Trains"]
    lab.memory.correct("Acme", "industry", "Boats", reason="saw one", principal="stew")
    assert "contested" not in why(lab)["fact"]


def test_what_is_only_inferred_contests_nothing(lab: Lab) -> None:
    """A copilot's guess queues no work; a person's statement does."""
    lab.memory.pin("Acme", "industry", source="a", reason="asked them", principal="stew")
    lab.world.advance(hours=1)
    lab.memory.remember(about="Acme", attribute="industry", value="Cakes", inferred=True, principal="mo")
    assert "contested" not in why(lab)["fact"]
    lab.memory.remember(about="Acme", attribute="industry", value="Cakes", principal="dana")
    assert [one["source"] for one in why(lab)["fact"]["against"]] == ["people"]


def test_an_ignored_value_does_not_count_while_it_is_said(lab: Lab) -> None:
    """The value loses with its own code; when the source says something else, that counts."""
    lab.memory.ignore("Acme", "industry", "b", reason="a typo", evidence="ticket 9", principal="stew")
    found = why(lab)
    assert (found["fact"]["value"], [loser["reason"] for loser in found["losers"]]) == ("Toys", ["ignored"])
    assert [(one["by"], one["reason"], one["evidence"]) for one in found["ignored"]] == [("stew", "a typo", "ticket 9")]
    assert [one["source"] for one in lab.memory.list("claims", principal="mo") if one["attribute"] == "industry"] == [
        "b",
        "a",
    ]
    says(lab, "b", "7", 3, industry="Planes")
    assert why(lab)["fact"]["value"] == "Planes"
    says(lab, "b", "7", 4, industry="Robots")
    assert why(lab)["fact"]["value"] == "Toys", "it says the ignored value again"


def test_ignoring_the_only_value_leaves_unknown(lab: Lab) -> None:
    """Nothing is known then, and `why` still says what was set aside."""
    lab.memory.ignore("Acme", "employees", "a", reason="typo", principal="stew")
    lab.memory.ignore("Acme", "employees", "b/7", reason="typo", principal="stew")
    found = why(lab, "employees")
    assert (found["fact"]["status"], len(found["ignored"]), found["fact"]["rule"]) == ("unknown", 2, "ignore")
    types = [(one["type"], one["value"], one["of"]) for one in lab.memory.remembered("Acme", principal="mo")]
    assert sorted(types) == [("ignore", 5, "a"), ("ignore", 12, "b")] or sorted(types) == [
        ("ignore", 5, "a"),
        ("ignore", 12, "b/accounts/7"),
    ]


def test_a_pin_of_something_restricted_is_as_restricted(lab: Lab) -> None:
    """Who may not see the pinned record sees no pin: not in answers, lists, errors or what the pin beats."""
    before = {what: list(lab.memory.list(what, principal="mo")) for what in ("facts", "claims", "records", "links")}
    answers = why(lab), lab.memory.context("Acme", principal="mo").data
    told = lab.memory.pin("Acme", "industry", source="c", reason="secret source", principal="stew")
    lab.memory.ignore("Acme", "industry", "c", reason="no longer", expires="2d", principal="stew")
    assert why(lab, who="stew")["fact"]["value"] == "Secret weapons"
    assert (why(lab), lab.memory.context("Acme", principal="mo").data) == answers
    assert {what: list(lab.memory.list(what, principal="mo")) for what in before} == before
    assert lab.memory.remembered(principal="mo") == []
    with pytest.raises(UnknownName):
        lab.memory.forget(told["id"], principal="mo")


def test_the_latest_word_holds(lab: Lab) -> None:
    """A pin after a correction is believed, and a correction after a pin; taken back, the one before holds again."""
    lab.memory.correct("Acme", "industry", "Boats", reason="saw one", principal="stew")
    lab.world.advance(hours=1)
    pin = lab.memory.pin("Acme", "industry", source="a", reason="asked", principal="stew")
    assert (why(lab)["fact"]["value"], why(lab)["fact"]["rule"]) == ("Toys", "pin")
    lab.memory.forget(pin["id"], principal="stew")
    assert (why(lab)["fact"]["value"], why(lab)["fact"]["rule"]) == ("Boats", "correction")


def test_a_pinned_mirror_is_believed(tmp_path: Path, blank_store: Path) -> None:
    """A pin stands before mirrors: what a copy says can be pinned, though a copy has no vote."""
    lab = Lab(tmp_path, blank_store, steward_config(tmp_path, mirror="b"))
    for source, industry in (("a", "Toys"), ("b", "Robots")):
        lab.say(source, "accounts", account("1", 1, name="Acme", domain="acme.example", industry=industry))
    lab.sync()
    assert why(lab)["losers"][0]["reason"] == "mirror"
    lab.memory.pin("Acme", "industry", source="b", reason="asked", principal="stew")
    assert (why(lab)["fact"]["value"], why(lab)["losers"][0]["reason"]) == ("Robots", "pinned_over")
    lab.close()


@pytest.mark.parametrize(
    ("verb", "args", "more", "says"),
    [
        ("pin", ("Acme", "industry"), {}, "either a value or"),
        ("pin", ("Acme", "industry", "Toys"), {"source": "a"}, "either a value or"),
        ("pin", ("Acme", "industry"), {"source": "zz"}, "says nothing about"),
        ("pin", ("Acme", "employees", "many"), {}, "is not a"),
        ("pin", ("Acme", "industry", "Toys"), {"reason": " "}, "needs a reason"),
        ("pin", ("Acme", "industry", "Toys"), {"evidence": "x" * 501}, "evidence is longer"),
        ("ignore", ("Acme", "industry", "zz"), {}, "says nothing about"),
        ("ignore", ("Acme", "colour", "a"), {}, "no attribute"),
        ("ignore", ("Acme", "industry", "a"), {"expires": "2020-01-01"}, "already over"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    lab: Lab, verb: str, args: tuple[Any, ...], more: dict[str, Any], says: str
) -> None:
    """With a message that says what to do, and nothing written."""
    before = lab.dump()
    with pytest.raises(UsageError, match=says):
        getattr(lab.memory, verb)(*args, **{"reason": "so", **more}, principal="stew")
    assert lab.dump() == before


def test_only_stewards_decide(lab: Lab) -> None:
    """A pin and an ignore take `may: [correct]`."""
    with pytest.raises(Denied, match="may not pin"):
        lab.memory.pin("Acme", "industry", source="a", reason="so", principal="mo")
    with pytest.raises(Denied, match="may not ignore"):
        lab.memory.ignore("Acme", "industry", "a", reason="so", principal="mo")


def test_a_pin_of_a_record_that_is_taken_away_later_is_gone_with_it(lab: Lab) -> None:
    """Its source shows the record to fewer people now: to the others there is no pin of it, in no answer or list."""
    lab.memory.pin("Acme", "industry", source="a", reason="asked them", principal="stew")
    lab.memory.ignore("Acme", "employees", source="a", reason="a guess", principal="stew")
    assert why(lab)["fact"]["value"] == "Toys"
    lab.world.advance(hours=1)
    lab.say("a", "accounts", account("1", 1, ["x"], name="Acme", domain="acme.example", industry="Toys", employees=5))
    assert lab.sync("a").ok
    assert (why(lab)["fact"]["value"], "steward" in why(lab)) == ("Robots", False)
    assert lab.memory.remembered("Acme", principal="mo") == []
    assert not [claim for claim in lab.memory.list("claims", principal="mo") if claim["value"] == "Toys"]
    assert not [record for record in lab.memory.list("records", principal="mo") if record["source"] == "people"]
    assert why(lab, who="stew")["fact"]["value"] == "Toys"
