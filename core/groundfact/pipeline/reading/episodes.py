"""Passages as they are handed out: what was said, where, by whom and when. Text is data, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundfact.model.times import ago, iso
from groundfact.pipeline.deciding.resolution import MARKS, NEVER
from groundfact.pipeline.reading.reader import Reader
from groundfact.store import reading, search
from groundfact.store.search import Hit, Quoted

__all__ = ["episodes"]


def episodes(reader: Reader, hits: Sequence[Hit], *, placed: bool = False) -> list[dict[str, Any]]:
    """The passages in full, in the order given; `placed`: with the entity that each hangs on."""
    found = search.quoted(reader.tx, [hit.id for hit in hits])
    told = []
    for hit in hits:
        quoted = found[hit.id]
        if not _over(quoted, reader.now):
            told.append({**_told(reader, hit, quoted), **(_place(reader, quoted) if placed else {})})
    return told


def _place(reader: Reader, quoted: Quoted) -> dict[str, Any]:
    """The entity that a text hangs on, where the principal may see it and there is one."""
    ids: list[str] = []
    if quoted.parent_stream is not None and quoted.parent_rec is not None:
        ids = reading.entities_of(reader.tx, reader.view, [(quoted.parent_stream, quoted.parent_rec)])
    for scope in quoted.about:
        kind, _, key = scope.partition("|")
        if not ids and kind in reader.plans:
            ids = reading.who_has_key(reader.tx, reader.view, kind, key)
    views = list(reader.entities(ids).values()) if len(ids) == 1 else []
    return {"about": {"kind": views[0].kind, "id": views[0].id, "name": views[0].title}} if views else {}


def _over(quoted: Quoted, now: int) -> bool:
    """Whether it was told for a time that is over."""
    return bool(quoted.attributes.get(MARKS, {}).get("expires", NEVER) <= now)


def _told(reader: Reader, hit: Hit, quoted: Quoted) -> dict[str, Any]:
    stream = reader.view.streams[hit.stream]
    told: dict[str, Any] = {
        "kind": hit.kind,
        "source": stream.source,
        "record": f"{stream.source}/{stream.name}/{hit.rec}",
        "at": iso(hit.at),
        "ago": ago(hit.at, reader.now),
        "text": quoted.body,
    }
    if quoted.part:
        told["part"] = quoted.part + 1
    title = reader.plans[hit.kind].kind.title
    for name, attribute in (("title", title), ("author", "author"), ("external", "external")):
        value = quoted.attributes.get(attribute)
        if value is not None and reader.access.decide(hit.kind, attribute) == "permit":
            told[name] = value
    if quoted.url:
        told["url"] = quoted.url
    return told
