"""Claims, and what resolution makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

__all__ = ["Claim", "Fact", "Loser", "Narrowed", "Question"]


class Claim(NamedTuple):
    """One source's statement about one attribute of one record version. Times are ms since 1970 UTC."""

    value: Any
    key: Any
    """The value as it is compared: two claims agree when their keys are equal."""
    source: str
    stream: str
    record: str
    changed_at: int | None
    """When this source last changed this attribute (not the record); None where it cannot be known."""
    observed_at: int
    verified_at: int | None
    inferred: bool = False
    """Whether something guessed it; False: the source stated it."""
    at_latest: bool = False
    """`changed_at` is only the latest it can have been: the stamp of the record when it was first seen, or as far back
    as the source's field history shows no change."""
    correction: bool = False
    """Somebody who may set a fact right said so: it is believed before all others."""
    doubtful: bool = False
    """A validator found fault with it: it gives way to any claim that is sound."""
    valid_from: int | None = None
    """True in the world from this instant on, as the record itself says; None: it does not say."""
    valid_to: int | None = None
    """True in the world before this instant (closed-open), as the record itself says; None: it does not say."""
    declared_until: int | None = None
    """Until when the record itself says that the value may be relied on, for `source_declared`."""
    pinned: str = ""
    """What a steward pinned with this claim: `=` a value, else the source or `source/stream/record` that says it."""


class Question(NamedTuple):
    """What is being decided."""

    kind: str
    attribute: str
    type: str
    now: int
    known: Mapping[str, Any] = MappingProxyType({})
    """What is known of the attributes that a rule of the chain `needs`, by name."""
    explained: bool = True
    """Whether anybody will read margins and flips. Where not, a rule may leave them out: making texts costs most."""


class Narrowed(NamedTuple):
    """What a survivorship rule makes of the claims that reached it."""

    kept: Sequence[Claim]
    """The claims that survive, a selection of those given; none at all means "unknown"."""
    code: str = "outranked"
    """Why the others do not, as one word a machine can count: `older`, `not_system_of_record`, …"""
    margin: str = ""
    """By how much, for people: `by 12 d`, `3 votes to 1`."""
    flips: str = ""
    """What would change the outcome, for people."""
    collect: bool = False
    """All kept values are the answer, as a set."""
    apart: Sequence[tuple[Claim, str]] = ()
    """Losers whose code is another than `code`, each with its own."""
    answer: Any = None
    """The value that those kept come to together, where it is not simply theirs: a mean, a union."""


class Loser(NamedTuple):
    """A claim that did not survive, and which rule said so."""

    claim: Claim
    rule: str
    code: str


class Fact(NamedTuple):
    """The surviving claim, the ones it beat and why."""

    attribute: str
    status: Literal["known", "conflict", "unknown"]
    value: Any
    """The value, a list for a set, None for "known to be none" or where the status is not `known`."""
    claims: Sequence[Claim]
    """Known: the winner first, then those that agree. Conflict: one claim for each side first, then the rest."""
    losers: Sequence[Loser] = ()
    rule: str = ""
    """What decided: a rule, `only_claim`, `unanimous`; for a conflict, the last rule that was asked."""
    margin: str = ""
    flips: Sequence[str] = ()
    steward: Claim | None = None
    """The correction or the pin that decided it."""
    contested: Sequence[Claim] = ()
    """What sources say otherwise that they did not say when the steward decided."""
