"""A source-of-truth rule that believes whoever said it first: ids, creation dates, first touch."""

from __future__ import annotations

from collections.abc import Sequence

from groundfact.component import component
from groundfact.model import Claim, Narrowed, Question
from groundfact.model.times import iso, span
from groundfact_plugins.no_options import NoOptions
from groundfact_plugins.wording import rivals, sources

__all__ = ["EARLIEST", "Earliest"]


class Earliest:
    """Believes whoever has said the same for longest.

    A time that is only the latest it can have been may in truth lie earlier: it loses to earlier ones of its kind
    alone. Where an exact time lies before it nobody can tell, and both are kept.
    """

    def __init__(self, options: NoOptions) -> None:
        pass

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims with the earliest change; all of them where none is dated."""
        exact = _earliest(claims, at_latest=False)
        bound = _earliest(claims, at_latest=True)
        wanted = {(bound, True)} if bound is not None else set()
        if exact is not None and (bound is None or exact <= bound):
            wanted.add((exact, False))
        kept = [claim for claim in claims if (claim.changed_at, claim.at_latest) in wanted]
        if not kept or len(kept) == len(claims):
            return Narrowed(claims)
        losers = [claim for claim in claims if (claim.changed_at, claim.at_latest) not in wanted]
        undated = [(claim, "undated") for claim in losers if claim.changed_at is None]
        if not question.explained:
            return Narrowed(kept, "later", apart=undated)
        others = rivals(losers, kept)
        first = min(claim.changed_at for claim in kept if claim.changed_at is not None)
        second = min((claim.changed_at for claim in others if claim.changed_at is not None), default=None)
        if second is None:
            return Narrowed(kept, "later", "only dated claim" if others else "", apart=undated)
        margin = f"by {span(second - first)}"
        flips = f"if {sources(kept)} changes it, since {iso(first)} the same"
        return Narrowed(kept, "later", margin, flips, apart=undated)


def _earliest(claims: Sequence[Claim], *, at_latest: bool) -> int | None:
    dated = [c.changed_at for c in claims if c.changed_at is not None and c.at_latest is at_latest]
    return min(dated, default=None)


EARLIEST = component(
    "earliest",
    "Believe whoever has said the same for longest",
    NoOptions,
    Earliest,
    example="type: earliest",
)
