"""That what says how long a value holds is there, is a time, and is no better kept than the value itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from groundfact.config.parts import Part, Parts
from groundfact.config.spelling import did_you_mean
from groundfact.config.words import place_of
from groundfact.protocols import Declares
from groundfact.vocabulary import Attribute, Vocabulary
from groundfact.vocabulary.kinds import Sensitivity

__all__ = ["check_validity"]

_LEVELS = get_args(Sensitivity)
_TIMES = ("date", "datetime")


def check_validity(parts: Parts, vocabulary: Vocabulary, freshness: Mapping[str, Mapping[str, Part]]) -> None:
    """Note every `valid_from`, `valid_until` and declared lifetime that cannot be read."""
    for kind, spec in vocabulary.items():
        for attribute, settings in spec.attributes.items():
            part = freshness.get(kind, {}).get(attribute)
            declared = part.built.declared_by if part is not None and isinstance(part.built, Declares) else None
            named = {"valid_from": settings.valid_from, "valid_until": settings.valid_until, "freshness": declared}
            for key, name in named.items():
                if name is not None and (problem := _problem(attribute, settings, name, spec.attributes)):
                    at = (*place_of(parts.document, kind, attribute), key)
                    parts.note(at, f"{kind}.{attribute}: {key}: {problem}")


def _problem(attribute: str, settings: Attribute, name: str, known: Mapping[str, Attribute]) -> str:
    if name == attribute:
        return "it cannot say by itself how long it holds"
    if name not in known:
        return f"there is no attribute {name!r}{did_you_mean(name, known)}"
    if known[name].type not in _TIMES:
        return f"{name} is of type {known[name].type}; make it `type: date` or `type: datetime`"
    if _LEVELS.index(known[name].sensitivity) > _LEVELS.index(settings.sensitivity):
        # Whoever sees that a value ended on a day knows the day.
        return f"{name} is {known[name].sensitivity}, and this would tell it to everybody who may see {attribute}"
    return ""
