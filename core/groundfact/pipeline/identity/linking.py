"""The identity stage: from changed versions to links. Works only on the records a change can reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

import orjson

from groundfact.model import Guard
from groundfact.pipeline.identity.clusters import Review, cluster, entity_id
from groundfact.pipeline.identity.decided import decided_now
from groundfact.pipeline.identity.members import (
    IdentityRules,
    attached_to,
    evidence,
    find_keys,
    is_link,
    member_maker,
)
from groundfact.pipeline.identity.membership import Member
from groundfact.pipeline.identity.proposing import propose
from groundfact.pipeline.identity.reach import Change, Reach
from groundfact.pipeline.identity.resemblance import Resemblance
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import PROFILE, SAYS, DirtyRecord, LinkRow
from groundfact.store.registry import StreamRow

__all__ = ["Audiences", "IdentityRules", "Linked", "NeedsReview", "attached_to", "find_keys", "is_link", "link_kind"]

RecordId = tuple[int, str]
_CHUNK = 5_000
_PORTION = 100_000
"""Records that are placed together, about: what a larger load takes of memory does not grow with it."""


class Audiences(NamedTuple):
    """Who sees what carries a set of labels."""

    public: frozenset[int]
    """The sets that everybody may see."""
    alike: Mapping[int, int]
    """For each set, the first one with the same labels."""


class NeedsReview(NamedTuple):
    """A record that may belong to several entities; it was linked to the first."""

    kind: str
    source: str
    record: str
    entities: Sequence[str]


class Linked(NamedTuple):
    """What the stage did."""

    entities: set[str]
    """Whose records changed or moved, before or after."""
    reviews: list[NeedsReview]
    opened: int


class _Linking(NamedTuple):
    """What linking the records of a kind needs."""

    tx: Tx
    workspace: int
    workspace_name: str
    rules: IdentityRules
    streams: Mapping[int, StreamRow]
    audiences: Audiences
    commit: Callable[[], int]
    rank: Mapping[int, int]
    """The place of each stream in the order of sources and names."""
    at_once: bool
    """Whether all that changed fits into memory."""
    anew: bool
    """Whether to look again at what is linked as its keys say: the rules changed."""


def link_kind(
    tx: Tx,
    workspace: int,
    workspace_name: str,
    rules: IdentityRules,
    streams: Mapping[int, StreamRow],
    audiences: Audiences,
    after: int,
    commit: Callable[[], int],
    judged: Collection[RecordId] = (),
    anew: bool = False,
) -> Linked:
    """Link the records of a kind whose versions are above the watermark, and those that somebody has judged;
    `commit` gives the number to write with, `anew` looks again at what is linked as its keys say."""
    rank = {s.id: n for n, s in enumerate(sorted(streams.values(), key=lambda s: (s.source, s.name)))}
    at_once = store.newest_version(tx) - after <= _PORTION
    stage = _Linking(tx, workspace, workspace_name, rules, streams, audiences, commit, rank, at_once, anew)
    touched: set[str] = set()
    reviews: list[NeedsReview] = []
    opened = 0
    for change in _portions(stage, after, judged):
        touched |= change.touched
        if change.moved or change.current:
            opened += _linked(stage, change, touched, reviews)
    return Linked(touched, reviews, opened)


def _linked(stage: _Linking, change: Change, touched: set[str], reviews: list[NeedsReview]) -> int:
    """Link a portion: how many links were opened. Adds the entities that it touched, and what needs a look."""
    tx, workspace, workspace_name, rules, streams, audiences, commit, rank, at_once, anew = stage
    moved, current, _ = change
    reach = Reach(tx, workspace, rules, change, audiences.public, whole=at_once and anew)
    members, likes = reach.members, reach.likes
    anchors, unsure = _clustered(reach, rules, rank, audiences)
    named: dict[RecordId, str] = {}
    for anchor in set(anchors.values()):
        stream = streams[anchor[0]]
        named[anchor] = entity_id(workspace_name, rules.name, stream.source, stream.name, anchor[1])
    placed = {record: named[anchor] for record, anchor in anchors.items()}
    opened = _write(stage, change, members, placed)
    if opened:
        seq = commit()
        store.name_entities(tx, workspace, rules.name, seq, [(e, *a) for a, e in named.items()])
    touched.update(named.values())
    touched.update(row.entity for row in current.values())
    found = [(review.record, [named[a] for a in review.anchors]) for review in unsure if review.record in moved]
    if likes is not None:
        found += propose(tx, (workspace, rules.name), likes, placed, rank, commit)
    reviews += [NeedsReview(rules.name, streams[one[0]].source, one[1], entities) for one, entities in found]
    return opened


def _clustered(
    reach: Reach, rules: IdentityRules, rank: Mapping[int, int], audiences: Audiences
) -> tuple[dict[RecordId, RecordId], list[Review]]:
    """The records' anchors, without the keys that too many share."""
    placing = list(reach.members.values())
    if rules.limits:
        powerless = reach.crowds.powerless({key for member in placing for key in member.keys})
        placing = [m._replace(keys=tuple(key for key in m.keys if key not in powerless)) for m in placing]
    comparer, likes = rules.comparer, reach.likes
    guards, resemble = rules.guards, None
    if comparer is not None and likes is not None:
        resemble = Resemblance(comparer.bounds, likes.pairs, guards.get("", Guard()))
    return cluster(placing, audiences.public, rank, audiences.alike, resemble, guards)


def _portions(stage: _Linking, after: int, judged: Collection[RecordId]) -> Iterator[Change]:
    """Which records changed since the watermark, and which ones somebody has judged; as many as fit into memory."""
    tx, rules = stage.tx, stage.rules
    found = Change({}, {}, set())
    member_of = member_maker(rules, stage.streams, decided_now(tx, stage.workspace, rules.name))
    most = _PORTION
    if not stage.at_once:
        # Each of them may bring in the records of the other streams that it is linked with.
        most = max(1, _PORTION // sum(stream.kind == rules.name for stream in stage.streams.values()))
    for part in _chunks(_dirty(stage, after), min(most, _CHUNK)):
        _compare(tx, part, member_of, found, stage.anew)
        if len(found.moved) >= most:
            yield found
            found = Change({}, {}, set())
    if judged:
        _compare(tx, store.records_now(tx, judged), member_of, found)
    yield found


def _dirty(stage: _Linking, after: int) -> Iterator[DirtyRecord]:
    """Changed records. Of many, those come first that entities are named after: later ones rename nothing."""
    if stage.at_once:
        return store.dirty_records(stage.tx, stage.workspace, stage.rules.name, after)
    ordered = sorted(stage.streams.values(), key=lambda stream: stage.rank[stream.id])
    mine = (stream.id for stream in ordered if stream.kind == stage.rules.name)
    return chain.from_iterable(store.dirty_records_of(stage.tx, stream, after) for stream in mine)


def _compare(
    tx: Tx,
    part: Sequence[DirtyRecord],
    member_of: Callable[[DirtyRecord], Member],
    found: Change,
    anew: bool = False,
) -> None:
    """Put what is no longer linked as it should be with what was found."""
    linked = store.links_of_records(tx, [row[:2] for row in part])
    before = {(row.stream, row.rec): row for row in linked}
    found.touched.update(row.entity for row in before.values())
    for row in part:
        record = row[:2]
        link = before.get(record)
        if row.gone is None:
            member = member_of(row)
            if not anew and link is not None and link.labels == member.labels and link.keys == evidence(member):
                continue
            found.moved[record] = member
        if link is not None:
            found.current[record] = link


def _chunks(rows: Iterator[DirtyRecord], size: int) -> Iterator[list[DirtyRecord]]:
    while part := list(islice(rows, size)):
        yield part


def _write(stage: _Linking, change: Change, members: Mapping[RecordId, Member], placed: Mapping[RecordId, str]) -> int:
    """Close what no longer holds and open what does."""
    moved, current, _ = change
    closing = [row for record, row in current.items() if record not in members]
    opening: list[tuple[str, int, str, int, str]] = []
    keys: list[tuple[str, int, str, int]] = []
    for record, member in members.items():
        row, entity = current.get(record), placed[record]
        if row is not None and row.entity == entity and record not in moved:
            continue
        told = evidence(member)
        stream, rec, labels, links, finds, _, _, blocks, _ = member
        if row is not None:
            if row.entity == entity and row.labels == labels and row.keys == told:
                continue
            closing.append(row)
        opening.append((entity, stream, rec, labels, told))
        keys += [(key, stream, rec, labels) for part in (links, finds, blocks) for key in part]
    if not closing and not opening:
        return 0
    tx, workspace, kind = stage.tx, stage.workspace, stage.rules.name
    seq = stage.commit()
    store.close_links(tx, seq, [row.id for row in closing])
    _write_keys(tx, workspace, kind, seq, closing, keys)
    store.open_links(tx, workspace, kind, seq, opening)
    return len(opening)


def _write_keys(
    tx: Tx, workspace: int, kind: str, seq: int, closing: Collection[LinkRow], after: list[tuple[str, int, str, int]]
) -> None:
    told = ((row, key) for row in closing for key in orjson.loads(row.keys) if key[0] not in (PROFILE, SAYS))
    before = {(key, row.stream, row.rec, row.labels) for row, key in told}
    if before:
        store.close_keys(tx, workspace, kind, seq, [row[:3] for row in before.difference(after)])
        after = [row for row in after if row not in before]
    # In the order of the table, so that a bulk load appends instead of splitting pages.
    after.sort()
    store.open_keys(tx, workspace, kind, seq, after)
