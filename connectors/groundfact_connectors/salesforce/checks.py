"""Trying permissions, and listing what the org offers."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from simple_salesforce.api import Salesforce

from groundfact.errors import SourceError
from groundfact.model import Check, Discovered
from groundfact_connectors.salesforce.pages import ask, is_there
from groundfact_connectors.salesforce.relations import absent
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import sample_of, split_fields
from groundfact_connectors.salesforce.streams import STREAMS, SalesforceObject
from groundfact_connectors.salesforce.verdicts import BrokenAnswer

__all__ = ["checks", "discovered"]

_SCARCE = 0.05
"""The share of the daily API calls below which a sync may not get through."""


def checks(session: Session, fields: Mapping[str, Sequence[str]], history: bool) -> Iterator[Check]:
    """One check for the login, then for each object, its mapped fields and history, then for the API calls left."""
    try:
        session.call("describe", lambda sdk: sdk.restful(""))
    except SourceError as error:
        yield _failed("login", error)
        return
    yield Check("login", True, f"logged in to {session.org_url}")
    for stream, mapped in fields.items():
        if _lacks(session, STREAMS[stream]):
            yield absent(stream)
            continue
        yield from _object_checks(session, STREAMS[stream], mapped)
        if history and STREAMS[stream].tracked:
            yield _history_check(session, STREAMS[stream])
    yield _quota(session)


def discovered(session: Session, listed: SalesforceObject, mapped: Collection[str]) -> Iterator[Discovered]:
    """Every field of an object, and the mapped ones that are reached through a relationship."""
    if _lacks(session, listed):
        return
    described = _described(session, listed.api_name)
    for field in described["fields"]:
        name = field["name"]
        yield Discovered(listed.spec.name, name, field["type"], field["label"], name in mapped)
        for path in sorted(mapped):
            if path.partition(".")[0] == field.get("relationshipName") and "." in path:
                yield Discovered(listed.spec.name, path, "relationship", field["label"], True)


def _lacks(session: Session, listed: SalesforceObject) -> bool:
    return listed.relation is not None and not is_there(session, listed.api_name)


def _object_checks(session: Session, listed: SalesforceObject, mapped: Sequence[str]) -> Iterator[Check]:
    stream, name = listed.spec.name, listed.api_name
    try:
        there = _names(_described(session, name))
    except SourceError as error:
        yield _failed(stream, error)
        return
    asked = dict.fromkeys([*listed.own_fields, *mapped])
    missing = [path for path in asked if path.partition(".")[0] not in there]
    seen = [path for path in asked if path not in missing]
    try:
        # Only a query tells whether the fields behind a relationship can be read as well.
        for fields in split_fields(listed.own_fields, seen):
            missing += _misspelt(_sample(session, name, fields), fields)
    except SourceError as error:
        yield from (_missing(stream, name, path, there) for path in missing)
        yield _failed(stream, error)
        return
    yield from (_missing(stream, name, path, there) for path in missing)
    count = f"{len(asked) - len(missing)} of {len(asked)} fields"
    yield Check(stream, not missing, f"{name} can be queried, with {count}", "see the fields above" if missing else "")


def _missing(stream: str, name: str, path: str, there: Collection[str]) -> Check:
    folded = {other.casefold(): other for other in there}
    near = difflib.get_close_matches(path.partition(".")[0].casefold(), folded, n=1, cutoff=0.75)
    meant = f" (did you mean {folded[near[0]]}?)" if near and folded[near[0]] != path.partition(".")[0] else ""
    fix = f"mend the name in the `mapping:`, or give the integration user's permission set Read on {name}.{path}"
    return Check(f"{stream}: {path}", False, f"{name} shows this user no field {path}{meant}", fix)


def _misspelt(rows: Sequence[Any], fields: Sequence[str]) -> list[str]:
    """Paths that Salesforce takes in any case, and answers in its own: the mapping would find nothing there."""
    found = []
    for head, _, rest in (path.partition(".") for path in fields):
        if any(rest and isinstance(row.get(head), Mapping) and rest.partition(".")[0] not in row[head] for row in rows):
            found.append(f"{head}.{rest}")
    return found


def _history_check(session: Session, listed: SalesforceObject) -> Check:
    name, history = f"{listed.spec.name}: history", listed.history
    try:
        rows = _sample(session, history, ["Id", "Field", "CreatedDate"])
    except SourceError as error:
        return _failed(name, error)
    empty = "" if rows else ", and is empty: no field is tracked, or none has changed since"
    return Check(name, True, f"{history} can be read{empty}")


def _sample(session: Session, api_name: str, fields: Sequence[str]) -> Sequence[Any]:
    return ask(session, api_name, sample_of(api_name, fields), 200).rows


def _described(session: Session, api_name: str) -> Mapping[str, Any]:
    def ask(sdk: Salesforce) -> Mapping[str, Any]:
        described = getattr(sdk, api_name).describe()
        if not isinstance(described, dict) or not described.get("fields"):
            raise BrokenAnswer(f"the description of {api_name} has no fields")
        return described

    return session.call("describe", ask)


def _names(described: Mapping[str, Any]) -> set[str]:
    fields = described["fields"]
    return {field[key] for field in fields for key in ("name", "relationshipName") if field.get(key)}


def _quota(session: Session) -> Check:
    usage = session.usage()
    if usage is None:
        return Check("API calls", True, "Salesforce did not say how many are left")
    used, allowed = usage
    fix = "wait for the rolling 24 hours, sync less often, or buy more API calls"
    return Check("API calls", used < allowed * (1 - _SCARCE), f"{used} of {allowed} used in 24 hours", fix)


def _failed(name: str, error: SourceError) -> Check:
    return Check(name, False, error.message, error.hint)
