"""What records refer to by id: owners, associated companies, and the account's address in HubSpot's app."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.streams import HubSpotObject

__all__ = ["Directory", "app_address", "associated", "companies_of", "owner_directory", "owner_rows"]

_INPUTS = 1000
"""The most objects whose associations one call returns."""


class Directory(NamedTuple):
    """The owners of the account by id, those who left included."""

    owners: Mapping[str, Mapping[str, str | None]]

    @property
    def digests(self) -> dict[str, str]:
        """A short mark of each owner's name and address, to notice that one was renamed."""
        return {key: _digest(owner) for key, owner in sorted(self.owners.items())}


def _digest(owner: Mapping[str, str | None]) -> str:
    return hashlib.blake2b(f"{owner['name']}\n{owner['email']}".encode(), digest_size=4).hexdigest()


def owner_directory(client: Client, rt: Runtime) -> Directory:
    """Read all owners, two calls for up to 500 of each sort."""
    owners: dict[str, Mapping[str, str | None]] = {}
    for archived in (True, False):
        for row in owner_rows(client, rt, archived=archived):
            name = " ".join(row[part] for part in ("firstName", "lastName") if row.get(part))
            owners[str(row["id"])] = {"name": name or None, "email": row.get("email") or None}
    return Directory(owners)


def owner_rows(client: Client, rt: Runtime, *, archived: bool) -> Iterator[Any]:
    """All owners as HubSpot lists them; those who left are only in the archived list."""
    after: str | None = ""
    while after is not None:
        page = rt.call("owners", partial(client.owners, after, archived))
        yield from page["results"]
        after = next_page(page, after)


def app_address(client: Client, rt: Runtime) -> str | None:
    """Where the account's records are shown in the app; None where the token may not know."""
    try:
        account = rt.call("account", client.account)
    except SourceRefused:
        # A link is a convenience. A token that is no good is refused by the next call, with the same words.
        return None
    portal, domain = account.get("portalId"), account.get("uiDomain") or "app.hubspot.com"
    return f"https://{domain}/contacts/{portal}" if portal else None


def companies_of(
    client: Client, rt: Runtime, kind: str, item: HubSpotObject, ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The companies of each object: all of them, and the primary one (or the only one)."""
    found: dict[str, dict[str, bool]] = {}
    for key, target in associated(client, rt, kind, "companies", ids):
        known, company = found.setdefault(key, {}), str(target["toObjectId"])
        known[company] = known.get(company, False) or _is_primary(target, item)
    return {key: _shaped(known) for key, known in found.items()}


def associated(
    client: Client, rt: Runtime, kind: str, to: str, ids: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each object is associated with, page by page; one that has more than a page comes again."""
    inputs = [{"id": key} for key in ids]
    while inputs:
        now, inputs = inputs[:_INPUTS], inputs[_INPUTS:]
        page = rt.call("associations", partial(client.associations, kind, to, now))
        asked = {item["id"]: item.get("after", "") for item in now}
        for result in page["results"]:
            key = str(result["from"]["id"])
            yield from ((key, target) for target in result["to"])
            after = next_page(result, asked[key])
            inputs += [{"id": key, "after": after}] if after else []


def _is_primary(target: Mapping[str, Any], item: HubSpotObject) -> bool:
    return any(
        kind.get("typeId") == item.primary_company and kind.get("category") == "HUBSPOT_DEFINED"
        for kind in target["associationTypes"]
    )


def _shaped(known: Mapping[str, bool]) -> dict[str, Any]:
    # Sorted: the same associations are the same bytes, in whatever order HubSpot lists them.
    every = sorted(known, key=lambda key: (len(key), key))
    marked = [key for key in every if known[key]] or (every if len(every) == 1 else [])
    return {"company": marked[0] if marked else None, "companies": every}


def next_page(page: Mapping[str, Any], asked: str) -> str | None:
    """The resume token of the next page, if there is one; `asked` is that of this page."""
    after = str(((page.get("paging") or {}).get("next") or {}).get("after") or "")
    if after and after == asked:
        raise SourceUnavailable(f"HubSpot's list does not move on from {after!r}; nothing was skipped")
    return after or None
