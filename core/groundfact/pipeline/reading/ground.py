"""What every answer needs to know of the store before it looks at any record, read once for each of its states."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import orjson

from groundfact.pipeline.deciding.derive import is_settled
from groundfact.store import reading, registry, relations
from groundfact.store.engine import Tx
from groundfact.store.reading import View
from groundfact.store.registry import StreamRow

__all__ = ["Ground", "Grounds", "ground_of"]

_NOBODY = "[]"


@dataclass(frozen=True)
class Ground:
    """The same for every principal, until something is written that an answer may rest on."""

    workspace: int
    """Its number; 0 before its first sync."""
    name: str
    streams: Mapping[int, StreamRow]
    passes: Mapping[int, Mapping[str, int]]
    """As `reading.passes` tells them, for now."""
    settled: bool
    """Whether every version has been worked into links, facts and passages."""
    merging: bool
    """Whether a source has ever merged records, seen or not."""
    labels: Mapping[int, frozenset[str]]
    """Every set of labels, by number."""
    _visible: dict[frozenset[str], str] = field(default_factory=dict, compare=False)
    _begun: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False)

    def visible(self, held: frozenset[str]) -> str:
        """The label sets of which a principal holds at least one label, as a JSON list of numbers."""
        if held not in self._visible:
            seen = sorted(number for number, labels in self.labels.items() if not held.isdisjoint(labels))
            self._visible[held] = orjson.dumps(seen).decode()
        return self._visible[held]

    def begun(self, tx: Tx, places: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Of these kinds and beginnings of keys, those with a key that any record ever had; who may see it is for
        another query."""
        new = [place for place in places if place not in self._begun]
        if new:
            found = relations.begun(tx, self.workspace, new)
            self._begun.update((place, place in found) for place in new)
        return [place for place in places if self._begun[place]]


class Grounds:
    """Keeps the ground of the last state that anybody has seen."""

    def __init__(self, workspace: str) -> None:
        self._name = workspace
        self._kept: tuple[int | None, Ground] | None = None

    def of(self, tx: Tx) -> Ground:
        """The ground of what this very transaction sees."""
        state, kept = tx.state(), self._kept
        if state is not None and kept is not None and kept[0] == state:
            return kept[1]
        found = ground_of(tx, registry.workspace_id(tx, self._name) or 0)
        if state is not None:
            self._kept = (state, found)
        return found

    def after(self, tx: Tx, before: int | None, *, settled: bool) -> Ground | None:
        """The ground of what a write will leave that told something, where it is still that of the state `before`.

        For statements alone: they read no stream to its end, and merge no records. `settled`: they have been worked in.
        """
        kept = self._kept
        # Before its first words a workspace has no number, and they give it one.
        if before is None or kept is None or kept[0] != before or not kept[1].workspace:
            return None
        ground = kept[1]
        if registry.newest(tx, ground.workspace) != (max(ground.streams, default=0), max(ground.labels, default=0)):
            return None
        # Copied first: another thread that answers from this ground may add to it meanwhile.
        begun = {place: True for place, found in ground._begun.copy().items() if found}
        return replace(ground, settled=ground.settled and settled, _begun=begun)

    def keep(self, state: int | None, ground: Ground | None) -> None:
        """Keep the ground of a state that is committed."""
        if state is not None and ground is not None:
            self._kept = (state, ground)


def ground_of(tx: Tx, workspace: int) -> Ground:
    """The ground, read now."""
    streams = {row.id: row for row in registry.streams(tx, workspace)}
    view = View(workspace, _NOBODY, streams, None)
    labels = {number: row.labels for number, row in registry.label_sets(tx, workspace).items()}
    settled, merging = is_settled(tx, workspace), reading.any_merged(tx, view)
    name = registry.workspace_name(tx, workspace)
    return Ground(workspace, name, streams, reading.passes(tx, view), settled, merging, labels)
