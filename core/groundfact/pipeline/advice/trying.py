"""Rules that would be right more often, tried on facts that were held out while they were learnt."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any, NamedTuple

from groundfact.pipeline.advice.cases import FOLDS, Case, judgements, right
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.learning import Judged, learnt_trust, vote_weights
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.plugins import Plugins

__all__ = ["LEAST", "LEAST_EACH", "Tried", "Trier"]

LEAST = 50
"""So many facts must be known to be right before anything is learnt,"""
LEAST_EACH = 20
"""and so many of an attribute before a rule for it is suggested."""
_OVERFIT = 0.05
"""How much better a rule may do on what it was learnt from than on what was held out."""
_SIGMAS = 2
Spelt = Sequence[Any]
"""A chain as the YAML has it."""
Trust = Mapping[str, Mapping[str, float]]


class Tried(NamedTuple):
    """What came of an attribute."""

    kind: str
    attribute: str
    known: int
    now: float
    """The share that the rules of now get right."""
    then: float
    """The share of held-out facts that rules learnt from the others get right."""
    seen: float
    """The share that they get right of what they were learnt from."""
    better: int
    worse: int
    survivorship: Spelt
    why_not: str
    """Why it is not suggested; empty: it is."""


class Trier:
    """Learns from cases and tries what was learnt."""

    def __init__(self, plans: Mapping[str, KindPlan], plugins: Plugins, aside: Sequence[Judged]) -> None:
        self._plans, self._offered, self._aside = plans, plugins.survivorship_rules, aside

    def tried(self, cases: Sequence[Case]) -> list[Tried]:
        """Every attribute with enough known facts, by kind and name."""
        by: dict[tuple[str, str], list[Case]] = defaultdict(list)
        for case in cases:
            by[case.kind, case.attribute].append(case)
        if len(cases) < LEAST:
            return []
        held = {fold: self.trust(case for case in cases if case.fold != fold) for fold in range(FOLDS)}
        whole = self.trust(cases)
        return [self._of(own, held, whole) for _, own in sorted(by.items()) if len(own) >= LEAST_EACH]

    def trust(self, cases: Iterable[Case]) -> Trust:
        """Learnt from these cases, and from what stewards set aside."""
        return learnt_trust([*self._aside, *(one for case in cases for one in judgements(case))])

    def _of(self, cases: Sequence[Case], held: Mapping[int, Trust], whole: Trust) -> Tried:
        chain = self._plans[cases[0].kind].chains[cases[0].attribute]
        before = [right(case, chain) for case in cases]
        fitted = {
            fold: self._fitted([case for case in cases if case.fold != fold], held[fold], chain)[1]
            for fold in {case.fold for case in cases}
        }
        after = [right(case, fitted[case.fold]) for case in cases]
        spelt, best = self._fitted(cases, whole, chain)
        seen = mean(right(case, best) for case in cases)
        better = sum(new and not old for old, new in zip(before, after, strict=True))
        worse = sum(old and not new for old, new in zip(before, after, strict=True))
        kind, attribute = cases[0].kind, cases[0].attribute
        numbers = (len(cases), mean(before), mean(after), seen, better, worse)
        return Tried(kind, attribute, *numbers, spelt, _why_not(*numbers[2:]))

    def _fitted(self, cases: Sequence[Case], trust: Trust, chain: Chain) -> tuple[Spelt, Chain]:
        """Of the rules that could be, those that get most of these cases right; of equals the simplest."""
        found = [(spelt, self._built(spelt, chain)) for spelt in self._candidates(cases, trust)]
        if not found:
            return (), chain
        scores = [sum(right(case, built) for case in cases) for _, built in found]
        return found[scores.index(max(scores))]

    def _candidates(self, cases: Sequence[Case], trust: Trust) -> list[Spelt]:
        """The simplest first: nothing learnt, then an order of sources, then votes."""
        found: list[Spelt] = [["most_recent"], ["most_common", "most_recent"]]
        own = {claim.source for case in cases for claim in case.claims}
        learnt = {name: _short(share) for name, share in trust.get(cases[0].place if cases else "", {}).items()}
        learnt = {name: share for name, share in learnt.items() if name in own}
        if learnt:
            found.append([{"type": "trust", "sources": learnt}, "most_recent"])
            weights = vote_weights(learnt, _wrong_values(cases))
            found.append([{"type": "weighted_vote", "weights": dict(weights), "others": 0}, "most_recent"])
        return [spelt for spelt in found if all(_name(one) in self._offered for one in spelt)]

    def _built(self, spelt: Spelt, chain: Chain) -> Chain:
        rules = []
        for one in spelt:
            options = {key: value for key, value in one.items() if key != "type"} if isinstance(one, dict) else {}
            offered = self._offered[_name(one)]
            rules.append((_name(one), offered.build(offered.options.model_validate(options))))
        return Chain.of(rules)._replace(mirrors=chain.mirrors, prefer=chain.prefer, checks=chain.checks)


def _short(share: float) -> float:
    """As people write it: rounded before it is tried, so that what is pasted is what was tried."""
    rounded = round(share, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _name(one: Any) -> str:
    return str(one["type"]) if isinstance(one, dict) else str(one)


def _wrong_values(cases: Sequence[Case]) -> float:
    """How many wrong values go round, on average, where any does."""
    others = [len({claim.key for claim in case.claims} - {case.known.key}) for case in cases]
    return max(1.0, sum(others) / max(1, sum(1 for count in others if count)))


def _why_not(then: float, seen: float, better: int, worse: int) -> str:
    if better <= worse:
        return "the rules of now are as good"
    if better - worse < _SIGMAS * math.sqrt(better + worse):
        return f"{better} better and {worse} worse can be chance: more known facts would tell"
    if seen - then > _OVERFIT:
        return f"learnt by heart: {seen:.0%} of what it was learnt from, {then:.0%} of what was held out"
    return ""
