"""The context of one entity: everything a copilot may rely on, as plain data for a renderer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from groundfact.model.times import iso
from groundfact.model.voices import is_voice
from groundfact.pipeline.answering.explain import earliest
from groundfact.pipeline.answering.relating import relations_told
from groundfact.pipeline.answering.rollups import roll_ups
from groundfact.pipeline.reading.episodes import episodes
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.retrieval import latest, search_scopes
from groundfact.pipeline.reading.scopes import MOST_CHILDREN, around
from groundfact.pipeline.reading.served import served_facts
from groundfact.pipeline.stewarding.memories import directives

__all__ = ["build_context", "sources_told"]

_MOST_SHOWN = 25
_COUNTED = ("is_open", "close_date", "amount", "currency", "last_activity_at")
"""What is looked at of related entities that are not shown."""
_EPISODES_SHOWN = 5
_PASSAGES_SHOWN = 5


def build_context(reader: Reader, view: EntityView, question: str | None, order: Sequence[str]) -> dict[str, Any]:
    """The context of an entity. `order` names attributes to put first."""
    children, own, scopes = around(reader, view, _MOST_SHOWN, _COUNTED)
    related: dict[str, list[EntityView]] = defaultdict(list)
    for child in children:
        related[child.kind].append(child)
    facts = served_facts(reader, view)
    if order:
        rank = {name: position for position, name in enumerate(order)}
        facts.sort(key=lambda fact: rank.get(fact["attribute"], len(rank)))
    context: dict[str, Any] = {
        "kind": view.kind,
        "id": view.id,
        "name": view.title,
        "asked_at": iso(reader.now),
        "principal": reader.access.principal,
        "summary": roll_ups(reader, view, related),
        "facts": facts,
        "relations": relations_told(reader, view, related),
        "unknown": _unknown(reader, view),
        "withheld": _withheld(reader, view.kind),
        "related": {kind: _related(reader, views) for kind, views in sorted(related.items())},
        "directives": directives(reader, own),
        **_texts(reader, scopes, question),
    }
    if reader.as_of is not None:
        # What happened after that instant is not told; what is only known of later says since when.
        since = earliest(reader, view)
        context["as_of"] = iso(reader.as_of)
        context["earliest_known"] = {name: iso(since[name]) for name in context["unknown"] if name in since}
    texts = {text["source"] for text in (*context["episodes"], *context["passages"])}
    context["sources"] = sources_told(reader, [view, *children], texts)
    if len(children) == MOST_CHILDREN:
        context["cut"] = f"only the first {MOST_CHILDREN} related records were looked at"
    return context


def _texts(reader: Reader, scopes: Collection[str], question: str | None) -> dict[str, Any]:
    """What answers the question, and what happened lately besides."""
    found = search_scopes(reader, scopes, question, _PASSAGES_SHOWN) if question else []
    events = [name for name, plan in reader.plans.items() if not plan.kind.resolved]
    newest = latest(reader, scopes, events, _EPISODES_SHOWN) if reader.holds_any(events) else []
    recent = [hit for hit in newest if hit not in found]
    return {"episodes": episodes(reader, recent), "passages": episodes(reader, found)}


def _unknown(reader: Reader, view: EntityView) -> list[str]:
    """Attributes that may be shown and of which nobody has said anything."""
    attributes = reader.plans[view.kind].kind.attributes
    # An owner that is known as a teammate is not unknown for want of a name.
    said = {attributes[name].label for name, fact in view.facts.items() if fact.status != "unknown"}
    return [
        name
        for name, spec in attributes.items()
        if not spec.hidden
        and name not in view.facts
        and spec.label not in said
        and reader.access.decide(view.kind, name) == "permit"
    ]


def _withheld(reader: Reader, kind: str) -> list[str]:
    """Attributes that a policy redacts, whether or not anything is known: naming only the known ones would tell."""
    attributes = reader.plans[kind].kind.attributes
    return [name for name in attributes if reader.access.decide(kind, name) == "redact"]


def _related(reader: Reader, views: list[EntityView]) -> dict[str, Any]:
    ordered = sorted(views, key=_importance)[:_MOST_SHOWN]
    if len(views) > _MOST_SHOWN:
        whole = reader.entities([view.id for view in ordered])
        ordered = [whole[view.id] for view in ordered]
    shown = [{"id": view.id, "name": view.title, "facts": served_facts(reader, view)} for view in ordered]
    return {"count": len(views), "shown": shown}


def _importance(view: EntityView) -> tuple[bool, str, str, str]:
    """Open things first, then what closes or was touched, by name and id."""
    is_open = view.facts.get("is_open")
    closes = view.facts.get("close_date")
    when = str(closes.value) if closes is not None and closes.value is not None else ""
    return (not (is_open is not None and is_open.value is True), when, view.title.casefold(), view.id)


def sources_told(reader: Reader, views: Sequence[EntityView], texts: Collection[str]) -> list[dict[str, Any]]:
    """The sources this answer rests on, and how far each has been read; people and copilots are not read."""
    names = {reader.view.streams[record.stream].source for view in views for record in view.records}
    told = []
    for name in sorted(names.union(texts)):
        if is_voice(name):
            continue
        state = reader.source_state(name)
        behind = state.read_until is None or reader.now - state.read_until > state.behind_after
        wished = {"refresh": True} if name in reader.clocks.refresh else {}
        told.append({"source": name, "read_until": iso(state.read_until), "behind": behind, **wished})
    return told
