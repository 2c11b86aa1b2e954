"""What a principal may not see changes no byte of what it is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, config_of

from groundfact.errors import GroundfactError
from groundfact.memory import Memory
from groundfact.model import Gone, Record

LABELS = st.sampled_from([("workspace",), ("workspace",), ("x",), ("y",), ("x", "y"), ("z",)])
HELD = {"x": {"workspace", "x"}, "y": {"workspace", "y"}, "nobody": {"workspace"}, "low": {"workspace", "x", "y", "z"}}
ACCOUNT = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Acme", "Acme Inc", "Bolt", "Acme East"]),
        "domain": st.sampled_from(["acme.example", "bolt.example"]),
        "industry": st.sampled_from(["Steel", "Paper"]),
        "employees": st.integers(1, 3),
        "annual_revenue": st.integers(1, 2),
        "salesforce_id": st.sampled_from(["1", "2"]),
        "notes": st.sampled_from(["the renewal is at risk", "asked about pricing"]),
    },
)
CHILD = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ann", "Bob"]),
        "email": st.sampled_from(["ann@acme.example", "bob@bolt.example"]),
        "account": st.sampled_from(["1", "2"]),
        "stage": st.sampled_from(["Won", "Open"]),
        "amount": st.integers(1, 3),
        "is_open": st.booleans(),
        "notes": st.sampled_from(["pricing is too high", "the renewal is fine"]),
    },
)
Said = tuple[str, str, Record | Gone]


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Said]]:
    """Two rounds of what sources say, every record under some labels, which may change between the rounds."""
    rounds = []
    for number in (1, 2):
        said: list[Said] = []
        records = st.tuples(
            st.sampled_from("abc"), st.sampled_from(["accounts", "contacts", "deals"]), st.sampled_from("123")
        )
        for source, stream, rec in draw(st.lists(records, min_size=1, max_size=7, unique=True)):
            data = draw(ACCOUNT if stream == "accounts" else CHILD)
            said.append((source, stream, account(rec, number, draw(LABELS), **data)))
        rounds.append(said)
    return rounds


def without_hidden(rounds: list[list[Said]], held: set[str]) -> list[list[Said]]:
    """The same history as somebody sees it who holds these labels: a record put out of sight is gone."""
    shown: set[tuple[str, str, str]] = set()
    reduced = []
    for said in rounds:
        kept: list[Said] = []
        for source, stream, row in said:
            assert isinstance(row, Record)
            key = (source, stream, row.id)
            if held & set(row.acl or ()):
                shown.add(key)
                kept.append((source, stream, row))
            elif key in shown:
                kept.append((source, stream, Gone(row.id, row.updated_at, "hidden")))
        reduced.append(kept)
    return reduced


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("hidden")


@given(rounds=worlds(), who=st.sampled_from(sorted(HELD)))
@settings(max_examples=150)
def test_hidden_records_change_no_answer(folder: Path, blank_store: Path, rounds: list[list[Said]], who: str) -> None:
    """Facts, candidates, counts, lists, explanations and errors are byte-equal over a store without hidden records."""
    config = config_of(folder)
    full = _answers(Lab(folder, blank_store, config, "full"), rounds, who, private=True)
    bare = _answers(Lab(folder, blank_store, config, "bare"), without_hidden(rounds, HELD[who]), who)
    assert full == bare


def test_the_property_can_fail(tmp_path: Path, blank_store: Path) -> None:
    """The comparison sees a difference where there is one: somebody who may see the record is answered otherwise."""
    rounds: list[list[Said]] = [
        [
            ("a", "accounts", account("1", 1, ["workspace"], name="Acme", domain="acme.example", employees=1)),
            ("b", "accounts", account("1", 1, ["x"], name="Acme", domain="acme.example", employees=2)),
        ]
    ]
    config = config_of(tmp_path)
    full = _answers(Lab(tmp_path, blank_store, config, "full"), rounds, "x")
    bare = _answers(Lab(tmp_path, blank_store, config, "bare"), without_hidden(rounds, {"workspace"}), "x")
    assert full != bare


def _answers(lab: Lab, rounds: list[list[Said]], who: str, *, private: bool = False) -> str:
    """Everything a principal can ask, as one text; `private`: after somebody else has kept things for itself."""
    for said in rounds:
        _sync(lab, said)
        if private:
            _keep_private(lab.memory)
        lab.world.advance(hours=1)
    memory = lab.memory
    told: list[Any] = [memory.remembered(principal=who)]
    for question in ("pricing renewal", "the renewal is at risk", "Steel", "secret"):
        told.append(memory.search(question, principal=who))
    told.append(memory.workspace_context("renewal", principal=who)._asdict())
    for what in ("accounts", "contacts", "records", "links", "facts", "claims"):
        told.append(list(memory.list(what, principal=who)))
    ids = [(kind, item["id"]) for kind in ("account", "contact") for item in memory.list(f"{kind}s", principal=who)]
    asked = [("account", n) for n in ("Acme", "Bolt", "acme.example", "1", "2", "a/1", "b/2", "Acme Zzz")]
    for kind, name in [*ids, *asked, ("contact", "ann@acme.example"), ("deal", "1")]:
        told.append(
            _tried(lambda k=kind, n=name: memory.context(n, "pricing renewal", principal=who, kind=k)._asdict())
        )
        told.append(_tried(lambda k=kind, n=name: memory.search("pricing renewal", account=n, kind=k, principal=who)))
        told.append(_tried(lambda k=kind, n=name: memory.remembered(n, kind=k, principal=who)))
        for attribute in ("name", "employees", "annual_revenue", "industry"):
            if kind == "account":
                told.append(_tried(lambda n=name, a=attribute: memory.why(n, a, principal=who)))
    lab.close()
    return json.dumps(told, indent=1, default=str)


def _sync(lab: Lab, said: list[Said]) -> None:
    for source, stream, row in said:
        lab.say(source, stream, row)
    lab.sync()


def _keep_private(memory: Memory) -> None:
    """What `all` tells for its own eyes."""
    for name in ("acme.example", "Bolt"):
        _tried(lambda n=name: memory.remember("pricing is secret", about=n, scope="user"))
        _tried(lambda n=name: memory.remember("be brief", about=n, type="preference", scope="user"))
        _tried(lambda n=name: memory.remember(about=n, attribute="industry", value="Secret", scope="user"))
    memory.remember("renewal talk is private", scope="user", type="instruction")


def _tried(ask: Any) -> Any:
    try:
        return ask()
    except GroundfactError as error:
        return [type(error).__name__, str(error), getattr(error, "candidates", None), getattr(error, "near", None)]
