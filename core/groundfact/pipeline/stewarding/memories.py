"""What was told to the memory: writing it down, withdrawing it, and handing it out again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from groundfact.errors import Denied, UnknownName
from groundfact.model import Gone, Principal
from groundfact.model.scopes import WORKSPACE, directive_scope
from groundfact.model.text import writable
from groundfact.model.times import iso, parse_instant
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.claims import ANY, stands
from groundfact.pipeline.deciding.stage import Fresh
from groundfact.pipeline.ingest.intake import incoming_of, tombstone_of
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.scopes import scopes_of
from groundfact.pipeline.stewarding.telling import Telling
from groundfact.store import registry, search
from groundfact.store.engine import Tx
from groundfact.store.late import append_page
from groundfact.store.told import ToldRow, told, told_by_id, told_records
from groundfact.store.versions import Page

__all__ = ["directives", "find_told", "remembered", "withdraw", "write_telling"]

_MOST = 1_000
_ORDER = {"instruction": 0, "preference": 1}


def write_telling(tx: Tx, workspace: int, *, telling: Telling, now: int) -> Fresh | None:
    """Write a statement down as a version of its own record; saying the same again confirms it.

    What follows from a record that was never told before follows from it alone: that one is handed back.
    """
    stream = registry.stream_id(tx, workspace, telling.source, telling.kind, telling.kind, "returned", "")
    labels = registry.label_set(tx, workspace, telling.labels, "source")
    seq = registry.next_seq(tx, workspace, now)
    row = incoming_of(telling.rec, telling.attributes, telling.text, telling.about, labels, now)
    if not append_page(tx, Page(workspace, stream, 0, seq, now, True), [row]).new:
        return None
    known = registry.StreamRow(stream, telling.source, telling.kind, telling.kind, "returned", "")
    return Fresh(known, row, registry.EVERYBODY in telling.labels, seq)


def withdraw(tx: Tx, workspace: int, *, told: ToldRow, now: int) -> None:
    """Take a statement back: it takes part in nothing any more."""
    seq = registry.next_seq(tx, workspace, now)
    row = tombstone_of(Gone(told.rec, None, "hidden"), told.labels)
    append_page(tx, Page(workspace, told.stream, 0, seq, now, False), [row])


def find_told(reader: Reader, who: Principal, memory: str) -> ToldRow:
    """A statement by its id. Raises UnknownName, also where `who` may not see it; Denied where it may not forget."""
    streams = [row.id for row in reader.view.streams.values() if is_voice(row.source)]
    memory = writable(memory)
    row = told_by_id(reader.tx, reader.view, streams, memory)
    if row is None:
        raise UnknownName(
            f"nothing that was remembered has the id {memory[:80]!r}",
            hint="`groundfact remembered` lists what there is",
        )
    if _by(row) != who.name and "forget" not in who.may:
        raise Denied(
            f"{memory} was told by {_by(row)}, not by {who.name}",
            hint=f"ask {_by(row)}, or somebody who may forget: `principals: {{NAME: {{may: [forget]}}}}`",
        )
    return row


def _by(row: ToldRow) -> str:
    said = row.attributes.get("@", {}).get("by") or row.attributes.get("by") or row.attributes.get("author")
    return str(said)


def directives(reader: Reader, scopes: Collection[str]) -> list[dict[str, Any]]:
    """The preferences and instructions that hold for some scopes, and those for the whole workspace."""
    if not reader.holds_any(("directive",)):
        return []
    wanted = {directive_scope(scope) for scope in (*scopes, WORKSPACE)}
    hits = search.in_scopes(reader.tx, reader.texts, wanted, _MOST)
    found = search.quoted(reader.tx, [hit.id for hit in hits])
    told = []
    for hit in hits:
        said = found[hit.id].attributes
        expires = said.get("expires_at")
        if expires is None or parse_instant(expires) > reader.now:
            told.append(
                {"id": hit.rec, "type": said["type"], "text": found[hit.id].body, "scope": said["scope"],
                 "by": said["by"], "at": iso(hit.at), "expires": expires}
            )  # fmt: skip
    # `in_scopes` gives the newest first; the sort keeps that among equals.
    return sorted(told, key=lambda one: _ORDER.get(one["type"], 2))


def remembered(reader: Reader, view: EntityView | None) -> list[dict[str, Any]]:
    """Everything told that the principal may see, the newest first; about one entity, or all of it."""
    if view is None:
        streams = [row.id for row in reader.view.streams.values() if is_voice(row.source)]
        rows: Sequence[ToldRow] = told(reader.tx, reader.view, streams, _MOST)
    else:
        rows = _told_about(reader, view)
    rows = [row for row in rows if not _expired(row, reader.now) and _permitted(reader, row)]
    shown = [_shown(reader, row) for row in _standing(reader, rows)]
    return sorted(shown, key=lambda one: (one["at"], one["id"]), reverse=True)


def _told_about(reader: Reader, view: EntityView) -> list[ToldRow]:
    ids = {(r.stream, r.rec) for r in view.records if is_voice(reader.view.streams[r.stream].source)}
    scopes = scopes_of(reader, [view])
    hits = search.in_scopes(reader.tx, reader.texts, {*scopes, *map(directive_scope, scopes)}, _MOST)
    ids.update((hit.stream, hit.rec) for hit in hits if is_voice(reader.view.streams[hit.stream].source))
    return told_records(reader.tx, reader.view, ids)


def _standing(reader: Reader, rows: Sequence[ToldRow]) -> list[ToldRow]:
    """Without what a steward decided of a record that may not be seen, or not any more."""
    named = {row.entity for row in rows if {"pin", "ignore"} & row.attributes.get("@", {}).keys()}
    views = reader.entities({entity for entity in named if entity})
    streams = reader.view.streams
    seen = {
        view.id: [(streams[r.stream].source, streams[r.stream].name, r.rec) for r in view.records]
        for view in views.values()
    }
    return [row for row in rows if stands(row.attributes.get("@", {}), seen.get(row.entity or "", ()))]


def _expired(row: ToldRow, now: int) -> bool:
    marks = row.attributes.get("@", {})
    written = row.attributes.get("expires_at")
    expires = marks.get("expires") or (parse_instant(written) if written else None)
    return expires is not None and expires <= now


def _permitted(reader: Reader, row: ToldRow) -> bool:
    """Whether the attribute that a statement is about may be shown."""
    kind = reader.view.streams[row.stream].kind
    ignore = row.attributes.get("@", {}).get("ignore")
    names = [name for name in row.attributes if name != "@"] + ([ignore["attribute"]] if ignore else [])
    return all(reader.access.decide(kind, name) == "permit" for name in names)


def _shown(reader: Reader, row: ToldRow) -> dict[str, Any]:
    stream = reader.view.streams[row.stream]
    marks = row.attributes.get("@", {})
    at = row.asserted_at if row.asserted_at is not None else row.observed_at
    told: dict[str, Any] = {"id": row.rec, "source": stream.source, "by": _by(row), "at": iso(at)}
    if row.text is not None:
        expires = row.attributes.get("expires_at") or iso(marks.get("expires"))
        return {**told, "type": row.attributes.get("type", "note"), "text": row.text, "expires": expires}
    told.update(type=_type_of(marks), kind=stream.kind, about=row.entity)
    ignore = marks.get("ignore")
    if ignore is not None:
        told.update(attribute=ignore["attribute"], value=ignore["value"], of=ignore["of"])
    else:
        attribute, value = next((n, v) for n, v in row.attributes.items() if n != "@")
        told.update(attribute=attribute, value=value, inferred=bool(marks.get("inferred")))
    if marks.get("pin", ANY) != ANY:
        told["of"] = marks["pin"]
    told.update({"evidence": marks["evidence"]} if "evidence" in marks else {})
    return {**told, "reason": marks.get("reason", ""), "expires": iso(marks.get("expires"))}


def _type_of(marks: Mapping[str, Any]) -> str:
    return next((word for word in ("correction", "pin", "ignore") if marks.get(word)), "fact")
