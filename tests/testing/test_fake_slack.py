"""The fake workspace, driven by Slack's SDK over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from groundfact.testing import FictionalWorld
from groundfact.testing.slack import FakeSlack
from groundfact.testing.slack_workspace import BOT

Connect = Callable[[], WebClient]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A running workspace."""
    with FakeSlack(FictionalWorld(companies=12)) as vendor:
        yield vendor


@pytest.fixture
def sdk(slack: FakeSlack) -> WebClient:
    """The SDK, aimed at the fake."""
    return WebClient(token=slack.token, base_url=slack.api_url, retry_handlers=[])


def refused(call: Callable[..., Any], **asked: Any) -> dict[str, Any]:
    """The body of an error, which comes with status 200."""
    with pytest.raises(SlackApiError) as raised:
        call(**asked)
    assert raised.value.response.status_code == 200
    return dict(raised.value.response.data)


def texts(answer: Any) -> list[str]:
    """What the messages of an answer say."""
    return [message["text"] for message in answer["messages"]]


def test_who_we_are(sdk: WebClient) -> None:
    """The token's workspace and bot, and the team."""
    found = sdk.auth_test()
    assert (found["team"], found["user"], found["user_id"]) == ("Northlane", "groundfact", BOT)
    assert sdk.team_info()["team"]["id"] == found["team_id"]


def test_channels_by_kind_and_page(sdk: WebClient, slack: FakeSlack) -> None:
    """The list goes by kind and cursor; archived channels can be left out; alien private ones are never in it."""
    slack.create("hidden", private=True, bot=False)
    slack.channel("general").archived = True
    names, cursor = [], None
    while cursor != "":
        page = sdk.conversations_list(types="public_channel,private_channel", limit=1, cursor=cursor)
        names += [(channel["name"], channel["is_private"]) for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
    assert names == [("general", False), ("cust-halden-robotics", False), ("deal-desk", True)]
    assert [c["name"] for c in sdk.conversations_list(exclude_archived=True)["channels"]] == ["cust-halden-robotics"]
    assert sdk.conversations_list()["channels"][0]["is_member"] is False
    assert refused(sdk.conversations_list, types="public")["error"] == "invalid_types"
    assert refused(sdk.conversations_list, cursor="bmV4dA")["error"] == "invalid_cursor"


def test_history_is_newest_first_between_two_excluded_ends(sdk: WebClient, slack: FakeSlack) -> None:
    """`oldest` and `latest` are left out unless they are to be included; pages go by cursor or by time."""
    times = []
    for number in range(5):
        times.append(slack.post("general", f"N{number}"))
        slack.world.now += timedelta(minutes=1)
    between = {"channel": "C0GENERAL", "oldest": times[0], "latest": times[4]}
    assert texts(sdk.conversations_history(**between)) == ["N3", "N2", "N1"]
    assert texts(sdk.conversations_history(**between, inclusive=True)) == ["N4", "N3", "N2", "N1", "N0"]
    page = sdk.conversations_history(**between, limit=2)
    assert (texts(page), page["has_more"]) == (["N3", "N2"], True)
    rest = sdk.conversations_history(**between, limit=2, cursor=page["response_metadata"]["next_cursor"])
    assert (texts(rest), rest["has_more"], rest.get("response_metadata")) == (["N1"], False, None)
    by_time = sdk.conversations_history(**{**between, "latest": page["messages"][-1]["ts"]})
    assert texts(by_time) == ["N1"]
    assert refused(sdk.conversations_history, channel="C0GENERAL", limit=1_000)["error"] == "invalid_limit"
    assert refused(sdk.conversations_history, channel="C0GENERAL", oldest="soon")["error"] == "invalid_ts_oldest"


def test_replies_are_in_their_thread_only(sdk: WebClient, slack: FakeSlack) -> None:
    """The history shows the first message with counts; the thread shows it and the replies, oldest first."""
    root = slack.post("general", "Ask")
    slack.world.now += timedelta(minutes=1)
    first = slack.post("general", "One", thread=root, user="U0MATE2")
    both = slack.post("general", "Two", thread=root, broadcast=True)
    shown = sdk.conversations_history(channel="C0GENERAL", oldest=root, inclusive=True)["messages"]
    assert [(message["text"], message.get("subtype")) for message in shown] == [
        ("Two", "thread_broadcast"), ("Ask", None)
    ]  # fmt: skip
    assert (shown[1]["reply_count"], shown[1]["latest_reply"], shown[1]["thread_ts"]) == (2, both, root)
    assert texts(sdk.conversations_replies(channel="C0GENERAL", ts=root)) == ["Ask", "One", "Two"]
    page = sdk.conversations_replies(channel="C0GENERAL", ts=root, limit=1)
    assert (texts(page), page["has_more"]) == (["Ask", "One"], True)
    assert first in [message["ts"] for message in page["messages"]]
    alone = slack.post("general", "Alone")
    assert texts(sdk.conversations_replies(channel="C0GENERAL", ts=alone)) == ["Alone"]
    assert refused(sdk.conversations_replies, channel="C0GENERAL", ts="1.000000")["error"] == "thread_not_found"


def test_edits_and_deletions(sdk: WebClient, slack: FakeSlack) -> None:
    """An edit is dated and moves nothing; a deleted message vanishes, or leaves a tombstone above its replies."""
    root, plain = slack.post("general", "Ask"), slack.post("general", "Plain")
    slack.world.now += timedelta(hours=1)
    reply = slack.post("general", "Answer", thread=root)
    slack.edit("general", root, "Ask again")
    slack.delete("general", plain)
    (message,) = sdk.conversations_history(channel="C0GENERAL", oldest=root, inclusive=True)["messages"]
    assert (message["text"], message["ts"], message["edited"]["ts"]) == ("Ask again", root, reply)
    slack.delete("general", root)
    (message,) = sdk.conversations_history(channel="C0GENERAL", oldest=root, inclusive=True)["messages"]
    assert (message["subtype"], message["user"], message["reply_count"]) == ("tombstone", "USLACKBOT", 1)
    assert "edited" not in message
    slack.delete("general", reply)
    assert texts(sdk.conversations_history(channel="C0GENERAL", oldest=root, inclusive=True)) == []


def test_channels_that_are_closed_to_us(sdk: WebClient, slack: FakeSlack) -> None:
    """A public channel says that we are not in it; a private one, that there is none."""
    public, private = slack.create("open", bot=False), slack.create("shut", private=True, bot=False)
    assert refused(sdk.conversations_history, channel=public.id)["error"] == "not_in_channel"
    assert refused(sdk.conversations_history, channel=private.id)["error"] == "channel_not_found"
    assert refused(sdk.conversations_members, channel=private.id)["error"] == "channel_not_found"
    assert sdk.conversations_members(channel="C0DEALDESK")["members"] == ["U0MATE1", "U0MATE2", "U0MATE3", BOT]


def test_people_and_guests(sdk: WebClient, slack: FakeSlack) -> None:
    """The workspace's people are listed; the customer's are known one by one; addresses need a scope of their own."""
    listed = sdk.users_list(limit=200)["members"]
    assert {person["team_id"] for person in listed} == {"T0NORTHLANE"}
    assert [person["profile"].get("email") for person in listed if person["is_bot"]] == [None]
    guest = next(m for m in sdk.conversations_members(channel="C0HALDEN")["members"] if m.startswith("U0GUEST"))
    found = sdk.users_info(user=guest)["user"]
    assert (found["team_id"], found["is_stranger"]) == ("T0HALDEN", True)
    assert found["profile"]["email"].endswith("@halden-robotics.example")
    slack.scopes.discard("users:read.email")
    assert all("email" not in person["profile"] for person in sdk.users_list(limit=200)["members"])
    assert refused(sdk.users_info, user="U0NOBODY")["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("scope", "method", "asked"),
    [
        ("team:read", "team.info", {}),
        ("groups:read", "conversations.list", {"types": "private_channel"}),
        ("channels:read", "conversations.members", {"channel": "C0GENERAL"}),
        ("groups:history", "conversations.history", {"channel": "C0DEALDESK"}),
        ("channels:history", "conversations.replies", {"channel": "C0GENERAL", "ts": "1.0"}),
        ("users:read", "users.info", {"user": BOT}),
    ],
)
def test_every_method_needs_its_scope(
    sdk: WebClient, slack: FakeSlack, scope: str, method: str, asked: dict[str, str]
) -> None:
    """Without it the answer names what is needed and what there is."""
    slack.scopes.discard(scope)
    body = refused(sdk.api_call, api_method=method, params=asked)
    assert (body["error"], body["needed"]) == ("missing_scope", scope)
    assert scope not in body["provided"].split(",")


def test_tokens(slack: FakeSlack) -> None:
    """None, a wrong one and one that has ended each get Slack's word for it, with status 200."""
    old = slack.token
    slack.end_token("token_revoked")
    for token, error in ((None, "not_authed"), ("xoxb-wrong", "invalid_auth"), (old, "token_revoked")):
        client = WebClient(token=token, base_url=slack.api_url, retry_handlers=[])
        assert refused(client.auth_test)["error"] == error
    assert WebClient(token=slack.token, base_url=slack.api_url).auth_test()["ok"]
    assert requests.get(f"{slack.api_url}auth.test?token={slack.token}", timeout=5).json()["ok"]
    assert requests.get(f"{slack.api_url}no.such?token={slack.token}", timeout=5).json()["error"] == "unknown_method"


@pytest.mark.parametrize(("throttled", "allowed", "objects"), [(False, 50, 20), (True, 1, 15)])
def test_limits_by_the_minute(throttled: bool, allowed: int, objects: int) -> None:
    """Tier 3 gives 50 calls a minute, an app outside the Marketplace 1 and 15 messages; then 429 with Retry-After."""
    world = FictionalWorld(companies=1)
    with FakeSlack(world, tiers=True, throttled=throttled) as slack:
        for number in range(20):
            slack.post("general", f"N{number}")
        sdk = WebClient(token=slack.token, base_url=slack.api_url, retry_handlers=[])
        for _ in range(allowed):
            assert len(sdk.conversations_history(channel="C0GENERAL", limit=200)["messages"]) == objects
        with pytest.raises(SlackApiError) as raised:
            sdk.conversations_history(channel="C0GENERAL")
        assert (raised.value.response.status_code, raised.value.response["error"]) == (429, "ratelimited")
        world.now += timedelta(seconds=int(raised.value.response.headers["Retry-After"]))
        assert sdk.conversations_history(channel="C0GENERAL")["ok"]


def test_the_world_is_talked_about(sdk: WebClient, slack: FakeSlack) -> None:
    """The hero has a channel of its own; others are named in running text; and the talk goes on with the world."""
    world = slack.world
    assert "Halden Robotics" in " ".join(texts(sdk.conversations_history(channel="C0DEALDESK")))
    general = texts(sdk.conversations_history(channel="C0GENERAL"))
    names = [world.subjects[key].get("name") for key in world.company_keys[1:]]
    assert all(any(text.startswith(f"{name}: ") for name in names) for text in general)
    before = sum(len(channel.posts) for channel in slack.workspace.channels.values())
    world.advance(days=60)
    sdk.auth_test()
    assert sum(len(channel.posts) for channel in slack.workspace.channels.values()) > before


def test_the_same_world_talks_the_same() -> None:
    """Two workspaces over two equal worlds hold the same posts."""
    one, two = (FakeSlack(FictionalWorld(companies=12)) for _ in range(2))
    assert one.workspace.channels == two.workspace.channels
