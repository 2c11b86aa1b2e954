"""The scopes of entities: under which words the texts are filed that hang on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from groundfact.model.scopes import key_scope, record_scope, url_scope
from groundfact.pipeline.identity.linking import is_link
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.store.reading import VisibleRecord

__all__ = ["MOST_CHILDREN", "Around", "around", "scopes_around", "scopes_of"]

MOST_CHILDREN = 1_000


class Around(NamedTuple):
    """What hangs on an entity."""

    children: Sequence[EntityView]
    own: set[str]
    """The scopes of the entity itself."""
    scopes: set[str]
    """Of the entity and its children: a message to a contact is a message to the account."""


def around(reader: Reader, view: EntityView, whole: int, names: Collection[str]) -> Around:
    """An entity's children, and the scopes of all of them.

    Of a kind of which there are more than `whole`, they come with what they are called and the facts of these names.
    """
    own = scopes_of(reader, [view])
    children: list[EntityView] = []
    for ids in reader.children(view.records, own, MOST_CHILDREN).values():
        views = reader.entities(ids) if len(ids) <= whole else reader.briefly(ids, names)
        children += [views[entity] for entity in ids if entity in views]
    return Around(children, own, own | scopes_of(reader, children) if children else own)


def scopes_around(reader: Reader, view: EntityView) -> set[str]:
    """The scopes of an entity and its children, which need not be decided for that."""
    own = scopes_of(reader, [view])
    records = reader.child_records(view.records, own, MOST_CHILDREN)
    return own | _scopes(reader, records) if records else own


def scopes_of(reader: Reader, views: Collection[EntityView]) -> set[str]:
    """The scopes of all records of these entities that the principal may see."""
    return _scopes(reader, [record for view in views for record in view.records])


def _scopes(reader: Reader, records: Sequence[VisibleRecord]) -> set[str]:
    scopes = set()
    for stream, rec in reader.stand_for(records):
        row = reader.view.streams[stream]
        scopes.add(record_scope(row.source, row.name, rec))
    scopes.update(url_scope(record.url) for record in records if record.url)
    scopes.update(key_scope(kind, key) for kind, key in reader.linking_keys(records) if is_link(key))
    return scopes
