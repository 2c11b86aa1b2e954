"""The canonical dump: everything believed, without sequence numbers, run ids or audit; equal stores, equal bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import orjson

from groundfact.pipeline.deciding.documents import facts_in
from groundfact.store import listing, registry
from groundfact.store.engine import Tx
from groundfact.store.late import Histories, Span, chain
from groundfact.store.listing import CurrentRecord
from groundfact.store.registry import StreamRow

__all__ = ["canonical_dump", "dump_digest"]


def canonical_dump(tx: Tx, workspace: int) -> Iterator[bytes]:
    """One JSON line for each record (with its history and its entity) and each fact document."""
    streams = {row.id: row for row in registry.streams(tx, workspace)}
    for stream in streams.values():
        histories = Histories(tx, stream.id)
        for record in listing.current_records(tx, stream.id):
            parent = None if record.parent_stream is None else streams[record.parent_stream].name
            yield _line(_told(record, stream, parent, chain(histories.of(record.rec), 0)))
    for entity, doc in listing.all_documents(tx, workspace):
        yield _line({"entity": entity, "facts": facts_in(doc)})


def _told(record: CurrentRecord, stream: StreamRow, parent: str | None, history: Sequence[Span]) -> dict[str, Any]:
    attributes = orjson.loads(record.attributes)
    return {
        "record": [stream.source, stream.name, record.rec],
        "attributes": attributes,
        "changed": orjson.loads(record.changed) if record.changed else None,
        "asserted_at": record.asserted_at,
        "gone": record.gone,
        "labels": orjson.loads(record.labels),
        "parent": [parent, record.parent_rec] if record.parent_rec else None,
        "text": record.text,
        "entity": record.entity,
        "history": [
            [
                said.asserted_at,
                said.gone,
                attributes if said.attributes == record.attributes else orjson.loads(said.attributes),
                changed,
            ]
            for said, changed in history
        ],
    }


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def dump_digest(tx: Tx, workspace: int) -> str:
    """sha256 of the canonical dump."""
    digest = sha256()
    for line in canonical_dump(tx, workspace):
        digest.update(line)
    return digest.hexdigest()
