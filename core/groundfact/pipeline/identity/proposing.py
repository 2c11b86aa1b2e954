"""What looks alike but was not merged: proposals for a person to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from groundfact.model import Likeness
from groundfact.pipeline.identity.lookalikes import Lookalikes
from groundfact.pipeline.identity.resemblance import Pair
from groundfact.store import links
from groundfact.store import proposals as store
from groundfact.store.decisions import APART, decisions_of
from groundfact.store.engine import Tx
from groundfact.store.proposals import ProposalRow

__all__ = ["propose"]

RecordId = tuple[int, str]


def propose(
    tx: Tx,
    where: tuple[int, str],
    likes: Lookalikes,
    placed: Mapping[RecordId, str],
    rank: Mapping[int, int],
    commit: Callable[[], int],
) -> list[tuple[RecordId, list[str]]]:
    """Bring the proposals around what was looked at up to date; the new ones, each with the two entities."""
    homes = _homes(tx, likes, placed)
    wanted = {row: None for pair, likeness in likes.pairs.items() for row in _rows(likes, pair, likeness, homes, rank)}
    held = store.proposals_of(tx, *where, likes.looked)
    new = [row for row in wanted if row not in held]
    old = [number for row, number in held.items() if row not in wanted]
    if new or old:
        store.write_proposals(tx, *where, commit(), old, new)
    settled = _kept_apart(tx, where, placed)
    pairs = [(row.other, [homes[row.one], homes[row.other]]) for row in new]
    return [(record, pair) for record, pair in pairs if frozenset(pair) not in settled]


def _kept_apart(tx: Tx, where: tuple[int, str], placed: Mapping[RecordId, str]) -> set[frozenset[str]]:
    """The pairs of entities of which somebody has said that they are not the same."""
    rows = [row for row in decisions_of(tx, *where) if row.verb == APART]
    homes = {
        (row.stream, row.rec): row.entity for row in links.links_of_records(tx, {s for r in rows for s in r.sides})
    }
    homes |= placed
    return {frozenset(homes.get(side, "") for side in row.sides) for row in rows}


def _homes(tx: Tx, likes: Lookalikes, placed: Mapping[RecordId, str]) -> dict[RecordId, str]:
    """The entity of every record that takes part."""
    holders = {record for pair in likes.pairs for profile in pair for record in likes.holders(profile)}
    found = {record: placed[record] for record in holders if record in placed}
    for row in links.links_of_records(tx, holders - found.keys()):
        found[row.stream, row.rec] = row.entity
    return found


def _rows(
    likes: Lookalikes, pair: Pair, likeness: Likeness, homes: Mapping[RecordId, str], rank: Mapping[int, int]
) -> Iterator[ProposalRow]:
    """The first holders of two profiles; of one profile, the first holder and the first of every other entity."""

    def ordered(record: RecordId) -> tuple[int, str]:
        return rank[record[0]], record[1]

    ones = sorted(likes.holders(pair.one), key=ordered)
    others = ones if pair.one == pair.other else [min(likes.holders(pair.other), key=ordered)]
    seen = {homes[ones[0]]}
    for other in others:
        if homes[other] not in seen:
            seen.add(homes[other])
            one, two = sorted((ones[0], other), key=ordered)
            digests = sorted((likes.digest(pair.one), likes.digest(pair.other)))
            yield ProposalRow(digests[0], digests[1], *one, *two, round(likeness.score * 1000), likeness.evidence)
