"""Notion: data sources as streams of any kind, shared pages with their text, comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from groundfact.component import Component, component
from groundfact.hookspecs import hookimpl
from groundfact_connectors.notion.options import NotionOptions

if TYPE_CHECKING:
    from groundfact.protocols import Connector, Runtime

__all__ = ["NotionOptions", "register_connectors"]

_EXAMPLE = """
type: notion
token: env:NOTION_TOKEN
pages: true
data_sources:
  plans:
    id: 2f26ee68-df30-4251-aad4-8ddc420cba3d
    kind: account
    attributes: {name: Account, domain: Domain, tier: Tier}
"""


def _build(options: NotionOptions, runtime: Runtime) -> Connector:
    from groundfact_connectors.notion.source import NotionSource

    return NotionSource(options, runtime)


@hookimpl
def register_connectors() -> Sequence[Component[Any, Any]]:
    """Offer the Notion connector."""
    summary = "Data sources, pages with their text and comments from Notion"
    return [component("notion", summary, NotionOptions, _build, example=_EXAMPLE)]
