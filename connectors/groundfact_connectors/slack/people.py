"""Who wrote: names and addresses by user id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from groundfact.protocols import Runtime
from groundfact_connectors.slack.channels import pages
from groundfact_connectors.slack.client import Client

__all__ = ["People", "Person"]


class Person(NamedTuple):
    """Somebody in Slack."""

    id: str
    name: str
    email: str | None = None
    external: bool | None = None
    """Of another organisation, in a shared channel; None where Slack does not tell."""
    bot: bool = False


class People:
    """Looks people up: the workspace's in one list, the first time; guests from elsewhere one by one."""

    def __init__(self, client: Client, rt: Runtime, team: str) -> None:
        self._client, self._rt, self._team = client, rt, team
        self._known: dict[str, Person] | None = None

    def by_id(self, key: str) -> Person:
        """The person; one of whom Slack tells nothing is called by the id."""
        if self._known is None:
            self._known = {person.id: person for person in self._everybody()}
        if key not in self._known:
            row = self._rt.call("user", partial(self._client.user, key))
            self._known[key] = self._person(row) if row is not None else Person(key, key)
        return self._known[key]

    def _everybody(self) -> Iterator[Person]:
        for page in pages(self._rt, "users", self._client.users):
            for row in page.rows:
                if isinstance(row, Mapping) and row.get("id"):
                    yield self._person(row)

    def _person(self, row: Mapping[str, Any]) -> Person:
        profile = row.get("profile") if isinstance(row.get("profile"), Mapping) else {}
        key, team = str(row["id"]), row.get("team_id")
        name = profile.get("real_name") or row.get("real_name") or row.get("name") or key  # type: ignore[union-attr]
        # An address that nobody has confirmed proves nothing about who somebody works for.
        email = None if row.get("is_email_confirmed") is False else profile.get("email")  # type: ignore[union-attr]
        external = None if team is None else team != self._team
        return Person(key, str(name), str(email) if email else None, external, bool(row.get("is_bot")))
