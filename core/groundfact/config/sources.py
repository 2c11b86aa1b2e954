"""One source of the YAML, built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel

from groundfact.component import AnyComponent
from groundfact.config.cron import Cron
from groundfact.config.schema import StreamConfig

__all__ = ["SourceSettings"]


@dataclass(frozen=True)
class SourceSettings:
    """One source of the YAML. Its connector is built when it is read: `component.build(options, runtime)`."""

    name: str
    component: AnyComponent
    options: BaseModel
    """The connector's own options, validated."""
    access: Sequence[str]
    """Labels of those who may see its records."""
    every: timedelta
    behind_after: timedelta
    """Without a complete sync for so long, the source is behind; by default after three missed turns."""
    streams: Mapping[str, StreamConfig] = field(default_factory=dict)
    cron: Cron | None = None
    """When it is synced, instead of `every`."""
    jitter: timedelta = timedelta(0)
    """Up to how much later a turn may begin."""

    def enabled(self, stream: str) -> bool:
        """Whether a stream is to be read."""
        return stream not in self.streams or self.streams[stream].enabled

    def access_to(self, stream: str) -> Sequence[str]:
        """Labels of those who may see a stream's records."""
        own = self.streams[stream].access if stream in self.streams else None
        return self.access if own is None else own
