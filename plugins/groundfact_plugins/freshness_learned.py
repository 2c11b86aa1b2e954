"""The freshness rule `learned`: an attribute that changes often is soon too old, one that never does is not."""

from __future__ import annotations

from datetime import timedelta
from math import log

from pydantic import Field, model_validator

from groundfact.component import component
from groundfact.model import FactTimes, Lifetime
from groundfact.model.durations import Duration
from groundfact_plugins.freshness_options import Serving, in_order, ms

__all__ = ["LEARNED", "Learned", "LearnedOptions"]


class LearnedOptions(Serving):
    """How much risk is taken that a value has changed since it was confirmed."""

    risk: float = Field(
        0.05, gt=0, lt=1, description="Fresh until the chance that it has changed since it was confirmed is so large."
    )
    stale_risk: float = Field(0.2, gt=0, lt=1, description="Stale when that chance is so large.")
    prior_changes: float = Field(
        1.0, gt=0, description="Judged as if so many more changes had been seen: one that never changed still may."
    )
    prior_watched: Duration = Field(
        timedelta(days=90), description="And as if records had been watched for so much longer.", examples=["90d"]
    )
    at_least: Duration = Field(timedelta(days=1), description="The shortest lifetime.", examples=["1d"])
    at_most: Duration = Field(timedelta(days=365), description="The longest lifetime.", examples=["365d"])
    enough: Duration = Field(
        timedelta(days=365),
        description="Below so much watching, added up over all records, nothing is learnt and `otherwise` holds.",
    )
    otherwise: Duration = Field(
        timedelta(days=7), description="How long a value is fresh before enough was learnt.", examples=["7d"]
    )

    @model_validator(mode="after")
    def _in_order(self) -> LearnedOptions:
        in_order(self.at_least, self.at_most)
        if self.stale_risk < self.risk:
            raise ValueError(f"stale_risk ({self.stale_risk:g}) is smaller than risk ({self.risk:g})")
        return self


class Learned:
    """Fresh until it has likely changed, by `lambda = (prior + changes) / (prior + watched)`."""

    learns = True

    def __init__(self, options: LearnedOptions) -> None:
        self._options = options
        self._fresh = -log(1 - options.risk)
        self._ratio = log(1 - options.stale_risk) / log(1 - options.risk)
        self._least, self._most = ms(options.at_least), ms(options.at_most)

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Counted from the last confirmation."""
        start = times.observed_at if times.verified_at is None else times.verified_at
        life = self._life(times)
        return self._options.lifetime(start + life, start + int(life * self._ratio))

    def _life(self, times: FactTimes) -> int:
        options, learnt = self._options, times.learnt
        if learnt is None or learnt.watched < ms(options.enough):
            return ms(options.otherwise)
        changes, watched = options.prior_changes + learnt.changes, ms(options.prior_watched) + learnt.watched
        return min(max(int(self._fresh * watched / changes), self._least), self._most)


LEARNED = component(
    "learned",
    "Fresh until it has likely changed, by how often such values changed (`groundfact learn-lifetimes`)",
    LearnedOptions,
    Learned,
    example="type: learned\nrisk: 0.05\nstale_risk: 0.2\nat_least: 1d\nat_most: 180d\notherwise: 14d",
)
