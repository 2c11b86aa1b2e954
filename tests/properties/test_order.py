"""Whatever the order of arrival, the memory is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, at, config_of

from groundfact.model import Gone, Record

RECORDS = st.sampled_from(["1", "2", "3"])
SOURCES = st.sampled_from(["a", "b", "c"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Acme", "Acme Inc", "Bolt"]),
        "domain": st.sampled_from(["acme.example", "bolt.example", "gmail.com"]),
        "industry": st.sampled_from(["Steel", "Paper"]),
        "employees": st.integers(1, 3),
        "salesforce_id": st.sampled_from(["1", "2"]),
    },
)
BOUNDS = st.dictionaries(st.sampled_from(["name", "industry", "employees"]), st.integers(0, 9), max_size=3)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Record | Gone]]:
    """Versions of records of three sources: each record's versions have different stamps, contents may repeat. Of some
    a source says by when fields had last changed, true or not."""
    said: list[tuple[str, Record | Gone]] = []
    for source, rec in draw(st.lists(st.tuples(SOURCES, RECORDS), min_size=1, max_size=5, unique=True)):
        bounds = {field: at(day) for field, day in draw(BOUNDS).items()}
        for day in draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True)):
            if draw(st.integers(0, 9)) == 0:
                said.append((source, Gone(rec, account(rec, day).updated_at)))
            else:
                said.append((source, account(rec, day, **draw(VALUES))._replace(changed_by=bounds)))
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("order")


@given(said=histories(), seed=st.integers(0, 2**16))
@settings(max_examples=120)
def test_shuffled_arrival_gives_equal_dumps(
    folder: Path, blank_store: Path, said: list[tuple[str, Record | Gone]], seed: int
) -> None:
    """Records and versions of one record may arrive in any order, in one sync or in several: the dump is equal."""
    config = config_of(folder)
    ordered = sorted(said, key=lambda item: (_stamp(item[1]), item[0], item[1].id))
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)
    assert _memory_of(folder, blank_store, config, ordered, one_by_one=True) == _memory_of(
        folder, blank_store, config, shuffled, one_by_one=bool(seed % 2)
    )


def _stamp(row: Record | Gone) -> object:
    return row.at if isinstance(row, Gone) else row.updated_at


def _memory_of(
    folder: Path, blank: Path, config: object, said: list[tuple[str, Record | Gone]], *, one_by_one: bool
) -> bytes:
    lab = Lab(folder, blank, config)  # type: ignore[arg-type]
    for source, row in said:
        lab.say(source, "accounts", row)
        if one_by_one:
            lab.sync(source)
    if not one_by_one:
        lab.sync()
    lab.sync()
    dump = lab.dump()
    assert lab.memory.rebuild().after == lab.memory.rebuild().before
    lab.close()
    return dump
