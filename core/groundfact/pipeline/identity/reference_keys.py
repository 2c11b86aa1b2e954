"""How a record is found from the other end of its references: the words that both ends can write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from groundfact.model.scopes import key_scope, record_scope
from groundfact.store.relations import REFERS
from groundfact.vocabulary import Kind, reference_parts

__all__ = ["Referring", "id_scope", "keys_from", "reference_keys", "references_of", "scope_of"]

Referring = Sequence[tuple[str, str]]
"""Attributes that refer to something, each with the kind of what it refers to."""


def references_of(kind: Kind) -> Referring:
    """The references of a kind."""
    return tuple((name, spec.to) for name, spec in kind.attributes.items() if spec.type == "reference" and spec.to)


def scope_of(to: str, source: str, reference: str) -> str:
    """What a reference by a record of `source` names, in the words of what is referred to."""
    form, first, second = reference_parts(reference)
    if form == "record":
        return record_scope(source, first, second)
    return key_scope(to, f"{first}={second}") if form == "key" else id_scope(second)


def id_scope(entity: str) -> str:
    """Of whatever an id of ours stands for."""
    return f"id|{entity}"


def reference_keys(referring: Referring, source: str, attributes: Mapping[str, Any]) -> list[str]:
    """The keys under which a record is found from what it refers to."""
    return [
        f"{REFERS}{name}|{scope_of(to, source, attributes[name])}"
        for name, to in referring
        if attributes.get(name) is not None
    ]


def keys_from(attribute: str, scopes: Collection[str]) -> Iterator[str]:
    """The keys of all records that refer by an attribute to something that has one of these scopes."""
    return (f"{REFERS}{attribute}|{scope}" for scope in scopes)
