"""`why`: one reason for each loser, evidence down to the payload, and what would flip the answer."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, config_of

from groundfact.model.reasons import OUTRANKED, REASONS, reason_of
from groundfact.model.times import from_ms, parse_instant
from groundfact.pipeline.reading.find import find

ROOT = Path(__file__).parents[2]
ACME = "acme.example"
TRUST = """
attributes:
  account:
    industry:
      survivorship:
        - type: trust
          sources:
            a: {trust: %s, least: %s, decay: %sd}
            b: {trust: %s, least: %s, decay: %sd}
          curve: %s
          at_least: %s
"""


def _said(lab: Lab, **industries: str) -> None:
    for day, (source, industry) in enumerate(industries.items(), 1):
        lab.say(source, "accounts", account("1", day, domain=ACME, industry=industry))
    lab.sync()


def _why(lab: Lab, attribute: str = "industry", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = lab.memory.why(ACME, attribute, **more)
    return found


def test_every_reason_is_in_the_reference() -> None:
    """docs/reference/reasons.md names each code with its meaning, and no other."""
    text = (ROOT / "docs" / "reference" / "reasons.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))
    assert rows == {code: meaning[0].upper() + meaning[1:] for code, meaning in REASONS.items()}


def test_every_code_of_ours_is_on_the_list() -> None:
    """Each code that the core or a bundled rule gives a loser is on the closed list."""
    found: set[str] = set()
    for path in (*(ROOT / "plugins").rglob("*.py"), *(ROOT / "core" / "groundfact" / "pipeline").glob("*.py")):
        text = path.read_text("utf-8")
        found.update(re.findall(r'Narrowed\(\s*[\w()]+,\s*"(\w+)"', text))
        found.update(re.findall(r'Loser\([^()]*(?:\([^()]*\))?[^()]*"(\w+)"\)', text))
        found.update(re.findall(r'(?:Length|Extreme)\(\w+, "(\w+)"', text))
        found.update(re.findall(r'"(undated|empty|ended|not_yet|ignored|corrected|pinned_over)"', text))
    assert found <= set(REASONS)
    assert len(found) > 15


def test_a_strangers_code_stands_beside_the_reason() -> None:
    """A word that is not on the list is kept as a detail of `outranked`."""
    assert reason_of("older") == {"reason": "older"}
    assert reason_of("round_number") == {"reason": OUTRANKED, "detail": "round_number"}


def test_a_loser_has_one_reason_and_evidence_down_to_the_payload(lab: Lab) -> None:
    """Winner and losers say which record, which payload field, which run and which keys link them."""
    _said(lab, a="Steel", b="Paper")
    told = _why(lab)
    assert told["winner"]["source"] == "b"
    (loser,) = told["losers"]
    assert (loser["reason"], loser["rule"]) == ("older", "most_recent")
    evidence = loser["evidence"]
    fields = {"domain": ACME, "industry": "Steel"}
    assert evidence["fields"] == {"industry": "Steel"}
    assert evidence["payload_hash"] == sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()
    assert f"domain={ACME}" in evidence["linked_by"]
    runs = {entry["source"]: entry["last_run"]["id"] for entry in lab.memory.status()}
    assert evidence["run"]["id"] == runs["a"]
    assert told["rules"] == lab.memory.config.digest[:12]


def test_what_a_principal_may_not_see_is_not_in_the_evidence(tmp_path: Path, blank_store: Path) -> None:
    """A field of an attribute that is denied is in neither the fields nor the hash of the payload."""
    config = config_of(tmp_path, "attributes: {account: {industry: {sensitivity: restricted}}}\n")
    hashes = set()
    for number, industry in enumerate(("Steel", "Paper")):
        lab = Lab(tmp_path, blank_store, config, f"lab{number}")
        _said(lab, a=industry)
        told = _why(lab, "domain", principal="low")
        assert "industry" not in json.dumps(told)
        hashes.add(told["winner"]["evidence"]["payload_hash"])
        lab.close()
    assert len(hashes) == 1


@given(
    trust=st.tuples(*[st.integers(20, 100)] * 2), least=st.tuples(*[st.integers(0, 20)] * 2),
    decay=st.tuples(*[st.integers(100, 500)] * 2), days=st.tuples(*[st.integers(150, 300)] * 2),
    curve=st.sampled_from(["linear", "early", "late"]), needed=st.sampled_from([0, 0, 15]),
)  # fmt: skip
@settings(max_examples=60)
def test_a_dated_flip_really_happens_then(
    tmp_path_factory: pytest.TempPathFactory, blank_store: Path, trust: Any, least: Any, decay: Any, days: Any,
    curve: str, needed: int,
) -> None:  # fmt: skip
    """Asked a millisecond before a dated flip, the answer is what it was; at it, it is what was foretold."""
    folder = tmp_path_factory.mktemp("flips")
    rules = TRUST % (trust[0], least[0], decay[0], trust[1], least[1], decay[1], curve, needed)
    lab = Lab(folder, blank_store, config_of(folder, rules))
    lab.say("a", "accounts", account("1", days[0], domain=ACME, industry="Steel"))
    lab.say("b", "accounts", account("1", days[1], domain=ACME, industry="Paper"))
    lab.sync()
    before = _why(lab)
    now = lab.memory.now()
    for flip in [one for one in before["flips"] if one["at"]]:
        at = parse_instant(flip["at"])
        assert at > now
        assert _then(lab, at - 1) == _answer(before["fact"])
        assert _then(lab, at) == (flip["status"], flip["to"])
        before = {"fact": {"status": flip["status"], "value": flip["to"]}}
    last = _then(lab, now + timedelta(days=1000) // timedelta(milliseconds=1))
    assert last == _answer(before["fact"]), "a flip was not foretold"
    lab.close()


def _answer(fact: dict[str, Any]) -> tuple[str, Any]:
    return fact["status"], fact["value"]


def _then(lab: Lab, at: int) -> tuple[str, Any]:
    """What the rules say at an instant, if nobody says anything more."""
    with lab.memory.reader(known_at=from_ms(at)) as reader:
        fact = find(reader, "account", ACME).facts["industry"]
        return fact.status, fact.value


def test_what_was_told_for_a_time_flips_when_it_expires(lab: Lab) -> None:
    """The day on which a correction ends is foretold, with what is believed then."""
    _said(lab, a="Steel")
    lab.memory.remember(about=ACME, attribute="industry", value="Paper", expires="30d")
    told = _why(lab)
    assert told["fact"]["value"] == "Paper"
    (flip,) = [one for one in told["flips"] if one["at"]]
    assert flip["because"] == "what all told expires"
    assert (flip["to"], flip["status"]) == ("Steel", "known")
    assert parse_instant(flip["at"]) == lab.memory.now() + 30 * 86_400_000


def test_it_says_which_source_would_change_the_answer(tmp_path: Path, blank_store: Path) -> None:
    """Each source of the account is tried: those whose word would change the answer are named, others are not."""
    rules = "attributes: {account: {industry: {survivorship: [{type: system_of_record, sources: [a, b, c]}]}}}\n"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, rules))
    _said(lab, a="Steel", b="Paper", c="Trade")
    flips = [flip["because"] for flip in _why(lab)["flips"]]
    assert "a says 'Paper'" in flips
    assert not [flip for flip in flips if flip.startswith(("b says", "c says"))]
    lab.close()


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("phone", "+49 30 901820"), ("name", "Gamma Works"), ("list", ["one", "two"]), ("integer", 7),
        ("date", "0001-01-01"), ("datetime", "0001-01-01T00:00:00Z"), ("date", "9999-12-31"),
    ],
)  # fmt: skip
def test_the_only_source_would_change_the_answer_of_every_type(
    tmp_path: Path, blank_store: Path, type_name: str, value: Any
) -> None:
    """A value is not taken for another one because of how its type is compared, and the first of all days has a day
    beside it."""
    mapping = "streams: {accounts: {mapping: {attributes: {thing: industry, domain: domain}}}}"
    config = config_of(tmp_path, f"attributes: {{account: {{thing: {{type: {type_name}}}}}}}\n", options=f", {mapping}")
    lab = Lab(tmp_path, blank_store, config)
    lab.say("a", "accounts", account("1", 1, domain=ACME, industry=value))
    lab.sync()
    told = _why(lab, "thing")
    assert told["fact"]["value"] == value
    assert "a says otherwise" in [flip["because"] for flip in told["flips"]]
    lab.close()


def test_another_spelling_is_no_flip(lab: Lab) -> None:
    """Where what expires says the same in other letters, nothing is foretold for that day."""
    lab.say("a", "accounts", account("1", 1, domain=ACME, name="Gamma Works"))
    lab.sync()
    lab.memory.remember(about=ACME, attribute="name", value="GAMMA WORKS", expires="30d")
    assert [flip for flip in _why(lab, "name")["flips"] if flip["at"]] == []


def test_an_explanation_is_the_same_twice_and_at_a_past_time(lab: Lab) -> None:
    """Byte for byte: asked again, and asked later about then."""
    _said(lab, a="Steel", b="Paper")
    first, at = _why(lab), lab.memory.belief()
    assert json.dumps(_why(lab)) == json.dumps(first)
    lab.world.advance(hours=5)
    lab.say("a", "accounts", account("1", 30, domain=ACME, industry="Ships"))
    lab.sync()
    assert json.dumps(_why(lab, known_at=at)) == json.dumps(first)
    assert _why(lab)["fact"]["value"] == "Ships"
