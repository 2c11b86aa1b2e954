"""What an entity is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from groundfact.model import Fact
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.store.reading import VisibleRecord

__all__ = ["title_of"]


def title_of(plan: KindPlan, facts: Mapping[str, Fact], group: Sequence[VisibleRecord]) -> str:
    """What an entity is called: the fact that names its kind, one side of a conflict, or its record."""
    fact = facts.get(plan.kind.title)
    if fact is not None and fact.claims:
        return str(fact.claims[0].value)
    return f"{plan.name} {min(record.rec for record in group)}"
