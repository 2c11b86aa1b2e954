"""A Slack on loopback, the real runtime and the real SDK; and a copy kept as the core keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundfact.model import Batch, Check, Cursor, Gone, Record, Reject, StreamSpec
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.slack import FakeSlack
from groundfact.testing.slack_workspace import Channel, Post, ts_text
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld
from groundfact_connectors.slack import register_connectors
from groundfact_connectors.slack.source import SlackSource
from groundfact_connectors.slack.streams import FIELDS

OpenDesk = Callable[..., "Desk"]
START = datetime.fromisoformat("2026-11-02T08:00:00Z")


@dataclass
class Copy:
    """What a store holds of the stream after the batches it was given."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    rejects: list[Reject] = field(default_factory=list)
    cursor: Cursor | None = None

    def take(self, batch: Batch) -> None:
        """Commit a batch: rows and cursor together."""
        for row in batch.rows:
            if isinstance(row, Gone):
                self.records.pop(row.id, None)
                self.gone.add(row.id)
            else:
                self.records[row.id] = row
                self.gone.discard(row.id)
        self.rejects += batch.rejects
        self.cursor = batch.cursor or self.cursor

    def texts(self) -> dict[str, str]:
        """What each message says."""
        return {key: record.data["text"] for key, record in self.records.items()}

    def copied(self) -> Copy:
        """Another copy that holds the same."""
        return Copy(dict(self.records), set(self.gone), list(self.rejects), self.cursor)


@dataclass
class Desk:
    """One connector at one fake Slack."""

    vendor: FakeSlack
    runtime: SourceRuntime
    clock: FakeClockWorld
    build: Callable[[], SlackSource]

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Build the connector anew, as the core does for every run."""
        self.source = self.build()
        self.runtime.connector = self.source

    @property
    def world(self) -> FictionalWorld:
        """The business behind the vendor."""
        return self.vendor.world

    def later(self, **delta: float) -> None:
        """Let time pass without anything happening."""
        self.world.now += timedelta(**delta)

    def spec(self, name: str = "messages") -> StreamSpec:
        """A stream's declaration."""
        return next(spec for spec in self.source.streams() if spec.name == name)

    def batches(self, since: Cursor | None = None) -> Iterator[Batch]:
        """Read the messages as the core does; a cursor of a finished run is rewound by the overlap."""
        spec = self.spec()
        if since is not None and "until" not in since.value:
            since = since.rewound(spec.overlap)
        return iter(self.source.read(spec, list(FIELDS["messages"]), since, self.world.now))

    def sync(self, copy: Copy, *, full: bool = False) -> list[Batch]:
        """Bring a copy up to date."""
        self.renew()
        self.vendor.reset_calls()
        taken = []
        for batch in self.batches(None if full else copy.cursor):
            copy.take(batch)
            taken.append(batch)
        return taken

    def checks(self, *mapped: str) -> dict[str, Check]:
        """The checks by name, for a mapping that reads these fields besides the default ones."""
        return {check.name: check for check in self.source.check({"messages": ["text", "author.email", *mapped]})}

    def living(self, *left_out: str) -> dict[str, str]:
        """What is said in the channels that the app is in, by record id; replies included."""
        from groundfact.testing.slack_workspace import BOT

        channels = self.vendor.workspace.channels.values()
        read = [channel for channel in channels if BOT in channel.members and channel.name not in left_out]
        return {
            key_of(channel, post): post.text
            for channel in read
            for post in channel.posts.values()
            if not post.deleted and "subtype" not in post.more
        }


def key_of(channel: Channel, post: Post | str) -> str:
    """The record id of a message."""
    return f"{channel.id}:{post if isinstance(post, str) else ts_text(post.ts)}"


@pytest.fixture
def clock() -> FakeClockWorld:
    """A clock that never waits."""
    return FakeClockWorld(START)


@pytest.fixture
def vendor() -> Iterator[FakeSlack]:
    """A running fake with a small business."""
    with FakeSlack(FictionalWorld(companies=12, now=START)) as running:
        yield running


@pytest.fixture
def open_desk(vendor: FakeSlack, clock: FakeClockWorld, tmp_path: Path) -> OpenDesk:
    """Build the connector through its component, as the core does."""

    def build(**options: Any) -> Desk:
        offered = register_connectors()[0]
        served: FakeSlack = options.pop("vendor", vendor)
        clock.environ = {"SLACK_TOKEN": options.pop("token", served.token)}
        runtime = SourceRuntime("chat", clock, tmp_path, allow=options.pop("allow", ["127.0.0.1"]))
        given: Mapping[str, Any] = {"token": "env:SLACK_TOKEN", "base_url": served.api_url, **options}
        checked = offered.options.model_validate(given)
        return Desk(served, runtime, clock, lambda: offered.build(checked, runtime))

    return build


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """The connector with its defaults."""
    return open_desk()


@pytest.fixture
def copy() -> Copy:
    """An empty copy."""
    return Copy()


def ids(batches: Sequence[Batch]) -> list[str]:
    """The records of some batches, in their order."""
    return [row.id for batch in batches for row in batch.rows if isinstance(row, Record)]
