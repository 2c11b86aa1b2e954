"""One walk over what everybody may see: entity by entity, what each source says of each attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.model import Access
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.claims import MARKS, RecordClaims, unexpired
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.reading.reader import Reader
from groundfact.store.engine import Tx
from groundfact.store.reading import Said, each_said
from groundfact.store.registry import EVERYBODY
from groundfact.vocabulary import compare_key

__all__ = ["Group", "Progress", "Spoken", "groups", "public_reader", "spoken"]

Progress = Callable[[str, int], None]
_EVERY = 500
_NOT_COMPARED = ("reference", "text")
"""What refers to another entity differs by spelling alone; long texts are nobody's facts."""


class Group(NamedTuple):
    """What the records of one entity say, without what is over; systems first, then what people and copilots told."""

    kind: str
    entity: str
    systems: Sequence[RecordClaims]
    told: Sequence[RecordClaims]


class Spoken(NamedTuple):
    """What one source says of one attribute of one entity."""

    raw: Any
    key: Any
    changed_at: int | None
    exact: bool
    """Whether `changed_at` is when it changed; False: the latest it can have been."""


def public_reader(tx: Tx, plans: Mapping[str, KindPlan], behind: Mapping[str, int], workspace: int, now: int) -> Reader:
    """A look at what everybody in the workspace may see, and at nothing else."""
    access = Access("everybody", frozenset((EVERYBODY,)), lambda kind, attribute: "permit")
    return Reader(tx, access, plans, behind, workspace, now)


def groups(reader: Reader, progress: Progress) -> Iterator[Group]:
    """Every entity of every kind that is decided fact by fact, one after the other."""
    done = 0
    for kind, plan in reader.plans.items():
        if plan.kind.episode:
            continue
        for said in each_said(reader.tx, reader.view, kind):
            done += 1
            if done % _EVERY == 0:
                progress(kind, done)
            if len(said) == 1 and not _told(reader, said[0]):
                yield Group(kind, said[0][0], [_record(reader, said[0])], ())
                continue
            records = unexpired([_record(reader, row) for row in said], reader.now)
            systems = [record for record in records if not is_voice(record.source)]
            yield Group(kind, said[0][0], systems, [record for record in records if is_voice(record.source)])
    progress("", done)


def spoken(plan: KindPlan, records: Sequence[RecordClaims]) -> Mapping[str, Mapping[str, Spoken]]:
    """By attribute and source what is said; a source that contradicts itself says nothing."""
    found: dict[str, dict[str, Spoken]] = {}
    clashing: set[tuple[str, str]] = set()
    attributes = plan.kind.attributes
    for record in records:
        for name, value in record.attributes.items():
            if name == MARKS or name not in attributes or attributes[name].type in _NOT_COMPARED:
                continue
            one = _one(attributes[name].type, record, name, value)
            before = found.setdefault(name, {}).setdefault(record.source, one)
            if before.key != one.key:
                clashing.add((name, record.source))
    for name, source in clashing:
        del found[name][source]
    return found


def _one(type_name: str, record: RecordClaims, name: str, value: Any) -> Spoken:
    at, exact = record.asserted_at, False
    if record.changed is not None and name in record.changed:
        at, exact = abs(record.changed[name]), record.changed[name] >= 0
    return Spoken(value, compare_key(type_name, value), at, exact)


def _told(reader: Reader, row: Said) -> bool:
    return is_voice(reader.view.streams[row[1]].source)


def _record(reader: Reader, row: Said) -> RecordClaims:
    _, stream, rec, attributes, changed, asserted, observed = row
    home = reader.view.streams[stream]
    changes = orjson.loads(changed) if changed else None
    seen = max(observed, reader.verified.get(stream, 0))
    return RecordClaims(orjson.loads(attributes), home.source, home.name, rec, changes, asserted, observed, seen)
