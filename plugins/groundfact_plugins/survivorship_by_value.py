"""Source-of-truth rules that look at nothing but the values: length, size, whether there is one, all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from groundfact.component import component
from groundfact.model import Claim, Narrowed, Question
from groundfact_plugins.no_options import NoOptions
from groundfact_plugins.wording import rivals, sources, values

__all__ = [
    "ALL_VALUES",
    "IGNORE_EMPTY",
    "LONGEST",
    "MAX",
    "MIN",
    "SHORTEST",
    "AllValues",
    "Extreme",
    "IgnoreEmpty",
    "Length",
]


class Length:
    """Believes the claim that says the most (`pick=max`) or the least (`pick=min`); "none" loses to any value."""

    def __init__(self, pick: Callable[[Any], int], code: str, beyond: str) -> None:
        self._pick = pick
        self._code = code
        self._beyond = beyond

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with the longest or shortest value, counted in characters."""
        told = [_length(claim.value) for claim in claims if claim.value is not None]
        best = self._pick(told) if told else 0
        kept = [claim for claim in claims if _length(claim.value) == best]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, self._code)
        others = rivals((claim for claim in claims if _length(claim.value) != best), kept)
        if not others:
            return Narrowed(kept, self._code)
        seconds = [_length(claim.value) for claim in others if claim.value is not None]
        return Narrowed(
            kept,
            self._code,
            f"{best} characters to {self._pick(seconds)}" if seconds else "only value",
            f"if {sources(others)} states one {self._beyond} than {best} characters",
        )


def _length(value: Any) -> int:
    return 0 if value is None else len(str(value))


class Extreme:
    """Believes the smallest (`pick=min`) or the largest (`pick=max`) value; "none" loses to any value.

    Numbers come before texts; dates and times are texts that sort by time.
    """

    def __init__(self, pick: Callable[[Any], Any], code: str, beyond: str) -> None:
        self._pick = pick
        self._code = code
        self._beyond = beyond

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with the extreme value; all of them where every one says "none"."""
        ranks = [_rank(claim.value) for claim in claims if claim.value is not None]
        if not ranks:
            return Narrowed(claims)
        best = self._pick(ranks)
        kept = [claim for claim in claims if claim.value is not None and _rank(claim.value) == best]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, self._code)
        losers = [claim for claim in claims if claim.value is None or _rank(claim.value) != best]
        others = rivals(losers, kept)
        if not others:
            return Narrowed(kept, self._code)
        seconds = [_rank(claim.value) for claim in others if claim.value is not None]
        runner_up = self._pick(seconds) if seconds else None
        heirs = [claim for claim in others if claim.value is not None and _rank(claim.value) == runner_up]
        # Spelt by `values`, not from `best`: 1 and 1.0 tie, and the first of them must not show through.
        return Narrowed(
            kept,
            self._code,
            f"{values(kept)} before {values(heirs)}" if heirs else "only value",
            f"if {sources(others)} states one {self._beyond} {values(kept)}",
        )


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, (int, float)) and value == value:
        return 0, value
    return 1, str(value)


class AllValues:
    """Believes everybody: the answer is the set of what is stated."""

    collects = True

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep all claims, as a set."""
        return Narrowed(claims, collect=True)


class IgnoreEmpty:
    """Believes no "none" where anybody states a value."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with a value; all of them where every one says "none"."""
        kept = [claim for claim in claims if claim.value is not None]
        if not kept or len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, "empty")
        empty = [claim for claim in claims if claim.value is None]
        return Narrowed(kept, "empty", flips=f"if only {sources(empty)} states anything")


def _longest(options: NoOptions) -> Length:
    return Length(max, "shorter", "longer")


def _shortest(options: NoOptions) -> Length:
    return Length(min, "longer", "shorter")


def _smallest(options: NoOptions) -> Extreme:
    return Extreme(min, "not_smallest", "smaller than")


def _largest(options: NoOptions) -> Extreme:
    return Extreme(max, "not_largest", "larger than")


LONGEST = component("longest", "Believe the longest value", NoOptions, _longest, example="type: longest")
SHORTEST = component("shortest", "Believe the shortest value", NoOptions, _shortest, example="type: shortest")
MIN = component("min", "Believe the smallest or earliest value", NoOptions, _smallest, example="type: min")
MAX = component("max", "Believe the largest or latest value", NoOptions, _largest, example="type: max")
ALL_VALUES = component(
    "all_values", "Keep every distinct value, as a set", NoOptions, AllValues, example="type: all_values"
)
IGNORE_EMPTY = component(
    "ignore_empty",
    'Believe no "none" where anybody states a value; first in the chain, as `nulls: ignore` puts it',
    NoOptions,
    IgnoreEmpty,
    example="type: ignore_empty",
)
