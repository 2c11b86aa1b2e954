"""What the token may read, and what there is to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.streams import OBJECTS, mapped_fields

__all__ = ["checks", "discovered"]

Page = dict[str, Any]

_OPTIONAL = frozenset(("properties.salesforceaccountid", "properties.salesforcecontactid"))
"""There only where HubSpot's Salesforce integration is installed."""
_ADDED = (
    ("owner.name", "string", "Owner's name", OBJECTS),
    ("owner.email", "string", "Owner's e-mail", OBJECTS),
    ("full_name", "string", "First and last name", ("contacts",)),
    ("associations.company", "string", "Primary company (its id)", ("contacts", "deals")),
    ("associations.companies", "enumeration", "All companies (their ids)", ("contacts", "deals")),
)


def checks(client: Client, rt: Runtime) -> Iterator[Check]:
    """Try the token, then each scope by itself, then whether the mapped properties exist."""
    token = _tried(rt, "account", "token", client.account, lambda page: f"account {page.get('portalId')}")
    yield token
    if not token.ok:
        return
    for kind in OBJECTS:
        call = partial(client.objects, kind, 1, "", ())
        yield _tried(rt, "list", f"crm.objects.{kind}.read", call, _readable)
    yield _tried(rt, "owners", "crm.objects.owners.read", partial(client.owners, "", False), _readable)
    for kind in OBJECTS:
        names: set[str] = set()
        scope = f"crm.schemas.{kind}.read"
        yield _tried(rt, "properties", scope, partial(client.properties, kind), _collector(names))
        if names:
            yield _mapped(kind, names)


def _tried(rt: Runtime, scope: str, name: str, call: Callable[[], Page], told: Callable[[Page], str]) -> Check:
    try:
        return Check(name, True, told(rt.call(scope, call)))
    except SourceError as error:
        return Check(name, False, error.message, error.hint or f"grant {name} to the token")


def _readable(_: Page) -> str:
    return "can be read"


def _collector(names: set[str]) -> Callable[[Page], str]:
    def told(page: Page) -> str:
        names.update(row["name"] for row in page["results"])
        return f"{len(names)} properties"

    return told


def _mapped(kind: str, names: set[str]) -> Check:
    wanted = {field for field in mapped_fields(kind) if field.startswith("properties.")}
    missing = sorted(field for field in wanted if field.partition(".")[2] not in names)
    needed = [field for field in missing if field not in _OPTIONAL]
    name = f"{kind}: mapped properties"
    if needed:
        fix = "create them in HubSpot, or map these attributes to other properties in your YAML"
        return Check(name, False, f"not in this account: {', '.join(needed)}", fix)
    absent = f"; not in this account, so unknown: {', '.join(missing)}" if missing else ""
    return Check(name, True, f"{len(wanted) - len(missing)} of {len(wanted)} exist{absent}")


def discovered(client: Client, rt: Runtime) -> Iterator[Discovered]:
    """Every property of every stream, then what the connector adds."""
    for kind in OBJECTS:
        mapped = mapped_fields(kind)
        page = rt.call("properties", partial(client.properties, kind))
        for row in sorted(page["results"], key=lambda row: str(row["name"])):
            field = f"properties.{row['name']}"
            type_name, label = row.get("type") or "string", row.get("label") or row["name"]
            yield Discovered(kind, field, type_name, label, field in mapped)
        for field, type_name, label, kinds in _ADDED:
            if kind in kinds:
                yield Discovered(kind, field, type_name, label, field in mapped)
