"""What an entity is called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from groundfact.model import Fact
from groundfact.pipeline.deciding.chains import Chains
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.store.reading import VisibleRecord

__all__ = ["chains_for", "title_of"]


def title_of(plan: KindPlan, facts: Mapping[str, Fact], group: Sequence[VisibleRecord]) -> str:
    """What an entity is called: the fact that names its kind, one side of a conflict, or its record."""
    fact = facts.get(plan.kind.title)
    # A source may say that it has no name.
    if fact is not None and fact.claims and fact.claims[0].value is not None:
        return str(fact.claims[0].value)
    return f"{plan.name} {min(record.rec for record in group)}"


def chains_for(plan: KindPlan, names: Collection[str]) -> Chains:
    """The chains of some attributes, and of those that must be decided before or with them."""
    wanted: set[str] = set()
    left = [name for name in names if name in plan.chains]
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            chain = plan.chains[name]
            left += [*chain.needs, *(chain.group.parts if chain.group else ())]
    return {name: chain for name, chain in plan.chains.items() if name in wanted}
