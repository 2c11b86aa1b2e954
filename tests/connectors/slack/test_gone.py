"""Messages that are not there any more."""

from __future__ import annotations

import pytest

from .conftest import Copy, Desk, OpenDesk


def test_a_deleted_message_is_gone(desk: Desk, copy: Copy) -> None:
    """What was read and is missing from the history within the lookback has gone, and nothing else."""
    ts = desk.vendor.post("general", "Never mind")
    desk.later(minutes=1)
    desk.sync(copy)
    desk.vendor.delete("general", ts)
    desk.later(days=9)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{ts}"}
    assert copy.texts() == desk.living()


def test_a_deleted_message_with_replies_leaves_the_replies(desk: Desk, copy: Copy) -> None:
    """Its tombstone is no message, and the thread below it lives on; once that is deleted too, all has gone."""
    root = desk.vendor.post("general", "Wrong channel")
    reply = desk.vendor.post("general", "No problem", thread=root)
    desk.later(hours=2)
    desk.sync(copy)
    desk.vendor.delete("general", root)
    desk.later(hours=2)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{root}"}
    assert copy.texts() == desk.living()
    desk.vendor.delete("general", reply)
    desk.later(hours=2)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{root}", f"C0GENERAL:{reply}"}


@pytest.mark.parametrize("deleted", [slice(0, 3), slice(1, 3), slice(2, 3), slice(0, 1)])
def test_deleted_replies_are_gone(desk: Desk, copy: Copy, deleted: slice) -> None:
    """A thread with fewer replies than before is read again, whichever they are, and one without any not forgotten."""
    root = desk.vendor.post("general", "Dates?")
    replies = [desk.vendor.post("general", f"The {day}th", thread=root) for day in (3, 4, 5)]
    desk.later(hours=3)
    desk.sync(copy)
    for ts in replies[deleted]:
        desk.vendor.delete("general", ts)
    desk.later(hours=3)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{ts}" for ts in replies[deleted]}
    assert copy.texts() == desk.living()


def test_a_whole_thread_is_gone_with_its_first_message(desk: Desk, copy: Copy) -> None:
    """Where not even a tombstone is left, the replies are known to have gone as well."""
    root = desk.vendor.post("general", "Dates?")
    replies = [desk.vendor.post("general", f"The {day}th", thread=root) for day in (3, 4)]
    desk.later(hours=3)
    desk.sync(copy)
    for ts in (root, *replies):
        desk.vendor.delete("general", ts)
    desk.later(hours=3)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{ts}" for ts in (root, *replies)}


def test_a_thread_deleted_while_it_is_read_is_settled_by_the_next_run(desk: Desk, copy: Copy) -> None:
    """`thread_not_found` is neither an empty thread nor the end of the run."""
    root = desk.vendor.post("general", "Dates?")
    reply = desk.vendor.post("general", "The 3rd", thread=root)
    desk.later(minutes=30)
    desk.sync(copy)
    desk.vendor.errors["conversations.replies"] = "thread_not_found"
    desk.later(minutes=20)
    desk.sync(copy)
    assert copy.gone == set()
    del desk.vendor.errors["conversations.replies"]
    for ts in (root, reply):
        desk.vendor.delete("general", ts)
    desk.later(minutes=20)
    desk.sync(copy)
    assert copy.gone == {f"C0GENERAL:{root}", f"C0GENERAL:{reply}"}


def test_what_was_seen_before_an_interruption_is_remembered(open_desk: OpenDesk, copy: Copy) -> None:
    """A run goes on where another was cut off, and the next one misses what was deleted of either's messages."""
    desk = open_desk(page_size=2)
    roots = [desk.vendor.post("general", f"Ask {number}") for number in range(5)]
    replies = [desk.vendor.post("general", "Answer", thread=root) for root in roots]
    desk.later(minutes=1)
    for stop in range(2, len(list(desk.batches()))):
        cut = Copy()
        desk.renew()
        for batch, _ in zip(desk.batches(), range(stop), strict=False):
            cut.take(batch)
        desk.sync(cut)
        posts = [desk.vendor.channel("general").posts[int(ts.replace(".", ""))] for ts in (*roots, *replies)]
        for post in posts:
            post.deleted = True
        desk.later(minutes=1)
        desk.sync(cut)
        assert cut.gone == {f"C0GENERAL:{ts}" for ts in (*roots, *replies)}
        for post in posts:
            post.deleted = False


def test_leaving_the_lookback_is_not_being_deleted(open_desk: OpenDesk, copy: Copy) -> None:
    """Messages that grow older than the lookback stay as they are."""
    desk = open_desk(lookback="1d")
    for number in range(12):
        desk.vendor.post("general", f"Note {number}", thread=desk.vendor.post("general", f"Ask {number}"))
        desk.later(hours=7)
        desk.sync(copy)
    assert copy.gone == set()
    assert copy.texts() == desk.living()


def test_a_message_that_has_become_unreadable_is_not_gone(desk: Desk, copy: Copy) -> None:
    """It is rejected, and what was known of it stays."""
    ts = desk.vendor.post("general", "Fine")
    desk.later(minutes=1)
    desk.sync(copy)
    desk.vendor.channel("general").posts[int(ts.replace(".", ""))].more["edited"] = {"ts": 7}
    desk.later(hours=1)
    desk.sync(copy)
    assert copy.gone == set()
    assert [reject.id for reject in copy.rejects] == [f"C0GENERAL:{ts}"]
