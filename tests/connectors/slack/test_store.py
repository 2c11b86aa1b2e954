"""Slack read into a real memory: what the store believes, and for whom, is what Slack shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.testing.slack import FakeSlack
from groundfact.testing.slack_workspace import BOT
from groundfact.testing.world_clock import FakeClockWorld

from .conftest import key_of

YAML = """
workspace: lab
store: {{path: lab.db}}
sources:
  chat:
    {{type: slack, token: env:SLACK_TOKEN, base_url: "{url}", access: [workspace], channels: {{exclude: [nothing]}}}}
network: {{allow: [127.0.0.1]}}
principals: {{me: {{kind: person, clearance: restricted}}}}
context: {{default_principal: me}}
"""
_BELIEVED = """
select v.rec, v.text, l.labels from version v join stream s on s.id = v.stream join label_set l on l.id = v.labels
where s.name = 'messages' and v.closed_seq is null and v.gone is null"""


class Office:
    """A memory that reads the fake Slack and shares its clock."""

    def __init__(self, vendor: FakeSlack, clock: FakeClockWorld, folder: Path) -> None:
        (folder / "lab.yaml").write_text(YAML.format(url=vendor.api_url))
        clock.environ = {"SLACK_TOKEN": vendor.token}
        self.vendor, self.clock = vendor, clock
        self.memory = Memory.open(folder / "lab.yaml", world=clock)

    def sync(self, days: float, status: str = "done", **options: Any) -> dict[str, int]:
        """Let business go on for some days, then sync."""
        self.vendor.world.advance(days=days)
        self.clock.at = self.vendor.world.now
        (source,) = self.memory.sync(options=SyncOptions(**options)).sources
        assert source.status == status, source
        return source.counts

    def believed(self) -> dict[str, str]:
        """What the store believes to be said, by record."""
        return {rec: text for rec, text, _ in self._rows()}

    def labels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each message."""
        return {rec: tuple(orjson.loads(labels)) for rec, _, labels in self._rows()}

    def _rows(self) -> list[tuple[str, str, str]]:
        with self.memory.store.reading() as tx:
            return [(str(rec), str(text), str(labels)) for rec, text, labels in tx.rows(_BELIEVED, ())]

    def said(self) -> dict[str, str]:
        """What is said in Slack where the app is."""
        return {
            key_of(channel, post): post.text
            for channel in self.vendor.workspace.channels.values()
            for post in channel.posts.values()
            if BOT in channel.members and not post.deleted
        }


@pytest.fixture
def office(vendor: FakeSlack, clock: FakeClockWorld, tmp_path: Path) -> Iterator[Office]:
    """A memory that has read Slack once."""
    made = Office(vendor, clock, tmp_path)
    made.sync(0)
    yield made
    made.memory.close()


def test_the_store_follows_slack(office: Office) -> None:
    """Through edits and deletions, old and young, the store holds what Slack holds by the next full read."""
    vendor = office.vendor
    assert office.believed() == office.said()
    young = vendor.post("general", "Young")
    office.sync(1)
    vendor.edit("general", young, "Young, mended")
    old = next(iter(vendor.channel("general").posts.values()))
    vendor.channel("general").posts[old.ts].deleted = True
    office.sync(31)
    assert office.believed() == office.said()


@pytest.mark.parametrize("pages", [1, 3, 6])
def test_a_full_read_that_is_stopped_finds_what_is_gone(office: Office, pages: int) -> None:
    """Read in parts, it knows what each part has met: only what none of them met is gone."""
    for name in ("general", "deal-desk"):
        next(iter(office.vendor.channel(name).posts.values())).deleted = True
    asked = count(1)
    office.sync(31, "stopped", stopping=lambda: next(asked) >= pages)
    assert office.believed() != office.said()
    office.sync(0.01)
    assert office.believed() == office.said()


def test_what_waits_for_a_person_goes_on_waiting(office: Office) -> None:
    """Too many are missing: every run says so until somebody agrees, and takes none for gone nor for confirmed."""
    posts = office.vendor.channel("general").posts
    for number in range(10):
        office.vendor.post("general", f"Minutes {number}")
    office.sync(1)
    for post in posts.values():
        post.deleted = True
    before = office.believed()
    for days in (31, 0.01):
        office.sync(days, "partial")
        assert office.believed().keys() >= before.keys()
    office.sync(0.01, confirm_deletes=True)
    assert office.believed() == office.said()


def test_what_is_there_again_when_somebody_agrees_is_not_gone(office: Office) -> None:
    """Agreement counts for what is missing then, not for what was missing when it was asked for."""
    posts = office.vendor.channel("general").posts
    for number in range(10):
        office.vendor.post("general", f"Minutes {number}")
    office.sync(1)
    lost = list(posts.values())
    for post in lost:
        post.deleted = True
    office.sync(31, "partial")
    for post in lost[1:]:
        post.deleted = False
    office.sync(0.01, confirm_deletes=True)
    assert office.believed() == office.said()


def test_a_second_run_writes_nothing(office: Office) -> None:
    """Reading the lookback again, unchanged, makes no new version."""
    counts = office.sync(0.0001)
    assert (counts["new"], counts["changed"], counts["gone"], counts["rejected"]) == (0, 0, 0, 0)


def test_a_message_that_comes_back_is_believed_again(office: Office) -> None:
    """Found missing and shown again, a message is back with its old time stamp."""
    ts = office.vendor.post("general", "Now you see me")
    office.sync(1)
    post = office.vendor.channel("general").posts[int(ts.replace(".", ""))]
    for deleted in (True, False):
        post.deleted = deleted
        office.sync(1)
        assert (f"C0GENERAL:{ts}" in office.believed()) is not deleted


def test_private_messages_are_believed_under_their_channels_label(office: Office) -> None:
    """The label goes into the store with each message, and follows the channel when it changes sides."""
    desk = office.vendor.channel("deal-desk")
    assert {tuple(v) for k, v in office.labels().items() if k.startswith(desk.id)} == {(f"slack:{desk.id}",)}
    assert {tuple(v) for k, v in office.labels().items() if not k.startswith(desk.id)} == {("workspace",)}
    office.vendor.channel("general").private = True
    office.sync(1)
    assert {v for k, v in office.labels().items() if k.startswith("C0GENERAL")} == {("slack:C0GENERAL",)}


def test_a_full_read_buries_nothing_that_it_could_not_look_at(office: Office, tmp_path: Path) -> None:
    """With a channel named in the YAML closed to us, what is missing is kept until somebody has looked."""
    config = tmp_path / "lab.yaml"
    config.write_text(config.read_text().replace("exclude: [nothing]", "include: [general, deal-desk, cust-*]"))
    office.memory.close()
    office.memory = Memory.open(config, world=office.clock)
    before = office.believed()
    # Two messages: too few for the core to be startled by their absence.
    office.vendor.channel("cust-halden-robotics").members.remove(BOT)
    counts = office.sync(0.001, "partial", full=True)
    assert (counts["gone"], counts["rejected"]) == (0, 1)
    assert office.believed().keys() >= before.keys()
