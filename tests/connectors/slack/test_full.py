"""Reading everything."""

from __future__ import annotations

from datetime import timedelta

from groundfact.testing.slack import FakeSlack
from groundfact.testing.slack_workspace import ts_text
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld

from .conftest import START, Copy, Desk, OpenDesk, ids, key_of


def test_a_full_read_gives_every_message_and_every_reply(desk: Desk, copy: Copy) -> None:
    """What is said in the three channels, threads included, is in the copy once and word for word."""
    desk.sync(copy)
    assert copy.texts() == desk.living()
    assert copy.rejects == []
    assert copy.cursor is not None
    assert copy.cursor.at == desk.world.now


def test_small_pages_give_the_same(open_desk: OpenDesk, copy: Copy) -> None:
    """Page by page, in the channels as in the threads, nothing is lost and no record comes twice."""
    desk = open_desk(page_size=1)
    batches = desk.sync(copy)
    assert copy.texts() == desk.living()
    assert len(ids(batches)) == len(copy.records)


def test_a_record_tells_who_when_where_and_in_answer_to_what(desk: Desk, copy: Copy) -> None:
    """Author with confirmed address, time, channel, the message that is answered, and a link to it."""
    root = desk.vendor.post("general", "Who owns Halden Robotics?\nI cannot find it.", user="U0MATE2")
    ts = desk.vendor.post("general", "Dana does.", thread=root)
    desk.later(minutes=1)
    desk.sync(copy)
    asked, reply = copy.records[f"C0GENERAL:{root}"], copy.records[f"C0GENERAL:{ts}"]
    assert (asked.data["subject"], asked.data["thread"]) == ("Who owns Halden Robotics?", None)
    assert asked.data["author"]["name"] == "Nils Wierford"
    assert asked.data["author"]["email"] == "nils.wierford1@northlane.example"
    assert reply.data["thread"] == asked.id
    assert reply.data["sent_at"] == "2026-11-02T08:00:00.000Z"
    assert reply.data["channel"] == {"id": "C0GENERAL", "name": "general", "private": False, "shared": False}
    site = "https://northlane-example.slack.com/archives/C0GENERAL/p"
    assert asked.url == site + root.replace(".", "")
    assert reply.url == f"{site}{ts.replace('.', '')}?thread_ts={root}&cid=C0GENERAL"


def test_the_customers_people_are_told_from_ours(desk: Desk, copy: Copy) -> None:
    """In a shared channel each author's organisation and address show, also of guests no list contains."""
    desk.sync(copy)
    authors = [r.data["author"] for r in copy.records.values() if r.data["channel"]["name"] == "cust-halden-robotics"]
    assert {(author["external"], author["email"].partition("@")[2]) for author in authors} == {
        (True, "halden-robotics.example"),
        (False, "northlane.example"),
    }


def test_an_address_that_nobody_confirmed_is_not_told(desk: Desk, copy: Copy) -> None:
    """Whoever types an address into a profile is not of that company."""
    desk.vendor.workspace.people["U0MATE1"].confirmed = False
    ts = desk.vendor.post("general", "It is me, the bank.")
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.records[f"C0GENERAL:{ts}"].data["author"]["email"] is None


def test_being_answered_does_not_change_a_message(desk: Desk, copy: Copy) -> None:
    """A message is the same record before and after its first reply."""
    ts = desk.vendor.post("general", "Anybody?")
    desk.later(minutes=1)
    desk.sync(copy)
    before = copy.records[f"C0GENERAL:{ts}"]
    desk.vendor.post("general", "Yes.", thread=ts)
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.records[f"C0GENERAL:{ts}"] == before


def test_slacks_way_of_writing_becomes_plain_text(desk: Desk, copy: Copy) -> None:
    """Mentions, links, escapes, attachments and files are readable; previews of links are left out."""
    ts = desk.vendor.post(
        "general",
        "<@U0MATE1> &lt;see&gt; <https://halden.example/a?b=1&amp;c=2|the plan> in <#C0HALDEN|cust> <!here>"
        " or <mailto:x@halden.example|x@halden.example>, <@U0NOBODY>",
        attachments=[
            {"title": "Deal", "text": "at 5 &amp; &amp;lt;6"},
            {"from_url": "https://x.example", "text": "preview"},
        ],
        files=[{"name": "log.txt"}],
    )
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{ts}"] == (
        "@Dana Whitlock <see> the plan (https://halden.example/a?b=1&c=2) in #cust @here or x@halden.example, @U0NOBODY"
        "\nDeal\nat 5 & &lt;6\n[file: log.txt]"
    )


def test_an_app_that_posts_blocks_only_is_understood(desk: Desk, copy: Copy) -> None:
    """Where a message has no text, the words are taken from its blocks."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Renewal due"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "for <@U0MATE1>"}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
    ]
    ts = desk.vendor.post("general", "", blocks=blocks)
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.texts()[f"C0GENERAL:{ts}"] == "Renewal due\nfor @Dana Whitlock\nx"
    assert copy.records[f"C0GENERAL:{ts}"].data["subject"] == "Renewal due"


def test_joins_are_no_messages_and_apps_are_authors(desk: Desk, copy: Copy) -> None:
    """What Slack itself reports is left out; what an app posts counts, under the app's name."""
    joined = desk.vendor.post("general", "<@U0MATE3> has joined the channel", subtype="channel_join")
    posted = desk.vendor.post(
        "general", "Build failed", user="", subtype="bot_message", bot_id="B7", username="Builder"
    )
    desk.later(minutes=1)
    desk.sync(copy)
    assert f"C0GENERAL:{joined}" not in copy.records
    author = copy.records[f"C0GENERAL:{posted}"].data["author"]
    assert (author["id"], author["name"], author["bot"]) == ("B7", "Builder", True)


def test_a_reply_that_is_also_sent_to_the_channel_is_one_record(desk: Desk, copy: Copy) -> None:
    """It is in the channel and in the thread, and says the same in both."""
    root = desk.vendor.post("general", "Which date?")
    both = desk.vendor.post("general", "The 5th.", thread=root, broadcast=True)
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.records[f"C0GENERAL:{both}"].data["thread"] == f"C0GENERAL:{root}"
    assert copy.texts() == desk.living()


def test_a_ts_keeps_its_last_digits(desk: Desk, copy: Copy) -> None:
    """Messages a microsecond apart are as many records: a ts is text, not a floating-point number."""
    channel = desk.vendor.channel("general")
    posts = [channel.add(1_793_000_000_123_400 + step, "U0MATE1", str(step)) for step in range(99)]
    desk.sync(copy)
    assert {key_of(channel, post) for post in posts} <= copy.records.keys()


def test_one_unreadable_message_costs_itself_only(desk: Desk, copy: Copy) -> None:
    """It is a reject with its channel's name, and everything else is read."""
    ts = desk.vendor.post("general", "x", edited={"ts": "yesterday"})
    desk.later(minutes=1)
    desk.sync(copy)
    (reject,) = copy.rejects
    assert reject.id == f"C0GENERAL:{ts}"
    assert "#general" in reject.error
    assert copy.texts() == {key: text for key, text in desk.living().items() if key != reject.id}


def test_a_message_without_a_place_is_rejected_too(desk: Desk, copy: Copy) -> None:
    """A message whose ts cannot be read is counted, and hides none of the others."""
    show = desk.vendor._show
    bad = desk.vendor.post("general", "x")

    def shown(channel: object, post: object) -> dict[str, object]:
        row = show(channel, post)  # type: ignore[arg-type]
        return {**row, "ts": None} if row["ts"] == bad else row

    desk.vendor._show = shown  # type: ignore[method-assign, assignment]
    desk.later(minutes=1)
    desk.sync(copy)
    assert [reject.id for reject in copy.rejects] == [None]
    assert copy.texts() == {key: text for key, text in desk.living().items() if not key.endswith(bad)}


def test_the_price_of_ten_thousand_messages(clock: FakeClockWorld, open_desk: OpenDesk, copy: Copy) -> None:
    """10,000 messages, of which 2,000 are replies in 400 threads, take 40 calls for the pages and one for each thread;
    the next run, with nothing new, takes the pages of the lookback and no thread."""
    world = FictionalWorld(companies=1, now=START)
    with FakeSlack(world) as vendor:
        channel = vendor.create("busy")
        start = START - timedelta(days=100)
        for number in range(8_000):
            at = start + timedelta(minutes=18 * number)
            post = channel.add(int(at.timestamp()) * 1_000_000, "U0MATE1", f"message {number}")
            for reply in range(5 if number % 20 == 0 else 0):
                channel.add(post.ts + 1_000_000 * (reply + 1), "U0MATE2", f"reply {reply}", post.ts)
        desk = open_desk(vendor=vendor, channels={"include": ["busy"]})
        desk.sync(copy)
        assert len(copy.records) == 10_000
        methods = ("conversations.history", "conversations.replies", "users.list", "")
        assert [vendor.count(method) for method in methods] == [40, 400, 1, 40 + 400 + 1 + 3]
        desk.later(hours=2)
        desk.sync(copy)
        assert [vendor.count(method) for method in methods] == [6, 0, 1, 6 + 1 + 3]
        assert len(copy.records) == 10_000
        assert ts_text(post.ts) in str(list(copy.records))
