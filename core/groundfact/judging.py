"""What waits for a steward, and why records are one entity: the reading half of merging and unmerging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundfact.asking import Asking, KnownAt
from groundfact.errors import Denied, UsageError
from groundfact.model import Principal
from groundfact.pipeline.find import find
from groundfact.pipeline.reviewing import linked_by, waiting

__all__ = ["Judging", "steward"]

_MOST_LISTED = 500


def steward(who: Principal | None) -> Principal:
    """Who asks, where they may decide what belongs together. Raises Denied."""
    if who is None:
        raise Denied("nobody is asking, so nothing is decided", hint="name who asks: `principal=` or `--as NAME`")
    if "correct" not in who.may:
        hint = f"grant it: `principals: {{{who.name}: {{may: [correct]}}}}`"
        raise Denied(f"{who.name} may not decide what belongs together", hint=hint)
    return who


@dataclass
class Judging(Asking):
    """The half of a memory that a steward reads before deciding."""

    def review(
        self, *, kind: str = "account", limit: int = 50, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """Entities that look alike and were not merged, the surest first: for a steward to merge, or to leave."""
        steward(self.config.principal(principal))
        if not 1 <= limit <= _MOST_LISTED:
            raise UsageError(f"limit is {limit}", hint=f"between 1 and {_MOST_LISTED}")
        self._known_kind(kind)
        with self.reader(principal) as reader:
            return waiting(reader, kind, limit)

    def why_linked(
        self, account: str, *, principal: str | None = None, kind: str = "account", known_at: KnownAt = None
    ) -> dict[str, Any]:
        """Why the records of an account (or another kind) are one: shared keys, likeness, what people decided."""
        self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            return linked_by(reader, find(reader, kind, account))
