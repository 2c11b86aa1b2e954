"""`groundfact context`, `why` and `list`."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Run

from groundfact.memory import Memory


def test_context_prints_the_text_exactly(company: Path, synced: Run) -> None:
    """`context` writes the bytes that Python gets, and nothing else, to stdout."""
    told = synced("context", "acme.example", "--json").json
    with Memory.open(company / "groundfact.yaml") as memory:
        data = memory.context("acme.example").data
    assert told["tokens"] > 0
    assert [fact["value"] for fact in told["data"]["facts"]] == [fact["value"] for fact in data["facts"]]
    shown = synced("context", "acme.example")
    assert [line for line in shown.out.splitlines() if "20" not in line] == [
        line for line in told["text"].splitlines() if "20" not in line
    ]
    assert shown.out.endswith("\n") == told["text"].endswith("\n")
    assert shown.err == ""


def test_context_takes_its_options(synced: Run) -> None:
    """The budget, the principal and the time of belief are passed on."""
    assert synced("context", "acme.example", "--max-tokens", "200", "--json").json["tokens"] <= 200
    assert "Rockets" in synced("context", "acme.example").out
    assert "Rockets" not in synced("context", "acme.example", "--as", "bot").out
    assert synced("context", "acme.example", "--known-at", "1").code in (0, 4)
    assert synced("context", "acme.example", "--known-at", "2001-01-01").code == 4
    assert synced("context", "acme.example", "--max-tokens", "10").code == 2


def test_the_environment_names_the_principal(synced: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """GROUNDFACT_PRINCIPAL asks where `--as` does not."""
    monkeypatch.setenv("GROUNDFACT_PRINCIPAL", "bot")
    assert "Rockets" not in synced("context", "acme.example").out
    assert "Rockets" in synced("context", "acme.example", "--as", "me").out


def test_why_shows_winner_and_losers(synced: Run) -> None:
    """`why` names the winner, each loser with its reason and rule, and what would change it."""
    ran = synced("why", "acme.example", "name")
    assert ran.code == 0
    wins, loses = (next(line for line in ran.out.splitlines() if line.startswith(word)) for word in ("wins", "loses"))
    assert ("Acme GmbH" in wins, "crm" in wins) == (True, True)
    assert ("ACME" in loses, "billing" in loses, "system_of_record" in loses) == (True, True, True)
    assert "would change" in ran.out
    told = synced("why", "acme.example", "name", "--json").json
    assert (told["winner"]["value"], told["losers"][0]["value"]) == ("Acme GmbH", "ACME")


def test_why_shows_both_sides_of_a_conflict(synced: Run) -> None:
    """A conflict is shown with both sides and the question to ask."""
    ran = synced("why", "acme.example", "phone")
    assert "conflict" in ran.out.splitlines()[0]
    assert ("+49 30 1111111" in ran.out, "+49 30 9999999" in ran.out, "ask: " in ran.out) == (True, True, True)


def test_why_of_what_nobody_says(synced: Run) -> None:
    """An attribute without a claim is unknown, which is an answer."""
    ran = synced("why", "acme.example", "tier")
    assert (ran.code, "unknown" in ran.out) == (0, True)


@pytest.mark.parametrize("what", ["accounts", "contacts", "records", "links", "facts", "claims"])
def test_lists_stream_json_lines(synced: Run, what: str) -> None:
    """Every list is JSON lines with `--json`, and a table with a line for each item without."""
    items = synced("list", what, "--json")
    assert items.code == 0
    table = synced("list", what).out.splitlines()
    assert len(table) == len(items.lines) + 1
    if what == "records":
        assert {(item["source"], item["id"]) for item in items.lines} >= {("crm", "1"), ("billing", "b1")}


def test_lists_hide_what_the_principal_may_not_see(synced: Run) -> None:
    """A list is filtered for whoever asks."""
    attributes = {item["attribute"] for item in synced("list", "claims", "--as", "bot", "--json").lines}
    assert "industry" not in attributes
    assert "industry" in {item["attribute"] for item in synced("list", "claims", "--json").lines}


def test_lists_of_one_kind(synced: Run) -> None:
    """`--kind` narrows a list."""
    assert synced("list", "records", "--kind", "contact", "--json").out == ""
    assert len(synced("list", "records", "--kind", "account", "--json").lines) == 5
