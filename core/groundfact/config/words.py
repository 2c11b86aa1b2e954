"""The vocabulary of a workspace: the shipped one, the user's kinds, the user's changes to attributes."""

from __future__ import annotations

from typing import Any

from groundfact.config.explain import Path
from groundfact.config.load import Document
from groundfact.config.problems import Problems
from groundfact.config.schema import RootConfig
from groundfact.config.spelling import did_you_mean
from groundfact.vocabulary import Attribute, Kind, Vocabulary, default_vocabulary

__all__ = ["place_of", "words"]


def words(root: RootConfig, document: Document, problems: Problems) -> Vocabulary:
    """The default vocabulary with `kinds:` and `attributes:` of the YAML laid over it."""
    found: dict[str, Kind] = dict(default_vocabulary())
    for name, kind in root.kinds.items():
        if name in found:
            message = f"kinds.{name}: this kind exists; change it with `attributes: {{{name}: …}}`"
            problems.add(document.where(("kinds", name)), message)
            continue
        if kind.title not in kind.attributes:
            message = f"kinds.{name}.title: {kind.title!r} is not among its attributes"
            message += did_you_mean(kind.title, kind.attributes)
            problems.add(document.where(("kinds", name, "title")), message)
        found[name] = kind
    for name, changes in root.attributes.items():
        if name not in found:
            message = f"attributes.{name}: there is no kind {name!r}{did_you_mean(name, found)}"
            problems.add(document.where(("attributes", name)), message)
            continue
        found[name] = _changed(found[name], changes)
    return {name: _labelled(kind) for name, kind in found.items()}


def place_of(document: Document, kind: str, attribute: str) -> Path:
    """Where the YAML speaks of an attribute, for messages."""
    changed = ("attributes", kind, attribute)
    return changed if document.reach(changed) == len(changed) else ("kinds", kind, "attributes", attribute)


def _changed(kind: Kind, changes: dict[str, Attribute]) -> Kind:
    attributes = dict(kind.attributes)
    for name, change in changes.items():
        update: dict[str, Any] = {field: getattr(change, field) for field in change.model_fields_set}
        attributes[name] = attributes.get(name, Attribute()).model_copy(update=update)
    return kind.model_copy(update={"attributes": attributes})


def _labelled(kind: Kind) -> Kind:
    attributes = {
        name: attribute if attribute.label else attribute.model_copy(update={"label": _label(name)})
        for name, attribute in kind.attributes.items()
    }
    return kind.model_copy(update={"attributes": attributes})


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
