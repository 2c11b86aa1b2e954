"""What people decided about records, for the stage that links them."""

from __future__ import annotations

from collections import defaultdict

from groundfact.pipeline.identity.members import Decided
from groundfact.store import decisions as store
from groundfact.store.engine import Tx

__all__ = ["decided_now"]

RecordId = tuple[int, str]


def decided_now(tx: Tx, workspace: int, kind: str) -> dict[RecordId, Decided]:
    """What holds for each record that somebody has judged."""
    merges: dict[RecordId, list[int]] = defaultdict(list)
    kept: dict[RecordId, list[tuple[int, int]]] = defaultdict(list)
    apart: set[RecordId] = set()
    for row in store.decisions_of(tx, workspace, kind):
        if row.verb == "unmerge":
            apart.add((row.stream, row.rec))
            continue
        for side, record in enumerate(row.sides):
            if row.verb == store.APART:
                kept[record].append((row.id, side))
            else:
                merges[record].append(row.id)
    return {record: Decided(merges[record], record in apart, kept[record]) for record in {*merges, *kept, *apart}}
