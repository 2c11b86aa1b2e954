"""HubSpot: companies, contacts and deals of one account, with owners, associations and the stages of deals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import SecretRef

if TYPE_CHECKING:
    from groundfact.protocols import Connector, Runtime

__all__ = ["HubSpotOptions", "register_connectors"]

_EXAMPLE = """
type: hubspot
access_token: env:HUBSPOT_TOKEN
history: true
"""


class HubSpotOptions(Options):
    """What `sources: {x: {type: hubspot}}` takes."""

    access_token: SecretRef = Field(description="Where the service key or private-app token is kept")
    base_url: str | None = Field(
        default=None,
        description="Another address than https://api.hubapi.com",
        examples=["https://api-eu1.hubapi.com"],
    )
    history: bool = Field(
        default=False, description="Read when each property last changed: one more call for every 50 records"
    )
    page_size: int = Field(
        default=200, ge=1, le=200, description="Records a page; HubSpot gives a full read at most 100"
    )


def _build(options: HubSpotOptions, runtime: Runtime) -> Connector:
    from groundfact_connectors.hubspot.source import HubSpotSource

    return HubSpotSource(options, runtime)


@hookimpl
def register_connectors() -> Sequence[Component[Any, Any]]:
    """Offer the HubSpot connector."""
    summary = "Companies, contacts, deals, roles, stages and owners from HubSpot"
    return [component("hubspot", summary, HubSpotOptions, _build, example=_EXAMPLE)]
