"""Who is behind an id: the people of the workspace, read once and only if somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.protocols import Runtime
from groundfact_connectors.notion.client import Client, No
from groundfact_connectors.notion.paging import answers
from groundfact_connectors.notion.properties import Person

__all__ = ["People"]

_NOBODY = Person(None, None)


@dataclass
class People:
    """The workspace's people."""

    client: Client
    rt: Runtime
    _known: Mapping[str, Person] | None = None

    def who(self, user: Mapping[str, Any]) -> Person:
        """The name and address of a user, who is often told by an id alone."""
        told = _person(user)
        if told.name is not None or not user.get("id"):
            return told
        if self._known is None:
            self._known = self._read()
        return self._known.get(str(user["id"]), _NOBODY)

    def _read(self) -> Mapping[str, Person]:
        known: dict[str, Person] = {}
        try:
            for answer in answers(self.rt, "users", self.client.users, "users"):
                if isinstance(answer, No):
                    raise SourceUnavailable("Notion ended the list of users early; nothing was skipped")
                known.update((str(user["id"]), _person(user)) for user in answer["results"])
        except SourceRefused:
            # Names are a capability of their own: without it authors are unknown, which `check` tells.
            return {}
        return known


def _person(user: Mapping[str, Any]) -> Person:
    return Person(user.get("name") or None, (user.get("person") or {}).get("email") or None)
