"""Stewards decide through every door, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab
from support.serving import TOKENS, Served, lab_with_secrets, served

from groundfact.doors.steward_verbs import STEWARD_VERBS

ASKS: dict[str, dict[str, Any]] = {
    "pin": {"account": "Acme", "attribute": "industry", "source": "a", "reason": "so"},
    "ignore": {"account": "Acme", "attribute": "industry", "source": "a", "reason": "so"},
    "worklist": {},
    "review": {},
    "merge": {"one": "Acme", "other": "Globex", "reason": "so"},
    "unmerge": {"record": "a/1", "reason": "so"},
    "keep_apart": {"one": "Acme", "other": "Globex", "reason": "so"},
}


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Lab:
    """Accounts, and three tokens of which none belongs to a steward."""
    return lab_with_secrets(tmp_path, blank_store)


@pytest.fixture
def server(lab: Lab) -> Iterator[Served]:
    """It, served."""
    with served(lab) as running:
        yield running


def test_every_steward_verb_is_tried() -> None:
    """A verb that is added for stewards is added here; only the explanation is for everybody."""
    assert {verb.name for verb in STEWARD_VERBS} == {*ASKS, "why_linked"}


@pytest.mark.parametrize("verb", ASKS)
def test_it_takes_the_right_to_correct(lab: Lab, server: Served, verb: str) -> None:
    """Without `may: [correct]` REST answers 403 and nothing is written."""
    before = lab.dump()
    told = server.post(verb, ASKS[verb], TOKENS["X"])
    assert (told.status, told.json["type"]) == (403, "urn:groundfact:problem:denied")
    assert lab.dump() == before


def test_why_records_are_one_is_told_to_who_may_see_them(server: Served) -> None:
    """The explanation is an answer like any other."""
    told = server.post("why_linked", {"account": "Acme"}, TOKENS["X"])
    assert (told.status, isinstance(told.json["because"], list)) == (200, True)
