"""The parts that decide results: survivorship chains, freshness rules and matchers, and their digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundfact.config.deciding import Deciding
from groundfact.config.parts import Part, Parts
from groundfact.config.schema import ComponentRef
from groundfact.config.spelling import did_you_mean
from groundfact.config.validity import check_validity
from groundfact.config.words import place_of
from groundfact.vocabulary import Attribute, Vocabulary

__all__ = ["Rules", "digest", "identity_digest", "rules"]


@dataclass(frozen=True)
class Rules:
    """What decides, by kind and attribute (matchers: by kind)."""

    chains: Mapping[str, Mapping[str, list[Part]]]
    freshness: Mapping[str, Mapping[str, Part]]
    matchers: Mapping[str, list[Part]]


def rules(parts: Parts, vocabulary: Vocabulary, identity: Mapping[str, list[ComponentRef]]) -> Rules:
    """Pick every rule that the vocabulary and `identity:` name; mistakes are noted."""
    freshness = _freshness(parts, vocabulary)
    check_validity(parts, vocabulary, freshness)
    return Rules(_chains(parts, vocabulary), freshness, _matchers(parts, vocabulary, identity))


def digest(vocabulary: Vocabulary, found: Rules, before: Deciding) -> str:
    """sha256 of everything that decides results: the same for two spellings of the same rules."""
    kinds = {
        name: {
            "resolved": kind.resolved,
            "title": kind.title,
            "attributes": {
                attribute: {
                    **settings.model_dump(mode="json", exclude={"label", "survivorship", "freshness", "checks"}),
                    "survivorship": [part.canonical() for part in found.chains[name][attribute]],
                    "freshness": found.freshness[name][attribute].canonical(),
                }
                for attribute, settings in kind.attributes.items()
            },
        }
        for name, kind in vocabulary.items()
    }
    return _sha256({"kinds": kinds, "identity": _identity(found), **before.canonical()})


def identity_digest(vocabulary: Vocabulary, found: Rules) -> str:
    """sha256 of what decides which records are one, and by what they are found."""
    kinds = {
        name: {
            "resolved": kind.resolved,
            "episode": kind.episode,
            "attributes": {
                attribute: settings.model_dump(mode="json", include={"type", "to", "lookup"})
                for attribute, settings in kind.attributes.items()
            },
        }
        for name, kind in vocabulary.items()
    }
    return _sha256({"kinds": kinds, "identity": _identity(found)})


def _identity(found: Rules) -> Mapping[str, Any]:
    return {kind: [part.canonical() for part in picked] for kind, picked in found.matchers.items()}


def _sha256(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _attributes(vocabulary: Vocabulary) -> Iterator[tuple[str, str, Attribute]]:
    for name, kind in vocabulary.items():
        for attribute, settings in kind.attributes.items():
            yield name, attribute, settings


def _chains(parts: Parts, vocabulary: Vocabulary) -> dict[str, dict[str, list[Part]]]:
    default = parts.pick("survivorship_rules", "most_recent", ())
    found: dict[str, dict[str, list[Part]]] = {name: {} for name in vocabulary}
    for kind, attribute, settings in _attributes(vocabulary):
        at = (*place_of(parts.document, kind, attribute), "survivorship")
        picked: list[Part | None] = [
            parts.pick("survivorship_rules", raw, (*at, index)) for index, raw in enumerate(settings.survivorship)
        ]
        if settings.nulls == "ignore":
            picked = [parts.pick("survivorship_rules", "ignore_empty", at), *(picked or [default])]
        found[kind][attribute] = [part for part in picked or [default] if part]
    return found


def _freshness(parts: Parts, vocabulary: Vocabulary) -> dict[str, dict[str, Part]]:
    default = parts.pick("freshness_rules", "heuristic", ())
    found: dict[str, dict[str, Part]] = {name: {} for name in vocabulary}
    for kind, attribute, settings in _attributes(vocabulary):
        part = default
        if settings.freshness is not None:
            at = (*place_of(parts.document, kind, attribute), "freshness")
            part = parts.pick("freshness_rules", settings.freshness, at)
        if part:
            found[kind][attribute] = part
    return found


def _matchers(
    parts: Parts, vocabulary: Vocabulary, identity: Mapping[str, list[ComponentRef]]
) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {name: [] for name, kind in vocabulary.items() if kind.resolved}
    for kind, refs in identity.items():
        if kind not in found:
            message = f"identity.{kind}: no kind {kind!r} is decided across sources{did_you_mean(kind, found)}"
            parts.note(("identity", kind), message)
            continue
        for index, ref in enumerate(refs):
            at = ("identity", kind, index)
            part = parts.pick("matchers", ref, at)
            for name in part.built.attributes if part else ():
                known: Mapping[str, Any] = vocabulary[kind].attributes
                if name not in known:
                    near = did_you_mean(name, known)
                    parts.note(at, f"identity.{kind}[{index}]: {kind} has no attribute {name!r}{near}")
            found[kind] += [part] if part else []
    return found
