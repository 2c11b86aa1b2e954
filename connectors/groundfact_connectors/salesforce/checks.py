"""Trying permissions, and listing what the org offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simple_salesforce.api import Salesforce

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import sample_of, split_fields
from groundfact_connectors.salesforce.streams import STREAMS, SalesforceObject, mapped_fields
from groundfact_connectors.salesforce.verdicts import BrokenAnswer

__all__ = ["checks", "discovered"]

_SCARCE = 0.05
"""The share of the daily API calls below which a sync may not get through."""


def checks(session: Session) -> Iterator[Check]:
    """One check for the login, then for each object and its mapped fields, then for the API calls left."""
    try:
        session.call("describe", lambda sdk: sdk.restful(""))
    except SourceError as error:
        yield _failed("login", error)
        return
    yield Check("login", True, f"logged in to {session.org_url}")
    for listed in STREAMS.values():
        yield from _object_checks(session, listed)
    yield _quota(session)


def discovered(session: Session, listed: SalesforceObject) -> Iterator[Discovered]:
    """Every field of an object, and the mapped ones that are reached through a relationship."""
    described = _described(session, listed.api_name)
    mapped = set(mapped_fields(listed.spec.mapping))
    for field in described["fields"]:
        name = field["name"]
        yield Discovered(listed.spec.name, name, field["type"], field["label"], name in mapped)
        for path in sorted(mapped):
            if path.partition(".")[0] == field.get("relationshipName") and "." in path:
                yield Discovered(listed.spec.name, path, "relationship", field["label"], True)


def _object_checks(session: Session, listed: SalesforceObject) -> Iterator[Check]:
    stream, name = listed.spec.name, listed.api_name
    try:
        described = _described(session, name)
    except SourceError as error:
        yield _failed(stream, error)
        return
    asked = dict.fromkeys([*listed.own_fields, *mapped_fields(listed.spec.mapping)])
    missing = [path for path in asked if path.partition(".")[0] not in _names(described)]
    for path in missing:
        fix = f"give the integration user's permission set Read on {name}.{path}, or map another field"
        yield Check(f"{stream}: {path}", False, f"{name} shows this user no field {path}", fix)
    seen = [path for path in asked if path not in missing]
    try:
        # Only a query tells whether the fields behind a relationship can be read as well.
        for fields in split_fields(listed.own_fields, seen):
            _sample(session, name, fields)
    except SourceError as error:
        yield _failed(stream, error)
        return
    count = f"{len(seen)} of {len(seen) + len(missing)} fields"
    yield Check(stream, not missing, f"{name} can be queried, with {count}")


def _sample(session: Session, api_name: str, fields: Sequence[str]) -> None:
    soql = sample_of(api_name, fields)
    session.call(f"query.{api_name}", lambda sdk: sdk.query(soql, include_deleted=True))


def _described(session: Session, api_name: str) -> Mapping[str, Any]:
    def ask(sdk: Salesforce) -> Mapping[str, Any]:
        described = getattr(sdk, api_name).describe()
        if not isinstance(described, dict) or not described.get("fields"):
            raise BrokenAnswer(f"the description of {api_name} has no fields")
        return described

    return session.call("describe", ask)


def _names(described: Mapping[str, Any]) -> set[str | None]:
    fields = described["fields"]
    return {field["name"] for field in fields} | {field.get("relationshipName") for field in fields}


def _quota(session: Session) -> Check:
    usage = session.usage()
    if usage is None:
        return Check("API calls", True, "Salesforce did not say how many are left")
    used, allowed = usage
    fix = "wait for the rolling 24 hours, sync less often, or buy more API calls"
    return Check("API calls", used < allowed * (1 - _SCARCE), f"{used} of {allowed} used in 24 hours", fix)


def _failed(name: str, error: SourceError) -> Check:
    return Check(name, False, error.message, error.hint)
