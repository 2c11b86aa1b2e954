"""Belief time, repeated syncs, and recency by the attribute's own change."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, config_of

from groundfact.model import Record

EDITS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("123"),
        st.fixed_dictionaries(
            {"domain": st.sampled_from(["acme.example", "bolt.example"])},
            optional={"industry": st.sampled_from(["Steel", "Paper"]), "employees": st.integers(1, 3)},
        ),
    ),
    min_size=2,
    max_size=10,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("time")


def _snapshot(lab: Lab, known_at: int | None = None) -> str:
    kinds = ("accounts", "links", "facts", "claims")
    lists = [list(lab.memory.list(what, known_at=known_at)) for what in kinds]
    contexts = [lab.memory.context(str(item["id"]), known_at=known_at).data for item in lists[0]]
    return json.dumps([lists, contexts], default=str)


@given(edits=EDITS, stampless=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_known_at_equals_the_snapshot_taken_then(
    folder: Path, blank_store: Path, edits: list[tuple[str, str, dict[str, object]]], stampless: bool, seed: int
) -> None:
    """Asked what was known at an earlier commit, the memory answers what it answered then, byte for byte."""
    lab = Lab(folder, blank_store, config_of(folder))
    order = list(range(len(edits)))
    random.Random(seed).shuffle(order)
    taken: dict[int, str] = {}
    for step, (source, rec, data) in enumerate(edits):
        lab.say(source, "accounts", account(rec, None if stampless else order[step], **data))
        lab.sync(source)
        # Looked at while the clock stands where it stood at the commit, because ages are part of the answer.
        taken[lab.memory.belief()] = _snapshot(lab)
        lab.world.advance(hours=7)
    assert {seq: _snapshot(lab, seq) for seq in taken} == taken
    lab.close()


@given(edits=EDITS)
@settings(max_examples=25)
def test_a_second_sync_writes_nothing_but_its_own_books(
    folder: Path, blank_store: Path, edits: list[tuple[str, str, dict[str, object]]]
) -> None:
    """Reading the same again writes 0 rows outside runs, passes, checkpoints, commits and confirmations."""
    lab = Lab(folder, blank_store, config_of(folder))
    rows = {(source, rec): account(rec, 1, **data) for source, rec, data in edits}
    for _ in range(2):
        before = _tables(lab)
        for (source, _rec), row in rows.items():
            lab.say(source, "accounts", row)
        lab.sync()
        lab.world.advance(hours=1)
    changed = {name for name, content in _tables(lab).items() if content != before[name]}
    assert changed <= {"run", "stream_pass", "checkpoint", "belief_commit", "confirmation", "lease"}
    lab.close()


def _tables(lab: Lab) -> dict[str, list[tuple[object, ...]]]:
    names = [row[0] for row in lab.rows("select name from sqlite_master where type = 'table' order by name")]
    return {name: sorted(lab.rows(f"select * from {name}"), key=repr) for name in names}


@given(
    others=st.lists(st.tuples(st.sampled_from("ab"), st.integers(2, 30), st.integers(0, 99)), max_size=8),
)
@settings(max_examples=40)
def test_editing_another_field_never_makes_a_value_newer(
    folder: Path, blank_store: Path, others: list[tuple[str, int, int]]
) -> None:
    """`most_recent` goes by the attribute's own change: later edits of the phone never change who wins the industry."""
    lab = Lab(folder, blank_store, config_of(folder))
    base = {"a": {"domain": "acme.example", "industry": "Steel"}, "b": {"domain": "acme.example", "industry": "Paper"}}
    lab.say("a", "accounts", account("1", 0, **base["a"]))
    lab.say("b", "accounts", account("1", 1, **base["b"]))
    lab.sync()
    for source, day, digits in others:
        lab.say(source, "accounts", account("1", day, **base[source], phone=f"030 1234{digits:02d}"))
        lab.sync(source)
    fact = lab.memory.why("acme.example", "industry")["fact"]
    assert (fact["value"], fact["changed_at"]) == ("Paper", "2026-01-02T00:00:00Z")
    lab.close()


def test_a_source_field_history_dates_single_fields(tmp_path: Path, blank_store: Path) -> None:
    """Where a source says when a field last changed, that is when it changed, whatever the record's stamp."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path))
    data = {"domain": "acme.example", "industry": "Steel"}
    stamp = account("1", 20).updated_at
    lab.say("a", "accounts", Record("1", data, stamp, None, None, {"industry": account("1", 3).updated_at}))
    lab.sync()
    assert lab.memory.why("acme.example", "industry")["fact"]["changed_at"] == "2026-01-04T00:00:00Z"
    assert lab.memory.why("acme.example", "domain")["fact"]["changed_at"] == "2026-01-21T00:00:00Z"
    lab.close()
