"""What the token may read, and what there is to read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.roles import FIELDS as ROLE_FIELDS
from groundfact_connectors.hubspot.roles import PLACES
from groundfact_connectors.hubspot.streams import OBJECTS, OWNERS, ROLES, STAGES
from groundfact_connectors.hubspot.workspace import FIELDS as WORKSPACE_FIELDS

__all__ = ["checks", "discovered"]

Page = dict[str, Any]

FIELDS = {**WORKSPACE_FIELDS, ROLES: ROLE_FIELDS}
"""By stream whose fields the connector makes: path to type and label."""

_OPTIONAL = frozenset(("properties.salesforceaccountid", "properties.salesforcecontactid"))
"""There only where HubSpot's Salesforce integration is installed."""
_ADDED = (
    ("owner.name", "string", "Owner's name", OBJECTS),
    ("owner.email", "string", "Owner's e-mail", OBJECTS),
    ("full_name", "string", "First and last name", ("contacts",)),
    ("associations.company", "string", "Primary company (its id)", ("contacts", "deals")),
    ("associations.companies", "enumeration", "All companies (their ids)", ("contacts", "deals")),
)


def checks(client: Client, rt: Runtime, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """Try the token, then each scope by itself, then whether the mapped fields exist."""
    token = _tried(rt, "account", "token", client.account, lambda page: f"account {page.get('portalId')}")
    yield token
    if not token.ok:
        return
    for kind in _read_kinds(fields):
        call = partial(client.objects, kind, 1, "", ())
        yield _tried(rt, "list", f"crm.objects.{kind}.read", call, _readable)
    if STAGES in fields:
        yield _tried(rt, "pipelines", STAGES, partial(client.pipelines, "deals"), _readable)
    if _reads(fields, "owner") or OWNERS in fields:
        yield _tried(rt, "owners", "crm.objects.owners.read", partial(client.owners, "", False), _readable)
    for kind, mapped in fields.items():
        if kind in FIELDS:
            yield _mapped(kind, mapped, FIELDS[kind])
            continue
        names: dict[str, None] = {}
        scope = f"crm.schemas.{kind}.read"
        yield _tried(rt, "properties", scope, partial(client.properties, kind), _collector(names))
        if names:
            added = [path for path, _, _, kinds in _ADDED if kind in kinds]
            yield _mapped(kind, mapped, [*(f"properties.{name}" for name in names), *added])


def _read_kinds(fields: Mapping[str, Sequence[str]]) -> list[str]:
    """The types whose objects are read: also those that only the associations of others name."""
    also = {"companies"} if _reads(fields, "associations") else set()
    also |= {"contacts", *(PLACES[path] for path in fields[ROLES] if path in PLACES)} if ROLES in fields else set()
    return [kind for kind in OBJECTS if kind in fields or kind in also]


def _reads(fields: Mapping[str, Sequence[str]], head: str) -> bool:
    return any(path.partition(".")[0] == head for paths in fields.values() for path in paths)


def _tried(rt: Runtime, scope: str, name: str, call: Callable[[], Page], told: Callable[[Page], str]) -> Check:
    try:
        return Check(name, True, told(rt.call(scope, call)))
    except SourceError as error:
        return Check(name, False, error.message, error.hint or f"grant {name} to the token")


def _readable(_: Page) -> str:
    return "can be read"


def _collector(names: dict[str, None]) -> Callable[[Page], str]:
    def told(page: Page) -> str:
        names.update((str(row["name"]), None) for row in page["results"])
        return f"{len(names)} properties"

    return told


def _mapped(kind: str, mapped: Sequence[str], there: Collection[str]) -> Check:
    missing = sorted(set(mapped) - set(there))
    needed = [path for path in missing if path not in _OPTIONAL]
    name = f"{kind}: mapped fields"
    if needed:
        shown = ", ".join(_spelt(path, there) for path in needed)
        fix = "mend the names in the `mapping:`"
        fix += "" if kind in FIELDS else " (`properties.` and the internal name), or create them in HubSpot"
        return Check(name, False, f"not in this account: {shown}", fix)
    absent = f"; not in this account, so unknown: {', '.join(missing)}" if missing else ""
    return Check(name, True, f"{len(mapped) - len(missing)} of {len(mapped)} exist{absent}")


def _spelt(path: str, there: Collection[str]) -> str:
    """The path, with the one that was probably meant."""
    prefixed = f"properties.{path}"
    near = [prefixed] if prefixed in there else difflib.get_close_matches(path, there, n=1, cutoff=0.8)
    return f"{path} (did you mean {near[0]}?)" if near else path


def discovered(client: Client, rt: Runtime, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
    """Every property of every stream, then what the connector adds."""
    for kind, mapped in fields.items():
        if kind in FIELDS:
            for field, (type_name, label) in FIELDS[kind].items():
                yield Discovered(kind, field, type_name, label, field in mapped)
            continue
        page = rt.call("properties", partial(client.properties, kind))
        for row in sorted(page["results"], key=lambda row: str(row["name"])):
            field = f"properties.{row['name']}"
            type_name, label = row.get("type") or "string", row.get("label") or row["name"]
            yield Discovered(kind, field, type_name, label, field in mapped)
        for field, type_name, label, kinds in _ADDED:
            if kind in kinds:
                yield Discovered(kind, field, type_name, label, field in mapped)
