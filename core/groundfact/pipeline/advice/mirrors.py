"""Sources that seem to copy another one. Two that are both right agree as well: what tells are shared mistakes.

Independent sources rarely make the same mistake; who copies makes every one of them (Dong et al. 2009).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from typing import NamedTuple

from groundfact.pipeline.advice.agreement import Agreement, Pair

__all__ = ["Suspicion", "suspicions"]

_SPEAKS = 20
"""Of so many facts two sources must both speak before an attribute says anything about them."""
_ALIKE = 0.95
_MISTAKES = 5
_SHARED = 0.8
"""Of the mistakes of either, the share that both make."""
_TIMES = 10
_AFTER = 0.75
_SPELT = 0.99
_ALWAYS_AFTER = 0.9
_FACTS = 50
_SEVERAL = 3
"""A name alone may well be written alike by everybody."""


class Suspicion(NamedTuple):
    """That a source copies another one in these attributes."""

    copy: str
    origin: str
    attributes: Mapping[str, Collection[str]]
    """By kind."""
    whole: bool
    """Whether these are all the attributes in which the two can be compared."""
    sure: bool
    """Whether mistakes are shared; False: it only looks like it."""
    directed: bool
    """Whether it can be told who copies whom."""
    counts: Pair


def suspicions(found: Agreement, apart: Collection[tuple[str, str]], declared: Collection[tuple[str, str]]) -> list[
    Suspicion
]:  # fmt: skip
    """Every suspicion, the surest first. `apart`: attributes (kind, name) that tell nothing, because records are linked
    by them; `declared`: pairs (copy, origin) of which it is known."""
    by_pair: dict[tuple[str, str], dict[tuple[str, str], Pair]] = defaultdict(dict)
    for (kind, attribute, one, other), pair in found.pairs.items():
        known = (one, other) in declared or (other, one) in declared
        if pair.both >= _SPEAKS and (kind, attribute) not in apart and not known:
            by_pair[one, other][kind, attribute] = pair
    told = [s for sources, pairs in sorted(by_pair.items()) for s in _of_pair(sources, pairs)]
    return sorted(told, key=lambda s: (not s.sure, not s.directed, -s.counts.wrong_alike, s.copy, s.origin))


def _of_pair(sources: tuple[str, str], pairs: Mapping[tuple[str, str], Pair]) -> Iterator[Suspicion]:
    alike = {place: pair for place, pair in pairs.items() if pair.agree >= _ALIKE * pair.both}
    if not alike:
        return
    counts = reduce(Pair.plus, alike.values())
    sure = counts.wrong >= _MISTAKES and counts.wrong_alike >= _SHARED * counts.wrong
    if not sure and not (len(alike) == len(pairs) >= _SEVERAL and _looks_like_it(counts)):
        return
    after = _after(counts)
    attributes: dict[str, list[str]] = defaultdict(list)
    for kind, name in sorted(alike):
        attributes[kind].append(name)
    origin, copy = sources if after is not False else sources[::-1]
    yield Suspicion(copy, origin, attributes, len(alike) == len(pairs), sure, after is not None, counts)


def _looks_like_it(counts: Pair) -> bool:
    """Nobody's mistakes are known, but all is written letter by letter alike, and one is always the later."""
    if counts.both < _FACTS or counts.wrong >= _MISTAKES or counts.spelt < _SPELT * counts.agree:
        return False
    later, dated = _times(counts)
    return dated >= _SPEAKS and max(later, dated - later) >= _ALWAYS_AFTER * dated


def _times(counts: Pair) -> tuple[int, int]:
    """How often the second one is the later, and of how many; by exact times where there are enough."""
    return (counts.later_exact, counts.exact) if counts.exact >= _TIMES else (counts.later, counts.dated)


def _after(counts: Pair) -> bool | None:
    """Whether the second one mostly changes after the first; None where that cannot be told."""
    later, dated = _times(counts)
    if dated < _TIMES or _AFTER * dated > max(later, dated - later):
        return None
    return later > dated - later
