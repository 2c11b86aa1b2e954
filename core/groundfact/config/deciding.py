"""What stands before the rules of an attribute: validators, mirrors and groups; and that all of it fits together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from groundfact.config.explain import Path
from groundfact.config.parts import Part, Parts
from groundfact.config.schema import GroupConfig, RootConfig
from groundfact.config.spelling import did_you_mean
from groundfact.config.words import place_of
from groundfact.protocols import Collects, Needs, Validator
from groundfact.vocabulary import Vocabulary

__all__ = ["Deciding", "deciding"]

Chains = Mapping[str, Mapping[str, Sequence[Part]]]


@dataclass(frozen=True)
class Deciding:
    """Validators and groups by kind, and which source copies which."""

    checked: Chains = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, GroupConfig]] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    def checks(self, kind: str, attribute: str) -> Sequence[tuple[str, Validator]]:
        """The validators of an attribute by name."""
        return tuple((part.name, part.built) for part in self.checked.get(kind, {}).get(attribute, ()))

    def mirrors(self, own: Mapping[str, str | None]) -> Mapping[str, frozenset[str]]:
        """By copying source all that it copies, straight or by way of another; `own` is what an attribute changes."""
        origin = {name: copied for name, copied in {**self.copies, **own}.items() if copied is not None}
        return {name: frozenset(_way(origin, name)) for name in origin}

    def canonical(self) -> dict[str, Any]:
        """All of it with every default written out, for digests."""
        return {
            "checks": {
                kind: {name: [part.canonical() for part in picked] for name, picked in checks.items() if picked}
                for kind, checks in self.checked.items()
            },
            "groups": {
                kind: {name: group.model_dump(mode="json") for name, group in groups.items()}
                for kind, groups in self.groups.items()
            },
            "copies": dict(self.copies),
        }


def _way(origin: Mapping[str, str], name: str) -> Iterator[str]:
    seen = {name}
    while (name := origin.get(name, name)) not in seen:
        seen.add(name)
        yield name


def deciding(parts: Parts, vocabulary: Vocabulary, root: RootConfig, chains: Chains) -> Deciding:
    """Pick the validators, and check that mirrors, groups and what rules need are there and in no circle."""
    checked: dict[str, dict[str, list[Part]]] = {}
    for kind, spec in vocabulary.items():
        for attribute, settings in spec.attributes.items():
            at = (*place_of(parts.document, kind, attribute), "validate")
            picked = [parts.pick("validators", raw, (*at, index)) for index, raw in enumerate(settings.checks)]
            checked.setdefault(kind, {})[attribute] = [part for part in picked if part]
            for part in checked[kind][attribute]:
                _known(parts, at, f"{kind}.{attribute}", part, spec.attributes)
    copies = {name: source.mirror_of for name, source in root.sources.items() if source.mirror_of is not None}
    _check_mirrors(parts, vocabulary, root, copies)
    _check_groups(parts, vocabulary, root, chains)
    _check_needs(parts, vocabulary, chains)
    return Deciding(checked, root.groups, copies)


def _check_mirrors(parts: Parts, vocabulary: Vocabulary, root: RootConfig, copies: Mapping[str, str]) -> None:
    for name, copied in copies.items():
        at = ("sources", name, "mirror_of")
        if copied not in root.sources:
            parts.note(
                at, f"sources.{name}.mirror_of: there is no source {copied!r}{did_you_mean(copied, root.sources)}"
            )
        elif name in {copied, *_way(copies, copied)}:
            parts.note(
                at, f"sources.{name}.mirror_of: {name} would copy itself by way of {copied}; one of them is first"
            )
    for kind, spec in vocabulary.items():
        for attribute, settings in spec.attributes.items():
            if settings.mirrors:
                own = (*place_of(parts.document, kind, attribute), "mirrors")
                _check_own(parts, f"{kind}.{attribute}: mirrors", own, root, {**copies, **settings.mirrors})


def _check_own(parts: Parts, called: str, at: Path, root: RootConfig, mirrors: Mapping[str, str | None]) -> None:
    """What an attribute changes about who copies whom."""
    for name in sorted({*mirrors, *filter(None, mirrors.values())} - set(root.sources)):
        parts.note(at, f"{called}: there is no source {name!r}{did_you_mean(name, root.sources)}")
    origin = {name: copied for name, copied in mirrors.items() if copied is not None}
    if circle := [name for name, copied in origin.items() if name in {copied, *_way(origin, copied)}]:
        parts.note(at, f"{called}: {circle[0]} would copy itself by way of {origin[circle[0]]}; one of them is first")


def _check_groups(parts: Parts, vocabulary: Vocabulary, root: RootConfig, chains: Chains) -> None:
    for kind, groups in root.groups.items():
        if kind not in vocabulary:
            parts.note(("groups", kind), f"groups: there is no kind {kind!r}{did_you_mean(kind, vocabulary)}")
            continue
        taken: dict[str, str] = {}
        for name, group in groups.items():
            for part in group.parts:
                problem = _problem(part, vocabulary[kind].attributes, chains.get(kind, {}), taken.get(part))
                if problem:
                    parts.note(("groups", kind, name), f"groups.{kind}.{name}: {problem}")
                taken[part] = name


def _problem(part: str, attributes: Mapping[str, Any], chains: Mapping[str, Sequence[Part]], other: str | None) -> str:
    if part not in attributes:
        return f"there is no attribute {part!r}{did_you_mean(part, attributes)}"
    if other is not None:
        return f"{part} is already part of {other}"
    if any(isinstance(rule.built, Collects) for rule in chains.get(part, ())):
        return f"{part} is a set by its rules, and a set comes from several records; leave it out"
    return ""


def _known(parts: Parts, at: Path, called: str, part: Part, attributes: Mapping[str, Any]) -> Sequence[str]:
    """The attributes that a part looks at; one that is not there is noted."""
    needs: Sequence[str] = part.built.needs if isinstance(part.built, Needs) else ()
    for name in needs:
        if name not in attributes:
            near = did_you_mean(name, attributes)
            parts.note(at, f"{called}: {part.name} looks at {name!r}, which is no attribute of the kind{near}")
    return needs


def _check_needs(parts: Parts, vocabulary: Vocabulary, chains: Chains) -> None:
    for kind, by_attribute in chains.items():
        graph: dict[str, set[str]] = {}
        known = vocabulary[kind].attributes
        for attribute, chain in by_attribute.items():
            at = (*place_of(parts.document, kind, attribute), "survivorship")
            for part in chain:
                graph.setdefault(attribute, set()).update(_known(parts, at, f"{kind}.{attribute}", part, known))
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = " → ".join(reversed(error.args[1]))
            parts.note(
                place_of(parts.document, kind, error.args[1][0]),
                f"{kind}: each of these is decided after the next one: {circle}",
            )
