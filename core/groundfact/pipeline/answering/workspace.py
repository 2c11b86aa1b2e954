"""The context of the workspace: what belongs to nobody's account, as plain data for a renderer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundfact.model.terms import terms_of
from groundfact.model.times import iso
from groundfact.pipeline.answering.context import sources_told
from groundfact.pipeline.reading.episodes import episodes
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.retrieval import search_workspace, terms_asked
from groundfact.pipeline.reading.served import served_facts
from groundfact.pipeline.stewarding.memories import directives

__all__ = ["build_workspace_context"]

_SHOWN = 20
_PASSAGES_SHOWN = 5
_UNFINISHED = frozenset(("draft", "archived", "obsolete", "retired"))
"""States in which a playbook is not the way things are done."""


def build_workspace_context(reader: Reader, name: str, question: str | None) -> dict[str, Any]:
    """The context of the workspace; with a question, what shares words with it comes first."""
    terms = terms_asked(question) if question else []
    groups: dict[str, dict[str, Any]] = {}
    shown: list[EntityView] = []
    for kind, plan in reader.plans.items():
        if not plan.kind.workspace:
            continue
        views = sorted((v for v in reader.each(kind) if _in_force(v)), key=lambda v: _place(v, terms))
        if views:
            shown += views[:_SHOWN]
            groups[kind] = {"count": len(views), "shown": [_told(reader, view) for view in views[:_SHOWN]]}
    passages = episodes(reader, search_workspace(reader, question, _PASSAGES_SHOWN), placed=True) if question else []
    return {
        "kind": "workspace",
        "id": name,
        "name": name,
        "asked_at": iso(reader.now),
        "principal": reader.access.principal,
        "directives": directives(reader, ()),
        "groups": groups,
        "passages": passages,
        "sources": sources_told(reader, shown, {text["source"] for text in passages}),
    }


def _in_force(view: EntityView) -> bool:
    status = view.facts.get("status")
    return view.kind != "playbook" or status is None or str(status.value).casefold() not in _UNFINISHED


def _place(view: EntityView, terms: Sequence[str]) -> tuple[int, str, int, str, str]:
    """Most words of the question first; stages in the order of their pipeline; else by name."""
    said = " ".join(str(fact.value) for fact in view.facts.values()) if terms else ""
    words = set(terms_of(said))
    pipeline, position = view.facts.get("pipeline"), view.facts.get("position")
    where = str(pipeline.value) if pipeline is not None else ""
    order = position.value if position is not None and isinstance(position.value, int) else 0
    return (-sum(1 for term in terms if term in words), where, order, view.title.casefold(), view.id)


def _told(reader: Reader, view: EntityView) -> dict[str, Any]:
    return {"id": view.id, "name": view.title, "facts": served_facts(reader, view)}
