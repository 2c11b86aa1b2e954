"""`similar`: records whose names look alike, with something else that agrees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from groundfact.component import Options, component
from groundfact.model import Bounds, Likeness
from groundfact_plugins.guarding import KeyPart, Parts, Watch, as_part, first_text
from groundfact_plugins.normalising import core_name

__all__ = ["SIMILAR", "Similar", "SimilarOptions"]

_LEAST_SHARED = 5
"""Letters that two names must share before the rest may be missing in one: `DSM` says too little."""
_LEAST_WORD = 4
_END = 5
_DIGITS = re.compile(r"\d+")


class DifferPart(KeyPart):
    """An attribute that must not differ."""

    alike: float | None = Field(
        None,
        ge=0.5,
        le=1,
        description="How alike two values are that do not count as different, where their numbers are the same.",
    )


_Differs = list[Annotated[DifferPart, BeforeValidator(as_part, json_schema_input_type=str | DifferPart)]]


class SimilarOptions(Options):
    """What is compared, and what follows from it."""

    name: str = Field("name", description="The attribute whose spelling is compared.")
    agree: Parts = Field(
        description="Attributes of which one must agree before records merge by themselves; `[]`: the name is enough.",
    )
    differ: _Differs = Field(
        default=[], description="Attributes of which none may differ: where both sides say it, it must be equal."
    )
    apart: Parts = Field(
        default=[], description="Attributes by which a list tells its own records apart, as for `compound_key`."
    )
    digits: int | None = Field(
        None, ge=5, le=15, description="How many digits of a phone number count, from its end; else all."
    )
    propose_at: float = Field(0.75, ge=0.5, le=1, description="From this score on, a person is asked.")
    merge_at: float | None = Field(
        None, ge=0.5, le=1, description="From this score on, records merge by themselves; left out: never."
    )
    crowd: int = Field(
        50, ge=2, le=1_000, description="A name or value that more different records share is not compared."
    )
    largest: int = Field(100, ge=2, description="How many records likeness may bring together in one entity.")
    chain: int = Field(3, ge=1, le=10, description="How many likenesses may lie between two records of an entity.")

    @model_validator(mode="after")
    def _in_order(self) -> SimilarOptions:
        if self.merge_at is not None and self.merge_at < self.propose_at:
            raise ValueError(f"merge_at ({self.merge_at}) lies below propose_at ({self.propose_at})")
        return self


class Similar:
    """Compares names without legal forms, word order and typos; never by itself a key."""

    def __init__(self, options: SimilarOptions) -> None:
        self._name = options.name
        self._agree = [part.attribute for part in options.agree]
        self._differ = [(part.attribute, part.alike) for part in options.differ]
        parts: list[KeyPart] = [*options.agree, *options.differ]
        self._parts = [(part.attribute, part.normaliser(options.digits)) for part in parts]
        # Values that only have to be alike have no one form in which clusters could be compared.
        watch = Watch([part for part in options.differ if part.alike is None], options.apart, options.digits)
        self.space, self.guard, self.says = "", watch.guard, watch.says
        self._watched = watch.attributes
        self.bounds = Bounds(options.propose_at, options.merge_at, options.crowd, options.largest, options.chain)

    @property
    def attributes(self) -> Sequence[str]:
        """The name, and what agrees or differs beside it."""
        return (self._name, *dict.fromkeys((*self._agree, *(at for at, _ in self._differ), *self._watched)))

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """None: what looks alike is not the same by that."""
        return ()

    def profile(self, attributes: Mapping[str, Any]) -> Sequence[str] | None:
        """The name and the other values, each in its one form; nothing without a name."""
        name = core_name(first_text(attributes.get(self._name)))
        if not name:
            return None
        return (name, *(form(text) if (text := first_text(attributes.get(at))) else "" for at, form in self._parts))

    def blocks(self, profile: Sequence[str]) -> Sequence[str]:
        """The whole name in any word order, and each value that may agree; without those, the words and the ends."""
        name = profile[0]
        words = name.split()
        found = ["n=" + "".join(sorted(words))]
        found += [f"{at}={value}" for at, value in zip(self._agree, profile[1:], strict=False) if value]
        if not self._agree:
            joined = "".join(words)
            found += [f"b={joined[:_END]}", f"e={joined[-_END:]}"]
            found += [f"w={word}" for word in dict.fromkeys(words) if len(word) >= _LEAST_WORD]
        return found

    def score(self, one: Sequence[str], other: Sequence[str]) -> Likeness:
        """How alike the names are, and whether anything else agrees or contradicts."""
        score = _alike(*sorted((one[0], other[0])))
        evidence = [f"{self._name} {score:.2f}"]
        end = 1 + len(self._agree)
        told = {at: one[i] == other[i] for i, at in enumerate(self._agree, 1) if one[i] and other[i]}
        evidence += [f"{at} {'agrees' if equal else 'differs'}" for at, equal in told.items()]
        against = [
            at
            for (at, alike), a, b in zip(self._differ, one[end:], other[end:], strict=True)
            if a and b and a != b and not (alike and _same_but_for_typos(a, b, alike))
        ]
        evidence += [f"{at} differs" for at in against]
        return Likeness(score, False if against else self._agreement(told), tuple(evidence))

    def _agreement(self, told: Mapping[str, bool]) -> bool | None:
        if not self._agree or any(told.values()):
            return True
        return False if told else None


def _same_but_for_typos(one: str, other: str, alike: float) -> bool:
    """Whether two values are one, misspelt: no number of theirs differs."""
    from rapidfuzz import fuzz

    if _DIGITS.findall(one) != _DIGITS.findall(other):
        return False
    return fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")) >= alike * 100


@lru_cache(maxsize=262_144)
def _alike(one: str, other: str) -> float:
    """The better of two ways: the same letters but for typos, or the same words but for some that one leaves out."""
    if one == other:
        return 1.0
    from rapidfuzz import fuzz

    score = fuzz.ratio(one.replace(" ", ""), other.replace(" ", ""))
    shared = set(one.split()) & set(other.split())
    if sum(map(len, shared)) >= _LEAST_SHARED:
        score = max(score, fuzz.token_set_ratio(one, other))
    return round(score / 100, 3)


SIMILAR = component(
    "similar",
    "Names that look alike, where something else agrees: proposes, and merges if it is told to",
    SimilarOptions,
    Similar,
    example="type: similar\nagree: [street, phone]\npropose_at: 0.75\nmerge_at: 0.9",
)
