"""What the configuration comes to once it is built, in the shape the stages want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

from groundfact.config.deciding import Deciding
from groundfact.pipeline.deciding.chains import Chain, Chains, Group, Span
from groundfact.pipeline.deciding.shape import Shape
from groundfact.pipeline.identity.linking import IdentityRules
from groundfact.pipeline.identity.reference_keys import references_of
from groundfact.protocols import Declares, FreshnessRule, Learns, Matcher, SurvivorshipRule
from groundfact.vocabulary import Attribute, Kind, Vocabulary

__all__ = ["KindPlan", "kind_plans"]


@dataclass(frozen=True)
class KindPlan:
    """How one kind is linked, decided and aged."""

    name: str
    kind: Kind
    identity: IdentityRules
    chains: Chains
    freshness: Mapping[str, FreshnessRule]
    learning: frozenset[str] = frozenset()
    """Attributes whose freshness rule goes by how often values changed."""

    @cached_property
    def shape(self) -> Shape:
        """What the chains come to for the fact cache."""
        return Shape(self.kind.attributes, self.chains)


def kind_plans(
    vocabulary: Vocabulary,
    matchers: Mapping[str, Sequence[tuple[str, Matcher]]],
    chains: Mapping[str, Mapping[str, Sequence[tuple[str, SurvivorshipRule]]]],
    freshness: Mapping[str, Mapping[str, FreshnessRule]],
    deciding: Deciding | None = None,
) -> dict[str, KindPlan]:
    """The plan of every kind of the vocabulary."""
    plans = {}
    for name, kind in vocabulary.items():
        own = _chains(name, kind, chains[name], freshness[name], deciding or Deciding())
        lookups = [(attribute, spec.type) for attribute, spec in kind.attributes.items() if spec.lookup]
        rules = IdentityRules(name, lookups, matchers.get(name, []), not kind.episode, references_of(kind))
        plans[name] = KindPlan(name, kind, rules, own, freshness[name], _learning(freshness[name]))
    return plans


def _learning(rules: Mapping[str, FreshnessRule]) -> frozenset[str]:
    return frozenset(name for name, rule in rules.items() if isinstance(rule, Learns) and rule.learns)


def _span(spec: Attribute, rule: FreshnessRule | None) -> Span | None:
    declared = rule.declared_by if isinstance(rule, Declares) else None
    found = Span(spec.valid_from, spec.valid_until, declared)
    return found if any(found) else None


def _chains(
    name: str,
    kind: Kind,
    rules: Mapping[str, Sequence[tuple[str, SurvivorshipRule]]],
    freshness: Mapping[str, FreshnessRule],
    deciding: Deciding,
) -> Chains:
    """The chain of each attribute with what stands before it, each after those that it needs."""
    groups = {
        part: Group(called, spec.parts, spec.by == "most_parts")
        for called, spec in deciding.groups.get(name, {}).items()
        for part in spec.parts
    }
    found, needs = {}, {}
    for attribute, spec in kind.attributes.items():
        chain = Chain.of(rules[attribute])._replace(
            checks=deciding.checks(name, attribute),
            mirrors=deciding.mirrors(spec.mirrors),
            prefer=spec.on_conflict == "prefer",
            group=groups.get(attribute),
            span=_span(spec, freshness.get(attribute)),
        )
        found[attribute] = chain
        lead = chain.group.parts[:1] if chain.group else ()
        needs[attribute] = sorted({*chain.needs, *lead} - {attribute})
    if not any(needs.values()):
        return found
    return {attribute: found[attribute] for attribute in TopologicalSorter(needs).static_order()}
