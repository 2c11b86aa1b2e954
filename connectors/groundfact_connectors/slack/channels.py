"""The channels of a workspace: which of them are read, and who may see what was said there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from groundfact.errors import SourceUnavailable
from groundfact.protocols import Runtime
from groundfact_connectors.slack.client import Client, Malformed, Page

if TYPE_CHECKING:
    from groundfact_connectors.slack import ChannelOptions

__all__ = ["PRIVATE", "PUBLIC", "Channel", "is_chosen", "listed", "matches", "pages"]

PUBLIC, PRIVATE = "public_channel", "private_channel"


class Channel(NamedTuple):
    """A channel as Slack lists it."""

    id: str
    name: str
    private: bool
    shared: bool
    """With another organisation."""
    archived: bool
    member: bool
    """Whether the bot is in it."""

    @classmethod
    def of(cls, row: Any) -> Channel:
        """Read a row; a channel that does not clearly say that it is public is private."""
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
            raise Malformed("a channel in the list has no id")
        plain = row.get("is_private") is False and not row.get("is_im") and not row.get("is_mpim")
        shared = bool(row.get("is_ext_shared"))
        name = str(row.get("name") or row["id"])
        return cls(row["id"], name, not plain, shared, bool(row.get("is_archived")), row.get("is_member") is True)

    @property
    def acl(self) -> list[str] | None:
        """The label of a private channel; None: whoever the source's own `access` lets in."""
        return [f"slack:{self.id}"] if self.private else None

    @property
    def face(self) -> str:
        """What every record of the channel carries of it: when it changes, they are all read again."""
        return f"{'private' if self.private else 'public'} {'shared' if self.shared else 'own'} {self.name}"


def pages(rt: Runtime, scope: str, ask: Callable[[str], Page]) -> Iterator[Page]:
    """Every page of a list that goes by cursor; `ask` takes the cursor."""
    cursor, seen = "", set[str]()
    while cursor not in seen:
        seen.add(cursor)
        page = rt.call(scope, partial(ask, cursor))
        yield page
        if not page.cursor:
            return
        cursor = page.cursor
    raise SourceUnavailable(f"Slack's list ({scope}) comes back to a page that it has shown; nothing was skipped")


def listed(client: Client, rt: Runtime, kind: str) -> dict[str, Channel]:
    """Every channel of a kind by id; one that is shared between workspaces is listed once."""
    found = (Channel.of(row) for page in pages(rt, "list", partial(client.channels, kind)) for row in page.rows)
    return {channel.id: channel for channel in found}


def matches(channel: Channel, patterns: Sequence[str]) -> bool:
    """Whether a name, pattern or id of the YAML means this channel."""
    return any(
        fnmatchcase(channel.name, pattern.removeprefix("#")) or channel.id == pattern.removeprefix("#")
        for pattern in patterns
    )


def is_chosen(channel: Channel, options: ChannelOptions) -> bool:
    """Whether it is to be read. Nobody is in an archived channel any more, and its history may still be readable."""
    if matches(channel, options.exclude):
        return False
    return matches(channel, options.include) if options.include else channel.member or channel.archived
