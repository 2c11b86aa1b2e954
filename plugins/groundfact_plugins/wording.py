"""How claims are named in margins and flips: bounded, quoted, and the same whatever their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from groundfact.model import Claim

__all__ = ["rivals", "shown", "sources", "values"]

_LONGEST = 48
_MOST = 3


def shown(value: Any) -> str:
    """A value as a short literal; control characters cannot get out of it."""
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…")
    text = "none" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def sources(claims: Iterable[Claim]) -> str:
    """The names of the sources behind claims: `crm or hubspot`."""
    return _joined(sorted({claim.source for claim in claims}))


def values(claims: Iterable[Claim]) -> str:
    """The distinct values of claims, each in one spelling: `'Retail' or 'Trade'`."""
    spelling: dict[Any, str] = {}
    for claim in claims:
        text = shown(claim.value)
        spelling[claim.key] = min(text, spelling.get(claim.key, text))
    return _joined(sorted(spelling.values()))


def rivals(losers: Iterable[Claim], kept: Iterable[Claim]) -> Sequence[Claim]:
    """The losers that say something else than what was kept: those that agree would flip nothing."""
    said = {claim.key for claim in kept}
    return [claim for claim in losers if claim.key not in said]


def _joined(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return " or ".join(names) if more <= 0 else " or ".join((*names[:_MOST], f"{more} more"))
