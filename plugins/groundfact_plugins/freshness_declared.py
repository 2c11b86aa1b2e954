"""The freshness rule `source_declared`: the record itself says until when its value may be relied on."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from groundfact.component import component
from groundfact.model import FactTimes, Lifetime
from groundfact.model.durations import Duration
from groundfact_plugins.freshness_options import Serving, ms

__all__ = ["SOURCE_DECLARED", "SourceDeclared", "SourceDeclaredOptions"]


class SourceDeclaredOptions(Serving):
    """Where the record says it, and what holds where it does not."""

    until: str = Field(
        description="The attribute (a date or time) of the same record that says until when; a date is the last day."
    )
    grace: Duration = Field(timedelta(days=7), description="How much later it is stale; in between it is aging.")
    otherwise: Duration = Field(
        timedelta(days=1), description="How long a value is fresh after it was confirmed whose record does not say."
    )


class SourceDeclared:
    """Fresh until the record says that it is to be looked at again."""

    def __init__(self, options: SourceDeclaredOptions) -> None:
        self._options = options
        self.declared_by = options.until
        self._grace, self._otherwise = ms(options.grace), ms(options.otherwise)

    def lifetime(self, times: FactTimes) -> Lifetime:
        """The declared end, or one counted from the last confirmation."""
        end = times.declared_until
        if end is None:
            start = times.observed_at if times.verified_at is None else times.verified_at
            end = start + self._otherwise
        return self._options.lifetime(end, end + self._grace)


SOURCE_DECLARED = component(
    "source_declared",
    "Fresh until the record itself says",
    SourceDeclaredOptions,
    SourceDeclared,
    example="type: source_declared\nuntil: renewal_date\ngrace: 3d\notherwise: 30d",
)
