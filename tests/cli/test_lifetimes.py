"""`groundfact learn-lifetimes`, `--max-age`, and the clocks of `why`."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Run

YAML = """
workspace: desk
sources:
  crm:
    type: files
    access: [workspace]
    files:
      accounts:
        {path: crm.csv, kind: account, id: id, attributes: {name: name, tier: tier, phone: phone, tier_until: until}}
attributes:
  account:
    tier: {freshness: {type: learned, enough: 1s, risk: 0.5, stale_risk: 0.5}, valid_until: tier_until}
    tier_until: {type: date}
principals: {me: {kind: person}}
context: {default_principal: me}
"""
HEADER = "id,name,tier,phone,until\n"


@pytest.fixture
def desk(tmp_path: Path, groundfact: Run) -> Run:
    """A list that was read twice, with a change in between; one tier ended long ago."""
    folder = Path(groundfact("init", "--json", "--force").json["written"]).parent
    (folder / "groundfact.yaml").write_text(YAML)
    for tier in ("Silver", "Gold"):
        (folder / "crm.csv").write_text(f"{HEADER}1,Halden,{tier},030 123456,\n2,Bolt,Bronze,,2020-01-31\n")
        assert groundfact("sync").code == 0
    return groundfact


def test_what_was_learnt_is_listed(desk: Run) -> None:
    """By attribute, for people and as JSON."""
    shown = desk("learn-lifetimes")
    assert shown.code == 0
    assert shown.out.split()[:5] == ["kind", "attribute", "changes", "days", "watched"]
    found = {one["attribute"]: one for one in desk("learn-lifetimes", "--json").json}
    assert {name: one["changes"] for name, one in found.items()} == {"name": 0, "phone": 0, "tier": 1, "tier_until": 0}


def test_before_a_sync_there_is_nothing_to_learn(groundfact: Run) -> None:
    """It says so, and does not pretend to have learnt something."""
    assert groundfact("init", "--force").code == 0
    assert "nothing to learn from yet" in groundfact("learn-lifetimes").out
    assert groundfact("learn-lifetimes", "--json").json == []


def test_why_shows_clocks_and_lifetime(desk: Run) -> None:
    """When it changed, was first seen and confirmed, until when it is fresh, and what that was learnt from."""
    desk("learn-lifetimes")
    out = desk("why", "Halden", "tier").out
    assert "clocks: changed 20" in out
    assert ", first seen 20" in out
    assert ", confirmed 20" in out
    assert "(learnt from 1 changes in 0 days watched)" in out or "(learnt from 1 changes in" in out


def test_why_says_what_it_was(desk: Run) -> None:
    """A value whose time is over: what it was, until when, and which claim that lost."""
    out = desk("why", "Bolt", "tier").out
    assert "was Bronze until 2020-01-31, says crm" in out
    assert "ended (validity)" in out


def test_max_age_is_told_what_it_takes(desk: Run) -> None:
    """A span too long ago to matter changes nothing; what is no span is refused with an example."""
    assert "Tier: Gold" in desk("context", "Halden", "--max-age", "7d").out
    assert desk("why", "Halden", "tier", "--max-age", "7d").code == 0
    refused = desk("context", "Halden", "--max-age", "soon")
    assert refused.code == 2
    assert "'soon' is not a duration" in refused.err
