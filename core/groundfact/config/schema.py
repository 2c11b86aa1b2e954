"""What may stand in the YAML. Field descriptions are what editors and the reference page show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from groundfact.config.cron import CronLine, TimeZone
from groundfact.config.forms import Host, Instant, KindName, Label, LinkHost, Name, Origin, PrincipalName, SourceName
from groundfact.model.durations import Duration
from groundfact.model.secret import SecretRef
from groundfact.vocabulary import Attribute, Kind

__all__ = [
    "ComponentRef",
    "ContextConfig",
    "GroupConfig",
    "Links",
    "Network",
    "PluginsConfig",
    "PrincipalConfig",
    "RootConfig",
    "Schedule",
    "Server",
    "SourceConfig",
    "Store",
    "StreamConfig",
    "TokenConfig",
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
    wait: Duration = Field(
        default=timedelta(seconds=10), description="How long to wait for another process that is writing to it."
    )


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
    cron: CronLine | None = Field(
        default=None, description="When to sync, instead of `every`: five fields as in a crontab, `0 6 * * 1-5`."
    )
    timezone: TimeZone | None = Field(default=None, description="The zone of `cron`, instead of `schedule: timezone`.")
    jitter: Duration | None = Field(
        default=None, description="Up to how much later a turn may begin, instead of `schedule: jitter`."
    )
    mirror_of: SourceName | None = Field(
        default=None,
        description="The source that this one copies: where that speaks, this one has no vote.",
    )
    behind_after: Duration | None = Field(
        default=None,
        description="Without a complete sync for so long, answers say that the source is behind.",
    )
    streams: dict[str, StreamConfig] = Field(default={}, description="Settings for single streams, by name.")

    @model_validator(mode="after")
    def _one_rhythm(self) -> SourceConfig:
        if self.every is not None and self.cron is not None:
            raise ValueError("it has `every` and `cron`; keep one of them")
        if self.timezone is not None and self.cron is None:
            raise ValueError("it has a `timezone` without a `cron` that would need one")
        return self

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
    may: list[Literal["direct", "correct", "forget"]] = Field(
        default=[],
        description="Give instructions to teams and the workspace, correct facts, forget what others told.",
    )


class Links(_Part):
    """Under `context`: which addresses in an answer stay links."""

    allow: list[LinkHost] = Field(
        default=[], description="Exact hosts (or host:port) that an answer may link to; to all others it does not."
    )


class ContextConfig(_Part):
    """What a copilot receives."""

    max_tokens: int = Field(default=1200, ge=100, le=100_000, description="The budget of one context.")
    renderer: ComponentRef = Field(default=ComponentRef(type="markdown"), description="What writes it.")
    default_principal: PrincipalName | None = Field(default=None, description="Who asks where nobody is named.")
    attributes: dict[KindName, list[str]] = Field(default={}, description="Which attributes come first, by kind.")
    links: Links = Links()


class Schedule(_Part):
    """When to sync."""

    every: Duration = Field(default=timedelta(hours=1), description="How often each source is synced.")
    timezone: TimeZone = Field(default="UTC", description="The zone of every `cron`.")
    jitter: Duration | None = Field(
        default=None, description="Up to how much later a turn may begin, so that not all sources begin at once."
    )
    workers: int = Field(default=4, ge=1, le=16, description="How many sources are synced at the same time.")


class Network(_Part):
    """Exceptions to the network guard."""

    allow: list[Host] = Field(
        default=[],
        description="Exact hosts (or host:port) that may be private, on loopback or without https.",
    )


class TokenConfig(_Part):
    """A bearer token and the one principal it stands for."""

    token: SecretRef = Field(description="Where the token is kept; at least 20 characters.")
    principal: PrincipalName = Field(description="Who asks with it; one of `principals`.")
    expires: Instant | None = Field(
        default=None, description="From then on it is refused: a time or a date (its beginning, UTC)."
    )


class Server(_Part):
    """What `groundfact serve` listens on, and who may ask there."""

    host: str = Field(default="127.0.0.1", description="The address to listen on; only this machine reaches 127.0.0.1.")
    port: int = Field(default=8765, ge=0, le=65_535, description="0: any that is free.")
    allowed_hosts: list[Host] = Field(
        default=[], description="Names it is reached by, beside those of this machine; with or without port."
    )
    allowed_origins: list[Origin] = Field(
        default=[], description="Web pages that may ask from a browser, like https://desk.acme.example."
    )
    max_request_bytes: int = Field(
        default=262_144, ge=1_024, le=16_777_216, description="Larger requests are refused unread."
    )
    tokens: list[TokenConfig] = Field(default=[], description="Who may ask.")
    anonymous: PrincipalName | None = Field(
        default=None, description="Who asks without a token; only where nothing but this machine can."
    )


class PluginsConfig(_Part):
    """Which installed plugins to leave out."""

    block: list[str] = Field(default=[], description="Names of plugins that are not loaded.")


class GroupConfig(_Part):
    """Attributes whose values come from one record; a bare list is its `parts`."""

    parts: list[KindName] = Field(min_length=2, description="The attributes; the first one leads.")
    by: Literal["lead", "most_parts"] = Field(
        default="lead",
        description="Which record supplies them: the one that wins the first of them by its rules, or one of those"
        " that speak of most of them.",
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_list(cls, value: Any) -> Any:
        return {"parts": value} if isinstance(value, list) else value


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
    groups: dict[KindName, dict[KindName, GroupConfig]] = Field(
        default={}, description="Attributes that belong together, by kind and a name of yours: an address, a price."
    )
    principals: dict[PrincipalName, PrincipalConfig] = Field(default={}, description="Who may ask. Nobody else may.")
    policies: list[ComponentRef] = Field(default=[], description="Who may see which attributes; default `clearance`.")
    context: ContextConfig = ContextConfig()
    schedule: Schedule = Schedule()
    network: Network = Network()
    server: Server = Server()
    plugins: PluginsConfig = PluginsConfig()
