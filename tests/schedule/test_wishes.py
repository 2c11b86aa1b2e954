"""`stale_while_revalidate`: an answer wishes that its source be read, and the schedule does it once for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lab import Lab, Scripted, account, config_of

from groundfact.errors import SourceRefused
from groundfact.schedule.worker import Worker

YAML = """
schedule: {every: 30d}
attributes:
  account:
    industry: {freshness: {type: fixed, fresh_for: 1m, stale_while_revalidate: 3d}}
    phone: {freshness: {type: fixed, fresh_for: 1d, stale_after: 2d, stale_while_revalidate: 3d}}
"""


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Three sources that are read every month, one of which was read just now; the others a minute before."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, YAML))
    made.sync()
    made.world.advance(minutes=1)
    made.say("a", "accounts", account("1", 1, name="Acme", phone="030 123456"))
    made.sync("a")
    yield made
    made.close()


def phone(lab: Lab, **options: str) -> tuple[str, object]:
    """The phone as a copilot is handed it: freshness and value."""
    facts = {fact["attribute"]: fact for fact in lab.memory.context("Acme", **options).data["facts"]}
    return facts["phone"]["freshness"], facts["phone"]["value"]


def due(lab: Lab) -> list[str]:
    """The sources whose turn has come."""
    return [turn.source for turn in Worker(lab.memory).turns() if turn.due]


def test_a_fresh_answer_wishes_for_nothing(lab: Lab) -> None:
    """Nothing is written beside the audit, and nothing is due."""
    assert phone(lab) == ("fresh", "030 123456")
    assert lab.rows("select * from refresh_wish") == []
    assert due(lab) == []


def test_an_aging_answer_has_its_source_read_ahead_of_its_turn(lab: Lab) -> None:
    """It is served marked; the worker's next look reads that source and no other, and the value is fresh again."""
    lab.world.advance(days=1)
    assert due(lab) == []
    assert phone(lab) == ("aging", "030 123456")
    assert due(lab) == ["a"]
    assert {told["source"] for told in lab.memory.context("Acme").data["sources"] if told.get("refresh")} == {"a"}
    Scripted.scripts.clear()
    report = Worker(lab.memory).once()
    assert [result.source for result in report.sources] == ["a"]
    assert phone(lab) == ("fresh", "030 123456")
    assert due(lab) == []


def test_many_answers_are_one_wish(lab: Lab) -> None:
    """One row for each source, written by the first of them and left alone by the others."""
    lab.world.advance(days=1)
    phone(lab)
    (first,) = lab.rows("select source, at from refresh_wish")
    for _ in range(5):
        lab.world.advance(seconds=10)
        phone(lab)
    assert lab.rows("select source, at from refresh_wish") == [first]


def test_a_source_has_five_minutes_of_rest(lab: Lab) -> None:
    """However short its lifetimes are and however often it is wished for: once read, it is left alone for a while."""
    lab.say("b", "accounts", account("1", 1, name="Bolt", industry="Steel"))
    lab.sync("b")
    lab.world.advance(minutes=2)
    lab.memory.context("Bolt")
    assert due(lab) == []
    lab.world.advance(minutes=3)
    assert due(lab) == ["b"]


def test_a_failing_source_is_not_pressed(lab: Lab) -> None:
    """It keeps to its own rests: nobody makes it worse by asking."""
    lab.world.advance(days=1)
    lab.say("a", "accounts", SourceRefused("down", hint="wait"))
    lab.sync("a")
    lab.world.advance(hours=1)
    assert phone(lab)[0] == "aging"
    assert due(lab) == []


def test_what_nobody_reads_again_is_withheld_in_the_end(lab: Lab) -> None:
    """Served stale for three days beyond its lifetime; then it is the last known value, not confirmed."""
    lab.world.advance(days=4, hours=23, minutes=59, seconds=59)
    assert phone(lab) == ("stale", "030 123456")
    lab.world.advance(seconds=1)
    assert phone(lab) == ("stale", None)


def test_a_look_at_the_past_wishes_for_nothing(lab: Lab) -> None:
    """What was stale then is no reason to read anything now."""
    lab.world.advance(days=1)
    lab.sync("b")
    phone(lab, known_at=lab.memory.world.now().isoformat())
    phone(lab, as_of=lab.memory.world.now().isoformat())
    assert lab.rows("select * from refresh_wish") == []


def test_why_writes_nothing(lab: Lab) -> None:
    """An explanation is not audited today, and a wish is no reason to begin with it."""
    lab.world.advance(days=1)
    assert lab.memory.why("Acme", "phone")["fact"]["freshness"] == "aging"
    assert lab.rows("select * from refresh_wish") == []
