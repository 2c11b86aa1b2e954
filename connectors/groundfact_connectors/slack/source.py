"""The Slack connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from groundfact.model import Batch, Check, Cursor, Discovered, Limit, StreamSpec, Verdict
from groundfact.protocols import Runtime
from groundfact_connectors.slack import access
from groundfact_connectors.slack.channels import PRIVATE, PUBLIC, Channel, is_chosen, listed, matches
from groundfact_connectors.slack.client import Client
from groundfact_connectors.slack.history import Source
from groundfact_connectors.slack.people import People
from groundfact_connectors.slack.position import Position
from groundfact_connectors.slack.reading import Reading, Workplace
from groundfact_connectors.slack.streams import FIELDS, USERS, specs
from groundfact_connectors.slack.teammates import teammates
from groundfact_connectors.slack.verdicts import classify

if TYPE_CHECKING:
    from groundfact_connectors.slack import SlackOptions

__all__ = ["SlackSource"]


class SlackSource:
    """Reads one Slack workspace."""

    limits = (
        # Slack's tiers 2, 3 and 4 allow 20, 50 and 100 calls of a method in a minute: a full bucket and a minute of
        # refill stay below that.
        Limit("list", rate=17, per=60, burst=3),
        Limit("users", rate=17, per=60, burst=3),
        Limit("history", rate=44, per=60, burst=6),
        Limit("replies", rate=44, per=60, burst=6),
        Limit("members", rate=90, per=60, burst=10),
        Limit("user", rate=90, per=60, burst=10),
    )

    def __init__(self, options: SlackOptions, rt: Runtime) -> None:
        self._options, self._rt = options, rt
        address = rt.base_url(options.base_url, "https://slack.com/api/", hosts=["slack.com"])
        self._client = Client(rt.secret(options.token), address)

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """The token, every scope, every channel that the YAML names and every mapped field, each tried."""
        return access.checks(Source(self._client, self._rt, self._options), fields)

    def streams(self) -> Sequence[StreamSpec]:
        """The messages, and our own people."""
        return specs(self._options.lookback)

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every field of a message and of a person; Slack lists no custom ones."""
        for stream, mapped in fields.items():
            for path, (type_name, label) in FIELDS[stream].items():
                yield Discovered(stream, path, type_name, label, path in mapped)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Everybody; or every channel on its own: what is new, and what has changed within the lookback."""
        if stream.name == USERS:
            return teammates(self._people, self._workplace.team, until)
        return self._messages(since, until)

    def _messages(self, since: Cursor | None, until: datetime) -> Iterator[Batch]:
        source, place = Source(self._client, self._rt, self._options), self._workplace
        everything, patterns = self._channels(), self._options.channels
        chosen = {key: channel for key, channel in everything.items() if is_chosen(channel, patterns)}
        left_out = frozenset(
            key
            for key, channel in everything.items()
            if key not in chosen and (patterns.include or matches(channel, patterns.exclude))
        )
        reading = Reading(source, self._people, place, chosen, left_out)
        return reading.batches(Position.begin(since, until, self._options.lookback))

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means."""
        return classify(error, self._rt.now())

    @cached_property
    def _workplace(self) -> Workplace:
        found = self._rt.call("auth", self._client.auth)
        return Workplace(str(found.get("team_id")), str(found.get("user")), str(found.get("url") or ""))

    @cached_property
    def _people(self) -> People:
        # A connector is built for one run, whose streams share one reading of the list.
        return People(self._client, self._rt, self._workplace.team)

    def _channels(self) -> dict[str, Channel]:
        kinds = [PUBLIC, PRIVATE] if self._options.channels.private else [PUBLIC]
        return {key: channel for kind in kinds for key, channel in listed(self._client, self._rt, kind).items()}
