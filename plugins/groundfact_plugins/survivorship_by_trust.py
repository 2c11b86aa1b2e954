"""Source-of-truth rules that weigh sources: the trust in who says it now, and votes that do not all count the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any, Literal, NamedTuple

from pydantic import Field, model_validator

from groundfact.component import Options, component
from groundfact.model import Claim, Narrowed, Question
from groundfact.model.durations import Duration
from groundfact_plugins.wearing_off import Curve, crossings
from groundfact_plugins.wording import rivals, sources, values

__all__ = ["TRUST", "WEIGHTED_VOTE", "Trust", "TrustOptions", "Trusted", "VoteOptions", "WeightedVote"]

_MS = 1000
_MOST_COMPARED = 50
"""Of how many claims the trust is followed into the future: those trusted most now."""


class Trusted(Options):
    """How far a source is trusted, and how that wears off."""

    trust: float = Field(ge=0, le=100, description="When it has just changed the value (or confirmed it).")
    least: float = Field(0, ge=0, le=100, description="What is left of it once it has worn off.")
    decay: Duration | None = Field(None, description="How long that takes; without it trust does not wear off.")

    @model_validator(mode="after")
    def _in_order(self) -> Trusted:
        if self.least > self.trust:
            raise ValueError(f"least ({self.least:g}) is more than trust ({self.trust:g})")
        return self


class TrustOptions(Options):
    """Whom to trust how far in this attribute."""

    sources: dict[str, float | Trusted] = Field(
        min_length=1,
        description="By source: a number from 0 to 100, or `{trust, least, decay}`.",
        examples=[{"crm": {"trust": 90, "least": 30, "decay": "180d"}, "hubspot": 60}],
    )
    others: float = Field(0, ge=0, le=100, description="The trust in sources that are not listed.")
    curve: Literal["linear", "early", "late"] = Field(
        "linear", description="How trust wears off: evenly, mostly at the beginning, or mostly at the end."
    )
    since: Literal["changed", "verified"] = Field(
        "changed", description="Count from when the source changed the value, or from when it last confirmed it."
    )
    at_least: float = Field(0, ge=0, le=100, description="Who is trusted less is not believed, even if undisputed.")

    @model_validator(mode="after")
    def _in_range(self) -> TrustOptions:
        wrong = sorted(name for name, t in self.sources.items() if not isinstance(t, Trusted) and not 0 <= t <= 100)
        if wrong:
            raise ValueError(f"the trust in {', '.join(wrong)} is not between 0 and 100")
        return self


class _Wear(NamedTuple):
    trust: float
    least: float
    decay: int


class Trust:
    """Believes the source that is trusted most in this attribute, as far as its statement has not worn off."""

    def __init__(self, options: TrustOptions) -> None:
        self._wear = {name: _wear(trusted) for name, trusted in options.sources.items()}
        self._others = _Wear(options.others, options.others, 0)
        self._shape = options.curve
        self._changed = options.since == "changed"
        self._at_least = options.at_least
        self.demands = options.at_least > 0

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with the highest trust; none where even that is too little."""
        scores = [self.score(claim, question.now) for claim in claims]
        best = max(scores, default=0.0)
        if best < self._at_least:
            return Narrowed(
                (),
                "too_little_trust",
                f"trust {best:.0f}, {self._at_least:.0f} needed",
                f"if a source trusted {self._at_least:.0f} or more states it",
            )
        kept = [claim for claim, score in zip(claims, scores, strict=True) if score == best]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, "less_trusted")
        others = rivals([claim for claim, score in zip(claims, scores, strict=True) if score != best], kept)
        if not others:
            return Narrowed(kept, "less_trusted")
        second = max(self.score(claim, question.now) for claim in others)
        flips = f"if {sources(kept)} changes it, or the trust in it falls below {second:.1f}"
        return Narrowed(kept, "less_trusted", f"trust {best:.1f} before {second:.1f}", flips)

    def score(self, claim: Claim, now: int) -> float:
        """The trust in a claim at `now`; where its clock is not known, it counts from when it was first seen."""
        return self._curve(claim).at(now)

    def _curve(self, claim: Claim) -> Curve:
        wear = self._wear.get(claim.source, self._others)
        clock = claim.changed_at if self._changed else claim.verified_at
        return Curve(*wear, claim.observed_at if clock is None else clock, self._shape)

    def turns(self, claims: Sequence[Claim], question: Question) -> Sequence[tuple[int, str]]:
        """When the trust in one claim comes to lie below that in another, or below what is demanded."""
        curves: dict[Curve, list[Claim]] = {}
        for claim in sorted(claims, key=lambda claim: claim.source):
            curves.setdefault(self._curve(claim), []).append(claim)
        ranked = sorted(curves, key=lambda curve: (-curve.at(question.now), curve))
        first = ranked[:_MOST_COMPARED]
        found: list[tuple[int, str]] = []
        # Who overtakes the first is what turns next, however little it is trusted now.
        for one, other in (*permutations(first, 2), *((ranked[0], late) for late in ranked[_MOST_COMPARED:])):
            said = {claim.key for claim in (*curves[one], *curves[other])}
            if len(said) > 1 and one.at(question.now) >= other.at(question.now):
                because = f"{curves[one][0].source} decays below {curves[other][0].source}"
                found += [(at, because) for at in crossings(one, other, question.now)]
        needed = Curve(self._at_least, self._at_least, 0, 0, self._shape)
        for one in first if self.demands else ():
            because = f"the trust in {curves[one][0].source} falls below {self._at_least:g}"
            found += [(at, because) for at in crossings(one, needed, question.now)]
        return found


def _wear(trusted: float | Trusted) -> _Wear:
    if not isinstance(trusted, Trusted):
        return _Wear(trusted, trusted, 0)
    decay = int(trusted.decay.total_seconds() * _MS) if trusted.decay is not None else 0
    return _Wear(trusted.trust, trusted.least, decay)


class VoteOptions(Options):
    """How much each source's vote counts."""

    weights: dict[str, float] = Field(
        min_length=1, description="By source; 0 takes its vote away.", examples=[{"crm": 2.5, "hubspot": 1}]
    )
    others: float = Field(1, ge=0, description="The weight of sources that are not listed.")

    @model_validator(mode="after")
    def _no_negative(self) -> VoteOptions:
        if wrong := sorted(name for name, weight in self.weights.items() if not 0 <= weight < float("inf")):
            raise ValueError(f"the weight of {', '.join(wrong)} is negative or endless")
        return self


class WeightedVote:
    """Believes the value with the most weight behind it; two records of one source are one vote for one value."""

    def __init__(self, options: VoteOptions) -> None:
        self._weights = options.weights
        self._others = options.others

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims whose value has the most weight."""
        voters: dict[Any, set[str]] = {}
        for claim in claims:
            voters.setdefault(claim.key, set()).add(claim.source)
        # Sorted and rounded: the order in which floats are added must not decide.
        votes = {key: round(sum(sorted(map(self._weight, names))), 9) for key, names in voters.items()}
        most = max(votes.values(), default=0.0)
        kept = [claim for claim in claims if votes[claim.key] == most]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, "less_weight")
        second = max(weight for weight in votes.values() if weight != most)
        runners_up = [claim for claim in claims if votes[claim.key] == second]
        share = most / sum(sorted(votes.values()))
        margin = f"weight {most:.2f} to {second:.2f}, {share:.0%} of all"
        return Narrowed(kept, "less_weight", margin, f"if {values(runners_up)} gains more than {most - second:.2f}")

    def _weight(self, source: str) -> float:
        return self._weights.get(source, self._others)


TRUST = component(
    "trust",
    "Believe the source that is trusted most in this attribute, as far as that has not worn off",
    TrustOptions,
    Trust,
    example="type: trust\nsources:\n  crm: {trust: 90, least: 30, decay: 180d}\n  hubspot: 60\ncurve: late",
)
WEIGHTED_VOTE = component(
    "weighted_vote",
    "Believe the value with the most weight of sources behind it",
    VoteOptions,
    WeightedVote,
    example="type: weighted_vote\nweights: {crm: 2.5, hubspot: 1}",
)
