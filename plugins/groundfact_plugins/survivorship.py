"""Source-of-truth rules that look at who says it, how recently, and how many agree.

Each narrows claims without looking at their order and keeps every claim that ties, so that a disagreement
which a rule cannot settle reaches the next rule, or the answer, as what it is: a conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, field_validator

from groundfact.component import Options, component
from groundfact.model import Claim, Narrowed, Question
from groundfact.model.times import iso, span
from groundfact_plugins.no_options import NoOptions
from groundfact_plugins.wording import rivals, sources, values

__all__ = [
    "MOST_COMMON",
    "MOST_RECENT",
    "SYSTEM_OF_RECORD",
    "MostCommon",
    "MostRecent",
    "SystemOfRecord",
    "SystemOfRecordOptions",
]


class SystemOfRecordOptions(Options):
    """Which sources to believe, the best first."""

    sources: list[str] = Field(
        min_length=1,
        description="Names of sources; one that is not listed is believed only where no listed one speaks.",
        examples=[["crm", "hubspot"]],
    )

    @field_validator("sources")
    @classmethod
    def _no_source_twice(cls, names: list[str]) -> list[str]:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"lists {', '.join(twice)} twice: a source has one rank")
        return names


class SystemOfRecord:
    """Believes the first source of the list that says anything."""

    def __init__(self, options: SystemOfRecordOptions) -> None:
        self._sources = options.sources
        self._rank = {name: rank for rank, name in enumerate(options.sources)}

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims of the best-ranked source; all of them where no listed source has one."""
        unlisted, rank = len(self._sources), self._rank
        best = unlisted
        for claim in claims:
            best = min(best, rank.get(claim.source, unlisted))
        if best == unlisted:
            return Narrowed(claims)
        name = self._sources[best]
        kept = [claim for claim in claims if claim.source == name]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, "not_system_of_record")
        losers = [claim for claim in claims if claim.source != name]
        after = min(self._rank.get(claim.source, unlisted) for claim in losers)
        heirs = [claim for claim in losers if self._rank.get(claim.source, unlisted) == after]
        return Narrowed(
            kept,
            "not_system_of_record",
            f"ranked {best + 1} before {after + 1 if after < unlisted else 'unlisted'}",
            _succession(name, rivals(heirs, kept)),
        )


def _succession(name: str, heirs: Sequence[Claim]) -> str:
    if not heirs:
        return f"if {name} changes it"
    return f"if {name} changes it, or no longer states it: then {sources(heirs)}'s {values(heirs)} wins"


class MostRecent:
    """Believes whoever changed this attribute last; an edit elsewhere in the record counts for nothing.

    A time that is only the latest it can have been (the record's stamp at first sight) is compared with others of
    its kind, but never beats an exact one: where it lies later, nobody can tell, and both are kept.
    """

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with the latest change; all of them where none is dated."""
        exact, bound = _latest(claims)
        if exact is not None and bound is not None and bound < exact:
            bound = None
        kept: list[Claim] = []
        losers: list[Claim] = []
        for claim in claims:
            wanted = bound if claim.at_latest else exact
            (losers if wanted is None or claim.changed_at != wanted else kept).append(claim)
        if not kept or not losers:
            return Narrowed(claims)
        undated = [(claim, "undated") for claim in losers if claim.changed_at is None]
        if not question.explained:
            return Narrowed(kept, "older", apart=undated)
        others = rivals(losers, kept)
        newest = max(claim.changed_at for claim in kept if claim.changed_at is not None)
        if not others:
            return Narrowed(kept, "older", apart=undated)
        next_best = max((claim.changed_at for claim in others if claim.changed_at is not None), default=None)
        margin = "only dated claim" if next_best is None else f"by {span(newest - next_best)}"
        if exact is None and next_best is not None:
            margin += ", going by when the records changed"
        flips = f"if {sources(others)} changes it after {iso(newest)}"
        return Narrowed(kept, "older", margin, flips, apart=undated)


def _latest(claims: Sequence[Claim]) -> tuple[int | None, int | None]:
    """The latest exact time, and the latest of those that are only the latest it can have been."""
    exact = bound = None
    for claim in claims:
        at = claim.changed_at
        if at is None:
            continue
        if claim.at_latest:
            bound = at if bound is None or at > bound else bound
        else:
            exact = at if exact is None or at > exact else exact
    return exact, bound


class MostCommon:
    """Believes the value that most sources state; two records of one source are one vote."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims whose value has the most votes."""
        votes: dict[Any, int] = {}
        for key, _ in {(claim.key, claim.source) for claim in claims}:
            votes[key] = votes.get(key, 0) + 1
        most = max(votes.values(), default=0)
        kept = [claim for claim in claims if votes[claim.key] == most]
        if len(kept) == len(claims):
            return Narrowed(claims)
        if not question.explained:
            return Narrowed(kept, "fewer_votes")
        second = max(count for count in votes.values() if count != most)
        runners_up = [claim for claim in claims if votes[claim.key] == second]
        return Narrowed(
            kept,
            "fewer_votes",
            f"{most} votes to {second}",
            f"if {most - second + 1} more sources state {values(runners_up)}",
        )


SYSTEM_OF_RECORD = component(
    "system_of_record",
    "Believe the first source of a list that says anything",
    SystemOfRecordOptions,
    SystemOfRecord,
    example="type: system_of_record\nsources: [crm, hubspot]",
)
MOST_RECENT = component(
    "most_recent",
    "Believe whoever changed this attribute last",
    NoOptions,
    MostRecent,
    example="type: most_recent",
)
MOST_COMMON = component(
    "most_common",
    "Believe the value that most sources state",
    NoOptions,
    MostCommon,
    example="type: most_common",
)
