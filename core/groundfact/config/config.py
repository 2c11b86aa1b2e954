"""A loaded configuration: what the rest of groundfact is handed, validated and built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel

from groundfact.component import AnyComponent
from groundfact.config.load import Document
from groundfact.config.mapping import check_streams, mapping_digest, stream_mapping
from groundfact.config.schema import RootConfig, StreamConfig
from groundfact.errors import UnknownName
from groundfact.model import Principal, StreamSpec
from groundfact.plugins import Plugins
from groundfact.protocols import FreshnessRule, Matcher, Policy, RecordMapping, Renderer, SurvivorshipRule
from groundfact.vocabulary import Vocabulary

__all__ = ["Chain", "Config", "SourceSettings"]

Chain = Sequence[tuple[str, SurvivorshipRule]]
"""Rules in the order they are asked, each with its name."""


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
    """Without a complete sync for so long, the source is behind; default three times `every`."""
    streams: Mapping[str, StreamConfig] = field(default_factory=dict)

    def enabled(self, stream: str) -> bool:
        """Whether a stream is to be read."""
        return stream not in self.streams or self.streams[stream].enabled

    def access_to(self, stream: str) -> Sequence[str]:
        """Labels of those who may see a stream's records."""
        own = self.streams[stream].access if stream in self.streams else None
        return self.access if own is None else own


@dataclass(frozen=True)
class Config:
    """Everything the YAML decides, built. Nothing here opens a store or talks to a source."""

    document: Document
    plugins: Plugins
    root: RootConfig
    """The file as it was written, validated."""
    vocabulary: Vocabulary
    matchers: Mapping[str, Sequence[tuple[str, Matcher]]]
    """By kind, for every kind that is decided across sources; none: each record is an entity of its own."""
    chains: Mapping[str, Mapping[str, Chain]]
    """By kind and attribute, for every attribute of the vocabulary."""
    freshness: Mapping[str, Mapping[str, FreshnessRule]]
    """By kind and attribute, for every attribute of the vocabulary."""
    policies: Sequence[Policy]
    principals: Mapping[str, Principal]
    renderer: Renderer
    sources: Mapping[str, SourceSettings]
    digest: str
    """sha256 of what decides results: vocabulary, rule chains, freshness rules, matchers."""

    @property
    def workspace(self) -> str:
        """The name of the memory."""
        return self.root.workspace

    @property
    def path(self) -> Path:
        """The YAML file."""
        return self.document.path

    @property
    def folder(self) -> Path:
        """The YAML's folder: what relative paths in it are relative to."""
        return self.document.path.parent

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return self.folder / Path(self.root.store.path).expanduser()

    @property
    def allow(self) -> Sequence[str]:
        """Hosts that the network guard lets pass."""
        return self.root.network.allow

    def where(self, *path: str | int) -> str:
        """`file:line` of a key: `where("sources", "crm")`."""
        return self.document.where(path)

    def principal(self, name: str | None = None) -> Principal | None:
        """Who asks: by name, else `context: default_principal`; None where nobody is named (which is denied).

        Raises UnknownName for a name that the YAML does not hold.
        """
        name = self.root.context.default_principal if name is None else name
        if name is None:
            return None
        if name not in self.principals:
            # No list of names: who exists is not for everybody who can ask.
            raise UnknownName(f"nobody is called {name!r} here", hint=f"add it under `principals:` in {self.path.name}")
        return self.principals[name]

    def mapping_for(self, source: str, spec: StreamSpec) -> RecordMapping:
        """The mapping of a stream: the connector's defaults, and `streams: NAME: mapping:` over them.

        Raises ConfigError with the line of the YAML that is wrong.
        """
        return stream_mapping(self, self.sources[source], spec)

    def mapping_digest(self, source: str, spec: StreamSpec) -> str:
        """Changes when the stream's records would be read differently."""
        return mapping_digest(self, self.sources[source], spec)

    def check_streams(self, source: str, specs: Sequence[StreamSpec]) -> None:
        """Raise ConfigError for a stream that the YAML sets but the connector does not have."""
        check_streams(self, self.sources[source], specs)
