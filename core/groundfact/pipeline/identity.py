"""The identity stage: from changed versions to links. Works only on the records a change can reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import orjson

from groundfact.pipeline.clusters import Member, cluster, entity_id
from groundfact.protocols import Matcher
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import DirtyRecord, LinkRow
from groundfact.store.registry import StreamRow
from groundfact.vocabulary import compare_key

__all__ = ["IdentityRules", "Linked", "NeedsReview", "find_keys", "link_kind"]

RecordId = tuple[int, str]
_CHUNK = 5_000
_FIND = "~"
"""Begins a key that finds a record but links nothing."""


class IdentityRules(NamedTuple):
    """How records of one kind are linked and found."""

    name: str
    lookups: Sequence[tuple[str, str]]
    """Attributes an entity is found by, with their types."""
    matchers: Sequence[tuple[str, Matcher]]


class NeedsReview(NamedTuple):
    """A restricted record that fits several entities; it was linked to the first."""

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


def find_keys(attribute: str, type_name: str, value: object) -> tuple[str, str]:
    """The two forms of the key a record is found by: one that only finds, and one that links as well."""
    key = f"{attribute}={compare_key(type_name, value)}"
    return _FIND + key, key


def member_of(rules: IdentityRules, stream: StreamRow, row: DirtyRecord) -> Member:
    """A record with the keys it is linked by and those it is only found by."""
    attributes = orjson.loads(row.attributes)
    keys: list[str] = []
    for _, matcher in rules.matchers:
        keys += matcher.keys(stream.source, stream.name, row.rec, attributes)
    finds = []
    for name, type_name in rules.lookups:
        value = attributes.get(name)
        if value is not None:
            only_finds, also_links = find_keys(name, type_name, value)
            if also_links not in keys:
                finds.append(only_finds)
    # Each once, in order: the same key may come from two matchers.
    return Member(row.stream, row.rec, row.labels, tuple(dict.fromkeys(keys)), tuple(finds))


def _stored(row: LinkRow) -> Member:
    """A record as its link remembers it."""
    told = orjson.loads(row.keys)
    keys = tuple(key for key in told if not key.startswith(_FIND))
    return Member(row.stream, row.rec, row.labels, keys, tuple(key for key in told if key.startswith(_FIND)))


def _evidence(member: Member) -> str:
    return orjson.dumps((*member.keys, *member.finds)).decode()


def link_kind(
    tx: Tx,
    workspace: int,
    workspace_name: str,
    rules: IdentityRules,
    streams: Mapping[int, StreamRow],
    public: frozenset[int],
    after: int,
    commit: Callable[[], int],
) -> Linked:
    """Link the records of a kind whose versions are above the watermark; `commit` gives the number to write with."""
    moved: dict[RecordId, Member] = {}
    gone: list[LinkRow] = []
    touched: set[str] = set()
    for part in _chunks(store.dirty_records(tx, workspace, rules.name, after)):
        before = {(row.stream, row.rec): row for row in store.links_of_records(tx, [(r.stream, r.rec) for r in part])}
        touched.update(row.entity for row in before.values())
        for row in part:
            record = (row.stream, row.rec)
            link = before.get(record)
            if row.gone is not None:
                gone += [link] if link is not None else []
                continue
            member = member_of(rules, streams[row.stream], row)
            if link is None or link.labels != member.labels or link.keys != _evidence(member):
                moved[record] = member
    if not moved and not gone:
        return Linked(touched, [], 0)
    members, current = _reach(tx, workspace, rules, moved, gone, public)
    rank = {s.id: n for n, s in enumerate(sorted(streams.values(), key=lambda s: (s.source, s.name)))}
    anchors, reviews = cluster(list(members.values()), public, rank)
    named: dict[RecordId, str] = {}
    for anchor in set(anchors.values()):
        stream = streams[anchor[0]]
        named[anchor] = entity_id(workspace_name, rules.name, stream.source, stream.name, anchor[1])
    placed = {record: named[anchor] for record, anchor in anchors.items()}
    opened = _write(tx, workspace, rules.name, members, current, placed, commit)
    if opened:
        seq = commit()
        store.name_entities(tx, workspace, rules.name, seq, [(e, *a) for a, e in sorted(named.items())])
    touched.update(placed.values())
    touched.update(row.entity for row in current.values())
    told = [
        NeedsReview(rules.name, streams[review.record[0]].source, review.record[1], [named[a] for a in review.anchors])
        for review in reviews
        if review.record in moved
    ]
    return Linked(touched, told, opened)


def _chunks(rows: Iterator[DirtyRecord]) -> Iterator[list[DirtyRecord]]:
    while part := list(islice(rows, _CHUNK)):
        yield part


def _reach(
    tx: Tx,
    workspace: int,
    rules: IdentityRules,
    moved: Mapping[RecordId, Member],
    gone: Sequence[LinkRow],
    public: frozenset[int],
) -> tuple[dict[RecordId, Member], dict[RecordId, LinkRow]]:
    """Every record whose cluster the change can alter, and its current link.

    A cluster of public records is closed under shared keys. What a restricted record could join is not, so its
    keys are followed as well.
    """
    current: dict[RecordId, LinkRow] = {(row.stream, row.rec): row for row in gone}
    for row in store.links_of_records(tx, moved):
        current[row.stream, row.rec] = row
    members = dict(moved)
    entities: set[str] = {row.entity for row in current.values()}
    keys = {key for member in moved.values() for key in member.keys}
    followed: set[str] = set()
    searched: set[str] = set()
    gone_ids = {(row.stream, row.rec) for row in gone}
    while keys - searched or entities - followed:
        sharers = store.records_with_keys(tx, workspace, rules.name, keys - searched) - current.keys()
        searched |= keys
        entities.update(row.entity for row in store.links_of_records(tx, sharers))
        for row in store.links_of_entities(tx, entities - followed):
            record = (row.stream, row.rec)
            current.setdefault(record, row)
            if record in gone_ids or record in members:
                continue
            members[record] = _stored(row)
            if row.labels not in public:
                keys.update(members[record].keys)
        followed |= entities
    return members, current


def _write(
    tx: Tx,
    workspace: int,
    kind: str,
    members: Mapping[RecordId, Member],
    current: Mapping[RecordId, LinkRow],
    placed: Mapping[RecordId, str],
    commit: Callable[[], int],
) -> int:
    """Close what no longer holds and open what does."""
    closing = [row for record, row in current.items() if record not in members]
    opening: list[Member] = []
    for record, member in members.items():
        row = current.get(record)
        same = row is not None and row.entity == placed[record] and row.labels == member.labels
        if same and row is not None and row.keys == _evidence(member):
            continue
        opening.append(member)
        if row is not None:
            closing.append(row)
    if not closing and not opening:
        return 0
    seq = commit()
    store.close_links(tx, seq, [row.id for row in closing])
    _write_keys(tx, workspace, kind, seq, closing, opening)
    links = [(placed[m.id], m.stream, m.rec, m.labels, _evidence(m)) for m in opening]
    store.open_links(tx, workspace, kind, seq, links)
    return len(opening)


def _write_keys(
    tx: Tx, workspace: int, kind: str, seq: int, closing: Collection[LinkRow], opening: Collection[Member]
) -> None:
    before = {(key, row.stream, row.rec, row.labels) for row in closing for key in orjson.loads(row.keys)}
    after = [(key, m.stream, m.rec, m.labels) for m in opening for key in (*m.keys, *m.finds)]
    if before:
        store.close_keys(tx, workspace, kind, seq, [row[:3] for row in before.difference(after)])
        after = [row for row in after if row not in before]
    # In the order of the table, so that a bulk load appends instead of splitting pages.
    after.sort()
    store.open_keys(tx, workspace, kind, seq, after)
