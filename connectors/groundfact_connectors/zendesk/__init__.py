"""Zendesk: organizations, end users and tickets with their public comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import SecretRef

if TYPE_CHECKING:
    from groundfact.protocols import Connector, Runtime

__all__ = ["ZendeskOptions", "register_connectors"]

_EXAMPLE = """
type: zendesk
subdomain: acme
client_id: groundfact
client_secret: env:ZENDESK_CLIENT_SECRET
"""


class ZendeskOptions(Options):
    """Where the help desk is, and one of three ways to log in."""

    subdomain: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$",
        description="The help desk's address without `.zendesk.com`",
        examples=["acme"],
    )
    base_url: str | None = Field(
        None, description="Instead of `subdomain`: the whole address", examples=["https://acme.zendesk.com"]
    )
    client_id: str | None = Field(
        None, min_length=1, description="The identifier of a confidential OAuth client", examples=["groundfact"]
    )
    client_secret: SecretRef | None = Field(None, description="Where that client's secret is kept")
    access_token: SecretRef | None = Field(
        None, description="Where an OAuth access token is kept; read again when Zendesk no longer accepts it"
    )
    email: str | None = Field(
        None, pattern=r"^[^\s:/@]+@[^\s:/@]+$", description="The administrator that `api_token` logs in"
    )
    api_token: SecretRef | None = Field(
        None, description="Where an API token is kept; Zendesk ends them on 30 April 2027"
    )
    comments: bool = Field(
        True, description="Read each changed ticket's comments: one more call for a ticket, or for 100 of its comments"
    )
    internal_comments: bool = Field(False, description="Also the internal ones, for everybody who may see the ticket")
    page_size: int = Field(1000, ge=1, le=1000, description="Records a page; tickets with comments come at most 100")
    calls_per_minute: int = Field(
        180, ge=1, le=2500, description="What to use of the account's limit: 200 (Team) to 2,500, shared by all apps"
    )

    @model_validator(mode="after")
    def _complete(self) -> ZendeskOptions:
        for one, other in (("client_id", "client_secret"), ("email", "api_token")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"`{one}` and `{other}` go together: one of them is missing")
        if sum(way is not None for way in (self.client_id, self.access_token, self.email)) != 1:
            raise ValueError(
                "log in one way: `client_id` and `client_secret`, or `access_token`, or `email` and `api_token`"
            )
        if (self.subdomain is None) == (self.base_url is None):
            raise ValueError("say where the help desk is: `subdomain: acme`, or the whole address as `base_url`")
        if self.internal_comments and not self.comments:
            raise ValueError("`internal_comments` needs `comments: true`")
        return self


def _build(options: ZendeskOptions, runtime: Runtime) -> Connector:
    from groundfact_connectors.zendesk.source import ZendeskSource

    return ZendeskSource(options, runtime)


@hookimpl
def register_connectors() -> Sequence[Component[Any, Any]]:
    """Offer the Zendesk connector."""
    summary = "Organizations, end users and tickets with comments from Zendesk"
    return [component("zendesk", summary, ZendeskOptions, _build, example=_EXAMPLE)]
