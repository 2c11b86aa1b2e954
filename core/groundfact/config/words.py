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
    _check_references(found, document, problems)
    return {name: _labelled(kind) for name, kind in found.items()}


def _check_references(found: Vocabulary, document: Document, problems: Problems) -> None:
    """A reference says to which kind; nothing else does."""
    for name, kind in found.items():
        for attribute, spec in kind.attributes.items():
            path = place_of(document, name, attribute)
            where = ".".join(map(str, path))
            if spec.type != "reference":
                if spec.to is not None or spec.back is not None:
                    message = f"{where}: `to:` and `back:` are for `type: reference`; this one is a {spec.type}"
                    problems.add(document.where(path), message)
            elif spec.to not in found:
                known = f"there is no kind {spec.to!r}{did_you_mean(spec.to, found)}" if spec.to else "say `to:` a kind"
                problems.add(document.where(path), f"{where}: a reference to what? {known}")


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
