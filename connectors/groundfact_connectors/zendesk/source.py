"""The Zendesk connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from groundfact.model import Batch, Check, Cursor, Discovered, Limit, StreamSpec, Verdict
from groundfact.protocols import Runtime
from groundfact_connectors.zendesk import access
from groundfact_connectors.zendesk.client import Client
from groundfact_connectors.zendesk.reading import Reading
from groundfact_connectors.zendesk.streams import specs
from groundfact_connectors.zendesk.verdicts import classify

if TYPE_CHECKING:
    from groundfact_connectors.zendesk import ZendeskOptions

__all__ = ["ZendeskSource"]


class ZendeskSource:
    """Reads one help desk."""

    def __init__(self, options: ZendeskOptions, rt: Runtime) -> None:
        self._options, self._rt = options, rt
        self._client = Client(options, rt)

    @property
    def limits(self) -> Sequence[Limit]:
        """Zendesk's ten exports a minute, and the share of the account's calls that we may use."""
        # A full bucket and a minute of refill stay below the limit.
        burst = max(1, self._options.calls_per_minute // 10)
        rest = max(1, self._options.calls_per_minute - burst)
        return (Limit("incremental", rate=6, per=60, burst=4), Limit("*", rate=rest, per=60, burst=burst))

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """The login, its role, every export and the mapped fields, each tried."""
        return access.checks(self._client, fields, self._options.comments)

    def streams(self) -> Sequence[StreamSpec]:
        """Organizations, users and tickets."""
        return specs()

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every field, custom ones included, and what the connector adds to a row."""
        return access.discovered(self._client, fields)

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """The stream's incremental export, from its beginning or from where the last run left it."""
        return Reading.of(self._client, stream, fields, self._options).batches(since, until)

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means."""
        return classify(error, self._rt.now())
