"""What follows from one statement follows from it alone, and is what would follow if many were worked in together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import UnknownName
from groundfact.memory import Memory
from groundfact.store.engine import Store

PEOPLE = """
principals:
  all: {kind: person, labels: [workspace, x], clearance: restricted}
  dana: {kind: person, labels: [workspace, x], clearance: restricted, teams: [ops], may: [direct]}
  ops: {kind: team}
"""
TOLD: list[dict[str, Any]] = [
    {"text": "Prefers calls before ten", "about": "acme.example", "type": "preference", "scope": "user"},
    {"text": "Always greet in German", "type": "instruction"},
    {"text": "Met at the fair in Hannover", "about": "acme.example"},
    {"text": "Met at the fair in Hannover", "about": "acme.example"},
    {"text": "The renewal waits for legal", "about": "acme.example", "scope": "team", "team": "ops"},
    {"text": "Ann leaves in May", "about": "ann@acme.example", "kind": "contact", "expires": "2027-05-01"},
    {"about": "acme.example", "attribute": "industry", "value": "Robots"},
    {"about": "acme.example", "attribute": "name", "value": "Acme Group"},
    {"about": "acme.example", "attribute": "phone", "value": "+49 30 1234567", "scope": "user"},
    {"about": "acme.example", "attribute": "domain", "value": "acme-group.example"},
    {"text": "Builds ships", "about": "hidden.example", "scope": "user"},
    {"about": "acme.example", "attribute": "industry", "value": "Drones"},
]


def _lab(folder: Path, blank: Path) -> Lab:
    folder.mkdir()
    config_of(folder)
    path = folder / "lab.yaml"
    text = path.read_text()
    start, end = text.index("principals:"), text.index("context:")
    path.write_text(text[:start] + PEOPLE.strip() + "\n" + text[end:])
    made = Lab(folder, blank, load_config(path, PLUGINS))
    made.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Toys"))
    made.say("b", "accounts", account("7", 2, name="Acme", domain="acme.example", employees=12))
    made.say("b", "accounts", account("8", 2, ["x"], name="Hidden", domain="hidden.example"))
    made.say("a", "contacts", account("c", 2, name="Ann", email="ann@acme.example", account="1"))
    made.sync()
    return made


@pytest.fixture
def labs(tmp_path: Path, blank_store: Path) -> Iterator[tuple[Lab, Lab]]:
    """The same memory twice."""
    made = (_lab(tmp_path / "one", blank_store), _lab(tmp_path / "other", blank_store))
    yield made
    for lab in made:
        lab.close()


def _derived(lab: Lab) -> dict[str, list[Any]]:
    """Everything that follows from the versions, without the numbers of commits and rows."""
    links = "select kind, entity, stream, rec, labels, keys from link where closed_seq is null order by stream, rec"
    keys = "select kind, key, stream, rec, labels from record_key where closed_seq is null order by 1, 2, 3, 4"
    texts = "select stream, rec, kind, labels, part, at, words, listed, terms from passage order by 1, 2, 5"
    scopes = "select b.scope, p.rec, b.at from belonging b join passage p on p.id = b.passage order by 1, 2"
    return {
        "links": lab.rows(links),
        "keys": lab.rows(keys),
        "facts": lab.rows("select entity, doc, facts, conflicts from facts order by 1"),
        "named": lab.rows("select id, kind, stream, rec from entity order by 1"),
        "passages": lab.rows(texts),
        "scopes": lab.rows(scopes),
        "counted": lab.rows("select term, passages from term_count where passages > 0 order by 1"),
        "texts": lab.rows("select passages, words from term_statistics"),
        "mark": lab.rows("select (select max(id) from version) - version from mark where stage = 'derived'"),
    }


def test_one_by_one_is_as_all_at_once(labs: tuple[Lab, Lab]) -> None:
    """Statements worked in one at a time leave the links, keys, facts and texts that they leave together."""
    one, other = labs
    for said in TOLD:
        one.memory.remember(**said, principal="dana")
    other.memory.remember_many(TOLD, principal="dana")
    assert one.dump() == other.dump()
    assert _derived(one) == _derived(other)


def test_one_by_one_is_as_rebuilt(labs: tuple[Lab, Lab]) -> None:
    """And dropped and computed again, facts and texts are the same."""
    lab = labs[0]
    for said in TOLD:
        lab.memory.remember(**said, principal="dana")
    before = _derived(lab)
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    assert _derived(lab) == before


def test_told_again_after_forgetting(labs: tuple[Lab, Lab]) -> None:
    """What is told, forgotten and told again is found once, and counted once."""
    lab = labs[0]
    said = {"text": "Met at the fair in Hannover", "about": "acme.example", "principal": "dana"}
    counted = lab.rows("select passages from term_statistics")
    number = lab.memory.remember(**said)["id"]
    lab.memory.forget(number, principal="dana")
    assert lab.memory.search("Hannover", principal="dana") == []
    assert lab.memory.remember(**said)["id"] == number
    assert [hit["text"] for hit in lab.memory.search("Hannover", principal="dana")] == [said["text"]]
    assert lab.rows("select passages from term_statistics")[0][0] == (counted[0][0] if counted else 0) + 1


def test_what_cannot_be_addressed_leaves_nothing(labs: tuple[Lab, Lab]) -> None:
    """A statement about somebody unknown leaves the store as it was, and the next one is kept."""
    lab = labs[0]
    before, commit = lab.dump(), lab.memory.belief()
    with pytest.raises(UnknownName):
        lab.memory.remember("Tall", about="nobody.example", principal="dana")
    assert (lab.dump(), lab.memory.belief()) == (before, commit)
    assert lab.memory.remember("Tall", about="acme.example", principal="dana")["id"].startswith("mem-")


def test_what_another_process_wrote_in_between_is_seen(labs: tuple[Lab, Lab]) -> None:
    """A statement goes to the account that another process has just brought, and ranks beside its texts."""
    lab = labs[0]
    lab.memory.remember("Calls on Monday", about="acme.example", principal="dana")
    first, lab.memory = lab.memory, Memory(lab.memory.config, PLUGINS, Store(lab.path), lab.world)
    lab.say("c", "accounts", account("3", 3, name="New", domain="new.example"))
    lab.sync()
    lab.memory.remember("Calls on Tuesday", about="new.example", principal="dana")
    lab.close()
    lab.memory = first
    lab.memory.remember("Calls on Friday", about="new.example", principal="dana")
    found = {hit["text"] for hit in lab.memory.search("calls", account="new.example", principal="dana")}
    assert found == {"Calls on Tuesday", "Calls on Friday"}
    assert lab.rows("select passages from term_statistics") == [(3,)]
