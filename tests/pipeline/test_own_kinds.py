"""Kinds of one's own come and go with the YAML."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from groundfact.errors import Busy
from groundfact.memory import Memory
from groundfact.pipeline.deciding import derive, stage
from groundfact.pipeline.ingest.sync import SyncOptions
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


VISITS = (
    "visits: {path: v.csv, kind: visit, id: id, text: [notes], "
    "attributes: {subject: subject, visited_at: visited, filed_at: filed}}"
)
VISIT = (
    "kinds: {visit: {title: subject, episode: true, when: %s, attributes: "
    "{subject: {}, visited_at: {type: datetime}, filed_at: {type: datetime}}}}"
)


def _visits(folder: Path, when: str) -> Path:
    rows = [f"{n},Tour,2026-01-05,2026-02-09,Rockets" for n in range(4)]
    (folder / "v.csv").write_text("\n".join(["id,subject,visited,filed,notes", *rows]))
    path = folder / f"{when}.yaml"
    path.write_text(YAML.format(files=VISITS, kinds=VISIT % when))
    return path


def _dates(memory: Memory) -> set[str]:
    return {str(hit["at"]) for hit in memory.search("rockets")}


def test_when_something_happened_is_a_matter_of_the_yaml(tmp_path: Path) -> None:
    """Texts that are stored are dated by another attribute as soon as the YAML says so, without a rule being others."""
    for when, date in (("visited_at", "2026-01-05T00:00:00Z"), ("filed_at", "2026-02-09T00:00:00Z")):
        with Memory.open(_visits(tmp_path, when), world=FakeClockWorld()) as memory:
            memory.sync()
            assert _dates(memory) == {date}


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("after", range(1, 8))
def test_whoever_is_cut_off_leaves_no_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, settled: bool
) -> None:
    """A first load, or another `when:`, is stopped in the middle: the next one dates every text by its own YAML."""
    monkeypatch.setattr(derive, "_LONGEST", 0.0)
    monkeypatch.setattr(stage, "_TEXTS", 1)
    world, asked = FakeClockWorld(), iter(range(1_000))
    first, second = _visits(tmp_path, "filed_at"), _visits(tmp_path, "visited_at")
    with Memory.open(first, world=world) as memory:
        # Asked once for each page and each commit: somewhere among those it ends.
        pages = 8 if not settled else 1_000
        memory.sync(options=SyncOptions(stopping=lambda: next(asked) >= pages + after))
    if settled:
        asked = iter(range(1_000))
        with Memory.open(second, world=world) as memory, suppress(Busy):
            memory.settle(stopping=lambda: next(asked) >= after)
    last = first if settled else second
    with Memory.open(last, world=world) as memory:
        memory.settle()
        assert _dates(memory) == {"2026-02-09T00:00:00Z" if settled else "2026-01-05T00:00:00Z"}
        with memory.store.reading() as tx:
            dates = tx.rows("select distinct at from passage")
        memory.rebuild()
        with memory.store.reading() as tx:
            assert tx.rows("select distinct at from passage") == dates
