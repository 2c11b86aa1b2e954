"""The connector the benchmarks read through: httpx2 and orjson, page by page, as a third party would write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import Batch, Check, Cursor, Discovered, Limit, Record, StreamSpec, Verdict
from groundfact.protocols import Runtime

MAPPINGS: dict[str, dict[str, Any]] = {
    "accounts": {
        "attributes": {
            "name": "name",
            "domain": "website",
            "owner": "owner.name",
            "tier": "tier",
            "industry": "industry",
            "employees": "employees",
            "annual_revenue": "revenue",
            "phone": "phone",
            "street": "street",
            "postal_code": "zip",
            "city": "city",
            "country": "country",
        }
    },
    "contacts": {
        "attributes": {
            "name": "name",
            "email": "email",
            "title": "title",
            "department": "department",
            "phone": "phone",
            "owner": "owner.name",
            "city": "city",
            "country": "country",
            "street": "street",
            "postal_code": "zip",
            "linkedin": "linkedin",
            "owner_email": "owner.email",
        },
        "parent": {"stream": "accounts", "field": "account"},
    },
}


class PagesOptions(Options):
    """Where the pages are."""

    base_url: str


class Pages:
    """Reads `/sN/accounts` and `/sN/contacts`."""

    limits: Sequence[Limit] = ()

    def __init__(self, options: PagesOptions, runtime: Runtime) -> None:
        import ssl

        import httpx2

        self._base = runtime.base_url(options.base_url, "", hosts=[])
        self._runtime = runtime
        # The pages come over plain HTTP; reading the list of authorities anew for every source is not what is measured.
        self._client = httpx2.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """Nothing to check."""
        yield from ()

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Nothing to discover."""
        yield from ()

    def classify(self, error: Exception) -> Verdict | None:
        """Every error is a bug here."""
        return None

    def streams(self) -> Sequence[StreamSpec]:
        """Accounts and contacts."""
        return [
            StreamSpec(
                name=name, kind=name[:-1], mapping=mapping, order="cursor_asc", deletes="none", confirms="stream"
            )
            for name, mapping in MAPPINGS.items()
        ]

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Page after page; an increment asks for what changed."""
        import orjson

        changed = "&changed=1" if since is not None else ""
        number, seen, total = 0, 0, 1
        while seen < total:
            url = f"{self._base}/{stream.name}?page={number}{changed}"
            answer = orjson.loads(self._runtime.call("page", lambda url=url: self._client.get(url)).content)
            rows = [Record(row["id"], row, datetime.fromisoformat(row["updated_at"])) for row in answer["rows"]]
            total = answer["total"]
            seen += len(rows)
            number += 1
            yield Batch(rows, (), Cursor(value={"page": number}), total)
        yield Batch((), (), Cursor(at=until))


class Plugin:
    """Offers the connector by the public door."""

    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        """Offer `pages`."""
        return [component("pages", "Benchmark pages", PagesOptions, Pages, example="{type: pages, base_url: x}")]
