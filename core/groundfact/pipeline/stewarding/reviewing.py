"""What waits for a person to decide, and why records are one entity: from what the asker may see alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import orjson

from groundfact.model.times import iso
from groundfact.model.voices import is_voice
from groundfact.pipeline.identity.members import is_link, merged_by
from groundfact.pipeline.identity.resemblance import merges
from groundfact.pipeline.reading.find import described
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.stewarding.decisions import record_name
from groundfact.protocols import Compares
from groundfact.store import links
from groundfact.store.decisions import APART, decisions_of, decisions_on
from groundfact.store.links import PROFILE
from groundfact.store.proposals import open_proposals

__all__ = ["linked_by", "waiting"]

RecordId = tuple[int, str]
_MOST_COMPARED = 200


def waiting(reader: Reader, kind: str, limit: int) -> list[dict[str, Any]]:
    """Entities that look alike, the surest pair first; each pair once."""
    rows = open_proposals(reader.tx, reader.workspace, kind)
    # By what records are called, not by the numbers of their streams: those tell which source was synced first.
    rows.sort(key=lambda row: (-row.score, record_name(reader, row.one), record_name(reader, row.other)))
    homes = {(row.stream, row.rec): row.entity for row in links.links_of_records(reader.tx, _records(rows))}
    views = reader.entities(set(homes.values()))
    found: list[dict[str, Any]] = []
    seen = _kept_apart(reader, kind)
    for row in rows:
        pair = [homes[record] for record in (row.one, row.other) if homes.get(record) in views]
        if len(found) < limit and len(set(pair)) > 1 and frozenset(pair) not in seen:
            seen.add(frozenset(pair))
            one, other = (described(views[entity], reader.view.streams) for entity in pair)
            told = {"kind": kind, "score": row.score / 1000, "evidence": list(row.evidence)}
            names = [record_name(reader, record) for record in (row.one, row.other)]
            found.append({**told, "one": one, "other": other, "records": names})
    return found


def _kept_apart(reader: Reader, kind: str) -> set[frozenset[str]]:
    """The pairs of entities of which somebody has said that they are not the same: nothing is left to decide."""
    rows = [row for row in decisions_of(reader.tx, reader.workspace, kind) if row.verb == APART]
    sides = {side for row in rows for side in row.sides}
    homes = {(row.stream, row.rec): row.entity for row in links.links_of_records(reader.tx, sides)}
    # A decision about something hidden must not make what can be seen disappear.
    views = reader.entities(set(homes.values())).values()
    seen = {(record.stream, record.rec) for view in views for record in view.records}
    return {frozenset(homes[side] for side in row.sides) for row in rows if seen.issuperset(row.sides)}


def _records(rows: Any) -> set[RecordId]:
    return {record for row in rows for record in (row.one, row.other)}


def linked_by(reader: Reader, view: EntityView) -> dict[str, Any]:
    """Why the visible records of an entity are one: shared keys, likeness, and what people decided."""
    records = {(r.stream, r.rec) for r in view.records if not is_voice(reader.view.streams[r.stream].source)}
    keys = {record: orjson.loads(told) for record, told in links.evidence_of(reader.tx, records, reader.known_at)}
    because = [*_shared(reader, view.kind, keys), *_alike(reader, view.kind, keys), *_decided(reader, records)]
    names = sorted(record_name(reader, record) for record in records)
    return {"kind": view.kind, "id": view.id, "name": view.title, "records": names, "because": because}


def _shared(reader: Reader, kind: str, keys: Mapping[RecordId, list[str]]) -> list[dict[str, Any]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for record, told in keys.items():
        for key in told:
            if is_link(key) and merged_by(key) is None:
                holders[key].append(record_name(reader, record))
    return [
        {"by": "key", "key": _permitted(reader, kind, key), "records": sorted(names)}
        for key, names in sorted(holders.items())
        if len(names) > 1
    ]


def _permitted(reader: Reader, kind: str, key: str) -> str:
    """A key as the principal may see it: without the value where an attribute of it is hidden."""
    space, _, _ = key.partition("=")
    known = reader.plans[kind].kind.attributes
    hidden = any(part in known and reader.access.decide(kind, part) != "permit" for part in space.split("+"))
    return f"{space} (hidden)" if hidden else key


def _alike(reader: Reader, kind: str, keys: Mapping[RecordId, list[str]]) -> list[dict[str, Any]]:
    """Pairs that merge by likeness; what is compared now, because scores are not kept."""
    comparer: Compares | None = reader.plans[kind].identity.comparer
    if comparer is None:
        return []
    first: dict[tuple[str, ...], RecordId] = {}
    for record in sorted(keys):
        for key in keys[record]:
            if key[0] == PROFILE:
                first.setdefault(tuple(orjson.loads(key[1:])), record)
    found = []
    for one, other in combinations(sorted(first)[:_MOST_COMPARED], 2):
        likeness = comparer.score(one, other)
        if merges(likeness, comparer.bounds):
            names = sorted(record_name(reader, first[profile]) for profile in (one, other))
            told = {"by": "likeness", "score": likeness.score, "evidence": list(likeness.evidence)}
            found.append({**told, "records": names})
    return sorted(found, key=lambda one: (-one["score"], one["records"]))


def _decided(reader: Reader, records: set[RecordId]) -> list[dict[str, Any]]:
    """Decisions about these, where all that a decision names may be seen."""
    rows = decisions_on(reader.tx, reader.workspace, records, reader.known_at)
    named = {record for row in rows for record in ((row.stream, row.rec), (row.other_stream, row.other_rec))}
    homes = {row.entity for row in links.links_of_records(reader.tx, named)}
    seen = {(r.stream, r.rec) for view in reader.entities(homes).values() for r in view.records} | records
    found = []
    for row in rows:
        one, other = (row.stream, row.rec), (row.other_stream, row.other_rec)
        if one in seen and other in seen:
            told = {"by": "decision", "decision": row.verb, "author": row.author, "reason": row.reason}
            found.append({**told, "at": iso(row.at), "records": [record_name(reader, one), record_name(reader, other)]})
    return found
