"""What may stand in the YAML. Field descriptions are what editors and the reference page show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from groundfact.config.forms import Host, KindName, Label, Name, PrincipalName, SourceName
from groundfact.model.durations import Duration
from groundfact.vocabulary import Attribute, Kind

__all__ = [
    "ComponentRef",
    "ContextConfig",
    "Network",
    "PluginsConfig",
    "PrincipalConfig",
    "RootConfig",
    "Schedule",
    "SourceConfig",
    "Store",
    "StreamConfig",
]

Labels = Annotated[list[Label], Field(min_length=1)]
Level = Literal["public", "internal", "confidential", "restricted"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComponentRef(BaseModel):
    """A component by name, with its options beside it: `{type: NAME, option: …}`, or just `NAME`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(description="The component's name; `groundfact plugins` lists them.")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    @property
    def options(self) -> dict[str, Any]:
        """Everything but the name."""
        return dict(self.model_extra or {})


class Store(_Part):
    """Where the memory is kept."""

    path: str = Field(default="groundfact.db", description="A SQLite file, relative to this YAML.")


class StreamConfig(_Part):
    """What differs from the connector's defaults for one stream."""

    enabled: bool = Field(default=True, description="false: leave this stream alone.")
    access: Labels | None = Field(
        default=None, description="Who may see its records, instead of the source's `access`."
    )
    mapping: dict[str, Any] = Field(default={}, description="Merged over the connector's mapping; null takes away.")


class SourceConfig(BaseModel):
    """A system to read. The connector's own options stand at the same level."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = Field(description="The connector; `groundfact plugins` lists them.")
    access: Labels = Field(
        description="Labels of those who may see its records; `[workspace]` means everybody in the workspace."
    )
    every: Duration | None = Field(default=None, description="How often to sync, instead of `schedule: every`.")
    behind_after: Duration | None = Field(
        default=None,
        description="Without a complete sync for so long, answers say that the source is behind.",
    )
    streams: dict[str, StreamConfig] = Field(default={}, description="Settings for single streams, by name.")

    @property
    def options(self) -> dict[str, Any]:
        """The connector's own options."""
        return dict(self.model_extra or {})


class PrincipalConfig(_Part):
    """Somebody who asks. Everybody holds the label `workspace`."""

    kind: Literal["person", "team", "copilot"] = Field(description="What asks.")
    teams: list[PrincipalName] = Field(default=[], description="Teams whose labels and clearance it has, too.")
    labels: list[Label] = Field(default=[], description="Access labels; a record is visible if it carries one of them.")
    clearance: Level = Field(default="internal", description="The most sensitive attributes it may see.")


class ContextConfig(_Part):
    """What a copilot receives."""

    max_tokens: int = Field(default=1200, ge=100, le=100_000, description="The budget of one context.")
    renderer: ComponentRef = Field(default=ComponentRef(type="markdown"), description="What writes it.")
    default_principal: PrincipalName | None = Field(default=None, description="Who asks where nobody is named.")
    attributes: dict[KindName, list[str]] = Field(default={}, description="Which attributes come first, by kind.")


class Schedule(_Part):
    """When to sync."""

    every: Duration = Field(default=timedelta(hours=1), description="How often each source is synced.")
    workers: int = Field(default=4, ge=1, le=16, description="How many sources are synced at the same time.")


class Network(_Part):
    """Exceptions to the network guard."""

    allow: list[Host] = Field(
        default=[],
        description="Exact hosts (or host:port) that may be private, on loopback or without https.",
    )


class PluginsConfig(_Part):
    """Which installed plugins to leave out."""

    block: list[str] = Field(default=[], description="Names of plugins that are not loaded.")


class RootConfig(_Part):
    """The whole file."""

    extends: str | list[str] | None = Field(default=None, description="Files this one is laid over.")
    variables: dict[str, str | int | float | bool] = Field(default={}, description="Texts for `${name}`.")
    workspace: Name = Field(description="The name of the memory; part of every key in the store.")
    store: Store = Store()
    sources: dict[SourceName, SourceConfig] = Field(
        default={}, description="The systems to read, by your name for each."
    )
    identity: dict[KindName, list[ComponentRef]] = Field(
        default={},
        description="Which records are the same entity: matchers by kind; any of them may join two.",
    )
    kinds: dict[KindName, Kind] = Field(default={}, description="Kinds of your own.")
    attributes: dict[KindName, dict[KindName, Attribute]] = Field(
        default={}, description="Changes to attributes of the vocabulary, and new ones, by kind."
    )
    principals: dict[PrincipalName, PrincipalConfig] = Field(default={}, description="Who may ask. Nobody else may.")
    policies: list[ComponentRef] = Field(default=[], description="Who may see which attributes; default `clearance`.")
    context: ContextConfig = ContextConfig()
    schedule: Schedule = Schedule()
    network: Network = Network()
    plugins: PluginsConfig = PluginsConfig()
