"""Why a claim lost, one word each: the closed list that `why` answers with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["OUTRANKED", "REASONS", "reason_of"]

OUTRANKED = "outranked"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "corrected": "somebody who may set facts right corrected it",
        "pinned_over": "a steward pinned another value",
        "ignored": "a steward decided that this value of this source does not count",
        "inferred": "something only inferred it, and somebody states another value",
        "invalid": "a validator dropped it",
        "doubtful": "a validator found fault with it, and a sound claim was left",
        "mirror": "its source copies another one that speaks itself",
        "ended": "its own record says that it is no longer true",
        "not_yet": "its own record says that it is not true yet",
        "target_not_known": "it refers to something that is not (yet) known",
        "names_itself": "it refers to the very thing that it is said of",
        "other_record": "another record supplies the whole group of attributes",
        "not_preferred": "the rules left several values, and it is not the latest",
        "not_system_of_record": "a source that ranks higher says something else",
        "older": "another source changed its value later",
        "later": "another source had its value earlier",
        "undated": "nobody knows when it was changed, and another claim has a date",
        "less_trusted": "its source is trusted less, or its trust has worn off further",
        "too_little_trust": "nobody is trusted as much as the rule demands",
        "fewer_votes": "fewer sources say so",
        "less_weight": "the sources that say so have less weight",
        "no_quorum": "too few sources agree on any value",
        "not_unanimous": "the sources do not all agree",
        "empty": "it says that there is none, and another claim has a value",
        "shorter": "another value is longer",
        "longer": "another value is shorter",
        "not_smallest": "another value is smaller or earlier",
        "not_largest": "another value is larger or later",
        "not_a_number": "it is no number, and numbers were asked for",
        "nothing_in_common": "the sources have no item in common",
        OUTRANKED: "a rule of a plugin preferred another claim; `detail` holds its own word",
    }
)
"""Every code, and what it means."""


def reason_of(code: str) -> dict[str, str]:
    """The one reason of a loser; the word of a plugin's rule that is not on the list stands beside it."""
    return {"reason": code} if code in REASONS else {"reason": OUTRANKED, "detail": code}
