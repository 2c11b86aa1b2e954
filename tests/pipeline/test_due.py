"""What time alone changes: the fact cache is brought up to it by a sync that reads nothing new."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, config_of

YAML = """
attributes:
  account:
    industry: {survivorship: [{type: trust, sources: {a: {trust: 90, decay: 400d}, b: 50}}]}
    phone: {valid_until: phone_until}
    phone_until: {type: date}
    employees: {survivorship: [{type: trust, sources: {a: {trust: 80, decay: 700d}}, at_least: 40}]}
"""
MAPPED = ", streams: {accounts: {mapping: {attributes: {phone_until: last}}}}"


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Accounts whose phone ends, and two sources of which one is trusted less and less; it is 2 November 2026, 8:00."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, YAML, options=MAPPED))
    yield made
    made.close()


def say(lab: Lab, source: str, day: float, number: int = 1, **data: Any) -> None:
    """A source speaks of an account."""
    lab.say(source, "accounts", account(str(number), day, domain=f"c{number}.example", **data))


def turned(lab: Lab) -> list[tuple[str, Any, Any]]:
    """What a sync in which nobody says anything new tells to have changed."""
    report = lab.sync()
    assert report.ok
    return [(change.attribute, change.before, change.after) for change in report.changes]


def test_the_end_of_a_validity_is_told_once(lab: Lab) -> None:
    """A value whose last day is over is a change of the next sync, though no source said a word, and of that alone."""
    say(lab, "a", 1, phone="030 123456", last="2026-11-02")
    assert lab.sync().ok
    lab.world.advance(hours=15, minutes=59)
    assert turned(lab) == []
    lab.world.advance(minutes=2)
    assert turned(lab) == [("phone", "030 123456", None)]
    assert turned(lab) == []


def test_trust_that_wears_off_changes_the_winner_of_the_cache(lab: Lab) -> None:
    """When the trust in one source comes to lie below that in another, whoever listens hears of it."""
    say(lab, "a", 300, industry="Retail")
    say(lab, "b", 300, industry="Trade")
    assert lab.sync().ok
    lab.world.advance(days=60)
    assert turned(lab) == []
    lab.world.advance(days=120)
    assert turned(lab) == [("industry", "Retail", "Trade")]


def test_whoever_overtakes_is_found_among_very_many(lab: Lab) -> None:
    """Sixty records that are trusted more today do not hide the one that is trusted longest."""
    for number in range(60):
        lab.say("a", "accounts", account(f"x{number}", 300 + number / 100, domain="c1.example", industry="Retail"))
    say(lab, "b", 300, industry="Trade")
    assert lab.sync().ok
    lab.world.advance(days=180)
    assert turned(lab) == [("industry", "Retail", "Trade")]


def test_two_values_trusted_alike_give_way_to_one(lab: Lab) -> None:
    """A source that says two things, one of them as another says it, is in dispute until that one is trusted more."""
    for number, industry in enumerate(["Retail", "Trade"]):
        lab.say("a", "accounts", account(f"x{number}", 300, domain="c1.example", industry=industry))
    say(lab, "b", 300, industry="Trade")
    assert lab.sync().ok
    lab.world.advance(days=180)
    assert turned(lab) == [("industry", {"conflict": ["Retail", "Trade"]}, "Trade")]


def test_trust_since_the_last_confirmation_wears_off_in_no_cache(tmp_path: Path, blank_store: Path) -> None:
    """As long as its source is read and still says so, a value is confirmed: nobody is told of another winner."""
    chain = "{type: trust, since: verified, sources: {a: {trust: 90, decay: 100d}, b: 50}}"
    more = f"attributes: {{account: {{industry: {{survivorship: [{chain}]}}}}}}\n"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, more))
    say(lab, "a", 1, industry="Retail")
    say(lab, "b", 1, industry="Trade")
    assert lab.sync().ok
    for _ in range(8):
        lab.world.advance(days=20)
        assert turned(lab) == []
        assert lab.memory.why("c1.example", "industry")["winner"]["value"] == "Retail"
    lab.close()


def test_trust_that_is_demanded_runs_out(lab: Lab) -> None:
    """A value that nobody disputes is unknown to the cache, too, once nobody is trusted far enough."""
    say(lab, "a", 300, employees=50)
    assert lab.sync().ok
    lab.world.advance(days=400)
    assert turned(lab) == [("employees", 50, None)]


def test_a_word_that_was_told_for_a_time_ends_in_the_cache(lab: Lab) -> None:
    """What somebody told for two days stops counting without anybody saying so, also where it was the only word."""
    say(lab, "a", 1, name="Acme")
    assert lab.sync().ok
    lab.memory.remember(about="c1.example", attribute="industry", value="Retail", expires="2d")
    lab.world.advance(days=1)
    assert turned(lab) == []
    lab.world.advance(days=2)
    assert turned(lab) == [("industry", "Retail", None)]


def test_to_settle_is_enough(lab: Lab) -> None:
    """Settling, as a worker does when it starts, brings what is due up to the time; the next sync has nothing left."""
    say(lab, "a", 1, phone="030 123456", last="2026-11-02")
    assert lab.sync().ok
    lab.world.advance(days=1)
    before = lab.dump()
    lab.memory.settle()
    assert lab.dump() != before
    assert turned(lab) == []


def test_where_nothing_is_due_nothing_is_written(lab: Lab) -> None:
    """Values that will end some day cost a settled store no write until they do."""
    say(lab, "a", 300, phone="030 123456", last="2027-06-01", industry="Retail")
    say(lab, "b", 300, industry="Trade")
    assert lab.sync().ok
    lab.world.advance(days=1)
    with lab.memory.store.reading() as tx:
        assert tx.one("select count(*) from facts where due is not null") == (1,)
    before = lab.path.with_name("lab.db-wal").stat().st_size
    lab.memory.settle()
    assert lab.path.with_name("lab.db-wal").stat().st_size == before


@pytest.mark.parametrize("seed", range(4))
def test_after_any_time_the_cache_is_what_a_rebuild_makes(lab: Lab, seed: int) -> None:
    """However long nobody syncs, what is due and nothing else is decided again: a rebuild finds nothing to correct."""
    chance = random.Random(seed)
    for source in "ab":
        for number in range(8):
            last = f"2026-{chance.choice(['11', '12'])}-{chance.randrange(1, 30):02}"
            industry, employees = chance.choice(["Retail", "Trade"]), chance.choice([1, 2])
            day = chance.randrange(1, 300)
            say(lab, source, day, number, phone=f"030 {number}0000{source}", last=last, industry=industry)
            say(lab, source, day + 1, number + 100, employees=employees, industry=industry)
    assert lab.sync().ok
    lab.memory.remember(about="c3.example", attribute="industry", value="Mining", expires="20d")
    for _ in range(6):
        lab.world.advance(days=chance.random() * 90)
        assert lab.sync().ok
        rebuilt = lab.memory.rebuild()
        assert rebuilt.before == rebuilt.after
