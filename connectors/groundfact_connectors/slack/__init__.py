"""Slack: the messages and threads of the channels that the app has been invited to, and our own people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import SecretRef
from groundfact.model.durations import Duration

if TYPE_CHECKING:
    from groundfact.protocols import Connector, Runtime

__all__ = ["ChannelOptions", "SlackOptions", "register_connectors"]

_EXAMPLE = """
type: slack
token: env:SLACK_TOKEN
channels: {include: [general, "cust-*"], exclude: [cust-internal]}
lookback: 14d
"""
_SHORTEST = timedelta(hours=1)


class ChannelOptions(Options):
    """Which channels are read."""

    include: Sequence[str] = Field(
        default=(), description="Names, patterns (`cust-*`) or ids; none: every channel that the app is in"
    )
    exclude: Sequence[str] = Field(default=(), description="Names, patterns or ids that are left out")
    private: bool = Field(default=True, description="Also private channels; without, the app needs no `groups:` scope")


class SlackOptions(Options):
    """What `sources: {x: {type: slack}}` takes."""

    token: SecretRef = Field(description="Where the app's bot token (`xoxb-…`) is kept")
    base_url: str | None = Field(default=None, description="Another address than https://slack.com/api/")
    channels: ChannelOptions = Field(default=ChannelOptions(), description="Which channels are read")
    lookback: Duration = Field(
        default=timedelta(days=14), description="How far back each run looks for edits, deletions and new replies"
    )
    page_size: int = Field(
        default=200, ge=1, le=999, description="Messages a call; Slack recommends at most 200 and allows 999"
    )

    @field_validator("lookback")
    @classmethod
    def _long_enough(cls, lookback: timedelta) -> timedelta:
        # Slack's clock is not ours: what was said around the end of a run is found by looking back.
        if lookback < _SHORTEST:
            raise ValueError("lookback must be at least 1h")
        return lookback


def _build(options: SlackOptions, runtime: Runtime) -> Connector:
    from groundfact_connectors.slack.source import SlackSource

    return SlackSource(options, runtime)


@hookimpl
def register_connectors() -> Sequence[Component[Any, Any]]:
    """Offer the Slack connector."""
    return [component("slack", "Messages, threads and people from Slack", SlackOptions, _build, example=_EXAMPLE)]
