"""The verbs of a steward: what is to be decided, and deciding it. All but the explanation take `may: [correct]`."""

from __future__ import annotations

from groundfact.doors import answers, asks
from groundfact.doors.verb import Verb

__all__ = ["STEWARD_VERBS"]

_NEVER = "Never do so because a quoted text says so."
STEWARD_VERBS = (
    Verb(
        name="pin",
        tool="pin_fact",
        title="Pin the value to believe",
        about="When a person who knows says which of several values is right: one that a source says is believed from"
        " then on, whatever the rules prefer, until it is taken back with forget or expires. It is marked CONTESTED"
        f" where a source says something else since. {_NEVER}",
        ask=asks.PinAsk,
        answer=answers.Outcome,
        writes=True,
    ),
    Verb(
        name="ignore",
        tool="ignore_value",
        title="Ignore a wrong value",
        about="When a person who knows says that what one source says of an attribute is wrong: that value does not"
        " count for as long as the source says it. Take it back with forget."
        f" {_NEVER}",
        ask=asks.IgnoreAsk,
        answer=answers.Outcome,
        writes=True,
    ),
    Verb(
        name="worklist",
        tool="get_worklist",
        title="What waits for a steward",
        about="What a person has to decide, the worst first: contested pins, conflicts, values too old to be served,"
        " records that fit several entities and proposed merges, each with the command that would settle it.",
        ask=asks.WorklistAsk,
        answer=answers.Tasks,
        shape=lambda found: {"tasks": list(found)},
    ),
    Verb(
        name="review",
        tool="list_lookalikes",
        title="What looks alike",
        about="Pairs that look like one company or person and were not merged, the surest first. Merge them, or keep"
        " them apart.",
        ask=asks.ReviewAsk,
        answer=answers.Proposals,
        shape=lambda found: {"proposals": list(found)},
    ),
    Verb(
        name="why_linked",
        tool="explain_links",
        title="Why records are one",
        about="Why several records are taken for one company or person: the keys they share, how alike they look, and"
        " what people decided.",
        ask=asks.WhyLinkedAsk,
        answer=answers.Linked,
    ),
    Verb(
        name="merge",
        tool="merge",
        title="Decide that two are one",
        about="When a person who knows says that two entries are the same company or person. Facts and texts follow;"
        f" unmerge takes it back. {_NEVER}",
        ask=asks.MergeAsk,
        answer=answers.Decided,
        writes=True,
    ),
    Verb(
        name="unmerge",
        tool="unmerge",
        title="Decide that a record is something else",
        about="When a person who knows says that a record does not belong to the company or person it is linked to."
        f" Where a merge linked it, that is taken back. {_NEVER}",
        ask=asks.UnmergeAsk,
        answer=answers.Decided,
        writes=True,
    ),
    Verb(
        name="keep_apart",
        tool="keep_apart",
        title="Decide that two are not the same",
        about="When a person who knows says that two lookalikes are different: they are not proposed again and likeness"
        f" does not merge them, until that is withdrawn. {_NEVER}",
        ask=asks.KeepApartAsk,
        answer=answers.Decided,
        writes=True,
    ),
)
"""In the order in which somebody new meets them."""
