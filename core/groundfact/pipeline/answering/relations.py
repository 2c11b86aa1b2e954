"""Relations of an entity: what it refers to, who refers to it, what stands above it, and what is wrong with that.

Who refers to something is found by an index over what records say, and then decided like any fact: only whoever's
surviving claim means this entity is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.model import Fact, Target
from groundfact.model.scopes import key_scope, record_scope
from groundfact.pipeline.identity.clusters import entity_id
from groundfact.pipeline.identity.reference_keys import id_scope, keys_from
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import served_fact
from groundfact.store import relations
from groundfact.store.relations import REFERS

__all__ = [
    "MOST_REFERRING",
    "Above",
    "Relations",
    "above",
    "ever_named",
    "every_relation",
    "may_mean",
    "names_any",
    "referring_to",
    "targets_of",
    "told_relation",
]

MOST_REFERRING = 1_000
_DEEPEST = 12
"""How many steps a hierarchy is followed upwards."""
_FINDS = "~"
_NOT_A_KEY = frozenset(">@?^&!")
"""Begins of keys under which a record is found otherwise than by a value of its own."""


Relations = Sequence[tuple[str, str]]
"""Kinds, each with the attribute by which its records refer to something."""


class Above(NamedTuple):
    """What stands above an entity, the nearest first."""

    views: Sequence[EntityView]
    problem: Mapping[str, Any] | None = None
    """Why it ends there, where it should not: a word, and the names it is about."""


def targets_of(fact: Fact | None) -> list[Target]:
    """What a fact says the other end is: one, several for a set, each side of a conflict; none for nobody known."""
    if fact is None or fact.status == "unknown":
        return []
    values = fact.value if isinstance(fact.value, list) else [fact.value]
    if fact.status == "conflict":
        values = [claim.value for claim in fact.claims]
    return list({value.id: value for value in values if isinstance(value, Target)}.values())


def told_relation(reader: Reader, view: EntityView, attribute: str) -> dict[str, Any]:
    """A relation as it is handed out: the fact, and which entities it means."""
    told = served_fact(reader, view, attribute)
    if told["status"] == "unknown":
        told["claimed"] = sum(1 for loser in view.facts[attribute].losers if loser.code == "target_not_known")
    if isinstance(told.get("value"), list):
        told["targets"] = [
            {"id": one.id, "kind": one.kind, "name": str(one)} for one in targets_of(view.facts[attribute])
        ]
    return told


def ever_named(reader: Reader, view: EntityView, wanted: Relations) -> Relations:
    """Of these relations, those by which any record ever named the entity: of most entities no record does."""
    begun = reader.begun([(kind, f"{REFERS}{name}|") for kind, name in wanted])
    wanted = [(kind, name) for kind, name in wanted if (kind, f"{REFERS}{name}|") in begun]
    if not wanted:
        return ()
    scopes = _scopes(reader, [view])
    keys = [(place, kind, key) for place, (kind, name) in enumerate(wanted) for key in sorted(keys_from(name, scopes))]
    found = relations.ever_named(reader.tx, reader.workspace, keys)
    return [relation for place, relation in enumerate(wanted) if place in found]


def referring_to(
    reader: Reader, views: Collection[EntityView], kind: str, attribute: str
) -> dict[str, list[EntityView]]:
    """Which entities of a kind mean each of `views` (all of one kind) by an attribute, by the id of what is meant."""
    found = may_mean(reader, views, kind, attribute)
    meant: dict[str, list[EntityView]] = {view.id: [] for view in views}
    for _, view in sorted(reader.entities(found).items()):
        for target in targets_of(view.facts.get(attribute)):
            if target.id in meant:
                meant[target.id].append(view)
    return {entity: group for entity, group in meant.items() if group}


def may_mean(reader: Reader, views: Collection[EntityView], kind: str, attribute: str) -> list[str]:
    """The ids of those entities of a kind of which a record says that it means one of `views`, by an attribute."""
    if not views or reader.access.decide(kind, attribute) != "permit":
        return []
    if not reader.begun([(kind, f"{REFERS}{attribute}|")]):
        return []
    keys = set(keys_from(attribute, _scopes(reader, views)))
    return relations.who_refers(reader.tx, reader.view, kind, keys, MOST_REFERRING)


def names_any(reader: Reader, kind: str) -> bool:
    """Whether any record of a kind, seen or not, refers to anything."""
    return bool(reader.begun([(kind, f"{REFERS}{name}|") for name, _ in reader.plans[kind].identity.referring]))


def _scopes(reader: Reader, views: Collection[EntityView]) -> set[str]:
    """Every word by which a record may name one of these entities."""
    records = [record for view in views for record in view.records]
    kind = next(iter(views)).kind
    scopes = {id_scope(view.id) for view in views}
    for stream, rec in reader.stand_for(records):
        row = reader.view.streams[stream]
        scopes.add(record_scope(row.source, row.name, rec))
        # An id once given to what this record was made into still means it.
        scopes.add(id_scope(entity_id(reader.workspace_name, kind, row.source, row.name, rec)))
    for own, key in reader.linking_keys(records):
        if key[0] not in _NOT_A_KEY:
            scopes.add(key_scope(own, key.removeprefix(_FINDS)))
    return scopes


def above(reader: Reader, view: EntityView, attribute: str) -> Above:
    """What stands above an entity by an attribute that refers to its own kind; a circle ends where it closes."""
    found: list[EntityView] = []
    seen = {view.id: view.title}
    current = view
    while len(found) < _DEEPEST:
        fact = current.facts.get(attribute)
        targets = targets_of(fact) if fact is not None and fact.status == "known" else []
        if len(targets) != 1:
            own = fact is not None and any(loser.code == "names_itself" for loser in fact.losers)
            return Above(found, _problem("names_itself", [current.title]) if own else None)
        if targets[0].id in seen:
            circle = list(seen.values())[list(seen).index(targets[0].id) :]
            return Above(found, _problem("circle", [*circle, str(targets[0])]))
        current = reader.entities([targets[0].id])[targets[0].id]
        seen[current.id] = current.title
        found.append(current)
    return Above(found, _problem("too_deep", [view.title]))


def _problem(word: str, names: Sequence[str]) -> dict[str, Any]:
    return {"problem": word, "names": list(names)}


def every_relation(reader: Reader, only: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """Every relation that may be seen, one for each entity that refers to something."""
    for kind in [str(only["kind"])] if only.get("kind") else list(reader.plans):
        referring = reader.plans[kind].identity.referring
        for view in reader.each(kind) if referring else ():
            for name, _ in referring:
                if name in view.facts:
                    told = told_relation(reader, view, name)
                    yield {"entity": view.id, "kind": kind, "name": view.title, "relation": name, **told}
