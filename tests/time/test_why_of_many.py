"""`why` where very many claims lost: the most telling ones, and how many it leaves out."""

from __future__ import annotations

from pathlib import Path

from support.lab import Lab, account, config_of

from groundfact.pipeline.answering.foremost import MOST_TOLD

ACME = "acme.example"
LATEST = "attributes: {account: {industry: {survivorship: [most_recent]}}}"
MANY = 3 * MOST_TOLD


def test_an_explanation_is_bounded(tmp_path: Path, blank_store: Path) -> None:
    """Of many losers each value of each source is told before any of them twice, and the others are counted."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, LATEST), "many")
    lab.say("a", "accounts", *(account(str(n), n, domain=ACME, industry="Glass") for n in range(MANY)))
    lab.say("b", "accounts", account("b", 0.25, domain=ACME, industry="Steel"))
    lab.say("c", "accounts", account("c", MANY, domain=ACME, industry="Paper"))
    lab.sync()
    told = lab.memory.why(ACME, "industry")
    assert (told["winner"]["value"], len(told["losers"])) == ("Paper", MOST_TOLD)
    assert [loser["value"] for loser in told["losers"][:3]] == ["Glass", "Steel", "Glass"]
    assert told["losers"][0]["record"] == f"accounts/{MANY - 1}"
    assert told["left_out"] == {"losers": MANY + 1 - MOST_TOLD}
    assert all(loser["evidence"]["payload_hash"] for loser in told["losers"])
    lab.close()


def test_what_agrees_is_bounded_too(tmp_path: Path, blank_store: Path) -> None:
    """Of many claims that agree some are told, one of each source among them, and the others are counted."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, LATEST), "same")
    lab.say("a", "accounts", *(account(str(n), n + 1, domain=ACME, industry="Glass") for n in range(MANY)))
    lab.say("b", "accounts", account("b", 0.25, domain=ACME, industry="Glass"))
    lab.sync()
    told = lab.memory.why(ACME, "industry")
    assert (len(told["agree"]), told["losers"]) == (MOST_TOLD, [])
    assert {claim["source"] for claim in told["agree"]} == {"a", "b"}
    assert told["left_out"] == {"agree": MANY - MOST_TOLD}
    lab.close()


def test_what_is_short_is_told_whole(tmp_path: Path, blank_store: Path) -> None:
    """As many losers as fit are all told, in the order of claims, and nothing is said to be left out."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, LATEST), "few")
    lab.say("a", "accounts", *(account(str(n), n, domain=ACME, industry="Glass") for n in range(MOST_TOLD)))
    lab.say("b", "accounts", account("b", MANY, domain=ACME, industry="Steel"))
    lab.sync()
    told = lab.memory.why(ACME, "industry")
    assert [loser["record"] for loser in told["losers"]] == [f"accounts/{n}" for n in reversed(range(MOST_TOLD))]
    assert "left_out" not in told
    lab.close()
