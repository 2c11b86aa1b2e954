"""Trust that is learnt from an audited sample, and weights that are guessed without one."""

from __future__ import annotations

import importlib.util
import random
import sys
from statistics import mean
from types import ModuleType

import pytest
from support.source_code import ROOT

from groundfact.pipeline.deciding.learning import Judged, guessed_weights, learnt_trust

FLIGHTS = ROOT.parent / "shared" / "data" / "benchmarks" / "truth_flights.jsonl.gz"


def test_trust_is_learnt_by_source_and_field() -> None:
    """A source that is good at one field and bad at another is trusted in the one and not in the other."""
    sample = [Judged("phone", "crm", True), Judged("tier", "crm", False), Judged("tier", "billing", True)] * 20
    trust = learnt_trust(sample)
    assert trust["phone"]["crm"] > 90 > 30 > trust["tier"]["crm"]
    assert trust["tier"]["billing"] > 90
    assert trust["tier"]["crm"] < trust["phone"]["billing"] < 100


def test_one_lucky_answer_is_not_perfection() -> None:
    """A source seen once is judged mostly as everybody is; the order of the sample does not matter."""
    sample = [Judged("tier", "crm", n % 10 > 0) for n in range(50)] + [Judged("tier", "lucky", True)]
    trust = learnt_trust(sample)["tier"]
    assert trust["crm"] > 85
    assert trust["lucky"] - trust["crm"] < 5
    assert learnt_trust(random.Random(3).sample(sample, len(sample)))["tier"] == trust


def test_a_weight_is_guessed_from_how_sources_agree() -> None:
    """Who is mostly with the others weighs more than who is mostly alone; nobody weighs less than nothing."""
    chance = random.Random(5)
    good, bad = ["a", "b", "c"], ["x", "y"]
    statements = [
        {name: 0 if chance.random() < (0.9 if name in good else 0.2) else chance.randint(1, 9) for name in good + bad}
        for _ in range(200)
    ]
    weights = guessed_weights(statements)
    assert min(weights[name] for name in good) > max(weights[name] for name in bad) >= 0
    assert guessed_weights([]) == {}


@pytest.fixture(scope="module")
def flights() -> ModuleType:
    """benchmarks/flights.py; its data is not part of the repository."""
    if not FLIGHTS.is_file():
        pytest.skip("the claims about flights are not there")
    spec = importlib.util.spec_from_file_location("flights", ROOT / "benchmarks" / "flights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["flights"] = module
    spec.loader.exec_module(module)
    return module


def test_an_audited_fifth_finds_the_truth_about_flights(flights: ModuleType) -> None:
    """By the real rules, over five seeds, at least 0.945 of what was not audited is right."""
    data = flights.flights(FLIGHTS)
    assert mean(flights.supervised(data, seed) for seed in flights.SEEDS) >= 0.945


def test_without_an_audit_it_is_no_worse_than_a_majority_and_says_how_sure_it_is(flights: ModuleType) -> None:
    """Guessed weights beat the majority vote (0.803), and the more sites agree, the more often they are right."""
    data = flights.flights(FLIGHTS)
    facts = flights.unsupervised(data)
    assert flights.right(data, facts, list(data.truth)) >= 0.803
    sure = [flights.right(data, facts, found) for found in flights.shares(facts, data).values()]
    assert sure == sorted(sure, reverse=True)
