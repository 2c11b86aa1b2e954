"""Advice and a check-up: what the memory shows about its sources and its configuration. Nothing is decided by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundfact.errors import UsageError
from groundfact.pipeline.advice.advice import advise
from groundfact.pipeline.advice.known import Audited
from groundfact.pipeline.advice.walk import Progress, public_reader
from groundfact.pipeline.doctor.doctor import examined
from groundfact.store import registry
from groundfact.timing import Timing

__all__ = ["Advising"]


def _quiet(kind: str, done: int) -> None:
    """Tell nobody."""


def _audited(one: Mapping[str, Any]) -> Audited:
    try:
        return Audited(**one)
    except TypeError as error:
        raise UsageError(f"an audited fact cannot be read: {error}", hint="entity, attribute, value and kind") from None


@dataclass
class Advising(Timing):
    """The half of a memory that operators ask about the configuration. It rests on what everybody may see."""

    def advise(self, audit: Sequence[Mapping[str, Any]] = (), *, progress: Progress = _quiet) -> dict[str, Any]:
        """How sources agree, who seems to copy whom, whom to trust, and the rules that would be right more often.

        Known to be right is what stewards corrected and pinned, and `audit`: facts that somebody looked up, each with
        `entity`, `attribute`, `value` and `kind`. Nothing is written, and no winner changes.
        """
        rows = [_audited(one) for one in audit]
        with self.store.reading() as tx:
            workspace = registry.workspace_id(tx, self.config.workspace) or 0
            reader = public_reader(tx, self._plans, self._behind, workspace, self.now())
            return advise(reader, self.config, rows, progress)

    def doctor(self, *, progress: Progress = _quiet) -> Sequence[dict[str, Any]]:
        """What of the configuration should be decided or mended, the gravest first, each with the YAML to write."""
        with self.store.reading() as tx:
            workspace = registry.workspace_id(tx, self.config.workspace) or 0
            reader = public_reader(tx, self._plans, self._behind, workspace, self.now())
            return examined(self.config, self.world, reader, progress)
