"""What is in the fake Slack workspace: people, channels and posts, fed from a world's conversations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from groundfact.testing.truth import Message, Subject
from groundfact.testing.world_data import FictionalWorld

TEAM, CUSTOMER_TEAM = "T0NORTHLANE", "T0HALDEN"
BOT, BOT_ID = "U0GROUNDFACT", "B0GROUNDFACT"
GENERAL, CUSTOMER, DEAL_DESK = "C0GENERAL", "C0HALDEN", "C0DEALDESK"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DESK_TALK = (
    (16, "Halden Robotics asks for the framework agreement at {amount} EUR. How low may we go?", None),
    (15, "Not below 12 percent off, and only with a second site in the contract.", 0),
    (12, "{other} got the same terms last year; Halden Robotics must not hear of it.", 0),
    (5, "Legal has cleared the Halden Robotics draft.", None),
)


def stamp(moment: datetime) -> int:
    """Microseconds since 1970, as in a message's ts."""
    return (moment - _EPOCH) // _MICROSECOND


def ts_text(microseconds: int) -> str:
    """A ts as Slack writes it: seconds, a point, six digits."""
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


@dataclass(slots=True)
class Person:
    """A member of the workspace, a guest of a shared channel, or a bot."""

    id: str
    name: str
    email: str
    team: str = TEAM
    deleted: bool = False
    bot: bool = False
    confirmed: bool | None = True
    """None: Slack does not say."""
    title: str = ""
    guest: bool = False


@dataclass(slots=True)
class Post:
    """One message; `thread` is the ts of the message it answers."""

    ts: int
    user: str
    text: str
    thread: int | None = None
    broadcast: bool = False
    edited: int | None = None
    deleted: bool = False
    more: dict[str, object] = field(default_factory=dict)
    """Further fields as Slack would send them: subtype, files, attachments."""


@dataclass(slots=True)
class Channel:
    """A public or private channel; the bot reads those it is a member of."""

    id: str
    name: str
    private: bool = False
    shared: bool = False
    archived: bool = False
    members: list[str] = field(default_factory=list)
    posts: dict[int, Post] = field(default_factory=dict)
    threads: dict[int, list[Post]] = field(default_factory=dict)

    def replies(self, ts: int) -> list[Post]:
        """The living answers in a thread, oldest first."""
        return sorted((post for post in self.threads.get(ts, ()) if not post.deleted), key=lambda post: post.ts)

    def shows(self, post: Post) -> bool:
        """Whether a post is there: a deleted one stays as a tombstone as long as it has answers."""
        return not post.deleted or bool(self.replies(post.ts))

    def add(self, at: int, user: str, text: str, thread: int | None = None, broadcast: bool = False) -> Post:
        """Post at a time, or a little later where the time is taken: a ts is unique in its channel."""
        while at in self.posts:
            at += 100
        post = self.posts[at] = Post(at, user, text, thread, broadcast)
        if thread is not None:
            self.threads.setdefault(thread, []).append(post)
        return post


class Workspace:
    """The state of one workspace; a conversation of the world is a thread, and goes on as the world does."""

    def __init__(self, world: FictionalWorld) -> None:
        self.world = world
        self.people: dict[str, Person] = {}
        self._by_email: dict[str, str] = {}
        self._taken: dict[str, list[int]] = {}
        self._pulled: datetime | None = None
        self._add(Person(BOT, "groundfact", "", bot=True))
        for number, key in enumerate(world.teammates, 1):
            self._add_subject(f"U0MATE{number}", world.subjects[key], TEAM)
        everybody = [person for person in self.people if person != BOT]
        mates = [*everybody, BOT]
        self.channels = {
            GENERAL: Channel(GENERAL, "general", members=list(mates)),
            CUSTOMER: Channel(CUSTOMER, "cust-halden-robotics", shared=True, members=list(mates)),
            DEAL_DESK: Channel(DEAL_DESK, "deal-desk", private=True, members=[*everybody[:3], BOT]),
        }
        self._desk_talk(everybody)
        self.pull()

    def _add(self, person: Person) -> Person:
        self.people[person.id] = person
        if person.email:
            self._by_email[person.email] = person.id
        return person

    def _add_subject(self, key: str, subject: Subject, team: str) -> Person:
        gone = subject.get("active") is False
        return self._add(Person(key, subject.get("full_name"), subject.get("email"), team, deleted=gone))

    def _desk_talk(self, mates: list[str]) -> None:
        world, desk, posts = self.world, self.channels[DEAL_DESK], list[Post]()
        deal = world.record("salesforce", "Opportunity", world.hero.restricted_opportunity_id)
        other = world.subjects[world.company_keys[-1]].get("name")
        for number, (days, text, root) in enumerate(_DESK_TALK):
            said = text.format(amount=int(deal.fields["Amount"]), other=other)
            thread = None if root is None else posts[root].ts
            at = stamp(world.now - timedelta(days=days))
            posts.append(desk.add(at, mates[number % 3], said, thread))

    def pull(self) -> None:
        """Take over what has been said in the world since the last time."""
        if self._pulled == self.world.now:
            return
        self._pulled = self.world.now
        for talk in self.world.of_kind("conversation"):
            taken = self._taken.setdefault(talk.key, [])
            for message in self.world.messages[talk.key][len(taken) :]:
                taken.append(self._take(talk, message, taken[0] if taken else None))

    def _take(self, talk: Subject, message: Message, thread: int | None) -> int:
        about = self.world.subjects[talk.get("company")]
        own = about.key == self.world.hero.company_key
        channel = self.channels[CUSTOMER if own else GENERAL]
        # Only the hero has a channel of its own; what the others say is told in running text.
        text = message.text if own or thread is not None else f"{about.get('name')}: {message.text}"
        return channel.add(stamp(message.at), self._author(message.author, own, about), text, thread).ts

    def _author(self, email: str, own: bool, about: Subject) -> str:
        if email in self._by_email:
            return self._by_email[email]
        if not own:
            return self._by_email[self.world.subjects[about.get("owner")].get("email")]
        writer = next(child for child in self.world.children[about.key] if child.get("email") == email)
        guest = self._add_subject(f"U0GUEST{len(self.people)}", writer, CUSTOMER_TEAM)
        self.channels[CUSTOMER].members.append(guest.id)
        return guest.id
