"""Whatever a steward or an operator writes is kept or refused in our words: no sign and no number is a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab, account
from support.stewards import steward_config

from groundfact.errors import GroundfactError, UnknownName
from groundfact.memory import Memory

ACME = "acme.example"
WORDS = (
    "\ud800",
    "\x00",
    " ",
    "",
    "=",
    "@",
    "/",
    "a/",
    "a//1",
    "a/accounts/1/2",
    "\u202e" * 400,
    "𝒳" * 499,
    "x" * 99_999,
)
TOO_MUCH = 10**30
STEW: dict[str, Any] = {"principal": "stew"}
ASKED: dict[str, Callable[[Memory, str], Any]] = {
    "pin value": lambda m, w: m.pin(ACME, "industry", w, reason="r", **STEW),
    "pin source": lambda m, w: m.pin(ACME, "industry", source=w, reason="r", **STEW),
    "pin reason": lambda m, w: m.pin(ACME, "industry", source="a", reason=w, **STEW),
    "pin evidence": lambda m, w: m.pin(ACME, "industry", source="a", reason="r", evidence=w, **STEW),
    "pin expires": lambda m, w: m.pin(ACME, "industry", source="a", reason="r", expires=w, **STEW),
    "pin attribute": lambda m, w: m.pin(ACME, w, source="a", reason="r", **STEW),
    "ignore source": lambda m, w: m.ignore(ACME, "industry", w, reason="r", **STEW),
    "ignore reason": lambda m, w: m.ignore(ACME, "industry", "b", reason=w, **STEW),
    "correct": lambda m, w: m.correct(ACME, "industry", w, reason="r", **STEW),
    "keep apart": lambda m, w: m.keep_apart(ACME, w, reason="r", **STEW),
    "merge": lambda m, w: m.merge(w, ACME, reason="r", **STEW),
    "unmerge reason": lambda m, w: m.unmerge("b/1", reason=w, **STEW),
    "merge reason": lambda m, w: m.merge("b/1", "a/1", reason=w, **STEW),
    "forget": lambda m, w: m.forget(w, **STEW),
    "forget reason": lambda m, w: m.forget(m.correct(ACME, "name", "x", reason="r", **STEW)["id"], reason=w, **STEW),
    "worklist": lambda m, w: m.worklist(kind=w, **STEW),
    "why": lambda m, w: m.why(ACME, w, **STEW),
    "as of": lambda m, w: m.why(ACME, "industry", as_of=w, **STEW),
    "known at": lambda m, w: m.why(ACME, "industry", known_at=w, **STEW),
    "undo": lambda m, w: m.undo(source=w),
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """One account of two sources that disagree, and stewards."""
    made = Lab(tmp_path, blank_store, steward_config(tmp_path))
    made.say("a", "accounts", account("1", 1, domain=ACME, industry="Steel"))
    made.say("b", "accounts", account("1", 2, domain=ACME, industry="Paper"))
    made.sync()
    yield made
    made.close()


@pytest.mark.parametrize("what", ASKED)
def test_any_word_is_kept_or_refused(lab: Lab, what: str) -> None:
    """Half characters, nothing, far too much: each is an answer or an error of ours, and the memory still answers."""
    for word in WORDS:
        with suppress(GroundfactError):
            ASKED[what](lab.memory, word)
    assert [entity["id"] for entity in lab.memory.list("accounts", principal="stew")]


def test_what_is_kept_of_half_a_character(lab: Lab) -> None:
    """The reason stands, with a sign in place of what is none."""
    lab.memory.pin(ACME, "industry", source="a", reason="says \ud800 Ann", **STEW)
    assert lab.memory.why(ACME, "industry", **STEW)["steward"]["reason"] == "says ? Ann"


def test_no_number_is_too_large(lab: Lab) -> None:
    """A commit beyond all commits is now; a run beyond all runs is none."""
    asked = lab.memory.why(ACME, "industry", known_at=TOO_MUCH, **STEW)
    assert asked["fact"]["value"] == lab.memory.why(ACME, "industry", **STEW)["fact"]["value"]
    with pytest.raises(UnknownName, match="there is no run"):
        lab.memory.undo(run=TOO_MUCH)
