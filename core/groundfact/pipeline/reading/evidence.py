"""From a claim down to the payload it was read from and the run that brought it: only what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

from groundfact.model import Claim
from groundfact.model.times import iso
from groundfact.pipeline.deciding.resolution import MARKS
from groundfact.pipeline.identity.members import is_link, merged_by
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.store import links
from groundfact.store.config_versions import noted, part_of_stream
from groundfact.store.evidence import Brought, brought, brought_by
from groundfact.store.reading import VisibleRecord

__all__ = ["Evidence"]

_Id = tuple[int, str]
_NOBODY = Brought({}, None, None, None)


class Evidence:
    """What is behind some claims about one attribute of one entity."""

    def __init__(self, reader: Reader, view: EntityView, attribute: str, claims: Sequence[Claim]) -> None:
        self._reader, self._kind, self._attribute = reader, view.kind, attribute
        streams = reader.view.streams
        said = {(claim.source, claim.stream, claim.record) for claim in claims}
        named = {(streams[r.stream].source, streams[r.stream].name, r.rec): r for r in view.records}
        self._records = {name: record for name, record in named.items() if name in said}
        ids = {(r.stream, r.rec) for r in self._records.values()}
        self._brought = brought(reader.tx, reader.view, ids) if reader.as_of is None else self._told_then(ids)
        self._keys = dict(links.evidence_of(reader.tx, ids, reader.known_at))
        self._origins: dict[int, Mapping[str, str]] = {}

    def _told_then(self, ids: set[_Id]) -> dict[_Id, Brought]:
        """What is behind the versions that tell of the instant asked for."""
        told = {record: self._reader.versions.get(record, {}).get(self._attribute) for record in ids}
        found = brought_by(self._reader.tx, {version for version in told.values() if version is not None})
        return {record: found[version] for record, version in told.items() if version in found}

    def of(self, claim: Claim) -> dict[str, Any]:
        """The evidence of a claim, and who told it where somebody did."""
        record = self._records[claim.source, claim.stream, claim.record]
        found = self._brought.get((record.stream, record.rec), _NOBODY)
        readable = self._readable(record.stream, found)
        field = self._origin(record.stream).get(self._attribute)
        canonical = orjson.dumps(readable, option=orjson.OPT_SORT_KEYS)
        told: dict[str, Any] = {
            "evidence": {
                "source": claim.source,
                "stream": claim.stream,
                "record": claim.record,
                "fields": {field: readable[field]} if field in readable else {},
                "payload_hash": sha256(canonical).hexdigest() if readable else None,
                "run": {"id": found.run, "at": iso(found.at)} if found.run is not None else None,
                "linked_by": self._linked_by(record),
            }
        }
        if record.url:
            told["url"] = record.url
        marks = record.attributes.get(MARKS, {})
        return {**told, **{key: marks[key] for key in ("by", "reason") if key in marks}}

    def _origin(self, stream: int) -> Mapping[str, str]:
        if stream not in self._origins:
            reader = self._reader
            held = noted(reader.tx, reader.workspace, part_of_stream(stream), reader.known_at)
            self._origins[stream] = orjson.loads(held.document)["origin"] if held else {}
        return self._origins[stream]

    def _readable(self, stream: int, found: Brought) -> dict[str, Any]:
        """The payload's fields that attributes are read from, where each of those may be seen."""
        known = self._reader.plans[self._kind].kind.attributes
        shown: dict[str, bool] = {}
        for attribute, field in self._origin(stream).items():
            permitted = self._reader.access.decide(self._kind, attribute) == "permit"
            # A domain is often read from an address, which is more than the domain tells.
            whole = (
                "@" not in str(found.payload.get(field)) or known[attribute].type != "domain" if permitted else False
            )
            shown[field] = whole and shown.get(field, True)
        return {field: found.payload[field] for field in sorted(shown) if shown[field] and field in found.payload}

    def _linked_by(self, record: VisibleRecord) -> list[str]:
        told = orjson.loads(self._keys.get((record.stream, record.rec), "[]"))
        return sorted({self._permitted(key) for key in told if is_link(key)})

    def _permitted(self, key: str) -> str:
        if merged_by(key) is not None:
            return "a steward's decision"
        space, _, _ = key.partition("=")
        known = self._reader.plans[self._kind].kind.attributes
        parts: Iterable[str] = space.split("+")
        hidden = any(part in known and self._reader.access.decide(self._kind, part) != "permit" for part in parts)
        return f"{space} (hidden)" if hidden else key
