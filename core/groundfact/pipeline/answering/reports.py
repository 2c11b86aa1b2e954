"""What the façade hands back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.errors import Busy
from groundfact.pipeline.deciding.changes import Change
from groundfact.pipeline.ingest.sync import SourceResult

__all__ = ["Context", "Rebuilt", "SyncReport"]


class Context(NamedTuple):
    """What a copilot receives: the rendered text, its size, and the same as data."""

    text: str
    tokens: int
    data: Mapping[str, Any]


class SyncReport(NamedTuple):
    """What a sync came to, source by source, and which facts are others now."""

    sources: Sequence[SourceResult]
    changes: Sequence[Change]
    links: int
    pending: Busy | None = None
    """Why links and facts were not worked out: the store was locked, or it was asked to stop. The next sync does it."""

    @property
    def ok(self) -> bool:
        """Whether every source was read completely, and what it says is linked and decided."""
        return self.pending is None and all(result.status == "done" for result in self.sources)


class Rebuilt(NamedTuple):
    """What a rebuild came to: the digest of the canonical dump before and after."""

    before: str
    after: str
    entities: int
    alone: bool = True
    """Whether nothing was read or told meanwhile: else the two need not be equal."""
