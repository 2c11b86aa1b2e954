"""What is no longer what it was between two fact documents of one entity, for who wants to be told."""

from __future__ import annotations

from typing import Any, NamedTuple

from groundfact.pipeline.deciding.documents import facts_in
from groundfact.pipeline.deciding.plan import KindPlan

__all__ = ["Change", "differences"]


class Change(NamedTuple):
    """A fact that everybody may see and that is no longer what it was."""

    kind: str
    entity: str
    title: str
    attribute: str
    before: Any
    after: Any


def differences(plan: KindPlan, entity: str, before: str, after: str) -> list[Change]:
    """The facts of an entity that one document tells otherwise than the other."""
    old, new = facts_in(before), facts_in(after)
    called = new.get(plan.kind.title) or old.get(plan.kind.title) or {"s": "unknown", "v": None}
    title = called["v"][0] if called["s"] == "conflict" else called["v"] or entity
    changes = []
    for name in plan.kind.attributes:
        was, now = _shown(old.get(name)), _shown(new.get(name))
        if was != now:
            changes.append(Change(plan.name, entity, str(title), name, was, now))
    return changes


def _shown(entry: dict[str, Any] | None) -> Any:
    if entry is None:
        return None
    if entry["s"] != "conflict":
        return entry["v"]
    # Each value once, however many say it; a value may be a list, which has no hash.
    return {"conflict": [value for place, value in enumerate(entry["v"]) if value not in entry["v"][:place]]}
