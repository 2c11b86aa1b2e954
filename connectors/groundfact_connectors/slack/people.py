"""Who wrote, and who our own people are: names and addresses by user id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from groundfact.protocols import Runtime
from groundfact_connectors.slack.channels import pages
from groundfact_connectors.slack.client import Client

__all__ = ["People", "Person", "is_outsider"]


class Person(NamedTuple):
    """Somebody in Slack."""

    id: str
    name: str
    email: str | None = None
    external: bool | None = None
    """Of another organisation, or a guest here; None where Slack does not tell."""
    bot: bool = False


class People:
    """Looks people up: the workspace's in one list, the first time; guests from elsewhere one by one."""

    def __init__(self, client: Client, rt: Runtime, team: str) -> None:
        self._client, self._rt, self._team = client, rt, team
        self._known: dict[str, Person] | None = None

    @cached_property
    def rows(self) -> Sequence[Any]:
        """Everybody whom the workspace lists, as Slack shows them; asked for once."""
        return [row for page in pages(self._rt, "users", self._client.users) for row in page.rows]

    def by_id(self, key: str) -> Person:
        """The person; one of whom Slack tells nothing is called by the id."""
        if self._known is None:
            sound = (row for row in self.rows if isinstance(row, Mapping) and row.get("id"))
            self._known = {person.id: person for person in map(self._person, sound)}
        if key not in self._known:
            row = self._rt.call("user", partial(self._client.user, key))
            self._known[key] = self._person(row) if row is not None else Person(key, key)
        return self._known[key]

    def _person(self, row: Mapping[str, Any]) -> Person:
        profile = row.get("profile") if isinstance(row.get("profile"), Mapping) else {}
        key, external = str(row["id"]), is_outsider(row, self._team)
        name = profile.get("real_name") or row.get("real_name") or row.get("name") or key  # type: ignore[union-attr]
        # An address that nobody has confirmed proves nothing about who somebody works for; of outsiders, whose
        # messages are filed by it, Slack has to say so.
        confirmed = row.get("is_email_confirmed", not external)
        email = profile.get("email") if confirmed is True else None  # type: ignore[union-attr]
        return Person(key, str(name), str(email) if email else None, external, bool(row.get("is_bot")))


def is_outsider(row: Mapping[str, Any], team: str) -> bool | None:
    """Whether somebody is of another organisation, or a guest of this workspace; None where Slack does not tell."""
    if row.get("is_restricted") or row.get("is_ultra_restricted") or row.get("is_stranger"):
        return True
    return None if row.get("team_id") is None else row["team_id"] != team
