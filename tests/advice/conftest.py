"""Three scripted sources over companies of which the test knows the truth."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.config.config import Config

INDUSTRIES = ["Steel", "Paper", "Ships", "Bread", "Glass", "Tools", "Wool", "Salt"]


def config_with_steward(folder: Path, more: str = "") -> Config:
    """The lab's configuration, in which `all` may correct and forget."""
    config_of(folder, more)
    path = folder / "lab.yaml"
    path.write_text(path.read_text().replace("x, y, z], clearance: restricted}", "x, y, z], clearance: restricted,"
                                             " may: [correct, forget]}", 1))  # fmt: skip
    return load_config(path, PLUGINS)


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory of three scripted sources, and their scripts."""
    made = Lab(tmp_path, blank_store, config_with_steward(tmp_path))
    yield made
    made.close()


def audited(entity: str, attribute: str, value: Any, kind: str = "account") -> dict[str, Any]:
    """A fact that somebody looked up."""
    return {"entity": entity, "attribute": attribute, "value": value, "kind": kind}


def truth_of(number: int) -> str:
    """What is right for company `number`."""
    return INDUSTRIES[number * 7 % len(INDUSTRIES)]


def wrong(chance: random.Random, number: int) -> str:
    """Something else."""
    return chance.choice([each for each in INDUSTRIES if each != truth_of(number)])


def three_sources(lab: Lab, many: int = 120, *, copying: bool = True) -> None:
    """`a` is right in 7 of 10, `b` copies it a day later (or is as good on its own), `c` is right in 19 of 20."""
    chance = random.Random(11)
    for number in range(many):
        domain, names = f"c{number}.example", {"name": f"Company {number}"}
        said = truth_of(number) if chance.random() < 0.7 else wrong(chance, number)
        other = truth_of(number) if chance.random() < 0.7 else wrong(chance, number)
        good = truth_of(number) if chance.random() < 0.95 else wrong(chance, number)
        day = 1 + number / 100
        lab.say("a", "accounts", account(f"a{number}", day, domain=domain, industry=said, **names))
        second = said if copying else other
        lab.say("b", "accounts", account(f"b{number}", day + 1, domain=domain, industry=second, **names))
        lab.say("c", "accounts", account(f"c{number}", day - 0.5, domain=domain, industry=good, **names))
    lab.sync()
