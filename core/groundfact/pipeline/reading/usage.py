"""Which attributes a context told: those that are known and whose words the renderer had room for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["told_in"]


def told_in(data: Mapping[str, Any], text: str) -> set[tuple[str, str]]:
    """Kind and attribute of every fact of a context whose label is in its text."""
    kind = str(data["kind"])
    labels = {(kind, fact["attribute"]): fact["label"] for fact in data.get("facts", ()) if fact["status"] != "unknown"}
    for other, related in data.get("related", {}).items():
        for view in related["shown"]:
            facts = view["facts"]
            labels |= {(other, fact["attribute"]): fact["label"] for fact in facts if fact["status"] != "unknown"}
    # Of something related, a label begins with a small letter.
    words = text.casefold()
    return {place for place, label in labels.items() if label.casefold() in words}
