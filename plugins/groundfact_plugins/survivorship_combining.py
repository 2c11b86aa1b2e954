"""Source-of-truth rules whose answer is made of several claims: a mean, a median, a union, an intersection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Literal, NamedTuple

from pydantic import Field, model_validator

from groundfact.component import Options, component
from groundfact.model import Claim, Narrowed, Question
from groundfact.vocabulary import compare_key
from groundfact_plugins.no_options import NoOptions
from groundfact_plugins.wording import shown, sources

__all__ = ["COMBINE", "INTERSECTION", "UNION", "Combine", "CombineOptions", "Intersection", "Union"]


class CombineOptions(Options):
    """Which number stands for several."""

    by: Literal["mean", "median", "weighted"] = Field(
        description="`mean`, `median`, or `weighted`: the mean by the weights of the sources. Each source counts once."
    )
    weights: dict[str, float] = Field(default={}, description="For `weighted`, by source; those not listed count 1.")
    tolerance: float | None = Field(
        None,
        ge=0,
        description="Combine only numbers no further apart than this share of the median (0.1: 10 %); else ask on.",
    )

    @model_validator(mode="after")
    def _weights_where_they_count(self) -> CombineOptions:
        if bool(self.weights) != (self.by == "weighted"):
            raise ValueError("`weights` and `by: weighted` go together")
        if wrong := sorted(name for name, weight in self.weights.items() if not 0 < weight < float("inf")):
            raise ValueError(f"the weight of {', '.join(wrong)} is not above 0")
        return self


class Combine:
    """Answers with one number for all of them, where they lie close enough together."""

    def __init__(self, options: CombineOptions) -> None:
        self._options = options

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep every number, and answer with what they come to."""
        kept = [claim for claim in claims if _is_number(claim.value)]
        if not kept:
            return Narrowed(claims)
        by_source: dict[str, list[float]] = {}
        for claim in kept:
            # One zero and one spelling of each number: 1, 1.0 and -0.0 must not show through.
            by_source.setdefault(claim.source, []).append(float(claim.value) + 0.0)
        # Sorted: the order in which floats are added must not decide.
        each = {name: _mean(sorted(numbers)) for name, numbers in sorted(by_source.items())}
        low, high = min(map(min, by_source.values())), max(map(max, by_source.values()))
        middle = median(sorted(each.values()))
        tolerance = self._options.tolerance
        if tolerance is not None and high - low > tolerance * abs(middle):
            return Narrowed(claims)
        answer = self._answer(each, middle)
        whole = round(answer) if question.type == "integer" else answer
        margin = f"{self._options.by} of {len(each)} sources, from {low:,.12g} to {high:,.12g}"
        return Narrowed(kept, "not_a_number", margin, f"if {sources(kept)} changes it", answer=whole)

    def _answer(self, each: Mapping[str, float], middle: float) -> float:
        if self._options.by == "median":
            return middle
        if self._options.by == "mean":
            return _mean(sorted(each.values()))
        weights = {name: self._options.weights.get(name, 1.0) for name in each}
        return sum(each[name] * weights[name] for name in each) / sum(weights.values())


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


class _Item(NamedTuple):
    key: Any
    value: Any


class Union:
    """Answers with everything that anybody states, item by item where the values are lists."""

    collects = True

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep all claims, as one set of their items."""
        items = [item for claim in claims for item in _items(claim, question)]
        return Narrowed(claims, answer=_ordered(items))


class Intersection:
    """Answers with the items that every source states."""

    collects = True

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep all claims, as the set of the items that they have in common; none where they have none."""
        by_source: dict[str, list[_Item]] = {}
        for claim in claims:
            by_source.setdefault(claim.source, []).extend(_items(claim, question))
        keys = [{item.key for item in items} for items in by_source.values()]
        common = set.intersection(*keys) if keys else set()
        if not common:
            return Narrowed((), "nothing_in_common", f"{len(keys)} sources", "if the sources come to share an item")
        items = [item for owned in by_source.values() for item in owned if item.key in common]
        return Narrowed(claims, margin=f"{len(common)} of {_count(by_source.values())} items", answer=_ordered(items))


def _items(claim: Claim, question: Question) -> list[_Item]:
    if claim.value is None:
        return []
    values = claim.value if isinstance(claim.value, (list, tuple)) else [claim.value]
    type_name = "string" if question.type == "list" else question.type
    return [_Item(compare_key(type_name, value), value) for value in values]


def _ordered(items: Iterable[_Item]) -> list[Any]:
    """Each item once, in one spelling and one order, whatever the order of the claims."""
    spelling: dict[Any, Any] = {}
    for key, value in items:
        if key not in spelling or shown(value) < shown(spelling[key]):
            spelling[key] = value
    return sorted(spelling.values(), key=str)


def _count(groups: Iterable[Sequence[_Item]]) -> int:
    return len({item.key for items in groups for item in items})


COMBINE = component(
    "combine",
    "Answer with the mean, median or weighted mean of numbers",
    CombineOptions,
    Combine,
    example="type: combine\nby: median\ntolerance: 0.1",
)
UNION = component("union", "Keep every item that anybody states, as a set", NoOptions, Union, example="type: union")
INTERSECTION = component(
    "intersection",
    "Keep the items that every source states, as a set",
    NoOptions,
    Intersection,
    example="type: intersection",
)
