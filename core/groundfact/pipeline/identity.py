"""The identity stage: from changed versions to links. Works only on the records a change can reach."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from groundfact.pipeline.clusters import Member, Review, cluster, entity_id
from groundfact.protocols import Matcher
from groundfact.store import links as store
from groundfact.store.engine import Tx
from groundfact.store.links import DirtyRecord, LinkRow
from groundfact.store.registry import StreamRow
from groundfact.vocabulary import Kind, compare_key

__all__ = ["IdentityRules", "Linked", "find_key", "link_kind"]

RecordId = tuple[int, str]
_FIND = "~"
"""Begins a key that finds a record but links nothing."""


class IdentityRules(NamedTuple):
    """How records of one kind are linked and found."""

    name: str
    kind: Kind
    matchers: Sequence[tuple[str, Matcher]]


class Linked(NamedTuple):
    """What the stage did."""

    entities: set[str]
    """Whose records changed or moved, before or after."""
    reviews: list[Review]
    opened: int


def find_key(attribute: str, type_name: str, value: object) -> str:
    """The key a record is found by."""
    return f"{_FIND}{attribute}={compare_key(type_name, value)}"


def keys_of(rules: IdentityRules, stream: StreamRow, rec: str, attributes: Mapping[str, object]) -> list[str]:
    """A record's keys: linking ones first, strongest first, then those it is only found by."""
    keys: dict[str, None] = {}
    for _, matcher in rules.matchers:
        keys.update(dict.fromkeys(matcher.keys(stream.source, stream.name, rec, attributes)))
    for name, spec in rules.kind.attributes.items():
        if spec.lookup and attributes.get(name) is not None:
            keys[find_key(name, spec.type, attributes[name])] = None
    return list(keys)


def linking(keys: Iterable[str]) -> list[str]:
    """Those of the keys that link."""
    return [key for key in keys if not key.startswith(_FIND)]


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
    dirty = store.dirty_records(tx, workspace, rules.name, after)
    if not dirty:
        return Linked(set(), [], 0)
    before = {(row.stream, row.rec): row for row in store.links_of_records(tx, _ids(dirty))}
    now: dict[RecordId, Member] = {}
    for row in dirty:
        if row.gone is None:
            keys = keys_of(rules, streams[row.stream], row.rec, orjson.loads(row.attributes))
            now[row.stream, row.rec] = Member(row.stream, row.rec, row.labels, keys)
    moved = {i: m for i, m in now.items() if not _same(before.get(i), m)}
    gone = [row for i, row in before.items() if i not in now]
    touched = {row.entity for i, row in before.items()}
    if not moved and not gone:
        return Linked(touched, [], 0)
    members, current = _reach(tx, workspace, rules, moved, gone, public)
    rank = {s.id: n for n, s in enumerate(sorted(streams.values(), key=lambda s: (s.source, s.name)))}
    linkable = [m._replace(keys=linking(m.keys)) for m in members.values()]
    anchors, reviews = cluster(linkable, public, rank)
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
    return Linked(touched, [r._replace(anchors=r.anchors) for r in reviews], opened)


def _ids(rows: Iterable[DirtyRecord]) -> Iterable[RecordId]:
    return ((row.stream, row.rec) for row in rows)


def _same(link: LinkRow | None, member: Member) -> bool:
    return link is not None and link.labels == member.labels and orjson.loads(link.keys) == list(member.keys)


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
    keys = {key for member in moved.values() for key in linking(member.keys)}
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
            members[record] = Member(row.stream, row.rec, row.labels, orjson.loads(row.keys))
            if row.labels not in public:
                keys.update(linking(members[record].keys))
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
        if row is not None and row.entity == placed[record] and _same(row, member):
            continue
        opening.append(member)
        if row is not None:
            closing.append(row)
    if not closing and not opening:
        return 0
    seq = commit()
    store.close_links(tx, seq, [row.id for row in closing])
    _write_keys(tx, workspace, kind, seq, closing, opening)
    links = [(placed[m.id], m.stream, m.rec, m.labels, orjson.dumps(list(m.keys)).decode()) for m in opening]
    store.open_links(tx, workspace, kind, seq, links)
    return len(opening)


def _write_keys(
    tx: Tx, workspace: int, kind: str, seq: int, closing: Collection[LinkRow], opening: Collection[Member]
) -> None:
    before = {(key, row.stream, row.rec, row.labels) for row in closing for key in orjson.loads(row.keys)}
    after = {(key, m.stream, m.rec, m.labels) for m in opening for key in m.keys}
    store.close_keys(tx, workspace, kind, seq, [row[:3] for row in before - after])
    store.open_keys(tx, workspace, kind, seq, after - before)
