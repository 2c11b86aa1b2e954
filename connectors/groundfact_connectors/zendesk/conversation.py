"""A ticket's comments as one text: who wrote what and when, and only what the customer could read as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.model.text import one_line

__all__ = ["Comment", "comment_of", "is_outsider", "opening", "told"]

User = Mapping[str, Any]
_OURS = frozenset(("agent", "admin"))
_ROOM = 400_000
"""Bytes of one conversation: a record as a whole may have a million, written as JSON."""


class Comment(NamedTuple):
    """One comment."""

    at: str
    key: int
    author: str
    public: bool
    text: str
    outside: bool
    """Not by one of our own people."""


def opening(ticket: Mapping[str, Any], users: Mapping[int, User]) -> Comment | None:
    """The first comment, as far as the ticket alone tells it and tells that it is public.

    `description` may be an internal note. `is_public` says that there is some public comment, and an end user's
    opening of a ticket is never internal: both together are sure.
    """
    author = ticket.get("submitter_id")
    text = ticket.get("description")
    if not text or ticket.get("is_public") is not True or users.get(author or 0, {}).get("role") != "end-user":
        return None
    return Comment(str(ticket["created_at"]), 0, _name(author, users), True, str(text), True)


def comment_of(row: Mapping[str, Any], users: Mapping[int, User]) -> Comment:
    """A comment as its list shows it; one that does not say that it is public is internal."""
    text = row.get("plain_body") or row.get("body") or ""
    author, outside = _name(row.get("author_id"), users), is_outsider(row.get("author_id"), users)
    return Comment(str(row["created_at"]), int(row["id"]), author, row.get("public") is True, str(text), outside)


def is_outsider(key: Any, users: Mapping[int, User]) -> bool:
    """Whether somebody is none of our own people; one of whom Zendesk tells nothing is taken for an outsider."""
    return users.get(key or 0, {}).get("role") not in _OURS


def told(comments: Sequence[Comment]) -> str | None:
    """The comments in the order of time; of a very long conversation the beginning and the latest."""
    blocks = [_block(comment) for comment in sorted(comments)]
    room, kept = _ROOM, list[str]()
    for block in [*blocks[:1], *blocks[:0:-1]]:
        room -= len(block.encode("utf-8", "replace"))
        if room < 0 and kept:
            break
        kept.append(block)
    left_out = len(blocks) - len(kept)
    between = [f"({left_out} comments are left out here)"] if left_out else []
    return "\n".join([*kept[:1], *between, *kept[:0:-1]]) or None


def _block(comment: Comment) -> str:
    # Indented: a line of a comment can then not pass itself off as the head of another one.
    lines = [f"  {line}".rstrip() for line in comment.text.strip().splitlines()]
    note = "" if comment.public else " (internal note)"
    return "\n".join([f"{comment.author}, {comment.at}{note}:", *lines])


def _name(key: Any, users: Mapping[int, User]) -> str:
    name = one_line(str(users.get(key, {}).get("name") or f"user {key}"), 80)
    # Both sides are marked: nobody becomes one of us by a name that ends with our mark.
    return f"{name} ({'end user' if is_outsider(key, users) else 'support'})"
