"""What the configuration comes to once it is built, in the shape the stages want."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundfact.pipeline.identity import IdentityRules
from groundfact.pipeline.resolution import Chain, Chains
from groundfact.protocols import FreshnessRule, Matcher, SurvivorshipRule
from groundfact.vocabulary import Kind, Vocabulary

__all__ = ["KindPlan", "kind_plans"]


@dataclass(frozen=True)
class KindPlan:
    """How one kind is linked, decided and aged."""

    name: str
    kind: Kind
    identity: IdentityRules
    chains: Chains
    freshness: Mapping[str, FreshnessRule]


def kind_plans(
    vocabulary: Vocabulary,
    matchers: Mapping[str, Sequence[tuple[str, Matcher]]],
    chains: Mapping[str, Mapping[str, Sequence[tuple[str, SurvivorshipRule]]]],
    freshness: Mapping[str, Mapping[str, FreshnessRule]],
) -> dict[str, KindPlan]:
    """The plan of every kind of the vocabulary."""
    plans = {}
    for name, kind in vocabulary.items():
        own = {attribute: Chain.of(chains[name][attribute]) for attribute in kind.attributes}
        lookups = [(attribute, spec.type) for attribute, spec in kind.attributes.items() if spec.lookup]
        rules = IdentityRules(name, lookups, matchers.get(name, []))
        plans[name] = KindPlan(name, kind, rules, own, freshness[name])
    return plans
