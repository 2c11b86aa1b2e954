"""A load that is placed portion by portion, so that memory stays bounded, comes to the same as one placed at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alike import GUARDED, SIMILAR, alike_config, looks
from support.lab import Lab, account

from groundfact.model import Gone, Record
from groundfact.pipeline.deciding import derive, stage
from groundfact.pipeline.identity import linking

VALUES = looks()
Load = list[tuple[str, Record | Gone]]


@st.composite
def loads(draw: st.DrawFn) -> list[Load]:
    """Two loads of records of three sources; some of the first change or go with the second."""
    records = st.tuples(st.sampled_from("abc"), st.sampled_from("123456"))
    first = draw(st.lists(records, min_size=4, max_size=14, unique=True))
    later = draw(st.lists(st.sampled_from(first), max_size=8, unique=True))
    gone = account("1", 5).updated_at
    return [
        [(source, account(rec, 1, **draw(VALUES))) for source, rec in first],
        [
            (source, Gone(rec, gone) if draw(st.integers(0, 3)) == 0 else account(rec, 5, **draw(VALUES)))
            for source, rec in later
        ],
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("portions")


@pytest.mark.parametrize("similar", [SIMILAR, GUARDED])
@given(said=loads(), portion=st.integers(1, 4))
@settings(max_examples=60)
def test_portions_come_to_the_same(
    folder: Path, blank_store: Path, similar: str, said: list[Load], portion: int
) -> None:
    """Dump, links and proposals are equal after every load, however few records are placed together, and whether or
    not each portion is committed by itself."""
    at_once = _states_of(folder, blank_store, similar, said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linking, "_PORTION", portion)
        assert _states_of(folder, blank_store, similar, said) == at_once
        patch.setattr(derive, "_LONGEST", 0.0)
        patch.setattr(stage, "_CHUNK", portion)
        assert _states_of(folder, blank_store, similar, said) == at_once


def test_a_load_in_portions_leaves_nothing_that_was_never_believed(
    folder: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an early portion linked and a later one joined otherwise was never so: no trace of it stays."""
    monkeypatch.setattr(linking, "_PORTION", 1)
    lab = Lab(folder, blank_store, alike_config(folder))
    alike = {"name": "Northwind", "phone": "+1 312 555 0100"}
    lab.say("a", "accounts", account("1", 1, name="North", domain="north.example"))
    lab.say("b", "accounts", account("1", 1, **alike))
    lab.say("c", "accounts", account("1", 1, domain="north.example", **alike))
    lab.sync()
    with lab.memory.store.reading() as tx:
        assert tx.rows("select count(*), sum(closed_seq is not null), count(distinct entity) from link") == [(3, 0, 1)]
    lab.close()


def _states_of(folder: Path, blank: Path, similar: str, said: list[Load]) -> list[object]:
    lab = Lab(folder, blank, alike_config(folder, similar, most=", most: 3"))
    states: list[object] = []
    for load in said:
        for source, row in load:
            lab.say(source, "accounts", row)
        lab.sync()
        links = sorted(lab.memory.list("links"), key=str)
        states.append((lab.dump(), links, lab.memory.review()))
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    lab.close()
    return states
