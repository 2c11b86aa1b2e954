"""Salesforce: accounts, contacts and opportunities with deletions and merges, roles in them, stages and users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, model_validator

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import SecretRef
from groundfact.protocols import Connector, Runtime

__all__ = ["SalesforceOptions", "register_connectors"]


class SalesforceOptions(Options):
    """Where the org is, and how to log in: an access token, or a client id and secret."""

    instance_url: str | None = Field(
        None, description="The org's My Domain address.", examples=["https://acme.my.salesforce.com"]
    )
    domain: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$",
        description="Instead of `instance_url`: the address without `.salesforce.com`.",
        examples=["acme.my", "acme--uat.sandbox.my"],
    )
    access_token: SecretRef | None = Field(
        None, description="Where an access token is kept. It expires; prefer a client id and secret."
    )
    client_id: SecretRef | None = Field(None, description="Where the consumer key of the external client app is kept.")
    client_secret: SecretRef | None = Field(
        None, description="Where the consumer secret of the external client app is kept."
    )
    api_version: str = Field("67.0", pattern=r"^[4-9]\d\.0$", description="The REST API version to speak.")
    base_url: str | None = Field(
        None,
        description="Send every call here instead, for a test double or proxy; links keep `instance_url`.",
        examples=["http://127.0.0.1:8021"],
    )
    history: bool = Field(
        False,
        description="Read when each tracked field last changed (needs field history tracking):"
        " one more call for every 400 records, or more where they changed often, and two for a run that reads any",
    )
    batch_size: int = Field(2000, ge=1, le=2000, description="Records per call; Salesforce may send fewer.")

    @model_validator(mode="after")
    def _complete(self) -> SalesforceOptions:
        pair = (self.client_id is not None, self.client_secret is not None)
        if any(pair) != all(pair):
            raise ValueError("`client_id` and `client_secret` go together: one of them is missing")
        if all(pair) == (self.access_token is not None):
            raise ValueError("set either `access_token`, or both `client_id` and `client_secret`")
        if self.instance_url and self.domain:
            raise ValueError("`instance_url` and `domain` say the same thing: keep one of them")
        if not (self.instance_url or self.domain or self.base_url):
            raise ValueError("say where the org is: `instance_url: https://acme.my.salesforce.com`")
        return self


def _build(options: SalesforceOptions, rt: Runtime) -> Connector:
    from groundfact_connectors.salesforce.source import SalesforceConnector

    return SalesforceConnector(options, rt)


_EXAMPLE = """
type: salesforce
instance_url: https://acme.my.salesforce.com
client_id: env:SALESFORCE_CLIENT_ID
client_secret: env:SALESFORCE_CLIENT_SECRET
"""


@hookimpl
def register_connectors() -> Sequence[Component[Any, Connector]]:
    """Offer `type: salesforce`."""
    return [
        component(
            "salesforce",
            "Accounts, contacts, opportunities, roles, stages and users from Salesforce, with deletions and merges.",
            SalesforceOptions,
            _build,
            example=_EXAMPLE,
        )
    ]
