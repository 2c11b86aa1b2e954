"""The context of one entity: everything a copilot may rely on, as plain data for a renderer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from groundfact.model.times import ago, iso
from groundfact.pipeline.reader import EntityView, Reader
from groundfact.pipeline.rollups import roll_ups
from groundfact.pipeline.served import served_facts
from groundfact.store.passages import scope_token, search_passages, tokens_of, words_of

__all__ = ["build_context"]

_MOST_CHILDREN = 1_000
_MOST_SHOWN = 25
_MOST_PASSAGES = 50
_PASSAGES_SHOWN = 5


def build_context(reader: Reader, view: EntityView, question: str | None, order: Sequence[str]) -> dict[str, Any]:
    """The context of an entity. `order` names attributes to put first."""
    children = reader.children(view.records, _MOST_CHILDREN)
    related: dict[str, list[EntityView]] = defaultdict(list)
    for child in children:
        related[child.kind].append(child)
    facts = served_facts(reader, view)
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
        "unknown": _unknown(reader, view),
        "withheld": _withheld(reader, view.kind),
        "related": {kind: _related(reader, views) for kind, views in sorted(related.items())},
        "passages": _passages(reader, view, question) if question else [],
        "sources": _sources(reader, [view, *children]),
    }
    if len(children) == _MOST_CHILDREN:
        context["cut"] = f"only the first {_MOST_CHILDREN} related records were looked at"
    return context


def _unknown(reader: Reader, view: EntityView) -> list[str]:
    """Attributes that may be shown and of which nobody has said anything."""
    attributes = reader.plans[view.kind].kind.attributes
    return [
        name
        for name, spec in attributes.items()
        if not spec.hidden and name not in view.facts and reader.access.decide(view.kind, name) == "permit"
    ]


def _withheld(reader: Reader, kind: str) -> list[str]:
    """Attributes that a policy redacts, whether or not anything is known: naming only the known ones would tell."""
    attributes = reader.plans[kind].kind.attributes
    return [name for name in attributes if reader.access.decide(kind, name) == "redact"]


def _related(reader: Reader, views: list[EntityView]) -> dict[str, Any]:
    ordered = sorted(views, key=_importance)
    shown = [{"id": view.id, "name": view.title, "facts": served_facts(reader, view)} for view in ordered[:_MOST_SHOWN]]
    return {"count": len(views), "shown": shown}


def _importance(view: EntityView) -> tuple[bool, str, str, str]:
    """Open things first, then what closes or was touched, by name and id."""
    is_open = view.facts.get("is_open")
    closes = view.facts.get("close_date")
    when = str(closes.value) if closes is not None and closes.value is not None else ""
    return (not (is_open is not None and is_open.value is True), when, view.title.casefold(), view.id)


def _passages(reader: Reader, view: EntityView, question: str) -> list[dict[str, Any]]:
    """Texts that hang on the entity and share words with the question; most shared words first, then newest.

    The score looks at the passage and the question alone, never at how common a word is among texts that somebody
    else may not see.
    """
    if reader.known_at is not None:
        return []
    words = tokens_of(question)
    scopes = {scope_token(stream, rec) for stream, rec in reader.stand_for(view.records)}
    found = search_passages(reader.tx, reader.workspace, reader.view.labels, scopes, words, _MOST_PASSAGES)
    told = []
    for hit in found:
        said = set(words_of(hit.body))
        at = hit.asserted_at if hit.asserted_at is not None else hit.observed_at
        score = sum(1 for word in words if word in said)
        source = reader.view.streams[hit.stream]
        told.append((-score, -at, f"{source.source}/{hit.rec}", hit.body, at, source.source))
    told.sort(key=lambda item: item[:3])
    return [
        {"source": source, "record": ref, "at": iso(at), "ago": ago(at, reader.now), "text": body}
        for _, _, ref, body, at, source in told[:_PASSAGES_SHOWN]
    ]


def _sources(reader: Reader, views: list[EntityView]) -> list[dict[str, Any]]:
    """The sources this answer rests on, and how far each has been read."""
    names = {reader.view.streams[record.stream].source for view in views for record in view.records}
    told = []
    for name in sorted(names):
        state = reader.source_state(name)
        behind = state.read_until is None or reader.now - state.read_until > state.behind_after
        told.append({"source": name, "read_until": iso(state.read_until), "behind": behind})
    return told
