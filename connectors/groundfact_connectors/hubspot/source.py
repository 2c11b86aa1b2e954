"""The HubSpot connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from groundfact.model import Batch, Check, Cursor, Discovered, Limit, StreamSpec, Verdict
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot import access
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.directory import Directory, app_address, next_page, owner_directory
from groundfact_connectors.hubspot.position import Position
from groundfact_connectors.hubspot.reading import LIST_LIMIT, Reading
from groundfact_connectors.hubspot.roles import labelled
from groundfact_connectors.hubspot.rows import Wanted
from groundfact_connectors.hubspot.streams import OBJECTS, ROLES, specs
from groundfact_connectors.hubspot.verdicts import classify
from groundfact_connectors.hubspot.workspace import listed

if TYPE_CHECKING:
    from groundfact_connectors.hubspot import HubSpotOptions

__all__ = ["HubSpotSource"]


class HubSpotSource:
    """Reads one HubSpot account."""

    limits = (
        # HubSpot allows five searches a second, and 190 calls in ten: a full bucket and ten seconds
        # of refill stay below that.
        Limit("search", rate=5, per=1),
        Limit("*", rate=170, per=10, burst=19),
    )

    def __init__(self, options: HubSpotOptions, rt: Runtime) -> None:
        self._options, self._rt = options, rt
        host = rt.base_url(options.base_url, "https://api.hubapi.com", hosts=["hubapi.com"])
        self._client = Client(rt.secret(options.access_token), host)
        self._app: tuple[str | None] | None = None
        self._owners: Directory | None = None

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """The token, every scope and the mapped properties, each tried."""
        return access.checks(self._client, self._rt, fields)

    def streams(self) -> Sequence[StreamSpec]:
        """Companies, contacts and deals, the parts that contacts play, the stages of deals, and the owners."""
        return specs()

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every property, custom ones included, and what the connector adds to a row."""
        return access.discovered(self._client, self._rt, fields)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Everything by the list, changes by the search, and in both cases what was archived; short lists whole."""
        if stream.name == ROLES:
            # Between two complete reads there is nothing that could be asked for.
            return iter(()) if since is not None else labelled(self._client, self._rt, fields)
        if stream.name not in OBJECTS:
            return listed(self._client, self._rt, stream.name, until)
        wanted = Wanted.of(stream.name, fields)
        owners = self._directory() if wanted.owner else Directory({})
        options = self._options
        reading = Reading(
            self._client, self._rt, wanted, options.page_size, options.history, owners.owners, self._address()
        )
        return reading.batches(Position.begin(since, until, owners.digests))

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Every id that is not archived."""
        after: str | None = ""
        while after is not None:
            call = partial(self._client.objects, stream.name, LIST_LIMIT, after, ("hs_object_id",))
            page = self._rt.call("list", call)
            yield [str(row["id"]) for row in page["results"]]
            after = next_page(page, after)

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means."""
        return classify(error, self._rt.now())

    def _directory(self) -> Directory:
        # A connector is built for one run, whose streams share one reading of the owners.
        if self._owners is None:
            self._owners = owner_directory(self._client, self._rt)
        return self._owners

    def _address(self) -> str | None:
        if self._app is None:
            self._app = (app_address(self._client, self._rt),)
        return self._app[0]
