"""The canonical dump: everything believed, without sequence numbers, run ids or audit; equal stores, equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import orjson

from groundfact.pipeline.deciding.documents import facts_in
from groundfact.store import listing, registry
from groundfact.store.engine import Tx
from groundfact.store.late import chain, sightings

__all__ = ["canonical_dump", "dump_digest"]


def canonical_dump(tx: Tx, workspace: int) -> Iterator[bytes]:
    """One JSON line for each record (with its history and its entity) and each fact document."""
    streams = {row.id: row for row in registry.streams(tx, workspace)}
    for record in listing.all_records(tx, workspace):
        stream = streams[record.stream]
        _, found = sightings(tx, record.stream, record.rec)
        line = {
            "record": [stream.source, stream.name, record.rec],
            "attributes": orjson.loads(record.attributes),
            "changed": orjson.loads(record.changed) if record.changed else None,
            "asserted_at": record.asserted_at,
            "gone": record.gone,
            "labels": orjson.loads(record.labels),
            "parent": [record.parent_stream, record.parent_rec] if record.parent_rec else None,
            "text": record.text,
            "entity": record.entity,
            "history": [
                [span.said.asserted_at, span.said.gone, orjson.loads(span.said.attributes), span.changed]
                for span in chain(found, 0)
            ],
        }
        yield orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n"
    for entity, doc in listing.all_documents(tx, workspace):
        yield (orjson.dumps({"entity": entity, "facts": facts_in(doc)}, option=orjson.OPT_SORT_KEYS) + b"\n")


def dump_digest(tx: Tx, workspace: int) -> str:
    """sha256 of the canonical dump."""
    digest = sha256()
    for line in canonical_dump(tx, workspace):
        digest.update(line)
    return digest.hexdigest()
