"""Whose word stands behind an answer: the pin or correction that decided it, and what was set aside for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundfact.model import Fact
from groundfact.model.times import iso
from groundfact.pipeline.deciding.claims import ANY, MARKS, NEVER
from groundfact.pipeline.deciding.ignoring import IGNORED, sets_aside
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.store.reading import VisibleRecord

__all__ = ["contested_entry", "stewarded"]


def contested_entry(fact: Fact) -> dict[str, Any]:
    """Which sources say otherwise since a steward decided, and since when; nothing where none does."""
    if not fact.contested:
        return {}
    against = [
        {"value": claim.value, "source": claim.source, "record": f"{claim.stream}/{claim.record}",
         "since": iso(claim.observed_at if claim.changed_at is None else claim.changed_at)}
        for claim in fact.contested
    ]  # fmt: skip
    return {"contested": True, "against": against}


def stewarded(reader: Reader, view: EntityView, attribute: str, fact: Fact) -> dict[str, Any]:
    """For `why`: `steward`, the word that decided, and `ignored`, those that took a claim out of the question."""
    told: dict[str, Any] = {}
    if fact.steward is not None:
        record = next(r for r in view.records if _is(reader, r, fact.steward.source, fact.steward.record))
        word = "correction" if fact.steward.correction else "pin"
        told["steward"] = {"word": word, **_grounds(record), **contested_entry(fact)}
    type_name = reader.plans[view.kind].kind.attributes[attribute].type
    lost = [loser.claim for loser in fact.losers if loser.code == IGNORED]
    ignored = []
    for record in sorted(view.records, key=lambda r: r.rec) if lost else ():
        marks = record.attributes.get(MARKS, {})
        ignore = marks.get("ignore")
        live = ignore is not None and ignore["attribute"] == attribute and marks.get("expires", NEVER) > reader.now
        if live and any(sets_aside(ignore, claim, type_name) for claim in lost):
            ignored.append({"value": ignore["value"], **_grounds(record)})
    if ignored:
        told["ignored"] = ignored
    return told


def _is(reader: Reader, record: VisibleRecord, source: str, rec: str) -> bool:
    return record.rec == rec and reader.view.streams[record.stream].source == source


def _grounds(record: VisibleRecord) -> dict[str, Any]:
    """Who decided, when, why, on what evidence, until when, and about what."""
    marks: Mapping[str, Any] = record.attributes[MARKS]
    of = marks.get("pin") or marks.get("ignore", {}).get("of")
    told = {"id": record.rec, "by": marks["by"], "at": iso(record.asserted_at), "reason": marks.get("reason", "")}
    told.update(evidence=marks.get("evidence"), expires=iso(marks.get("expires")))
    return {**told, "of": None if of == ANY else of}
