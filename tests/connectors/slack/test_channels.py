"""Which channels are read, who may see them, and what happens when one cannot be read."""

from __future__ import annotations

import pytest

from groundfact.errors import SourceRefused
from groundfact.testing.slack_workspace import BOT

from .conftest import Copy, Desk, OpenDesk


def names(copy: Copy) -> set[str]:
    """The channels that a copy holds messages of."""
    return {record.data["channel"]["name"] for record in copy.records.values()}


@pytest.mark.parametrize(
    ("channels", "read"),
    [
        ({}, {"general", "cust-halden-robotics", "deal-desk"}),
        ({"include": ["cust-*"]}, {"cust-halden-robotics"}),
        ({"include": ["#general", "C0DEALDESK"]}, {"general", "deal-desk"}),
        ({"include": ["*"], "exclude": ["gen*"]}, {"cust-halden-robotics", "deal-desk"}),
        ({"exclude": ["C0DEALDESK"]}, {"general", "cust-halden-robotics"}),
        ({"private": False}, {"general", "cust-halden-robotics"}),
    ],
)
def test_the_yaml_says_which_channels_are_read(
    open_desk: OpenDesk, copy: Copy, channels: dict[str, object], read: set[str]
) -> None:
    """By name, pattern or id; without `include` every channel that the app is in."""
    desk = open_desk(channels=channels)
    desk.sync(copy)
    assert names(copy) == read
    assert copy.rejects == []


def test_only_private_channels_carry_a_label(desk: Desk, copy: Copy) -> None:
    """Public messages are for whoever the source's access lets in; private ones for holders of the channel's label."""
    desk.sync(copy)
    labels = {(record.data["channel"]["name"], tuple(record.acl or ())) for record in copy.records.values()}
    assert labels == {("general", ()), ("cust-halden-robotics", ()), ("deal-desk", ("slack:C0DEALDESK",))}
    assert all(record.acl != [] for record in copy.records.values())


@pytest.mark.parametrize("row", [{"is_private": None}, {"is_private": True}, {"is_im": True}, {"is_mpim": True}])
def test_a_channel_of_which_slack_does_not_say_that_it_is_public_is_private(
    desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch, row: dict[str, object]
) -> None:
    """Access that is unclear is no access: such a channel's messages carry its label."""
    show = desk.vendor._show_channel
    monkeypatch.setattr(desk.vendor, "_show_channel", lambda channel: {**show(channel), **row})
    desk.sync(copy)
    assert {tuple(record.acl or ()) for record in copy.records.values()} == {
        ("slack:C0GENERAL",), ("slack:C0HALDEN",), ("slack:C0DEALDESK",)
    }  # fmt: skip


@pytest.mark.parametrize("private", [True, False])
def test_a_channel_that_changes_sides_is_read_anew(open_desk: OpenDesk, copy: Copy, private: bool) -> None:
    """All its messages get their label with the next run, not only those of the lookback."""
    desk = open_desk(lookback="1h")
    channel = desk.vendor.create("moving", private=not private)
    desk.vendor.post("moving", "Long ago", thread=desk.vendor.post("moving", "Very long ago"))
    desk.later(days=40)
    desk.sync(copy)
    channel.private = private
    desk.later(hours=1)
    desk.sync(copy)
    label = [f"slack:{channel.id}"] if private else None
    assert [r.acl for r in copy.records.values() if r.data["channel"]["name"] == "moving"] == [label, label]
    assert copy.gone == set()


def test_a_renamed_channel_is_read_anew(open_desk: OpenDesk, copy: Copy) -> None:
    """Every message carries the channel's present name, so that a pattern in the YAML finds them all."""
    desk = open_desk(lookback="1h")
    desk.later(days=40)
    desk.sync(copy)
    desk.vendor.channel("general").name = "cust-everybody"
    desk.later(hours=1)
    desk.sync(copy)
    assert names(copy) == {"cust-everybody", "cust-halden-robotics", "deal-desk"}


def test_a_channel_the_app_is_not_in_is_no_empty_channel(open_desk: OpenDesk, copy: Copy) -> None:
    """Named in the YAML, it is reported with what to do, and everything else is read; once invited, all of it comes."""
    desk = open_desk(channels={"include": ["general", "secrets"]})
    channel = desk.vendor.create("secrets", bot=False)
    ts = desk.vendor.post("secrets", "Nobody invited you")
    desk.later(minutes=1)
    desk.sync(copy)
    (reject,) = copy.rejects
    assert "#secrets" in reject.error
    assert "not_in_channel" in reject.error
    assert "/invite @groundfact" in reject.error
    assert names(copy) == {"general"}
    channel.members.append(BOT)
    desk.later(days=60)
    desk.sync(copy)
    assert f"{channel.id}:{ts}" in copy.records
    assert len(copy.rejects) == 1


def test_channels_nobody_asked_for_cost_no_call(desk: Desk, copy: Copy) -> None:
    """Public channels that the app was never in are neither asked for nor reported."""
    desk.vendor.create("random", bot=False)
    desk.sync(copy)
    assert copy.rejects == []
    assert desk.vendor.count("conversations.history") == 3


@pytest.mark.parametrize("name", ["general", "deal-desk"])
def test_a_channel_the_app_was_removed_from_keeps_its_place(desk: Desk, copy: Copy, name: str) -> None:
    """It is reported by every run, nothing of it is gone, and when the app is back no message is missing."""
    desk.sync(copy)
    channel, before = desk.vendor.channel(name), dict(copy.records)
    channel.members.remove(BOT)
    desk.vendor.post(name, "You are out")
    desk.later(days=1)
    desk.sync(copy)
    desk.later(days=1)
    desk.sync(copy)
    assert [f"#{name}" in reject.error for reject in copy.rejects] == [True, True]
    assert len({reject.error for reject in copy.rejects}) == 1
    assert (copy.records, copy.gone) == (before, set())
    channel.members.append(BOT)
    desk.later(days=30)
    desk.sync(copy)
    assert copy.texts() == desk.living()


def test_removed_while_a_channel_is_read_is_reported_too(open_desk: OpenDesk, copy: Copy) -> None:
    """A page that is refused in the middle of a channel does not make the rest of it gone or done."""
    desk = open_desk(page_size=1)
    desk.sync(copy)
    channel, before = desk.vendor.channel("general"), copy.texts()
    start = copy.cursor
    desk.later(hours=1)
    kick = desk.vendor.faults.add("run", "history", after_calls=2, run=lambda: channel.members.remove(BOT))
    desk.sync(copy)
    assert kick.hits == 1
    assert (copy.texts(), copy.gone) == (before, set())
    assert len(copy.rejects) == 1
    assert copy.cursor is not None
    assert start is not None
    assert copy.cursor.value["channels"]["C0GENERAL"] == start.value["channels"]["C0GENERAL"]


def test_closed_between_a_message_and_its_replies_is_closed(desk: Desk, copy: Copy) -> None:
    """A thread that cannot be read because the app is out of the channel is not taken for a deleted one."""
    desk.vendor.errors["conversations.replies"] = "not_in_channel"
    desk.sync(copy)
    assert len(copy.rejects) == 3
    assert copy.cursor is not None
    assert copy.cursor.value["channels"] == {}
    del desk.vendor.errors["conversations.replies"]
    desk.later(days=60)
    desk.sync(copy)
    assert copy.texts() == desk.living()


def test_an_archived_channel_that_the_yaml_names_is_reported(open_desk: OpenDesk, copy: Copy) -> None:
    """Nobody can invite the app any more, but whoever named the channel must know that it is not read."""
    desk = open_desk(channels={"include": ["general", "ancient"]})
    desk.vendor.create("ancient", bot=False).archived = True
    desk.sync(copy)
    assert ["#ancient" in reject.error for reject in copy.rejects] == [True]


def test_an_excluded_channel_is_forgotten_without_a_word(open_desk: OpenDesk, copy: Copy) -> None:
    """What the YAML leaves out is no finding; taken in again, it is read from its beginning."""
    desk = open_desk()
    desk.sync(copy)
    for left_out in ({"exclude": ["general"]}, {"private": False}, {"include": ["cust-*"]}):
        other, cut = open_desk(channels=left_out), copy.copied()
        other.sync(cut)
        assert cut.rejects == []
    assert cut.cursor is not None
    assert list(cut.cursor.value["channels"]) == ["C0HALDEN"]


def test_an_archived_channel_is_read_to_its_end_and_then_left_alone(desk: Desk, copy: Copy) -> None:
    """Its last messages are read, its messages stay, and it costs no call until it is opened again."""
    desk.sync(copy)
    desk.vendor.post("general", "Closing this channel")
    channel = desk.vendor.channel("general")
    channel.archived = True
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.texts() == desk.living()
    desk.later(hours=1)
    desk.sync(copy)
    assert desk.vendor.count("conversations.history") == 2
    channel.archived = False
    desk.vendor.post("general", "Open again")
    desk.later(days=30)
    desk.sync(copy)
    assert copy.texts() == desk.living()
    assert copy.rejects == []


def test_a_full_read_reads_archived_channels(desk: Desk, copy: Copy) -> None:
    """Nobody is in an archived channel any more: those that were open to the app are read, the others asked once."""
    desk.vendor.channel("cust-halden-robotics").archived = True
    desk.vendor.create("ancient", bot=False).archived = True
    desk.sync(copy)
    assert copy.texts() == desk.living()
    assert copy.rejects == []
    desk.later(hours=1)
    desk.sync(copy)
    assert desk.vendor.count("conversations.history") == 2


def test_without_the_groups_scopes_private_channels_can_be_left_out(open_desk: OpenDesk, copy: Copy) -> None:
    """An app without any right to private channels reads the public ones, if the YAML says so; else it is refused."""
    desk = open_desk(channels={"private": False})
    desk.vendor.scopes -= {"groups:read", "groups:history"}
    desk.sync(copy)
    assert names(copy) == {"general", "cust-halden-robotics"}
    with pytest.raises(SourceRefused, match="groups:read"):
        open_desk().sync(Copy())
