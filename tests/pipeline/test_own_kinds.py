"""Kinds of one's own come and go with the YAML."""

from __future__ import annotations

from pathlib import Path

from groundfact.memory import Memory
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: plants
store: {{path: plants.db}}
sources:
  files:
    type: files
    access: [workspace]
    files: {{{files}}}
{kinds}
principals: {{me: {{kind: person}}}}
context: {{default_principal: me}}
"""
ACCOUNTS = "companies: {path: companies.csv, kind: account, id: id, attributes: {name: name}}"
PLANTS = "plants: {path: plants.csv, kind: plant, id: id, attributes: {name: name}}"
KINDS = "kinds: {plant: {title: name, resolved: true, attributes: {name: {type: name, lookup: true}}}}"


def test_a_kind_that_is_taken_out_leaves_no_facts_in_the_cache(tmp_path: Path) -> None:
    """Nobody decides them any more: the cache is what a rebuild makes, before it and after."""
    (tmp_path / "companies.csv").write_text("id,name\n1,Acme\n")
    (tmp_path / "plants.csv").write_text("id,name\n1,Foundry\n")
    path, world = tmp_path / "groundfact.yaml", FakeClockWorld()
    path.write_text(YAML.format(files=f"{ACCOUNTS}, {PLANTS}", kinds=KINDS))
    with Memory.open(path, world=world) as memory:
        assert memory.sync().ok
        assert [fact["value"] for fact in memory.list("facts")] == ["Acme", "Foundry"]
    path.write_text(YAML.format(files=ACCOUNTS, kinds=""))
    with Memory.open(path, world=world) as memory:
        assert memory.sync().ok
        with memory.store.reading() as tx:
            assert tx.rows("select distinct kind from facts") == [("account",)]
        rebuilt = memory.rebuild()
        assert rebuilt.before == rebuilt.after


def test_when_something_happened_is_a_matter_of_the_yaml(tmp_path: Path) -> None:
    """Texts that are stored are dated by another attribute as soon as the YAML says so, without a rule being others."""
    kinds = (
        "kinds: {visit: {title: subject, episode: true, when: %s, attributes: "
        "{subject: {}, visited_at: {type: datetime}, filed_at: {type: datetime}}}}"
    )
    visits = (
        "visits: {path: v.csv, kind: visit, id: id, text: [notes], "
        "attributes: {subject: subject, visited_at: visited, filed_at: filed}}"
    )
    (tmp_path / "v.csv").write_text("id,subject,visited,filed,notes\n1,Tour,2026-01-05,2026-02-09,Rockets\n")
    path, world, found = tmp_path / "groundfact.yaml", FakeClockWorld(), []
    for when in ("visited_at", "filed_at"):
        path.write_text(YAML.format(files=visits, kinds=kinds % when))
        with Memory.open(path, world=world) as memory:
            memory.sync()
            found += [hit["at"] for hit in memory.search("rockets")]
            memory.settle()
    assert found == ["2026-01-05T00:00:00Z", "2026-02-09T00:00:00Z"]
