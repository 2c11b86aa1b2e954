"""The part of a context about relations: whom it belongs to, what belongs to it, and the people with their roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.model import Target
from groundfact.pipeline.answering.relations import (
    MOST_REFERRING,
    Relations,
    above,
    ever_named,
    may_mean,
    names_any,
    referring_to,
    targets_of,
    told_relation,
)
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import served_fact

__all__ = ["relations_told"]

_SHOWN = 25
_ROLE = "role"
_FIRST = (
    "champion", "decision maker", "economic decision maker", "economic buyer", "executive sponsor", "budget holder",
    "blocker", "billing contact", "technical buyer", "legal and compliance", "influencer", "evaluator",
)  # fmt: skip
"""Whom to know of first; all other roles follow by name."""


def relations_told(reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]]) -> dict[str, Any]:
    """What is known of an entity's relations; parts of which nothing is known are missing."""
    kind, referring = reader.plans[view.kind].kind, reader.plans[view.kind].identity.referring
    forward = [told_relation(reader, view, name) for name, _ in referring if name in view.facts]
    named = _naming(reader, view)
    told: dict[str, Any] = {"to": forward, "from": _backward(reader, view, named)}
    told["people"] = _people(reader, view, related, named)
    problems = []
    for name, to in referring:
        if to == view.kind and name in view.facts:
            found = above(reader, view, name)
            if len(found.views) > 1:
                told["above"] = [{"id": one.id, "name": one.title} for one in found.views]
            if found.problem:
                problems.append({"relation": name, "label": kind.attributes[name].label, **found.problem})
    told["problems"] = problems
    return {part: value for part, value in told.items() if value}


def _naming(reader: Reader, view: EntityView) -> Relations:
    """The relations by which anything may refer to it."""
    wanted = [
        (kind, name)
        for kind, plan in reader.plans.items()
        for name, to in plan.identity.referring
        if to == view.kind and (plan.kind.attributes[name].back or kind == _ROLE)
    ]
    return ever_named(reader, view, wanted)


def _backward(reader: Reader, view: EntityView, named: Relations) -> list[dict[str, Any]]:
    """Who refers to it, by relation; roles are told with the people who have them."""
    found = []
    for kind, name in named:
        views = referring_to(reader, [view], kind, name).get(view.id, ()) if kind != _ROLE else ()
        if views:
            shown = [{"id": one.id, "name": one.title} for one in sorted(views, key=_by_name)[:_SHOWN]]
            label = reader.plans[kind].kind.attributes[name].back
            told = {"relation": name, "kind": kind, "label": label, "count": len(views), "shown": shown}
            found.append({**told, "cut": True} if len(views) == MOST_REFERRING else told)
    return found


def _by_name(view: EntityView) -> tuple[str, str]:
    return (view.title.casefold(), view.id)


def _people(
    reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]], named: Relations
) -> list[dict[str, Any]]:
    """Who plays which part for it or in its open deals, champion first; without those whose time is over."""
    if _ROLE not in reader.plans or not names_any(reader, _ROLE):
        return []
    attributes = reader.plans[_ROLE].kind.attributes
    roles = _roles(reader, view, related, named)
    pairs = [(role, target) for role in roles for target in targets_of(role.facts.get("contact"))]
    placed = sorted(pairs, key=lambda pair: _place(reader, *pair))[:_SHOWN]
    places = [name for name in attributes if attributes[name].type == "reference" and name != "contact"]
    contacts = reader.entities({target.id for _, target in placed})
    return [_played(reader, role, contacts[target.id], places) for role, target in placed]


def _roles(
    reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]], named: Relations
) -> list[EntityView]:
    """The roles that mean it, or any of its contacts and open deals; each is decided once, whatever it means."""
    ends: dict[str, Sequence[EntityView]] = {}
    for name, to in reader.plans[_ROLE].identity.referring:
        ends[name] = [one for one in related.get(to, ()) if _is_open(one)]
        if to == view.kind:
            ends[name] = [view] if (_ROLE, name) in named else []
    found = {name: may_mean(reader, views, _ROLE, name) for name, views in ends.items()}
    roles = reader.entities({entity for ids in found.values() for entity in ids})
    meaning: dict[str, EntityView] = {}
    for name, ids in found.items():
        meant = {end.id for end in ends[name]}
        for role in [roles[entity] for entity in ids if entity in roles]:
            if any(target.id in meant for target in targets_of(role.facts.get(name))):
                meaning[role.id] = role
    return list(meaning.values())


def _is_open(view: EntityView) -> bool:
    fact = view.facts.get("is_open")
    return fact is None or fact.value is not False


def _played(reader: Reader, role: EntityView, contact: EntityView, places: Sequence[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": contact.id, "name": contact.title, "role_id": role.id}
    told["role"] = _value(reader, role, "role")
    told["title"] = _value(reader, contact, "title")
    within = [target for name in places for target in targets_of(role.facts.get(name))]
    told["in"] = [{"id": one.id, "kind": one.kind, "name": str(one)} for one in within]
    served = served_fact(reader, role, "contact")
    told.update({key: served[key] for key in ("source", "record", "changed_at", "freshness") if key in served})
    if _value(reader, role, "is_primary") is True:
        told["primary"] = True
    return told


def _value(reader: Reader, view: EntityView, attribute: str) -> Any:
    value = served_fact(reader, view, attribute)["value"] if attribute in view.facts else None
    return str(value) if isinstance(value, Target) else value


def _place(reader: Reader, role: EntityView, contact: Target) -> tuple[int, str, str, str]:
    part = str(_value(reader, role, "role") or "").casefold().replace("-", " ").replace("_", " ")
    rank = _FIRST.index(part) if part in _FIRST else len(_FIRST)
    return (rank, part, contact.casefold(), role.id)
