"""Advice: how sources agree, who copies whom, and rules that were tried on what was held out."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of
from tests.advice.conftest import audited, config_with_steward, three_sources, truth_of, wrong

from groundfact.config.build import load_config


def _audit(first: int, last: int) -> list[dict[str, Any]]:
    return [audited(f"c{number}.example", "industry", truth_of(number)) for number in range(first, last)]


def _rule(advice: dict[str, Any], attribute: str = "industry") -> dict[str, Any]:
    (found,) = [rule for rule in advice["rules"] if rule["attribute"] == attribute]
    return dict(found)


def _with(lab: Lab, folder: Path, advice: dict[str, Any]) -> Any:
    """The configuration with everything that was suggested."""
    path = folder / "suggested.yaml"
    path.write_text(advice["yaml"])
    return load_config(path, PLUGINS)


def test_the_agreement_of_every_pair_is_counted(lab: Lab) -> None:
    """Per attribute and pair: of how many facts both speak, and in how many they say the same."""
    for number in range(4):
        lab.say("a", "accounts", account(f"a{number}", 1, domain=f"d{number}.example", industry="Steel", phone="1"))
        lab.say("b", "accounts", account(f"b{number}", 2, domain=f"d{number}.example", industry="Steel"[: number + 2]))
    lab.sync()
    found = {one["attribute"]: one for one in lab.memory.advise()["agreement"]}
    assert set(found) == {"domain", "industry"}
    assert {key: found["industry"][key] for key in ("one", "other", "both", "agree", "share")} == {
        "one": "a", "other": "b", "both": 4, "agree": 1, "share": 0.25,
    }  # fmt: skip


def test_who_shares_mistakes_copies(lab: Lab) -> None:
    """A source with the other one's mistakes and later changes is a likely mirror, with the line to write."""
    three_sources(lab)
    advice = lab.memory.advise(_audit(0, 120))
    (mirror,) = [one for one in advice["mirrors"] if one["sure"] == "likely"]
    assert (mirror["copy"], mirror["origin"], mirror["direction"]) == ("b", "a", "by change times")
    assert mirror["mistakes"] == mirror["mistakes_shared"] > 20
    # By the domain records are linked: that both say the same there tells nothing.
    assert mirror["attributes"] == {"account": ["industry", "name"]}
    assert mirror["lines"] == "sources:\n  b:\n    mirror_of: a"
    assert mirror["where"].startswith("lab.yaml:")
    assert "mirror_of: a" in mirror["diff"]


def test_who_makes_mistakes_of_his_own_does_not_copy(lab: Lab) -> None:
    """Two sources of the same quality that err independently are no mirrors."""
    three_sources(lab, copying=False)
    assert [one for one in lab.memory.advise(_audit(0, 120))["mirrors"] if one["sure"] == "likely"] == []


def test_two_good_sources_are_no_mirrors(lab: Lab) -> None:
    """Sources that agree because both are right are not suspected, whoever changes later."""
    for number in range(80):
        domain = f"c{number}.example"
        lab.say("a", "accounts", account(f"a{number}", 1, domain=domain, industry=truth_of(number)))
        lab.say("b", "accounts", account(f"b{number}", 2 - number % 2 * 2, domain=domain, industry=truth_of(number)))
    lab.sync()
    assert lab.memory.advise(_audit(0, 80))["mirrors"] == []


def test_a_rule_is_suggested_with_its_gain_on_what_was_held_out(lab: Lab, tmp_path: Path) -> None:
    """What the diff promises is what the rule does on facts that nobody audited."""
    three_sources(lab, 400)
    advice = lab.memory.advise(_audit(0, 200))
    rule = _rule(advice)
    assert rule["suggested"]
    assert rule["gain"] > 0.1
    config = _with(lab, tmp_path, advice)
    assert config.root.sources["b"].mirror_of == "a"
    before, after = _right(lab, lab.memory.config, range(200, 400)), _right(lab, config, range(200, 400))
    assert after - before == pytest.approx(rule["gain"], abs=0.06)
    assert after == pytest.approx(rule["right_then"], abs=0.05)


def _right(lab: Lab, config: Any, numbers: range) -> float:
    from groundfact.memory import Memory

    memory = Memory(config, PLUGINS, lab.memory.store, lab.world)
    good = 0
    with memory.reader("all") as reader:
        for view in reader.each("account"):
            number = int(str(view.facts["domain"].value).partition(".")[0][1:])
            good += number in numbers and view.facts["industry"].value == truth_of(number)
    return good / len(numbers)


def test_the_diff_is_against_the_file_with_its_lines(lab: Lab, tmp_path: Path) -> None:
    """Applied to the file, line by line as it is numbered, the diff gives the suggested file, and that is valid."""
    three_sources(lab, 200)
    advice = lab.memory.advise(_audit(0, 200))
    text = (tmp_path / "lab.yaml").read_text()
    assert _applied(text, advice["diff"]) == advice["yaml"] != text
    _with(lab, tmp_path, advice)
    for one in (*advice["rules"], *advice["mirrors"]):
        if one.get("diff"):
            (tmp_path / "one.yaml").write_text(_applied(text, one["diff"]))
            load_config(tmp_path / "one.yaml", PLUGINS)


def _applied(text: str, diff: str) -> str:
    lines, result, at = text.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            start = int(line.split()[1].partition(",")[0][1:]) - 1
            result += lines[at:start]
            at = start
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert lines[at] == line[1:]
            result += [] if line.startswith("-") else [lines[at]]
            at += 1
    return "".join([*result, *lines[at:]])


def test_stewards_corrections_are_known_facts(lab: Lab) -> None:
    """What stewards set right counts as known; their own words are not what the rules are tried on."""
    three_sources(lab, 60, copying=False)
    for number in range(60):
        lab.memory.correct(f"c{number}.example", "industry", truth_of(number), reason="looked it up")
    advice = lab.memory.advise()
    assert (advice["known"]["stewards"], advice["known"]["audited"], advice["known"]["enough"]) == (60, 0, True)
    trust = {one["source"]: one["trust"] for one in advice["trust"]}
    assert trust["c"] > 85 > trust["a"]
    assert _rule(advice)["right_now"] < 0.9


def test_a_value_that_a_steward_ignores_tells_of_its_source(lab: Lab) -> None:
    """A source whose values were set aside is trusted less than without that."""
    three_sources(lab, 60, copying=False)
    before = {one["source"]: one["trust"] for one in lab.memory.advise(_audit(0, 60))["trust"]}
    for number in range(20):
        lab.memory.ignore(f"c{number}.example", "industry", "c", reason="wrong")
    after = {one["source"]: one["trust"] for one in lab.memory.advise(_audit(0, 60))["trust"]}
    assert after["c"] < before["c"] - 10


def test_too_few_known_facts_are_said_to_be_too_few(lab: Lab) -> None:
    """With fewer than 50 known facts nothing is learnt, and the answer says how many it takes."""
    three_sources(lab)
    advice = lab.memory.advise(_audit(0, 49))
    assert advice["known"]["enough"] is False
    assert advice["known"]["needed"] == 50
    assert (advice["rules"], advice["trust"]) == ([], [])


def test_luck_is_not_learnt(tmp_path: Path, blank_store: Path) -> None:
    """Twenty sources that are right by chance: on what was held out nobody is better, and nothing is suggested."""
    chance, names = random.Random(4), "abcdefghijklmnopqrst"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, sources=names))
    for number in range(120):
        good = chance.random() < 0.5
        for source in chance.sample(names, 2):
            said = truth_of(number) if good else wrong(chance, number)
            lab.say(source, "accounts", account(f"{number}", 1, domain=f"c{number}.example", industry=said))
            good = not good
    lab.sync()
    rule = _rule(lab.memory.advise(_audit(0, 120)))
    assert (rule["suggested"], rule["right_then"] < 0.6) == (False, True)
    assert rule["why_not"]
    lab.close()


def test_rules_that_are_as_good_are_left_alone(lab: Lab) -> None:
    """Where the rules of now are right, no other one is suggested, and the reason is told."""
    for number in range(60):
        for source in "ab":
            record = account(f"{source}{number}", 1, domain=f"c{number}.example", industry=truth_of(number))
            lab.say(source, "accounts", record)
    lab.sync()
    advice = lab.memory.advise(_audit(0, 60))
    assert (_rule(advice)["why_not"], advice["diff"], advice["yaml"]) == ("the rules of now are as good", "", "")


def test_what_a_source_says_later_is_not_judged_by_an_earlier_correction(lab: Lab) -> None:
    """A correction tells what was right when it was made: a source that has moved on since is not wrong by that."""
    three_sources(lab, 60, copying=False)
    for number in range(60):
        lab.memory.correct(f"c{number}.example", "industry", truth_of(number), reason="looked it up")
    before = {one["source"]: one["known"] for one in lab.memory.advise()["trust"]}
    lab.world.advance(days=900)
    for number in range(30):
        lab.say("c", "accounts", account(f"c{number}", 800, domain=f"c{number}.example", industry="Moved on"))
    lab.sync()
    after = {one["source"]: one["known"] for one in lab.memory.advise()["trust"]}
    assert after == {**before, "c": before["c"] - 30}


def test_an_audited_fact_that_names_nobody_is_told(lab: Lab) -> None:
    """Unknown entities and attributes, and values that cannot be read, are counted and named; the rest counts."""
    three_sources(lab)
    rows = [audited("nobody.example", "industry", "x"), audited("c1.example", "colour", "x"), *_audit(0, 5),
            audited("c1.example", "employees", "many")]  # fmt: skip
    known = lab.memory.advise(rows)["known"]
    assert (known["audited"], known["not_used"]) == (5, 3)
    assert ["fact 1" in known["problems"][0], "colour" in known["problems"][1]] == [True, True]


def test_it_says_nothing_of_what_not_everybody_may_see(tmp_path: Path, blank_store: Path) -> None:
    """Advice over a store with hidden records is byte for byte that over a store without them."""
    config = config_with_steward(tmp_path)
    told = []
    for hidden in (True, False):
        lab = Lab(tmp_path, blank_store, config, f"hidden{hidden}")
        if hidden:
            for number in range(120):
                record = account(f"h{number}", 9, ["x"], domain=f"c{number}.example", industry="Secret")
                lab.say("b", "accounts", record)
                lab.say("c", "accounts", account(f"z{number}", 9, ["z"], domain=f"z{number}.example", industry="Z"))
        three_sources(lab)
        if hidden:
            lab.memory.remember(about="c1.example", attribute="industry", value="Secret", scope="user", principal="x")
        told.append(json.dumps(lab.memory.advise(_audit(0, 120)), sort_keys=False))
        again = json.dumps(lab.memory.advise(_audit(0, 120)), sort_keys=False)
        assert told[-1] == again
        lab.close()
    assert told[0] == told[1]


def test_nothing_is_changed_by_it(lab: Lab, tmp_path: Path) -> None:
    """Asking for advice leaves the memory and the YAML as they are."""
    three_sources(lab)
    before = lab.dump(), (tmp_path / "lab.yaml").read_text()
    lab.memory.advise(_audit(0, 120))
    assert (lab.dump(), (tmp_path / "lab.yaml").read_text()) == before
