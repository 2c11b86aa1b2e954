"""What can be read from Salesforce, and what the core must know to lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from groundfact.model import StreamSpec

__all__ = ["STREAMS", "Relation", "SalesforceObject"]

RELATION_FIELDS = ("IsDirect", "IsActive", "Roles", "EndDate", "LastModifiedDate")
"""What tells whether a relation of a contact to an account counts, and until when it held."""


class Relation(NamedTuple):
    """Which relations of a contact to an account a stream tells of; the others are gone from it."""

    counts: Callable[[Mapping[str, Any]], bool]


class SalesforceObject(NamedTuple):
    """The Salesforce object behind a stream."""

    spec: StreamSpec
    api_name: str
    mergeable: bool
    """Whether the loser of a merge names its winner (`MasterRecordId`)."""
    tracked: bool = True
    """Whether Salesforce can keep a history of its fields."""
    condition: str | None = None
    """Of a short list that is read whole: which of its records count. What does not count is gone."""
    relation: Relation | None = None
    """Of an object that only some orgs have: what the stream makes of it."""

    @property
    def own_fields(self) -> Sequence[str]:
        """The fields that reading itself needs, whatever the mapping asks for."""
        if self.condition is not None:
            return ("Id", "SystemModstamp")
        more = ["MasterRecordId"] if self.mergeable else RELATION_FIELDS if self.relation is not None else []
        made = ["CreatedDate"] if self.tracked else []
        return ("Id", "SystemModstamp", "IsDeleted", *more, *made)

    @property
    def history(self) -> str:
        """The object that keeps the field history."""
        return "OpportunityFieldHistory" if self.api_name == "Opportunity" else f"{self.api_name}History"


def _object(
    stream: str,
    api_name: str,
    kind: str,
    *,
    mergeable: bool = False,
    tracked: bool = True,
    relation: Relation | None = None,
) -> SalesforceObject:
    spec = StreamSpec(
        name=stream,
        kind=kind,
        mapping=_MAPPINGS[stream],
        order="cursor_asc",
        granularity=timedelta(seconds=1),
        # A stamp is set inside a transaction that may commit minutes later.
        index_lag=timedelta(minutes=10),
        deletes="inline",
        confirms="stream",
        # Half the time that the recycle bin keeps a deleted record, so that one missed run does no harm.
        full_every=timedelta(days=7),
    )
    return SalesforceObject(spec, api_name, mergeable, tracked, relation=relation)


def _related(stream: str, kind: str, counts: Callable[[Mapping[str, Any]], bool]) -> SalesforceObject:
    return _object(stream, "AccountContactRelation", kind, tracked=False, relation=Relation(counts))


def _list(stream: str, api_name: str, kind: str, condition: str) -> SalesforceObject:
    mapping = _MAPPINGS[stream]
    spec = StreamSpec(name=stream, kind=kind, mapping=mapping, order="full", deletes="absence", confirms="stream")
    return SalesforceObject(spec, api_name, False, False, condition)


_MAPPINGS: Mapping[str, Mapping[str, Any]] = YAML(typ="safe", pure=True).load(
    files(__package__).joinpath("mapping.yaml").read_text("utf-8")
)

STREAMS: Mapping[str, SalesforceObject] = {
    listed.spec.name: listed
    for listed in (
        _object("accounts", "Account", "account", mergeable=True),
        _object("contacts", "Contact", "contact", mergeable=True),
        _object("opportunities", "Opportunity", "deal"),
        _object("contact_roles", "OpportunityContactRole", "role", tracked=False),
        # Whoever is directly related works there. Another relation, or one with roles, is a part for the account.
        _related("employments", "employment", lambda row: bool(row["IsDirect"])),
        _related("account_roles", "role", lambda row: bool(row["Roles"]) or not row["IsDirect"]),
        _list("stages", "OpportunityStage", "stage", "IsActive = TRUE"),
        _list("users", "User", "teammate", "IsActive = TRUE AND UserType = 'Standard'"),
    )
}
