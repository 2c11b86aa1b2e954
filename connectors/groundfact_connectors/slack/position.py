"""Where a read stands: what a cursor holds of every channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from groundfact.model import Cursor
from groundfact_connectors.slack.rows import moment, number

__all__ = ["Part", "Position", "Thread", "Told"]


class Thread(NamedTuple):
    """What was told of a thread: its replies, and what Slack said of them then."""

    latest: int
    size: int
    replies: frozenset[int]


@dataclass
class Told:
    """What earlier runs told of a channel: all up to `to`, and what they saw within the lookback before it."""

    face: str
    to: int
    closed: bool = False
    """Archived, and read since."""
    messages: set[int] = field(default_factory=set)
    threads: dict[int, Thread] = field(default_factory=dict)

    @classmethod
    def load(cls, value: Mapping[str, Any]) -> Told:
        """From a cursor."""
        threads = {int(ts, 16): Thread(one[0], one[1], frozenset(_unpacked(one[2]))) for ts, one in value["t"].items()}
        return cls(value["face"], value["to"], value["closed"], set(_unpacked(value["m"])), threads)

    def dump(self) -> dict[str, Any]:
        """For a cursor."""
        threads = {f"{ts:x}": [one.latest, one.size, _packed(one.replies)] for ts, one in sorted(self.threads.items())}
        return {"face": self.face, "to": self.to, "closed": self.closed, "m": _packed(self.messages), "t": threads}


class Part(NamedTuple):
    """A channel that is half read: everything from `at` on is told."""

    channel: str
    at: int
    told: Told


@dataclass
class Position:
    """A read of all channels. Its end is fixed when it begins and stays when it is resumed."""

    since: datetime | None
    until: int
    lookback: int
    """In microseconds, like every time in here."""
    channels: dict[str, Any]
    part: Mapping[str, Any] | None = None
    goes_on: bool = False
    """Whether an earlier run began this read and was interrupted."""

    @classmethod
    def begin(cls, since: Cursor | None, until: datetime, lookback: timedelta) -> Position:
        """Where to start, or to go on after a crash."""
        value = since.value if since is not None else {}
        back = lookback // timedelta(microseconds=1)
        at = since.at if since is not None else None
        channels = dict(value.get("channels", {}))
        return cls(at, value.get("until", number(until)), back, channels, value.get("part"), "until" in value)

    @property
    def floor(self) -> int:
        """Where the next run will start: what lies before it need not be remembered."""
        return self.until - self.lookback

    def has_done(self, told: Told) -> bool:
        """Whether a channel was read to its end before the interruption."""
        return self.goes_on and told.to == self.until

    def told(self, channel: str, face: str) -> Told | None:
        """What earlier runs told of a channel; None where it must be read from its beginning."""
        value = self.channels.get(channel)
        return Told.load(value) if value is not None and value["face"] == face else None

    def resumed(self, channel: str, face: str) -> Part | None:
        """How far the interrupted run had got with a channel."""
        part = self.part
        if part is None or part["channel"] != channel or part["told"]["face"] != face:
            return None
        return Part(channel, part["at"], Told.load(part["told"]))

    def within(self, part: Part) -> Cursor:
        """To go on in the middle of a channel."""
        return self._cursor({"channel": part.channel, "at": part.at, "told": part.told.dump()})

    def finished(self, channel: str, told: Told) -> Cursor:
        """To go on after a channel."""
        self.channels[channel], self.part = told.dump(), None
        return self._cursor(None)

    def done(self, kept: Iterable[str]) -> Cursor:
        """The start of the next run; what is remembered of other channels than `kept` is forgotten."""
        self.channels = {key: self.channels[key] for key in sorted(kept) if key in self.channels}
        return Cursor(value={"channels": self.channels}, at=moment(self.until))

    def _cursor(self, part: Mapping[str, Any] | None) -> Cursor:
        value = {"channels": dict(self.channels), "until": self.until, "part": part}
        return Cursor(value=value, at=self.since)


def _packed(numbers: Iterable[int]) -> str:
    """Rising numbers as their distances, a third of the size."""
    distances, last = [], 0
    for one in sorted(numbers):
        distances.append(f"{one - last:x}")
        last = one
    return " ".join(distances)


def _unpacked(text: str) -> list[int]:
    numbers, last = [], 0
    for distance in text.split():
        last += int(distance, 16)
        numbers.append(last)
    return numbers
