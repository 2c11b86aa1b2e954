"""A fake Slack workspace: its people, channels, their history and the replies in threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from groundfact.testing.slack_door import THROTTLED_OBJECTS, Args, Refused, SlackDoor
from groundfact.testing.slack_workspace import BOT, BOT_ID, TEAM, Channel, Person, Post, stamp, ts_text

_SITE = "https://northlane-example.slack.com/"
_SLACKBOT = Person("USLACKBOT", "Slackbot", "")
"""In every workspace's list, and called no bot there."""
_KINDS = {"public_channel": "channels:read", "private_channel": "groups:read"}


class FakeSlack(SlackDoor):
    """Slack's Web API over a world's conversations; point the SDK's ``base_url`` at ``api_url``.

    ``general`` tells of all accounts, ``cust-halden-robotics`` is shared with the hero's people and ``deal-desk``
    is private. ``tiers`` enforces the documented limits; ``throttled`` those of an app that is sold outside the
    Marketplace: one call a minute and 15 messages. ``scopes`` may be narrowed.
    """

    @property
    def api_url(self) -> str:
        """The address of the methods."""
        return f"{self.url}/api/"

    # -- what people do in Slack ----------------------------------------------------------------------------

    def channel(self, name: str) -> Channel:
        """A channel by its name."""
        return next(channel for channel in self.workspace.channels.values() if channel.name == name)

    def create(self, name: str, *, private: bool = False, bot: bool = True) -> Channel:
        """Make a channel."""
        with self.world.lock:
            made = Channel(f"C0NEW{len(self.workspace.channels)}", name, private, members=[BOT] if bot else [])
            return self.workspace.channels.setdefault(made.id, made)

    def post(
        self,
        name: str,
        text: str,
        *,
        at: datetime | None = None,
        thread: str | None = None,
        user: str = "U0MATE1",
        broadcast: bool = False,
        **more: Any,
    ) -> str:
        """Post now, or at a time, in a thread or not; the ts."""
        with self.world.lock:
            root = int(thread.replace(".", "")) if thread else None
            post = self.channel(name).add(stamp(at or self.world.now), user, text, root, broadcast)
            post.more.update(more)
            return ts_text(post.ts)

    def edit(self, name: str, ts: str, text: str) -> None:
        """Change a message now."""
        with self.world.lock:
            post = self._post(self.channel(name), ts)
            post.text, post.edited = text, stamp(self.world.now)

    def delete(self, name: str, ts: str) -> None:
        """Delete a message; with replies it stays as a tombstone."""
        with self.world.lock:
            self._post(self.channel(name), ts).deleted = True

    def _post(self, channel: Channel, ts: str) -> Post:
        return channel.posts[int(ts.replace(".", ""))]

    # -- methods --------------------------------------------------------------------------------------------

    def _run(self, method: str, args: Args) -> dict[str, Any]:
        methods: dict[str, Callable[[Args], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "team.info": self._team_info,
            "conversations.list": self._list,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.members": self._members,
            "users.list": self._users_list,
            "users.info": self._users_info,
        }
        if method not in methods:
            raise Refused("unknown_method")
        return methods[method](args)

    def _auth_test(self, args: Args) -> dict[str, Any]:
        return {
            "url": _SITE, "team": "Northlane", "user": "groundfact", "team_id": TEAM, "user_id": BOT,
            "bot_id": BOT_ID, "is_enterprise_install": False,
        }  # fmt: skip

    def _team_info(self, args: Args) -> dict[str, Any]:
        self._need("team:read")
        domain = {"domain": "northlane-example", "email_domain": "northlane.example"}
        return {"team": {"id": TEAM, "name": "Northlane", **domain}}

    def _list(self, args: Args) -> dict[str, Any]:
        kinds = args.get("types", "public_channel").split(",")
        if not set(kinds) <= _KINDS.keys():
            raise Refused("invalid_types")
        self._need(*(_KINDS[kind] for kind in kinds))
        rows = [
            channel
            for channel in self.workspace.channels.values()
            if ("private_channel" if channel.private else "public_channel") in kinds
            and (not channel.private or BOT in channel.members)
            and not (channel.archived and args.get("exclude_archived") in ("1", "true"))
        ]
        page, cursor = self._page(rows, args, self._limit(args, 100, 1_000))
        return {"channels": [self._show_channel(row) for row in page], "response_metadata": {"next_cursor": cursor}}

    def _show_channel(self, channel: Channel) -> dict[str, Any]:
        return {
            "id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": True,
            "is_group": False, "is_im": False, "is_mpim": False, "is_private": channel.private,
            "is_archived": channel.archived, "is_general": channel.name == "general",
            # Archiving takes everybody out of a channel, whose history stays readable.
            "is_member": BOT in channel.members and not channel.archived, "is_shared": channel.shared,
            "is_ext_shared": channel.shared, "is_org_shared": False, "context_team_id": TEAM, "unlinked": 0,
            "num_members": len(channel.members), "pending_shared": [], "previous_names": [],
        }  # fmt: skip

    def _history(self, args: Args) -> dict[str, Any]:
        channel = self._channel(args, "history")
        posts = [post for post in channel.posts.values() if post.thread is None or post.broadcast]
        return self._messages(channel, posts, args, newest_first=True)

    def _replies(self, args: Args) -> dict[str, Any]:
        channel = self._channel(args, "history")
        root = channel.posts.get(_place(args, "ts", 0))
        if root is None or not channel.shows(root):
            raise Refused("thread_not_found")
        answer = self._messages(channel, channel.replies(root.ts), args, newest_first=False)
        answer["messages"].insert(0, self._show(channel, root))
        return answer

    def _messages(self, channel: Channel, posts: list[Post], args: Args, *, newest_first: bool) -> dict[str, Any]:
        limit = self._limit(args, 100 if newest_first else 999, 999)
        limit = min(limit, THROTTLED_OBJECTS) if self.throttled else limit
        oldest, latest = _place(args, "oldest", 0), _place(args, "latest", 1 << 62)
        widen = int(args.get("inclusive") in ("1", "true"))
        found = [post for post in posts if oldest - widen < post.ts < latest + widen and channel.shows(post)]
        found.sort(key=lambda post: post.ts, reverse=newest_first)
        page, cursor = self._page(found, args, limit)
        answer = {"messages": [self._show(channel, post) for post in page], "has_more": bool(cursor), "pin_count": 0}
        return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})

    def _show(self, channel: Channel, post: Post) -> dict[str, Any]:
        replies, ts = channel.replies(post.ts), ts_text(post.ts)
        shown: dict[str, Any] = {"type": "message", "user": post.user, "text": post.text, "ts": ts, "team": TEAM}
        if post.deleted:
            tomb = {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": True}
            shown |= tomb
        else:
            shown |= post.more
            if post.edited is not None:
                shown["edited"] = {"user": post.user, "ts": ts_text(post.edited)}
        if post.thread is not None:
            shown |= {"thread_ts": ts_text(post.thread), "parent_user_id": channel.posts[post.thread].user}
            shown |= {"subtype": "thread_broadcast"} if post.broadcast else {}
        elif replies:
            users = list(dict.fromkeys(reply.user for reply in replies))
            shown |= {"thread_ts": ts, "reply_count": len(replies), "latest_reply": ts_text(replies[-1].ts)}
            shown |= {"reply_users": users, "reply_users_count": len(users), "is_locked": False}
        return shown

    def _members(self, args: Args) -> dict[str, Any]:
        page, cursor = self._page(self._channel(args, "read").members, args, self._limit(args, 100, 1_000))
        return {"members": list(page), "response_metadata": {"next_cursor": cursor}}

    def _users_list(self, args: Args) -> dict[str, Any]:
        self._need("users:read")
        rows = [_SLACKBOT, *(person for person in self.workspace.people.values() if person.team == TEAM)]
        page, cursor = self._page(rows, args, self._limit(args, 1_000, 1_000))
        return {"members": [self._show_person(row) for row in page], "response_metadata": {"next_cursor": cursor}}

    def _users_info(self, args: Args) -> dict[str, Any]:
        self._need("users:read")
        if args.get("user", "") not in self.workspace.people:
            raise Refused("user_not_found")
        return {"user": self._show_person(self.workspace.people[args["user"]])}

    def _show_person(self, person: Person) -> dict[str, Any]:
        profile = {"real_name": person.name, "display_name": "", "title": person.title, "team": person.team}
        if "users:read.email" in self.scopes and person.email:
            profile["email"] = person.email
        return {
            "id": person.id, "team_id": person.team, "name": person.name.lower().replace(" ", "."),
            "real_name": person.name, "deleted": person.deleted, "is_bot": person.bot, "profile": profile,
            "is_app_user": False, "is_restricted": person.guest, "is_ultra_restricted": False,
        } | ({"is_stranger": True} if person.team != TEAM else {}) | (
            {} if person.confirmed is None else {"is_email_confirmed": person.confirmed}
        )  # fmt: skip


def _place(args: Args, name: str, default: int) -> int:
    """A ts parameter in microseconds; Slack also takes whole seconds."""
    text = args.get(name)
    if text is None:
        return default
    match = re.fullmatch(r"(\d{1,12})(?:\.(\d{1,6}))?", text)
    if match is None:
        raise Refused(f"invalid_ts_{name}" if name != "ts" else "thread_not_found")
    return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))
