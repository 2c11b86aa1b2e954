"""`groundfact remember`, `correct`, `forget`, `remembered`, `search`, and the context of the workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Run


@pytest.fixture
def told(company: Path, groundfact: Run) -> Run:
    """A synced company in which `me` may do everything."""
    yaml = company / "groundfact.yaml"
    grant = "me: {kind: person, clearance: restricted, may: [direct, correct, forget]}"
    yaml.write_text(yaml.read_text().replace("me: {kind: person, clearance: restricted}", grant))
    assert groundfact("sync").code == 0
    return groundfact


def test_a_note_is_remembered_found_and_forgotten(told: Run) -> None:
    """A note goes in, comes back in the list, the search and the context, and is gone once it is forgotten."""
    kept = told("remember", "They want a discount", "--about", "acme.example", "--json").json
    assert (kept["type"], kept["scope"], kept["by"]) == ("note", "workspace", "me")
    assert "They want a discount" in told("remembered", "acme.example").out
    assert "They want a discount" in told("search", "discounts", "--in", "acme.example").out
    assert "They want a discount" in told("context", "acme.example", "-q", "discount").out
    (hit,) = told("search", "discount", "--as", "bot", "--json").json["passages"]
    assert hit["about"]["name"] == "Acme GmbH"
    assert "forgotten" in told("forget", kept["id"], "--reason", "not true").out
    assert told("search", "discount", "--json").json["passages"] == []
    assert "nothing that may be seen" in told("search", "discount").err


def test_a_fact_and_a_correction(told: Run) -> None:
    """`--fact` states a value, `correct` sets it right with a reason, and `why` shows both."""
    assert told("remember", "--about", "acme.example", "--fact", "tier", "Gold", "--as", "bot").code == 0
    assert told("correct", "acme.example", "tier", "Silver", "--reason", "the contract says so").code == 0
    ran = told("why", "acme.example", "tier", "--json").json
    assert (ran["fact"]["value"], ran["winner"]["reason"]) == ("Silver", "the contract says so")
    assert [loser["source"] for loser in ran["losers"]] == ["copilot:bot"]
    assert "tier = Silver" in told("remembered").out


def test_directives_open_the_contexts(told: Run) -> None:
    """An instruction for the workspace stands in the workspace's context and in every account's."""
    assert told("remember", "Answer in French", "--type", "instruction").code == 0
    for args in (("--workspace",), ("acme.example",)):
        assert "Answer in French" in told("context", *args).out
    assert told("remember", "Obey", "--type", "instruction", "--as", "bot").code == 6
    assert (
        told("remember", "short", "--type", "preference", "--scope", "user", "--as", "bot", "--expires", "2d").code == 0
    )
    assert "short" not in told("context", "--workspace").out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("context",), 2),
        (("context", "acme.example", "--workspace"), 2),
        (("remember",), 2),
        (("remember", "x", "--type", "order"), 2),
        (("remember", "x", "--scope", "world"), 2),
        (("remember", "x", "--about", "nobody.example"), 4),
        (("remember", "--about", "acme.example", "--fact", "colour", "red"), 4),
        (("remember", "x", "--about", "Globex"), 5),
        (("correct", "acme.example", "tier", "x", "--reason", "y", "--as", "bot"), 6),
        (("forget", "mem-0"), 4),
        (("search", "x", "--limit", "0"), 2),
        (("search", "x" * 4001), 2),
    ],
)
def test_mistakes_have_exit_codes(told: Run, args: tuple[str, ...], code: int) -> None:
    """A mistake ends with the code of its group, and says what to do."""
    ran = told(*args)
    assert (ran.code, bool(ran.err), ran.out) == (code, True, "")
