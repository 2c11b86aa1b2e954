"""Merging by likeness keeps the promises: any order of arrival, and nothing hidden moves anything."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alike import GUARDED, SIMILAR, alike_config, looks
from support.lab import Lab, account

from groundfact.model import Gone, Record

VALUES = looks(employees=st.sampled_from([10, 20]))
Said = tuple[str, Record | Gone]


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    """Versions of records of three sources, some of which go again."""
    said: list[Said] = []
    records = st.tuples(st.sampled_from("abc"), st.sampled_from("1234"))
    for source, rec in draw(st.lists(records, min_size=2, max_size=9, unique=True)):
        for day in draw(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)):
            if draw(st.integers(0, 7)) == 0:
                said.append((source, Gone(rec, account(rec, day).updated_at)))
            else:
                said.append((source, account(rec, day, **draw(VALUES))))
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("likeness")


@pytest.mark.parametrize("similar", [SIMILAR, GUARDED])
@given(said=histories(), seed=st.integers(0, 2**16))
@settings(max_examples=60)
def test_arrival_decides_nothing(folder: Path, blank_store: Path, similar: str, said: list[Said], seed: int) -> None:
    """One by one, shuffled or all at once: links, proposals and facts are the same, and a rebuild changes nothing."""
    config = alike_config(folder, similar, most=", most: 3")
    ordered = sorted(said, key=lambda item: (str(_stamp(item[1])), item[0], item[1].id))
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)
    one = _memory_of(folder, blank_store, config, ordered, one_by_one=True)
    assert one == _memory_of(folder, blank_store, config, shuffled, one_by_one=bool(seed % 2))
    assert one == _memory_of(folder, blank_store, config, ordered, one_by_one=False)


def _stamp(row: Record | Gone) -> object:
    return row.at if isinstance(row, Gone) else row.updated_at


def _memory_of(folder: Path, blank: Path, config: Any, said: list[Said], *, one_by_one: bool) -> tuple[bytes, Any]:
    lab = Lab(folder, blank, config)
    for source, row in said:
        lab.say(source, "accounts", row)
        if one_by_one:
            lab.sync(source)
    lab.sync()
    dump, waiting = lab.dump(), lab.memory.review()
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    assert lab.memory.review() == waiting
    lab.close()
    return dump, waiting


LABELS = st.sampled_from([("workspace",), ("workspace",), ("x",), ("y",), ("x", "y")])
HELD = {"x": {"workspace", "x"}, "nobody": {"workspace"}}


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Said]]:
    """Two rounds of what sources say, every record under labels that may change between them."""
    rounds = []
    for number in (1, 2):
        records = st.tuples(st.sampled_from("abc"), st.sampled_from("123"))
        chosen = draw(st.lists(records, min_size=1, max_size=8, unique=True))
        rounds.append([(source, account(rec, number, draw(LABELS), **draw(VALUES))) for source, rec in chosen])
    return rounds


@pytest.mark.parametrize("similar", [SIMILAR, GUARDED])
@given(rounds=worlds(), who=st.sampled_from(sorted(HELD)))
@settings(max_examples=60)
def test_hidden_records_resemble_nobody(
    folder: Path, blank_store: Path, similar: str, rounds: list[list[Said]], who: str
) -> None:
    """What a principal may not see changes no link, no reason of a link, and no fact that it is answered."""
    config = alike_config(folder, similar, most=", most: 2")
    full = _answers(Lab(folder, blank_store, config, "full"), rounds, who)
    assert full == _answers(Lab(folder, blank_store, config, "bare"), _without_hidden(rounds, HELD[who]), who)


def _without_hidden(rounds: list[list[Said]], held: set[str]) -> list[list[Said]]:
    shown: set[tuple[str, str]] = set()
    reduced = []
    for said in rounds:
        kept: list[Said] = []
        for source, row in said:
            assert isinstance(row, Record)
            if held & set(row.acl or ()):
                shown.add((source, row.id))
                kept.append((source, row))
            elif (source, row.id) in shown:
                kept.append((source, Gone(row.id, row.updated_at, "hidden")))
        reduced.append(kept)
    return reduced


def _answers(lab: Lab, rounds: list[list[Said]], who: str) -> str:
    for said in rounds:
        for source, row in said:
            lab.say(source, "accounts", row)
        lab.sync()
        lab.world.advance(hours=1)
    told: list[Any] = [list(lab.memory.list(what, principal=who)) for what in ("links", "facts", "claims")]
    for item in lab.memory.list("accounts", principal=who):
        told.append(lab.memory.why_linked(str(item["id"]), principal=who))
    lab.close()
    return json.dumps(told, indent=1, default=str)
