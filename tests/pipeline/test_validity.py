"""Validity of a fact itself: a role that ended, a contract that has not begun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, config_of

from groundfact.errors import ConfigError

YAML = """
attributes:
  account:
    industry: {valid_from: industry_from, valid_until: industry_until}
    industry_from: {type: date, hidden: true}
    industry_until: {type: datetime, hidden: true}
    phone: {valid_until: phone_until}
    phone_until: {type: date}
"""
MAPPED = (
    ", streams: {accounts: {mapping: {attributes: {industry_from: from, industry_until: until, phone_until: last}}}}"
)


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory whose accounts say how long their industry and phone are theirs; it is 2 November 2026, 8:00."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, YAML, options=MAPPED))
    yield made
    made.close()


def told(lab: Lab, attribute: str) -> dict[str, Any]:
    """What a copilot is handed."""
    facts = {fact["attribute"]: fact for fact in lab.memory.context("acme.example").data["facts"]}
    return facts[attribute]


def say(lab: Lab, source: str = "a", **data: Any) -> None:
    """A source speaks of Acme."""
    lab.say(source, "accounts", account("1", 1, domain="acme.example", **data))
    assert lab.sync(source).ok


def test_a_value_ends_with_its_last_day(lab: Lab) -> None:
    """A date is the last day: at its last instant the value holds, at the next midnight it is what it was."""
    say(lab, phone="030 123456", last="2026-11-02")
    lab.world.advance(hours=15, minutes=59, seconds=59)
    assert (told(lab, "phone")["value"], told(lab, "phone")["valid_until"]) == ("030 123456", "2026-11-02")
    lab.world.advance(seconds=1)
    fact = told(lab, "phone")
    assert (fact["status"], fact["value"], fact["confidence"]) == ("unknown", None, "none")
    assert fact["was"] == {"value": "030 123456", "source": "a", "valid_until": "2026-11-02"}
    assert "Phone: unknown (was 030 123456 until 2026-11-02 [a])" in lab.memory.context("acme.example").text


def test_an_instant_is_closed_open(lab: Lab) -> None:
    """A time is the first instant at which it is over."""
    say(lab, industry="Steel", until="2026-11-02T09:00:00Z")
    lab.world.advance(minutes=59, seconds=59)
    assert told(lab, "industry")["value"] == "Steel"
    lab.world.advance(seconds=1)
    assert told(lab, "industry")["was"]["value"] == "Steel"


def test_what_has_not_begun_has_no_say(lab: Lab) -> None:
    """Another source's claim stands until then; on the first day the later change wins."""
    say(lab, "b", industry="Paper")
    lab.say("a", "accounts", account("1", 2, domain="acme.example", industry="Steel", **{"from": "2026-11-03"}))
    lab.sync("a")
    assert told(lab, "industry")["value"] == "Paper"
    (loser,) = lab.memory.why("acme.example", "industry")["losers"]
    assert (loser["rule"], loser["reason"], loser["valid_from"]) == ("validity", "not_yet", "2026-11-03T00:00:00Z")
    lab.world.advance(hours=16)
    assert told(lab, "industry")["value"] == "Steel"


def test_only_what_will_be_is_said_to_be_coming(lab: Lab) -> None:
    """Nobody's claim holds yet: unknown, and from when it is known."""
    say(lab, industry="Steel", **{"from": "2026-12-01"})
    assert told(lab, "industry")["will_be"] == {
        "value": "Steel",
        "source": "a",
        "valid_from": "2026-12-01T00:00:00Z",
    }
    assert "unknown (will be Steel from 2026-12-01 [a])" in lab.memory.context("acme.example").text


def test_an_ended_claim_loses_to_one_that_holds(lab: Lab) -> None:
    """However new it is: its own record says that it is over."""
    say(lab, "b", phone="030 123456")
    lab.say("a", "accounts", account("1", 9, domain="acme.example", phone="040 654321", last="2026-10-31"))
    lab.sync("a")
    assert told(lab, "phone")["value"] == "030 123456"
    (loser,) = lab.memory.why("acme.example", "phone")["losers"]
    assert (loser["value"], loser["rule"], loser["reason"]) == ("040 654321", "validity", "ended")


def test_a_date_that_cannot_be_read_ends_nothing(lab: Lab) -> None:
    """It is a problem of the record, counted; the value stands without an end. 9999-12-31 is no end either."""
    say(lab, phone="030 123456", last="soon")
    assert told(lab, "phone")["value"] == "030 123456"
    say(lab, "b", phone="030 123456", last="9999-12-31")
    assert lab.memory.why("acme.example", "phone")["agree"][0]["valid_to"] is None


def test_why_shows_the_four_clocks(lab: Lab) -> None:
    """Changed, first seen, confirmed, valid: each its own time, and the lifetime that follows."""
    say(lab, phone="030 123456", last="2026-12-31")
    lab.world.advance(days=3)
    say(lab, phone="030 123456", last="2026-12-31")
    winner = lab.memory.why("acme.example", "phone")["winner"]
    clocks = {name: winner[name] for name in ("changed_at", "observed_at", "verified_at", "valid_from", "valid_to")}
    assert clocks == {
        "changed_at": "2026-01-02T00:00:00Z",
        "observed_at": "2026-11-02T08:00:00Z",
        "verified_at": "2026-11-05T08:00:00Z",
        "valid_from": None,
        "valid_to": "2027-01-01T00:00:00Z",
    }
    # A tenth of the 307 days and 8 hours that it had held when it was confirmed.
    assert winner["lifetime"]["fresh_until"] == "2026-12-06T01:36:00Z"


def test_the_listed_facts_are_those_of_the_answers(lab: Lab) -> None:
    """The cache that lists and finds goes by the same validity, at the time of the last sync."""
    say(lab, phone="030 123456", last="2026-11-01", industry="Steel")
    rows = lab.rows("select doc from facts")
    assert len(rows) == 1
    assert '"phone":{"s":"unknown","v":null,"rule":"validity"' in rows[0][0]
    assert '"industry":{"s":"known"' in rows[0][0]


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ("{phone: {valid_until: phon}}", "account.phone: valid_until: there is no attribute 'phon'; did you mean"),
        ("{phone: {valid_until: name}}", "name is of type name; make it `type: date` or `type: datetime`"),
        ("{phone: {valid_from: phone}}", "it cannot say by itself how long it holds"),
        (
            "{phone: {valid_until: ends}, ends: {type: date, sensitivity: restricted}}",
            "ends is restricted, and this would tell it to everybody who may see phone",
        ),
        (
            "{phone: {freshness: {type: source_declared, until: name}}}",
            "account.phone: freshness: name is of type name",
        ),
    ],
)
def test_what_says_how_long_must_be_a_time(tmp_path: Path, attributes: str, told: str) -> None:
    """A misspelt or unfit attribute is refused when the YAML is loaded, with its line."""
    with pytest.raises(ConfigError, match=r"lab\.yaml:") as caught:
        config_of(tmp_path, f"attributes: {{account: {attributes}}}\n")
    assert told in str(caught.value)
