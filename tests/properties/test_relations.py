"""Relations to what a principal may not see change no byte; every past of them can be asked for again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, config_of
from tests.properties.test_non_interference import HELD, LABELS, Said, without_hidden

from groundfact.errors import GroundfactError

RECORDS = st.sampled_from("123")
NAMES = st.sampled_from(["Holding", "Mill", "Forge"])
DOMAINS = st.sampled_from(["holding.example", "mill.example", "forge.example"])
FIELDS = {
    "accounts": {"name": NAMES, "domain": DOMAINS, "parent": RECORDS, "owned_by": RECORDS},
    "teammates": {"name": st.sampled_from(["Dana", "Eli"])},
    "contacts": {"name": st.sampled_from(["Ann", "Bob"]), "employer": RECORDS},
    "deals": {"name": st.just("Big"), "account": RECORDS, "is_open": st.booleans()},
    "roles": {
        "role": st.sampled_from(["Champion", "Blocker"]),
        "contact": RECORDS,
        "deal": RECORDS,
        "account": RECORDS,
    },
}
STREAMS = st.sampled_from(["accounts", "accounts", "accounts", *FIELDS])


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Said]]:
    """Two rounds of records that refer to each other, to nothing and to themselves, under some labels."""
    rounds = []
    for number in (1, 2):
        said: list[Said] = []
        records = st.tuples(st.sampled_from("ab"), STREAMS, RECORDS)
        for source, stream, rec in draw(st.lists(records, min_size=2, max_size=9, unique=True)):
            data = draw(st.fixed_dictionaries({}, optional=FIELDS[stream]))
            said.append((source, stream, account(rec, number, draw(LABELS), **data)))
        rounds.append(said)
    return rounds


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("related")


@given(rounds=worlds(), who=st.sampled_from(sorted(HELD)))
@settings(max_examples=150)
def test_hidden_ends_change_no_answer(folder: Path, blank_store: Path, rounds: list[list[Said]], who: str) -> None:
    """Relations, both ways, with people and hierarchies, are byte-equal over a store without hidden records."""
    config = config_of(folder, sources="ab", options=", relations: true")
    answers = []
    for name, told in (("full", rounds), ("bare", without_hidden(rounds, HELD[who]))):
        lab = Lab(folder, blank_store, config, name)
        for said in told:
            _sync(lab, said)
        answers.append(_answers(lab, who))
        lab.close()
    assert answers[0] == answers[1]


@given(rounds=worlds())
@settings(max_examples=60)
def test_the_past_of_relations_is_what_it_was(folder: Path, blank_store: Path, rounds: list[list[Said]]) -> None:
    """What is asked as known at a commit equals the answer given then; a rebuild changes neither."""
    lab = Lab(folder, blank_store, config_of(folder, sources="ab", options=", relations: true"), "past")
    taken = []
    for said in rounds:
        _sync(lab, said)
        taken.append((lab.memory.belief(), _relations(lab)))
    for seq, answer in taken:
        assert _relations(lab, seq) == answer
    lab.memory.rebuild()
    assert _relations(lab) == taken[-1][1]
    lab.close()


def test_the_comparison_can_fail(tmp_path: Path, blank_store: Path) -> None:
    """Somebody who may see the other end is told of it."""
    rounds: list[list[Said]] = [
        [
            ("a", "accounts", account("1", 1, ["x"], name="Holding", domain="holding.example")),
            ("a", "accounts", account("2", 1, ["workspace"], name="Mill", domain="mill.example", parent="1")),
        ]
    ]
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, sources="ab", options=", relations: true"))
    _sync(lab, rounds[0])
    seen, unseen = _answers(lab, "x"), _answers(lab, "nobody")
    lab.close()
    assert "Holding" in seen
    assert "Holding" not in unseen


def _sync(lab: Lab, said: list[Said]) -> None:
    for source, stream, row in said:
        lab.say(source, stream, row)
    lab.sync()


def _relations(lab: Lab, known_at: int | None = None) -> list[Any]:
    """Every relation with what does not move by itself: its ends and who says so."""
    keep = ("entity", "relation", "status", "value", "target", "sources")
    told = lab.memory.list("relations", known_at=known_at)
    return [{key: one[key] for key in keep if key in one} for one in told]


def _answers(lab: Lab, who: str) -> str:
    """Everything a principal can ask about relations, as one text."""
    memory = lab.memory
    told: list[Any] = [list(memory.list("relations", principal=who)), list(memory.list("claims", principal=who))]
    told.append(memory.workspace_context("Dana", principal=who).data)
    for kind in ("account", "contact", "deal", "role", "teammate"):
        for entity in sorted({fact["entity"] for fact in memory.list("facts", kind=kind, principal=who)}):
            told.append(memory.context(entity, kind=kind, principal=who)._asdict())
            for attribute in ("parent", "owned_by", "employer", "contact", "deal"):
                told.append(_why(lab, entity, attribute, kind, who))
    return json.dumps(told, indent=1, default=str)


def _why(lab: Lab, entity: str, attribute: str, kind: str, who: str) -> Any:
    try:
        return lab.memory.why(entity, attribute, kind=kind, principal=who)
    except GroundfactError as error:
        return str(error)
