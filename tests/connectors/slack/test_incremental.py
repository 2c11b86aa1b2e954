"""Reading what changed."""

from __future__ import annotations

from typing import Any

import pytest

from groundfact.errors import SourceUnavailable

from .conftest import Copy, Desk, OpenDesk, ids


def test_increments_keep_the_copy_equal_to_the_source(open_desk: OpenDesk, copy: Copy) -> None:
    """Through weeks of business, edits and deletions, increments give what is said in Slack."""
    desk = open_desk(lookback="60d")
    desk.sync(copy)
    for step in range(8):
        desk.world.advance(days=2)
        talk = desk.vendor.post("cust-halden-robotics", f"Talk {step}")
        gone = desk.vendor.post("general", f"Slip {step}", thread=desk.vendor.post("general", f"Ask {step}"))
        desk.sync(copy)
        desk.vendor.edit("cust-halden-robotics", talk, f"Talk {step}, mended")
        desk.vendor.delete("general", gone)
        desk.world.advance(hours=3)
        desk.sync(copy)
        assert copy.texts() == desk.living()
    assert copy.rejects == []


def test_a_run_without_news_reads_no_thread(desk: Desk, copy: Copy) -> None:
    """One page for each channel; threads in which nothing moved cost nothing."""
    desk.sync(copy)
    desk.later(days=1)
    desk.sync(copy)
    assert [desk.vendor.count(f"conversations.{name}") for name in ("history", "replies")] == [3, 0]


def test_a_new_reply_is_found_though_no_list_shows_it(desk: Desk, copy: Copy) -> None:
    """An old message's new reply is not in the history: the thread is read, and only that one."""
    ask = desk.vendor.post("general", "Any news of Halden Robotics?")
    desk.later(days=9)
    desk.sync(copy)
    reply = desk.vendor.post("general", "Signed!", thread=ask)
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{reply}"] == "Signed!"
    assert desk.vendor.count("replies") == 1


def test_only_new_messages_beyond_the_lookback_are_read(open_desk: OpenDesk, copy: Copy) -> None:
    """An increment begins where the last run ended, less the lookback: older messages are not read again."""
    desk = open_desk(lookback="2d")
    old = desk.vendor.post("general", "old")
    desk.later(days=3)
    young = desk.vendor.post("general", "young")
    desk.later(days=1)
    desk.sync(copy)
    desk.later(hours=1)
    read = ids(desk.sync(copy))
    assert f"C0GENERAL:{young}" in read
    assert f"C0GENERAL:{old}" not in read


def test_an_edit_within_the_lookback_is_a_new_version(desk: Desk, copy: Copy) -> None:
    """The record says the new words, with the time of the edit."""
    ts = desk.vendor.post("general", "Call at nine")
    desk.later(days=2)
    desk.sync(copy)
    desk.later(days=8)
    desk.vendor.edit("general", ts, "Call at ten")
    desk.later(hours=1)
    desk.sync(copy)
    record = copy.records[f"C0GENERAL:{ts}"]
    assert record.data["text"] == "Call at ten"
    assert record.updated_at is not None
    assert (desk.world.now - record.updated_at).total_seconds() == 3_600


def test_an_edited_reply_is_seen_for_an_hour_and_with_the_next_reply(desk: Desk, copy: Copy) -> None:
    """Slack tells nobody of an edited reply: a young thread is read again, an older one when it moves."""
    ask = desk.vendor.post("general", "Price?")
    reply = desk.vendor.post("general", "900", thread=ask)
    desk.later(minutes=10)
    desk.sync(copy)
    desk.vendor.edit("general", reply, "990")
    desk.later(minutes=40)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{reply}"] == "990"
    desk.later(hours=5)
    desk.sync(copy)
    desk.vendor.edit("general", reply, "995")
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{reply}"] == "990"
    desk.vendor.post("general", "Thanks", thread=ask)
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{reply}"] == "995"


def test_what_is_older_than_the_lookback_is_found_by_the_next_full_read(desk: Desk, copy: Copy) -> None:
    """An edit and a reply below a message of last month wait for the full read, which is due every 30 days."""
    ts = desk.vendor.post("general", "Old")
    desk.later(days=20)
    desk.sync(copy)
    desk.vendor.edit("general", ts, "Old, mended")
    reply = desk.vendor.post("general", "Late", thread=ts)
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{ts}"] == "Old"
    desk.sync(copy, full=True)
    assert copy.texts()[f"C0GENERAL:{ts}"] == "Old, mended"
    assert f"C0GENERAL:{reply}" in copy.records
    spec = desk.spec()
    assert spec.full_every is not None
    assert spec.full_every.days == 30


def test_the_declared_overlap_is_the_lookback(open_desk: OpenDesk) -> None:
    """The core is told how far back each run looks."""
    spec = open_desk(lookback="3d").spec()
    assert spec.overlap.days == 3


def test_a_crash_after_any_batch_costs_nothing(open_desk: OpenDesk, copy: Copy) -> None:
    """Cut after every batch, with more said, edited and deleted meanwhile, the next two runs lose nothing."""
    desk = open_desk(page_size=2)
    for number in range(6):
        ask = desk.vendor.post("general", f"Ask {number}")
        desk.vendor.post("general", f"Answer {number}", thread=ask)
        desk.later(minutes=1)
    desk.sync(copy)
    gone = desk.vendor.post("general", "Gone")
    desk.later(minutes=1)
    desk.sync(copy)
    desk.vendor.delete("general", gone)
    desk.vendor.post("general", "Late answer", thread=ask)
    desk.later(hours=1)
    batches = len(list(desk.batches(copy.cursor)))
    assert batches >= 10
    for stop in range(1, batches):
        broken = copy.copied()
        desk.renew()
        for batch, _ in zip(desk.batches(copy.cursor), range(stop), strict=False):
            broken.take(batch)
        desk.later(minutes=1)
        desk.vendor.edit("general", ask, f"Ask, for the {stop}th time")
        desk.vendor.post("general", f"Another {stop}")
        desk.later(minutes=1)
        desk.sync(broken)
        desk.sync(broken)
        assert broken.texts() == desk.living(), stop
        assert broken.gone == {f"C0GENERAL:{gone}"}


def test_a_resumed_full_read_does_not_read_channels_twice(open_desk: OpenDesk, copy: Copy) -> None:
    """After an interruption the run goes on in the channel it was in, below the last message it wrote."""
    desk = open_desk(page_size=1)
    batches = list(desk.batches())
    whole = ids(batches)
    for stop in range(1, len(batches)):
        cut = Copy()
        desk.renew()
        for batch, _ in zip(desk.batches(), range(stop), strict=False):
            cut.take(batch)
        desk.later(minutes=1)
        rest = ids(list(desk.batches(cut.cursor)))
        assert [*cut.records, *rest] == whole


def test_the_window_ends_where_the_run_began(desk: Desk, copy: Copy) -> None:
    """What is said while a run reads is left to the next run."""
    began = desk.world.now

    def talk() -> None:
        desk.later(minutes=1)
        desk.vendor.post("general", "During the run")

    desk.vendor.faults.add("run", "conversations.history", run=talk)
    desk.sync(copy)
    assert "During the run" not in copy.texts().values()
    assert copy.cursor is not None
    assert copy.cursor.at == began
    desk.later(minutes=1)
    desk.sync(copy)
    assert "During the run" in copy.texts().values()


def test_a_history_out_of_order_ends_the_run(desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on after the last message of a page that is not newest first would skip some: the run fails instead."""
    messages = desk.vendor._messages

    def turned(*args: Any, **more: Any) -> dict[str, Any]:
        answer = messages(*args, **more)
        return {**answer, "messages": answer["messages"][::-1]}

    monkeypatch.setattr(desk.vendor, "_messages", turned)
    with pytest.raises(SourceUnavailable, match="newest first"):
        desk.sync(copy)


@pytest.mark.parametrize("method", ["conversations.list", "conversations.replies", "users.list"])
def test_a_list_that_goes_round_in_a_circle_ends_the_run(
    desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """A page that comes back is noticed at once, whatever the list."""
    run, turn = desk.vendor._run, {"": "b", "b": "c", "c": "b"}

    def circling(asked: str, args: dict[str, str]) -> dict[str, Any]:
        told = args.pop("cursor", "") if asked == method else ""
        answer = run(asked, args)
        return {**answer, "response_metadata": {"next_cursor": turn[told]}} if asked == method else answer

    monkeypatch.setattr(desk.vendor, "_run", circling)
    with pytest.raises(SourceUnavailable, match="nothing was skipped"):
        desk.sync(copy)
    assert desk.vendor.count(method) == 3


def test_a_page_that_promises_more_and_shows_nothing_ends_the_run(
    desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty page in the middle is neither the end nor a loop."""
    monkeypatch.setattr(desk.vendor, "_messages", lambda *args, **more: {"messages": [], "has_more": True})
    with pytest.raises(SourceUnavailable, match="nothing was skipped"):
        desk.sync(copy)
