"""What waits for a steward, and why records are one entity: the reading half of merging and unmerging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundfact.asking import Asking, KnownAt
from groundfact.errors import Denied, UsageError
from groundfact.model import Principal
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.stewarding.reviewing import linked_by, waiting
from groundfact.pipeline.stewarding.tasks import worklist
from groundfact.pipeline.stewarding.worklist import TASKS, Task

__all__ = ["Judging", "steward"]

_MOST_LISTED = 500


def steward(who: Principal | None) -> Principal:
    """Who asks, where they may decide. Raises Denied."""
    if who is None:
        raise Denied("nobody is asking, so nothing is decided", hint="name who asks: `principal=` or `--as NAME`")
    if "correct" not in who.may:
        hint = f"grant it: `principals: {{{who.name}: {{may: [correct]}}}}`"
        raise Denied(f"{who.name} may not decide what belongs together", hint=hint)
    return who


def _checked(limit: int) -> None:
    if not 1 <= limit <= _MOST_LISTED:
        raise UsageError(f"limit is {limit}", hint=f"between 1 and {_MOST_LISTED}")


@dataclass
class Judging(Asking):
    """The half of a memory that a steward reads before deciding."""

    def review(
        self, *, kind: str = "account", limit: int = 50, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """Entities that look alike and were not merged, the surest first: for a steward to merge, or to leave."""
        steward(self.config.principal(principal))
        _checked(limit)
        self._known_kind(kind)
        with self.reader(principal) as reader:
            return waiting(reader, kind, limit)

    def worklist(
        self, *, kind: str = "account", only: Task | None = None, limit: int = 50, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """What waits for a steward, the worst first, each with the command that would settle it.

        Contested pins and corrections, then conflicts, values too old to be served, records that fit several entities,
        and proposed merges; `only` one of them. From what the steward may see alone.
        """
        steward(self.config.principal(principal))
        if only is not None and only not in TASKS:
            raise UsageError(f"there is no task {only!r}", hint=f"there are: {', '.join(TASKS)}")
        _checked(limit)
        self._known_kind(kind)
        with self.reader(principal) as reader:
            return worklist(reader, kind, TASKS if only is None else [only], limit)

    def why_linked(
        self, account: str, *, principal: str | None = None, kind: str = "account", known_at: KnownAt = None
    ) -> dict[str, Any]:
        """Why the records of an account (or another kind) are one: shared keys, likeness, what people decided."""
        self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            return linked_by(reader, find(reader, kind, account))
