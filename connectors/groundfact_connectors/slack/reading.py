"""Reading all channels, one after the other; what cannot be read is reported, and remembered as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from groundfact.model import Batch, Reject
from groundfact_connectors.slack.channels import Channel, matches
from groundfact_connectors.slack.client import Shut
from groundfact_connectors.slack.history import History, Source
from groundfact_connectors.slack.people import People
from groundfact_connectors.slack.position import Position, Told
from groundfact_connectors.slack.rows import Desk

__all__ = ["Reading", "Workplace"]

_INVITE = "invite the app to it (`/invite @{bot}`), or leave it out with `channels: {{exclude: [{name}]}}`"


class Workplace(NamedTuple):
    """The workspace behind the token."""

    team: str
    bot: str
    site: str


@dataclass
class Reading:
    """One read of the stream."""

    source: Source
    people: People
    workplace: Workplace
    channels: Mapping[str, Channel]
    """Those that are to be read."""
    left_out: frozenset[str]
    """The ids of those that the YAML leaves out."""

    def batches(self, position: Position) -> Iterator[Batch]:
        """Every channel from where the last run left it, in the order of their ids."""
        remembered = {key for key in position.channels if not self._left_out(key, position)}
        for key in sorted(self.channels):
            yield from self._channel(self.channels[key], position)
        lost = sorted(remembered - self.channels.keys())
        rejects = [self._lost(key, position) for key in lost]
        yield Batch((), rejects, position.done([*self.channels, *lost]))

    def _left_out(self, key: str, position: Position) -> bool:
        private = str(position.channels[key]["face"]).startswith("private ")
        return key in self.left_out or (private and not self.source.options.channels.private)

    def _channel(self, channel: Channel, position: Position) -> Iterator[Batch]:
        told = position.told(channel.id, channel.face)
        if told is not None and (position.has_done(told) or (told.closed and channel.archived)):
            return
        desk = Desk(channel, self.people, self.workplace.site)
        history = History(self.source, desk, position, told)
        try:
            yield from history.batches()
        except Shut as shut:
            yield self._shut(channel, shut.error, position, told)

    def _shut(self, channel: Channel, error: str, position: Position, told: Told | None) -> Batch:
        """Never as if the channel were empty: the next run starts where the last one that could read it ended."""
        named = matches(channel, self.source.options.channels.include)
        if channel.archived and told is None and not named:
            # Archived before we were ever in it. It stays as it is, and is asked for only with the next full read.
            return Batch((), (), position.finished(channel.id, Told(channel.face, position.until, closed=True)))
        fix = _INVITE.format(bot=self.workplace.bot, name=channel.name)
        said = f"#{channel.name} ({channel.id}) cannot be read ({error}), and what is known of it stays: {fix}"
        return Batch((), [Reject(None, orjson.dumps(channel._asdict()), said)])

    def _lost(self, key: str, position: Position) -> Reject:
        face = position.channels[key]["face"]
        name = face.rpartition(" ")[2]
        fix = _INVITE.format(bot=self.workplace.bot, name=name)
        said = f"#{name} ({key}) has been read before and is not listed any more (deleted, or the app was removed): "
        return Reject(None, orjson.dumps({"id": key, "face": face}), f"{said}{fix}")
