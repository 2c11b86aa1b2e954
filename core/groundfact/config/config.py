"""A loaded configuration: what the rest of groundfact is handed, validated and built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundfact.config.deciding import Deciding
from groundfact.config.load import Document
from groundfact.config.mapping import Words, check_streams, mapping_digest, stream_mapping
from groundfact.config.schema import RootConfig
from groundfact.config.sources import SourceSettings
from groundfact.errors import UnknownName
from groundfact.model import Principal, StreamSpec
from groundfact.plugins import Plugins
from groundfact.protocols import FreshnessRule, Matcher, Policy, RecordMapping, Renderer, SurvivorshipRule
from groundfact.vocabulary import Vocabulary

__all__ = ["Chain", "Config", "SourceSettings"]

Chain = Sequence[tuple[str, SurvivorshipRule]]
"""Rules in the order they are asked, each with its name."""


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
    deciding: Deciding
    """Validators, mirrors and groups: what stands before the rules."""
    policies: Sequence[Policy]
    principals: Mapping[str, Principal]
    renderer: Renderer
    sources: Mapping[str, SourceSettings]
    digest: str
    """sha256 of what decides results: vocabulary, rule chains, freshness rules, matchers."""
    identity_digest: str
    """sha256 of that part of it which decides which records are one."""
    remembered: str
    """All of it as a document, to be built again when somebody asks with the rules of then."""

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

    def render(self, context: Mapping[str, Any], max_tokens: int) -> str:
        """The context as text; the renderer is told which hosts it may link to."""
        allowed = self.root.context.links.allow
        return self.renderer.render({**context, "links": allowed} if allowed else context, max_tokens)

    def mapping_for(self, source: str, spec: StreamSpec) -> RecordMapping:
        """The mapping of a stream: the connector's defaults, and `streams: NAME: mapping:` over them.

        Raises ConfigError with the line of the YAML that is wrong.
        """
        return stream_mapping(self._words, self.sources[source], spec)

    def mapping_digest(self, source: str, spec: StreamSpec) -> str:
        """Changes when the stream's records would be read differently."""
        return mapping_digest(self._words, self.sources[source], spec)

    def check_streams(self, source: str, specs: Sequence[StreamSpec]) -> None:
        """Raise ConfigError for a stream that the YAML sets but the connector does not have."""
        check_streams(self._words, self.sources[source], specs)

    @property
    def _words(self) -> Words:
        return Words(self.document, self.plugins, self.vocabulary)
