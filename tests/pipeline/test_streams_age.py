"""A dead cursor ages its own facts: stream by stream, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, config_of

from groundfact.errors import SourceRefused

YAML = """
attributes:
  account:
    industry: {freshness: {type: fixed, fresh_for: 90d, stale_if_error: 14d}}
    employees: {freshness: {type: fixed, fresh_for: 12h, stale_after: 1d, must_revalidate: true}}
    phone: {freshness: {type: fixed, fresh_for: 1d, stale_after: 2d, stale_if_error: 14d}}
"""


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Sources that are behind after two days."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, YAML, options=", behind_after: 2d"))
    yield made
    made.close()


def told(lab: Lab, name: str, attribute: str, kind: str = "account", **options: Any) -> dict[str, Any]:
    """What a copilot is handed."""
    data = lab.memory.context(name, kind=kind, **options).data
    return {fact["attribute"]: fact for fact in data["facts"]}[attribute]


def both(lab: Lab) -> None:
    """An account and a contact of one source, read completely."""
    lab.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Steel", phone="030 123456"))
    lab.say("a", "contacts", account("7", 1, name="Ann", email="ann@acme.example", title="CFO"))
    assert lab.sync("a").ok


def test_a_stream_that_fails_for_weeks_ages_its_own_facts(lab: Lab) -> None:
    """Its source's other streams go on and stay fresh; what it said itself is stale, though it was once confirmed."""
    both(lab)
    for _ in range(20):
        lab.world.advance(days=1)
        lab.say("a", "contacts", SourceRefused("no right to read contacts", hint="grant it"))
        assert not lab.sync("a").ok
    contact = told(lab, "ann@acme.example", "title", "contact")
    assert (contact["freshness"], contact["why"], contact["age"]) == ("stale", "source_behind", "20 d")
    assert told(lab, "Acme", "industry")["freshness"] == "fresh"


def test_a_stream_that_was_never_read_to_its_end_confirms_nothing(lab: Lab) -> None:
    """Its first read broke off: another stream's success does not speak for it."""
    lab.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example"))
    pages = [account(str(n), 1, name=f"P{n}", email=f"p{n}@acme.example") for n in range(2)]
    lab.say("a", "contacts", *pages, SourceRefused("cut off", hint="try again"))
    assert not lab.sync("a").ok
    assert told(lab, "Acme", "domain")["freshness"] == "fresh"
    assert told(lab, "p1@acme.example", "name", "contact")["why"] == "source_behind"


def test_a_source_that_cannot_be_read_is_served_for_a_while(lab: Lab) -> None:
    """`stale_if_error`: marked as unreachable for fourteen days beyond the lifetime, then last known, not confirmed."""
    both(lab)
    lab.world.advance(days=2)
    lab.say("a", "accounts", SourceRefused("down", hint="wait"))
    lab.sync("a")
    phone = told(lab, "Acme", "phone")
    assert (phone["value"], phone["freshness"], phone["why"]) == ("030 123456", "stale", "source_unreachable")
    assert "cannot be reached, last confirmed 2 d ago" in lab.memory.context("Acme").text
    lab.world.advance(days=13, hours=23, minutes=59, seconds=59)
    assert told(lab, "Acme", "phone")["value"] == "030 123456"
    lab.world.advance(seconds=1)
    phone = told(lab, "Acme", "phone")
    assert (phone["status"], phone["value"], phone["last_known"]) == ("unconfirmed", None, "030 123456")


def test_a_source_that_can_be_read_again_is_only_old(lab: Lab) -> None:
    """The error is that of the last run: after one that came through, nothing is unreachable."""
    both(lab)
    lab.world.advance(days=3)
    lab.say("a", "accounts", SourceRefused("down", hint="wait"))
    lab.sync("a")
    assert told(lab, "Acme", "phone")["why"] == "source_unreachable"
    lab.world.advance(hours=1)
    lab.say("a", "accounts")
    lab.sync("a")
    assert told(lab, "Acme", "phone")["freshness"] == "fresh"


def test_an_outage_that_is_undone_never_was(lab: Lab) -> None:
    """A failed run that is taken back makes nothing unreachable any more; who asks for before that is told as then."""
    both(lab)
    lab.world.advance(days=3)
    quiet = lab.memory.context("Acme").data["facts"]
    lab.say("a", "accounts", SourceRefused("down", hint="wait"))
    lab.sync("a")
    assert told(lab, "Acme", "phone")["why"] == "source_unreachable"
    failed = lab.memory.belief()
    lab.memory.undo(run=max(run for (run,) in lab.rows("select id from run")))
    assert lab.memory.context("Acme").data["facts"] == quiet
    assert told(lab, "Acme", "phone", known_at=failed)["why"] == "source_unreachable"


def test_an_outage_is_not_known_before_it_began(lab: Lab) -> None:
    """Asked for an earlier time, the answer is that of then: the failure came later."""
    both(lab)
    lab.world.advance(days=3)
    before = lab.memory.context("Acme").data["facts"]
    at = lab.memory.world.now()
    lab.world.advance(minutes=1)
    lab.say("a", "accounts", SourceRefused("down", hint="wait"))
    lab.sync("a")
    assert lab.memory.context("Acme", known_at=at).data["facts"] == before
    assert lab.memory.context("Acme").data["facts"] != before


def test_a_clock_that_goes_backwards_makes_nothing_stale(lab: Lab) -> None:
    """What was confirmed in what is now the future is fresh, and its age is no nonsense."""
    both(lab)
    lab.world.advance(days=-400)
    assert told(lab, "Acme", "phone")["freshness"] == "fresh"
    assert told(lab, "Acme", "phone", max_age="1d")["value"] == "030 123456"


def test_a_caller_may_insist_on_young_values(lab: Lab) -> None:
    """`max_age` turns what was confirmed longer ago into the last known value, for this answer alone."""
    both(lab)
    lab.world.advance(hours=20)
    assert told(lab, "Acme", "industry", max_age="1d")["value"] == "Steel"
    fact = told(lab, "Acme", "industry", max_age="12h")
    assert (fact["status"], fact["value"], fact["last_known"], fact["why"]) == (
        "unconfirmed",
        None,
        "Steel",
        "older_than_asked",
    )
    assert lab.memory.why("Acme", "industry", max_age="12h")["fact"]["status"] == "unconfirmed"
    assert told(lab, "Acme", "industry")["value"] == "Steel"


def test_a_side_of_a_conflict_that_must_be_current_is_only_the_last_known(lab: Lab) -> None:
    """Nobody confirmed either side in time: neither is handed out as a value, and the question says so."""
    lab.say("a", "accounts", account("1", None, name="Acme", domain="acme.example", employees=240))
    lab.say("b", "accounts", account("1", None, name="Acme", domain="acme.example", employees=410))
    assert lab.sync().ok
    sides = told(lab, "Acme", "employees")["sides"]
    assert sorted(side["value"] for side in sides) == [240, 410]
    lab.world.advance(hours=30)
    street = told(lab, "Acme", "employees")
    assert [(side["value"], "last_known" in side) for side in street["sides"]] == [(None, True), (None, True)]
    text = lab.memory.context("Acme").text
    assert text.count("UNCONFIRMED, last known") == 2
    assert "last known 240 (a)" in street["ask"]
