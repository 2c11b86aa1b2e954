"""What people decide about which records are the same: written down, and taken back."""

from __future__ import annotations

from typing import Any, NamedTuple

from groundfact.errors import UsageError
from groundfact.model.voices import is_voice
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.store import decisions as store
from groundfact.store import links, registry
from groundfact.store.engine import Tx
from groundfact.store.reading import VisibleRecord

__all__ = ["Judgement", "kept_apart", "record_name", "to_keep_apart", "to_merge", "to_unmerge", "write_judgement"]

RecordId = tuple[int, str]
_MOST_NAMED = 10


class Judgement(NamedTuple):
    """What is to be decided: that two records are the same, or that one is not what the other is."""

    verb: str
    kind: str
    one: RecordId
    other: RecordId
    reverts: tuple[int, ...]
    """Earlier decisions that this one takes back; then nothing else is written down."""
    told: dict[str, Any]
    judged: tuple[RecordId, ...]
    """Every record that it is about: those have to be linked again."""
    ends: tuple[int, ...] = ()
    """Earlier decisions that end because of it."""


def to_merge(reader: Reader, kind: str, asked: str, other: str) -> Judgement:
    """That two entities are one. Raises UsageError where they are already."""
    one_view, other_view = find(reader, kind, asked), find(reader, kind, other)
    if one_view.id == other_view.id:
        hint = f"`groundfact why-linked {one_view.id}` says why"
        raise UsageError(f"{asked!r} and {other!r} are one {kind} already", hint=hint)
    one, two = _meant(reader, one_view, asked), _meant(reader, other_view, other)
    reverts = tuple(_apart(reader, one, other_view) + _apart(reader, two, one_view))
    kept = kept_apart(reader, one_view, other_view)
    judged = {one, two, *(side for row in kept for side in row.sides)}
    told = _told(reader, "merge", one, two, reverts)
    # What takes back a record's merges takes back all of them: so the one that was not merged before.
    alone = [record for record in (one, two) if not _merged(reader, record)]
    if alone and not reverts:
        told["unmerge"] = record_name(reader, alone[0])
    ends = tuple(row.id for row in kept)
    return Judgement("merge", kind, one, two, reverts, told, tuple(sorted(judged)), ends)


def to_keep_apart(reader: Reader, kind: str, asked: str, other: str, *, withdraw: bool) -> Judgement:
    """That two entities are not the same, or that this is no longer said. Raises UsageError where nothing changes."""
    one_view, other_view = find(reader, kind, asked), find(reader, kind, other)
    if one_view.id == other_view.id:
        hint = f"`groundfact unmerge` takes a record out; `groundfact why-linked {one_view.id}` says why they are one"
        raise UsageError(f"{asked!r} and {other!r} are one {kind}", hint=hint)
    kept = kept_apart(reader, one_view, other_view)
    if bool(kept) != withdraw:
        wanted = "nobody keeps" if withdraw else "somebody keeps"
        hint = f"`groundfact why-linked {one_view.id}` lists what was decided"
        raise UsageError(f"{wanted} {asked!r} and {other!r} apart{'' if withdraw else ' already'}", hint=hint)
    one, two = _meant(reader, one_view, asked), _meant(reader, other_view, other)
    reverts = tuple(row.id for row in kept)
    judged = {one, two, *(side for row in kept for side in row.sides)}
    told = _told(reader, "keep_apart", one, two, reverts)
    return Judgement(store.APART, kind, one, two, reverts, told, tuple(sorted(judged)))


def kept_apart(reader: Reader, one: EntityView, other: EntityView) -> list[store.DecisionRow]:
    """The decisions that two entities are not the same."""
    ours, theirs = ({(r.stream, r.rec) for r in view.records} for view in (one, other))
    found = store.decisions_on(reader.tx, reader.workspace, ours, None)
    return [
        row
        for row in found
        if row.verb == store.APART and not (ours.isdisjoint(row.sides) or theirs.isdisjoint(row.sides))
    ]


def to_unmerge(reader: Reader, kind: str, asked: str) -> Judgement:
    """That a record is not what it is linked to. Raises UsageError where no record is named, or it is alone."""
    view = find(reader, kind, asked)
    record = _named(reader, view, asked)
    if record is None:
        names = [record_name(reader, (r.stream, r.rec)) for r in _own(reader, view)]
        hint = f"its records are {', '.join(names[:_MOST_NAMED])}"
        raise UsageError(f"{asked!r} names {view.title}, not one record of it", hint=hint)
    merged = _merged(reader, record)
    if merged:
        judged = {side for d in merged for side in ((d.stream, d.rec), (d.other_stream, d.other_rec))}
        reverts = tuple(decision.id for decision in merged)
        told = _told(reader, "unmerge", record, None, reverts)
        return Judgement("unmerge", kind, record, record, reverts, told, tuple(sorted(judged)))
    others = [(r.stream, r.rec) for r in _own(reader, view) if (r.stream, r.rec) != record]
    if not others:
        raise UsageError(f"{record_name(reader, record)} is linked to nothing", hint="there is nothing to unmerge")
    anchor = links.anchor_of(reader.tx, view.id)
    other = anchor if anchor in others else others[0]
    return Judgement("unmerge", kind, record, other, (), _told(reader, "unmerge", record, None, ()), (record,))


def write_judgement(tx: Tx, workspace: int, *, judgement: Judgement, author: str, reason: str, now: int) -> None:
    """Write a decision down, or end those that it takes back."""
    seq = registry.next_seq(tx, workspace, now)
    store.close_decisions(tx, seq, judgement.ends)
    if judgement.reverts:
        store.close_decisions(tx, seq, judgement.reverts)
        return
    said = (author, reason, now)
    store.append_decision(tx, workspace, judgement.kind, seq, judgement.verb, judgement.one, judgement.other, said)


def record_name(reader: Reader, record: RecordId) -> str:
    """What a person calls a record: `crm/accounts/42`."""
    return reader.record_name(*record)


def _merged(reader: Reader, record: RecordId) -> list[store.DecisionRow]:
    """The decisions that merged a record with others."""
    return [d for d in store.decisions_on(reader.tx, reader.workspace, [record], None) if d.verb == "merge"]


def _told(reader: Reader, verb: str, one: RecordId, other: RecordId | None, reverts: tuple[int, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {"decision": verb, "record": record_name(reader, one), "reverted": len(reverts)}
    return told if other is None else {**told, "with": record_name(reader, other)}


def _own(reader: Reader, view: EntityView) -> list[VisibleRecord]:
    """The records of an entity that sources have, in order: what people said of it goes where those go."""
    streams = reader.view.streams
    found = [record for record in view.records if not is_voice(streams[record.stream].source)]
    return sorted(found, key=lambda r: (streams[r.stream].source, streams[r.stream].name, r.rec))


def _named(reader: Reader, view: EntityView, asked: str) -> RecordId | None:
    """The one record of an entity that was meant; None for the entity itself."""
    found = []
    for record in _own(reader, view):
        source, stream, rec = record_name(reader, (record.stream, record.rec)).split("/", 2)
        if asked.strip() in (rec, f"{source}/{rec}", f"{source}/{stream}/{rec}"):
            found.append((record.stream, record.rec))
    return found[0] if len(found) == 1 else None


def _meant(reader: Reader, view: EntityView, asked: str) -> RecordId:
    """The record that stands for an entity: the one that was named, else the one that its id was made from."""
    named = _named(reader, view, asked) or links.anchor_of(reader.tx, view.id)
    own = [(record.stream, record.rec) for record in _own(reader, view)]
    if named in own:
        return named
    if not own:
        raise UsageError(f"{view.title} has no record of a source", hint="name one that a source has")
    return own[0]


def _apart(reader: Reader, record: RecordId, view: EntityView) -> list[int]:
    """The decisions that took a record out of an entity."""
    held = {(r.stream, r.rec) for r in view.records}
    found = store.decisions_on(reader.tx, reader.workspace, [record], None)
    return [
        d.id
        for d in found
        if d.verb == "unmerge" and (d.stream, d.rec) == record and (d.other_stream, d.other_rec) in held
    ]
