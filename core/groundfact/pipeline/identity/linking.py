"""The identity stage: from changed versions to links. Works only on the records a change can reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
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

__all__ = [
    "Audiences",
    "IdentityRules",
    "Linked",
    "Look",
    "NeedsReview",
    "attached_to",
    "find_keys",
    "is_link",
    "link_kind",
]

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
    """What was done with a portion."""

    entities: set[str]
    """Whose records changed or moved, before or after."""
    looked: int
    """At how many records of those that changed."""
    reviews: Sequence[NeedsReview] = ()
    opened: int = 0


class Look(NamedTuple):
    """What a transaction sees of the workspace."""

    tx: Tx
    streams: Mapping[int, StreamRow]
    audiences: Audiences
    commit: Callable[[], int]
    """Gives the number to write with."""


class _Linking(NamedTuple):
    """What linking the records of a kind needs, in one transaction."""

    tx: Tx
    workspace: int
    workspace_name: str
    rules: IdentityRules
    streams: Mapping[int, StreamRow]
    audiences: Audiences
    commit: Callable[[], int]
    at_once: bool
    """Whether all that changed fits into memory."""
    anew: bool
    """Whether to look again at what is linked as its keys say: the rules changed."""

    @property
    def rank(self) -> Mapping[int, int]:
        """The place of each stream in the order of sources and names."""
        ordered = sorted(self.streams.values(), key=lambda stream: (stream.source, stream.name))
        return {stream.id: place for place, stream in enumerate(ordered)}


def link_kind(
    workspace: tuple[int, str],
    rules: IdentityRules,
    look: Callable[[], Look],
    after: int,
    judged: Collection[RecordId] = (),
    anew: bool = False,
) -> Iterator[Linked]:
    """Link the records of a kind whose versions are above the watermark, and those that somebody has judged, portion
    by portion. `anew` looks again at what is linked as its keys say.

    Between two portions the transaction may end: `look` tells what the one that goes on sees.
    """
    at_once = store.newest_version(look().tx) - after <= _PORTION

    def stage() -> _Linking:
        tx, streams, audiences, commit = look()
        return _Linking(tx, *workspace, rules, streams, audiences, commit, at_once, anew)

    for change, looked in _portions(stage, after, judged):
        moves = change.moved or change.current
        yield _linked(stage(), change, looked) if moves else Linked(change.touched, looked)


def _linked(stage: _Linking, change: Change, looked: int) -> Linked:
    """Link a portion."""
    tx, workspace, workspace_name, rules, streams, audiences, commit, at_once, anew = stage
    moved, current, touched = change
    reach, rank = Reach(tx, workspace, rules, change, audiences.public, whole=at_once and anew), stage.rank
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
    found = [(review.record, [named[a] for a in review.anchors]) for review in unsure if review.record in moved]
    if likes is not None:
        found += propose(tx, (workspace, rules.name), likes, placed, rank, commit)
    reviews = [NeedsReview(rules.name, streams[one[0]].source, one[1], entities) for one, entities in found]
    return Linked(touched.union(named.values(), (row.entity for row in current.values())), looked, reviews, opened)


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


def _portions(stage: Callable[[], _Linking], after: int, judged: Collection[RecordId]) -> Iterator[tuple[Change, int]]:
    """Which records changed since the watermark, and which ones somebody has judged, as many as fit into memory; and
    at how many it looked for that."""
    found, begun, looked = Change({}, {}, set()), stage(), 0
    if begun.at_once:
        dirty = store.dirty_records(begun.tx, begun.workspace, begun.rules.name, after)
        for part in _chunks(dirty, _CHUNK):
            _compare(begun, part, found, begun.anew)
            looked += len(part)
    else:
        yield from _by_stream(stage, after)
    if judged:
        _compare(stage(), store.records_now(stage().tx, judged), found)
    yield found, looked


def _by_stream(stage: Callable[[], _Linking], after: int) -> Iterator[tuple[Change, int]]:
    """Those of streams, one after the other, by their ids. First those that entities are named after: later ones
    rename nothing."""
    rank, streams, kind = stage().rank, stage().streams, stage().rules.name
    mine = sorted((number for number, stream in streams.items() if stream.kind == kind), key=rank.__getitem__)
    # Each record may bring in those of the other streams that it is linked with.
    most = max(1, _PORTION // max(1, len(mine)))
    size = min(most, _CHUNK)
    for number in mine:
        found, looked, last = Change({}, {}, set()), 0, ""
        while part := store.dirty_records_of(stage().tx, number, after, last, size):
            _compare(stage(), part, found, stage().anew)
            looked, last = looked + len(part), part[-1].rec
            if looked >= most:
                yield found, looked
                found, looked = Change({}, {}, set()), 0
        if looked:
            yield found, looked


def _compare(stage: _Linking, part: Sequence[DirtyRecord], found: Change, anew: bool = False) -> None:
    """Put what is no longer linked as it should be with what was found."""
    tx, rules = stage.tx, stage.rules
    member_of = member_maker(rules, stage.streams, decided_now(tx, stage.workspace, rules.name))
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
