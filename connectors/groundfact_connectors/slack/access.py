"""What the app may read, and who is in its private channels."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from groundfact.errors import SourceError
from groundfact.model import Check
from groundfact_connectors.slack.channels import PRIVATE, PUBLIC, Channel, is_chosen, listed, matches, pages
from groundfact_connectors.slack.client import Client, Page, Shut
from groundfact_connectors.slack.history import Source
from groundfact_connectors.slack.people import People
from groundfact_connectors.slack.rows import number, text_of
from groundfact_connectors.slack.streams import FIELDS, MESSAGES, USERS

__all__ = ["checks"]

_SCOPES = {PUBLIC: "channels", PRIVATE: "groups"}
_THROTTLED = 15
_SHOWN = 8


def checks(source: Source, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """Try the token, then each scope by itself, then the channels, people and fields that are needed."""
    try:
        place = source.rt.call("auth", source.client.auth)
    except SourceError as error:
        yield _failed("token", error)
        return
    yield Check("token", True, f"{place.get('team')} as @{place.get('user')}")
    if MESSAGES in fields:
        yield from _messages(source, place)
    if fields:
        yield from _people(source, fields)
    for stream, mapped in fields.items():
        yield _mapped(stream, mapped)


def _messages(source: Source, place: Mapping[str, Any]) -> Iterator[Check]:
    everything: list[Channel] = []
    for kind in [PUBLIC, PRIVATE] if source.options.channels.private else [PUBLIC]:
        yield from _kind(source, kind, everything)
    yield from _channels(source, everything, str(place.get("user")))
    yield from _labels(source, everything, str(place.get("team_id")))


def _kind(source: Source, kind: str, everything: list[Channel]) -> Iterator[Check]:
    """May channels of a kind be listed, and what is said in them be read?"""
    scope = f"{_SCOPES[kind]}:read"
    try:
        found = list(listed(source.client, source.rt, kind).values())
    except SourceError as error:
        yield _failed(scope, error)
        return
    everything += found
    yield Check(scope, True, f"{len(found)} channels listed")
    scope, open_ones = f"{_SCOPES[kind]}:history", [c for c in found if c.member and is_chosen(c, _options(source))]
    if not open_ones:
        yield Check(scope, True, "not tried: there is no such channel to read")
        return
    yield from _history(source, scope, open_ones[0])


def _history(source: Source, scope: str, channel: Channel) -> Iterator[Check]:
    asked = source.options.page_size
    call = partial(source.client.history, channel.id, "0", text_of(number(source.rt.now())), asked)
    try:
        page: Page = source.rt.call("history", call)
    except SourceError as error:
        yield _failed(scope, error)
        return
    except Shut as shut:
        yield Check(scope, False, f"#{channel.name}: {shut.error}", "invite the app to the channel again")
        return
    yield Check(scope, True, f"#{channel.name} can be read")
    if page.more and len(page.rows) == _THROTTLED < asked:
        detail = f"Slack gives {_THROTTLED} messages a call and one call a minute, as to apps that are sold"
        fix = "create the app yourself, in this workspace: internal apps get 50 calls a minute"
        yield Check("pace", False, detail, fix)


def _channels(source: Source, everything: Sequence[Channel], bot: str) -> Iterator[Check]:
    """Is there anything to read, and is every channel that the YAML names there and open?"""
    options = _options(source)
    chosen = [channel for channel in everything if is_chosen(channel, options)]
    readable = [channel for channel in chosen if channel.member]
    shown = ", ".join(f"#{channel.name}" for channel in readable[:_SHOWN])
    more = f" and {len(readable) - _SHOWN} more" if len(readable) > _SHOWN else ""
    detail = f"the app is in {len(readable)} of {len(everything)} channels: {shown}{more}"
    yield Check("channels", bool(readable), detail, "" if readable else f"invite it: `/invite @{bot}` in each channel")
    for pattern in options.include:
        if not any(matches(channel, [pattern]) for channel in everything):
            fix = f"mend the name under `channels: include:`, or invite the app if it is private (`/invite @{bot}`)"
            yield Check(f"channel {pattern}", False, "no channel that the app can see is called so", fix)
    for channel in chosen:
        if options.include and not channel.member and not channel.archived:
            fix = f"`/invite @{bot}` in #{channel.name}, or leave it out under `channels: exclude:`"
            yield Check(f"#{channel.name}", False, "the app is not in it", fix)


def _people(source: Source, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    try:
        page = source.rt.call("users", partial(source.client.users, ""))
    except SourceError as error:
        yield _failed("users:read", error)
        return
    yield Check("users:read", True, "names can be read")
    if "author.email" in fields.get(MESSAGES, ()) or "email" in fields.get(USERS, ()):
        told = any(isinstance(row, dict) and (row.get("profile") or {}).get("email") for row in page.rows)
        fix = "add users:read.email under OAuth & Permissions of the app, and install it again"
        detail = "addresses can be read" if told else "Slack shows nobody's address"
        yield Check("users:read.email", told, detail, "" if told else fix)


def _labels(source: Source, everything: Sequence[Channel], team: str) -> Iterator[Check]:
    """Who is in each private channel, and the label that lets them see it here."""
    people = People(source.client, source.rt, team)
    for channel in everything:
        if channel.private and channel.member and is_chosen(channel, _options(source)):
            name, label = f"#{channel.name}", f"slack:{channel.id}"
            try:
                members = ", ".join(_members(source, people, channel))
            except (SourceError, Shut) as error:
                detail = f"private, and who is in it cannot be read: {error}"
                yield Check(name, False, detail, f"nobody sees it until a principal gets the label {label}")
            else:
                yield Check(name, True, f"private: seen with the label {label}; its members are {members}")


def _members(source: Source, people: People, channel: Channel) -> list[str]:
    found: list[str] = []
    for page in pages(source.rt, "members", partial(_asked, source.client, channel.id)):
        persons = [people.by_id(str(key)) for key in page.rows]
        found += [person.email or person.name for person in persons if not person.bot]
    return sorted(found)


def _asked(client: Client, channel: str, cursor: str) -> Page:
    return client.members(channel, cursor)


def _mapped(stream: str, mapped: Sequence[str]) -> Check:
    name, there = f"{stream}: mapped fields", FIELDS[stream]
    missing = [path for path in mapped if path not in there]
    if not missing:
        return Check(name, True, f"{len(mapped)} of {len(mapped)} exist")
    near = {path: difflib.get_close_matches(path, there, n=1, cutoff=0.6) for path in missing}
    shown = ", ".join(path + (f" (did you mean {near[path][0]}?)" if near[path] else "") for path in missing)
    return Check(name, False, f"{stream} have no {shown}", "mend the names in the `mapping:`")


def _options(source: Source) -> Any:
    return source.options.channels


def _failed(name: str, error: SourceError) -> Check:
    return Check(name, False, error.message, error.hint)
