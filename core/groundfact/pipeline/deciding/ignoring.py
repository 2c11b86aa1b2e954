"""Values that a steward has set aside: a source said them, and they do not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.model import Claim, Loser, Target
from groundfact.pipeline.deciding.claims import MARKS, RecordClaims, is_of
from groundfact.vocabulary import compare_key

__all__ = ["IGNORED", "heard", "ignores_of", "sets_aside", "spoken"]

IGNORED = "ignored"
"""The code of what lost because it was set aside."""
_RULE = "ignore"
Ignore = Mapping[str, Any]
"""`attribute`, `value`, and `of`: the source or the record that says it."""


def ignores_of(attribute: str, records: Sequence[RecordClaims]) -> list[Ignore]:
    """What is set aside of an attribute."""
    found = [r.attributes[MARKS].get("ignore") for r in records if MARKS in r.attributes]
    return [ignore for ignore in found if ignore is not None and ignore["attribute"] == attribute]


def spoken(records: Sequence[RecordClaims]) -> list[RecordClaims]:
    """The records that state something, without those that only set something aside."""
    return [r for r in records if "ignore" not in r.attributes.get(MARKS, {})]


def heard(claims: Sequence[Claim], ignores: Sequence[Ignore], type_name: str) -> tuple[list[Claim], list[Loser]]:
    """The claims that count, and those that are set aside."""
    kept: list[Claim] = []
    dropped: list[Loser] = []
    for claim in claims:
        if any(sets_aside(ignore, claim, type_name) for ignore in ignores):
            dropped.append(Loser(claim, _RULE, IGNORED))
        else:
            kept.append(claim)
    return kept, dropped


def sets_aside(ignore: Ignore, claim: Claim, type_name: str) -> bool:
    """Whether a claim is one of those: as long as its source says that very value, and never a steward's own word."""
    if claim.correction or claim.pinned or not is_of(ignore["of"], claim.source, claim.stream, claim.record):
        return False
    wanted = compare_key(type_name, ignore["value"])
    if isinstance(claim.value, Target):
        return wanted == claim.value.id or ignore.get("said") == claim.value.said
    return bool(claim.key == wanted)
