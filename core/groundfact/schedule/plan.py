"""What is due: a pure function of the configuration, the runs so far and the time.

A turn that was missed is made up for once, however many were. One that was stopped goes on at once. A failing source
waits five minutes, then twice as long after each failure, up to six hours, and never less than its rhythm. One that an
answer wished for is read ahead of its turn, five minutes after its last run at the earliest, unless it is failing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple

from groundfact.config.config import SourceSettings
from groundfact.model.times import from_ms
from groundfact.store.runs import RunRow

__all__ = ["HISTORY", "Past", "Turn", "next_turn", "past_of", "turns"]

HISTORY = 12
"""How many runs of a source are looked at: enough for the longest rest."""
_REST = timedelta(minutes=5)
_LONGEST_REST = timedelta(hours=6)
_UNFINISHED = ("running", "crashed")
_FAILED = ("failed", *_UNFINISHED)
_MOMENT = timedelta(microseconds=1)


class Past(NamedTuple):
    """What is known of a source's runs."""

    started_at: datetime
    """When the last one began."""
    status: str
    """How it ended."""
    failures: int
    """How many in a row did not arrive."""


class Turn(NamedTuple):
    """When a source is to be synced next."""

    source: str
    at: datetime
    due: bool


def past_of(runs: Sequence[RunRow]) -> Past | None:
    """A source's runs, the latest first, as the plan wants them; None without one."""
    if not runs:
        return None
    failures = 0
    while failures < len(runs) and runs[failures].status in _FAILED:
        failures += 1
    return Past(from_ms(runs[0].started_at), runs[0].status, failures)


def turns(
    workspace: str,
    sources: Iterable[SourceSettings],
    past: Mapping[str, Past | None],
    refused: Mapping[str, datetime],
    now: datetime,
    wished: Mapping[str, datetime] = MappingProxyType({}),
) -> list[Turn]:
    """The next turn of every source, the most overdue first.

    `refused` says when a source was last found in other hands: it is left to them for a while. `wished` says since when
    answers wish that a source be read ahead of its turn.
    """
    found = []
    for settings in sources:
        at = next_turn(workspace, settings, past.get(settings.name), now)
        early = _wished(past.get(settings.name), wished.get(settings.name))
        if early is not None:
            at = early if at is None else min(at, early)
        if at is not None:
            if settings.name in refused:
                at = max(at, refused[settings.name] + min(_REST, settings.every))
            found.append(Turn(settings.name, at, at <= now))
    return sorted(found, key=lambda turn: (turn.at, turn.source))


def _wished(past: Past | None, at: datetime | None) -> datetime | None:
    """When a source that is wished for is read: once for all who wished since it was last read, and after a rest."""
    if at is None or past is None or past.failures or at <= past.started_at:
        return None
    return max(at, past.started_at + _REST)


def next_turn(workspace: str, settings: SourceSettings, past: Past | None, now: datetime) -> datetime | None:
    """When a source is to be synced; one that never was, at once. None where its `cron` has no more turns."""
    if past is None:
        return now
    # A clock that was set back must not make everybody wait until it has caught up.
    last = min(past.started_at, now)
    if past.status == "stopped":
        return last
    rest = min(_REST * 2 ** (past.failures - 1), _LONGEST_REST) if past.failures else timedelta(0)
    if past.status in _UNFINISHED:
        # Its turn is not over: it goes on where the process died, or finds that another one is still at it.
        return last + rest
    at = _regular(settings, last, rest)
    return at + _shift(workspace, settings, at) if at is not None else None


def _regular(settings: SourceSettings, last: datetime, rest: timedelta) -> datetime | None:
    """The first turn after the last one that leaves time for a rest."""
    if settings.cron is None:
        return last + max(settings.every, rest)
    return settings.cron.after(last + rest - _MOMENT if rest else last)


def _shift(workspace: str, settings: SourceSettings, at: datetime) -> timedelta:
    """The turn's own share of the jitter: another for each source and turn, the same whenever it is asked for."""
    named = f"{workspace}/{settings.name}/{at.isoformat()}"
    share = int.from_bytes(blake2b(named.encode(), digest_size=4).digest()) / 2**32
    return settings.jitter * share
