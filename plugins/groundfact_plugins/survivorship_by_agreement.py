"""Source-of-truth rules that ask for agreement, and rather know nothing than believe one side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from groundfact.component import Options, component
from groundfact.model import Claim, Narrowed, Question
from groundfact_plugins.no_options import NoOptions
from groundfact_plugins.wording import sources, values

__all__ = ["QUORUM", "UNANIMOUS", "Quorum", "QuorumOptions", "Unanimous"]


class Unanimous:
    """Believes what nobody disputes; where two differ, the answer is unknown."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep all claims where they agree, else none."""
        said = {claim.key for claim in claims}
        if len(said) <= 1:
            return Narrowed(claims)
        margin = f"{len(said)} values"
        return Narrowed((), "not_unanimous", margin, f"if all agree on {values(claims)}")


class QuorumOptions(Options):
    """How many have to agree: a number of sources or a share of those that speak."""

    sources: int | None = Field(None, ge=2, description="At least so many sources state the same.")
    share: float | None = Field(
        None, gt=0.5, le=1, description="At least this share of the sources that speak state the same; over one half."
    )
    otherwise: Literal["unknown", "next"] = Field(
        "unknown", description="Where too few agree: the answer is unknown, or the next rule is asked."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> QuorumOptions:
        if (self.sources is None) == (self.share is None):
            raise ValueError("set either `sources` or `share`")
        return self


class Quorum:
    """Believes the value that most sources state, where they are enough; two records of one source are one voice."""

    def __init__(self, options: QuorumOptions) -> None:
        self._sources, self._share = options.sources, options.share
        self._unknown = options.otherwise == "unknown"
        # A single source agrees with itself: it has to be asked about all the same.
        self.demands = self._unknown and options.sources is not None

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims of the value with the most voices, if they reach the quorum."""
        voters: dict[Any, set[str]] = {}
        for claim in claims:
            voters.setdefault(claim.key, set()).add(claim.source)
        everybody = {claim.source for claim in claims}
        most = max((len(names) for names in voters.values()), default=0)
        needed = self._sources if self._sources is not None else (self._share or 1) * len(everybody)
        margin = f"{most} of {len(everybody)} sources, {needed:g} needed"
        if most < needed:
            if not self._unknown:
                return Narrowed(claims)
            return Narrowed((), "no_quorum", margin, f"if enough sources agree on {values(claims)}")
        kept = [claim for claim in claims if len(voters[claim.key]) == most]
        if len(kept) == len(claims):
            return Narrowed(claims)
        return Narrowed(kept, "fewer_votes", margin, f"if {sources(kept)} states something else")


UNANIMOUS = component(
    "unanimous", "Believe only what nobody disputes, else unknown", NoOptions, Unanimous, example="type: unanimous"
)
QUORUM = component(
    "quorum",
    "Believe the value that most sources state, where they are enough",
    QuorumOptions,
    Quorum,
    example="type: quorum\nsources: 2\notherwise: unknown",
)
