"""Lifetimes learnt from the history that is stored: counts that can be checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account, at, config_of

from groundfact.model import Gone

YAML = """
attributes:
  account:
    industry: {freshness: {type: learned, enough: 10d, prior_changes: 1, prior_watched: 10d, risk: 0.1, otherwise: 3d}}
"""
Learn = Callable[[], dict[str, tuple[int, float]]]


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Three scripted sources; it is 2 November 2026, day 305 of the scripts."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, YAML))
    yield made
    made.close()


def learnt(lab: Lab, kind: str = "account") -> dict[str, tuple[int, float]]:
    """Changes and days watched by attribute."""
    found = lab.memory.learn_lifetimes()
    return {one["attribute"]: (one["changes"], one["days_watched"]) for one in found if one["kind"] == kind}


def read(lab: Lab, days: float, source: str = "a", rec: str = "1", **data: Any) -> None:
    """Some days later, the source shows a record."""
    lab.world.advance(hours=24 * days)
    stamp = (lab.memory.now() - account("", 0).updated_at.timestamp() * 1000) / 86_400_000  # type: ignore[union-attr]
    lab.say(source, "accounts", account(rec, stamp, **data))
    assert lab.sync(source).ok


def test_a_record_is_watched_from_its_first_read_to_its_last_confirmation(lab: Lab) -> None:
    """Ten days of one value and twenty of the next: one change in thirty days; the name never changed."""
    read(lab, 0, name="Acme", industry="Steel")
    read(lab, 10, name="Acme", industry="Paper")
    read(lab, 20, name="Acme", industry="Paper")
    lab.world.advance(days=100)
    assert learnt(lab) == {"name": (0, 30.0), "industry": (1, 30.0)}


def test_an_old_stamp_is_no_watching(lab: Lab) -> None:
    """A record last edited 300 days ago tells nothing of how often it was edited: only what was watched counts."""
    lab.say("a", "accounts", account("1", 5, name="Acme"))
    lab.sync("a")
    read(lab, 10, rec="2", name="Bolt")
    assert learnt(lab) == {"name": (0, 10.0)}


def test_a_delivered_history_is_watched_from_its_beginning(lab: Lab) -> None:
    """Where a source hands over older versions, they count by their own stamps."""
    for day, industry in ((5, "Steel"), (105, "Paper"), (205, "Glass")):
        lab.say("a", "accounts", account("1", day, industry=industry))
        lab.say("a", "accounts", account("2", 5, industry="Wood"))
    lab.sync("a")
    # 2 November, 8:00, is 305 days and 8 hours after the first of January.
    assert learnt(lab) == {"industry": (2, round(2 * (305 + 1 / 3 - 5), 1))}


def test_what_is_no_change(lab: Lab) -> None:
    """Another spelling, a value that appears, and the end of a record are none; one that disappears is."""
    read(lab, 0, name="Acme Inc", domain="www.acme.example", phone="030 123456")
    read(lab, 10, name="ACME INC", domain="acme.example", industry="Steel")
    lab.world.advance(days=10)
    lab.say("a", "accounts", Gone("1", lab.memory.world.now()))
    lab.sync("a")
    lab.world.advance(days=50)
    lab.sync("a")
    assert learnt(lab) == {"name": (0, 20.0), "domain": (0, 20.0), "phone": (1, 10.0), "industry": (0, 10.0)}


def test_another_mapping_is_no_change(lab: Lab, change: Callable[[str, str], None]) -> None:
    """The same payload read otherwise is not something that the source changed."""
    read(lab, 0, name="Acme", industry="Steel")
    mapping = "streams: {accounts: {mapping: {attributes: {industry: {field: industry, values: {Steel: Metal}}}}}}"
    change("script: 'a'", f"script: 'a', {mapping}")
    read(lab, 10, name="Acme", industry="Steel")
    assert lab.memory.why("Acme", "industry")["fact"]["value"] == "Metal"
    assert learnt(lab) == {"name": (0, 10.0), "industry": (0, 10.0)}


@pytest.mark.parametrize("last", [True, False])
def test_only_what_everybody_may_see_teaches(tmp_path: Path, blank_store: Path, last: bool) -> None:
    """Restricted records teach nothing; one that is put out of sight was watched until then, as one that is gone."""
    found = []
    for secret in (True, False):
        lab = Lab(tmp_path, blank_store, config_of(tmp_path, YAML), f"secret_{secret}")
        read(lab, 0, name="Acme", industry="Steel")
        for day in range(4):
            lab.world.advance(days=1)
            if secret:
                lab.say("a", "accounts", account("9", 305 + day, ["x"], name="Secret", industry=f"I{day}"))
                lab.say("a", "accounts", account("1", 306 + day, ["x"], name="Acme", industry=f"J{day}"))
            else:
                lab.say("a", "accounts", Gone("1", at(306 + day), "hidden"))
            lab.sync("a")
        if last:
            read(lab, 10, name="Acme", industry="Paper")
            read(lab, 2, name="Acme", industry="Paper")
        found.append(learnt(lab))
        lab.close()
    watched = 0.7 + (2.0 if last else 0)
    assert found[0] == found[1] == {"name": (0, watched), "industry": (0, watched)}


def test_what_people_say_teaches_nothing(lab: Lab) -> None:
    """Lifetimes are those of systems: a correction is no change of a source."""
    read(lab, 0, name="Acme", industry="Steel")
    before = learnt(lab)
    lab.memory.remember(about="Acme", attribute="industry", value="Paper", principal="x")
    assert learnt(lab) == before


def test_an_answer_goes_by_what_was_learnt_last(lab: Lab) -> None:
    """Until it is learnt anew, new history changes no lifetime; `why` shows the counts that it rests on."""
    read(lab, 0, name="Acme", industry="Steel")
    read(lab, 10, name="Acme", industry="Paper")
    life = lab.memory.why("Acme", "industry")["winner"]["lifetime"]
    assert "learnt" not in life
    assert life["fresh_until"] == "2026-11-15T08:00:00Z"
    lab.memory.learn_lifetimes()
    life = lab.memory.why("Acme", "industry")["winner"]["lifetime"]
    assert life["learnt"] == {"changes": 1, "days_watched": 10.0}
    # 10 % risk at (1 + 1) changes in (10 + 10) days: 1.05 days, so a day after the confirmation it is fresh.
    assert life["fresh_until"][:16] == "2026-11-13T09:17"
    for _ in range(4):
        read(lab, 0.001, name="Acme", industry=str(lab.memory.now()))
    assert lab.memory.why("Acme", "industry")["winner"]["lifetime"]["learnt"]["changes"] == 1


def test_what_was_learnt_belongs_to_its_time(lab: Lab) -> None:
    """An answer for an earlier time goes by what had been learnt then; learning the same again writes nothing."""
    read(lab, 0, name="Acme", industry="Steel")
    read(lab, 10, name="Acme", industry="Paper")
    before = lab.memory.belief()
    told = lab.memory.why("Acme", "industry")
    lab.memory.learn_lifetimes()
    assert lab.memory.why("Acme", "industry") != told
    assert lab.memory.why("Acme", "industry", known_at=before) == told
    lab.memory.learn_lifetimes()
    assert lab.rows("select count(*) from learnt_lifetimes") == [(1,)]


def test_a_rebuild_keeps_what_was_learnt(lab: Lab) -> None:
    """It is a decision of its day like a link, not a cache: the same answers come out."""
    read(lab, 0, name="Acme", industry="Steel")
    read(lab, 10, name="Acme", industry="Paper")
    lab.memory.learn_lifetimes()
    told = lab.memory.why("Acme", "industry")
    built = lab.memory.rebuild()
    assert built.before == built.after
    assert lab.memory.why("Acme", "industry") == told
