"""Reads CSV and JSONL files, row by row, however large they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundfact.component import Component, component
from groundfact.hookspecs import hookimpl
from groundfact.protocols import Connector, Runtime
from groundfact_connectors.files.options import FilesOptions

__all__ = ["FILES", "register_connectors"]


def _build(options: FilesOptions, rt: Runtime) -> Connector:
    from groundfact_connectors.files.source import FilesConnector

    return FilesConnector(options, rt)


FILES: Component[FilesOptions, Connector] = component(
    "files",
    "CSV and JSONL files (plain or gzipped), one stream for each",
    FilesOptions,
    _build,
    example="""
type: files
files:
  providers:
    path: data/providers.csv
    kind: account
    id: id
    updated_at: last_changed
    attributes: {name: company, domain: website, phone: phone, street: address, postal_code: zip}
  people:
    path: data/people.jsonl.gz
    kind: contact
    id: [company_id, number]
    attributes: {name: name, email: mail}
    parent: {stream: providers, field: company_id}
    text: [notes]
""",
)


@hookimpl
def register_connectors() -> Sequence[Component[Any, Connector]]:
    """Offer `type: files`."""
    return [FILES]
