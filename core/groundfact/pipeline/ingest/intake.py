"""From a connector's record to a row on its way into the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import orjson

from groundfact.model import Gone, Mapped, Record
from groundfact.model.scopes import key_scope, links_in
from groundfact.model.times import from_ms, to_ms
from groundfact.protocols import RecordMapping
from groundfact.store.registry import Giver
from groundfact.store.versions import Incoming

__all__ = ["Intake", "Taken", "incoming_of", "tombstone_of"]

_LARGEST = 1_000_000
"""Bytes of one record's payload; a larger record is rejected."""
Rejected = tuple[str | None, bytes, str]
_new_tuple = tuple.__new__


class Taken(NamedTuple):
    """A page, mapped: rows to write, what was rejected, and how many of the rejects are whole records."""

    rows: list[Incoming]
    rejects: list[Rejected]
    lost: int


@dataclass
class Intake:
    """Maps the records of one stream."""

    mapping: RecordMapping
    default_labels: Sequence[str]
    label_set: Callable[[Iterable[str], Giver], int]
    parent_stream: Callable[[str], int]
    default: int = 0

    def __post_init__(self) -> None:
        self.default = self.label_set(self.default_labels, "default")
        self._origin: dict[str, list[str]] = {}
        for attribute, field in self.mapping.origin.items():
            self._origin.setdefault(field, []).append(attribute)

    def take(self, rows: Iterable[Record | Gone]) -> Taken:
        """Map a page; a row that cannot be mapped is rejected and hides nothing."""
        taken: list[Incoming] = []
        rejects: list[Rejected] = []
        lost = 0
        for row in rows:
            if isinstance(row, Gone):
                taken.append(tombstone_of(row, self.default))
                continue
            try:
                taken.append(self._record(row, rejects))
            except Exception as error:
                # Whatever a row or a mapping does, it costs that row only, and it is counted.
                rejects.append((_text_id(row.id), repr(row.data).encode("utf-8", "replace")[:4096], _said(error)))
                lost += 1
        return Taken(taken, rejects, lost)

    def _record(self, record: Record, rejects: list[Rejected]) -> Incoming:
        if not isinstance(record.id, str) or not record.id:
            raise ValueError("the record has no id")
        payload = self.mapping.project(record)
        raw = orjson.dumps(payload)
        if len(raw) > _LARGEST:
            raise ValueError(f"the record has {len(raw)} bytes, more than {_LARGEST}")
        mapped = self.mapping.interpret(payload)
        for problem in mapped.problems:
            message = f"{problem.field}: {problem.error}"
            rejects.append((record.id, problem.value.encode("utf-8", "replace"), message))
        labels = self._labels(mapped) if record.acl is None else self.label_set(record.acl, "source")
        return self._incoming(record, raw, mapped, labels)

    def again(
        self, said: Incoming, payload: Mapping[str, object], giver: Giver, moved: Collection[str] = ()
    ) -> tuple[Incoming, list[Rejected]]:
        """A stored record read anew by this mapping and for these default labels; `giver` gave it those it has.

        What the source said of the times of attributes that `moved` to another field is not true of that field.
        """
        mapped = self.mapping.interpret(payload)
        moment = from_ms(said.asserted_at) if said.asserted_at is not None else None
        # What the connector said of who may see it is not in the payload: those labels stay as they are.
        labels = said.labels if giver == "source" else self._labels(mapped)
        row = self._incoming(Record(said.rec, {}, moment, said.url), orjson.dumps(payload), mapped, labels)
        problems: list[Rejected] = [
            (said.rec, p.value.encode("utf-8", "replace"), f"{p.field}: {p.error}") for p in mapped.problems
        ]
        kept = {name: at for name, at in (said.field_changes or {}).items() if name not in moved}
        return row._replace(field_changes=kept or None), problems

    def _incoming(self, record: Record, raw: bytes, mapped: Mapped, labels: int) -> Incoming:
        attributes = orjson.dumps(mapped.attributes)
        parent_stream, parent_rec = None, None
        if mapped.parent is not None:
            parent_stream, parent_rec = self.parent_stream(mapped.parent.stream), mapped.parent.id
        about = _about(mapped) if mapped.about or mapped.text else None
        hangs = b"" if about is None else about.encode()
        hashed = b"%b%b%d %d%b" % (raw, attributes, labels, parent_stream or 0, hangs)
        digest = blake2b(hashed, digest_size=16)
        row = (
            record.id,
            digest.digest(),
            labels,
            raw.decode(),
            attributes.decode(),
            self._field_changes(record) if record.changed or record.changed_by else None,
            mapped.text,
            parent_stream,
            parent_rec,
            record.url,
            None,
            to_ms(record.updated_at) if record.updated_at is not None else None,
            about,
        )
        # As Incoming(...) does, and cheaper: one for every record.
        return _new_tuple(Incoming, row)

    def _labels(self, mapped: Mapped) -> int:
        return self.default if mapped.labels is None else self.label_set(mapped.labels, "mapping")

    def _field_changes(self, record: Record) -> dict[str, int] | None:
        """By attribute when it last changed; negative: at the latest then."""
        times = {}
        latest = to_ms(record.updated_at) if record.updated_at is not None else None
        for field, moment in (record.changed_by or {}).items():
            by = to_ms(moment)
            for attribute in self._origin.get(field, ()):
                # Nothing in a record changed after the record did.
                times[attribute] = -by if latest is None or by < latest else -latest
        for field, moment in (record.changed or {}).items():
            for attribute in self._origin.get(field, ()):
                times[attribute] = to_ms(moment)
        return times or None


def tombstone_of(gone: Gone, labels: int) -> Incoming:
    """A tombstone as a row."""
    at = to_ms(gone.at) if gone.at is not None else None
    reason = f"{gone.why}:{gone.into}" if gone.into else gone.why
    digest = blake2b(b"gone\0" + reason.encode(), digest_size=16).digest()
    return Incoming(gone.id, digest, labels, "{}", "{}", None, None, None, None, None, reason, at)


def incoming_of(
    rec: str, attributes: Mapping[str, object], text: str | None, about: Sequence[str], labels: int, at: int
) -> Incoming:
    """A record that came from no connector as a row."""
    said = orjson.dumps(attributes)
    hangs = orjson.dumps(list(about))
    digest = blake2b(said + b"\0" + hangs + b"\0%d\0" % labels + (text or "").encode(), digest_size=16).digest()
    # Whoever says it, says it now: the time is no record's stamp, but that of the statement.
    changed = dict.fromkeys(attributes, at)
    return Incoming(rec, digest, labels, "{}", said.decode(), changed, text, None, None, None, None, at, hangs.decode())


def _about(mapped: Mapped) -> str | None:
    """The scopes that a record hangs on besides its parent: by key, or by the address of another record in its text."""
    scopes = [key_scope(ref.kind, ref.key) for ref in mapped.about]
    if mapped.text and "://" in mapped.text:
        scopes += links_in(mapped.text)
    return orjson.dumps(list(dict.fromkeys(scopes))).decode() if scopes else None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _text_id(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
