"""Reading one stream: page by page, complete rows, a cursor after each page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from groundfact.errors import SourceUnavailable
from groundfact.model import Batch, Gone, Record, Reject
from groundfact.model.times import to_ms
from groundfact.protocols import Runtime
from groundfact_connectors.hubspot.client import Client
from groundfact_connectors.hubspot.directory import companies_of, next_page
from groundfact_connectors.hubspot.position import Position
from groundfact_connectors.hubspot.rows import Links, Wanted, archived, losers, made

__all__ = ["LIST_LIMIT", "Reading"]

LIST_LIMIT = 100
_URL_ROOM = 14_000
"""Characters of a list's address that properties may fill: HubSpot refuses addresses of about 16,000."""
_BODY_ROOM = 2_000
"""The same for a search's body, which may have 3,000."""
_BATCH, _BATCH_WITH_HISTORY = 100, 50


@dataclass
class Reading:
    """One read of one stream."""

    client: Client
    rt: Runtime
    wanted: Wanted
    page_size: int
    history: bool
    owners: Mapping[str, Mapping[str, str | None]]
    app: str | None
    _merged: set[str] = field(default_factory=set)

    def batches(self, position: Position) -> Iterator[Batch]:
        """All pages from a position on; archived objects last, because the search may still show them."""
        self._merged |= position.merged
        if position.phase == "list":
            yield from self._listed(position)
        elif position.phase == "search":
            yield from self._searched(position)
        else:
            yield from self._archived(position)

    def _listed(self, position: Position) -> Iterator[Batch]:
        first, rest = _fitting(self.wanted.properties, _URL_ROOM, len("&properties="))
        limit, after = min(self.page_size, LIST_LIMIT), position.after
        while True:
            page = self.rt.call("list", partial(self.client.objects, self.wanted.stream, limit, after, first))
            following = next_page(page, after)
            ahead = position.at("list", following) if following else position.at("archived", "")
            yield self._batch(page, rest, ahead)
            if following is None:
                break
            after = following
        yield from self._archived(position.at("archived", ""))

    def _searched(self, position: Position) -> Iterator[Batch]:
        first, rest = _fitting(self.wanted.properties, _BODY_ROOM, len('"",'))
        last, seen = position.after or "0", 0
        while True:
            body = self._query(position, last, first)
            page = self.rt.call("search", partial(self.client.search, self.wanted.stream, body))
            if not page["results"]:
                break
            last = _last_in_order(page["results"], last)
            left = page["total"] if isinstance(page.get("total"), int) else None
            yield self._batch(page, rest, position.at("search", last), None if left is None else seen + left)
            seen += len(page["results"])
            if left == len(page["results"]):
                break
        yield from self._archived(position.at("archived", ""))

    def _query(self, position: Position, last: str, properties: Sequence[str]) -> dict[str, Any]:
        # Keyset by id: a later page is a new, smaller query, so that HubSpot's cap of 10,000 rows is never
        # met, however many rows share one instant.
        modified = self.wanted.item.modified
        filters = [
            {"propertyName": modified, "operator": "GTE", "value": str(position.start)},
            {"propertyName": modified, "operator": "LT", "value": str(position.end)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": last},
        ]
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        return {
            "filterGroups": [{"filters": filters}], "sorts": sorts,
            "properties": list(properties), "limit": self.page_size,
        }  # fmt: skip

    def _archived(self, position: Position) -> Iterator[Batch]:
        after = position.after
        while True:
            call = partial(self.client.objects, self.wanted.stream, LIST_LIMIT, after, (), archived=True)
            page = self.rt.call("list", call)
            found = [item for row in page["results"] if (item := self._archived_row(row, position.start))]
            gone = [item for item in found if isinstance(item, Gone)]
            rejects = [item for item in found if isinstance(item, Reject)]
            following = next_page(page, after)
            ahead = position.at("archived", following or "").knowing(self._merged)
            cursor = ahead.cursor() if following else position.done()
            yield Batch(gone, rejects, cursor)
            if following is None:
                return
            after = following

    def _archived_row(self, row: Any, start: int | None) -> Gone | Reject | None:
        item = archived(row)
        if isinstance(item, Reject):
            return item
        key, at = item
        # Archiving moves no date but archivedAt. One that was merged is known already, with its winner.
        if key in self._merged or (at is not None and start is not None and to_ms(at) < start):
            return None
        # Without its time: restoring moves no date either, so that the record would come back older than its
        # own end, and stay gone.
        return Gone(key, None, "archived")

    def _batch(self, page: Mapping[str, Any], rest: Sequence[str], ahead: Position, total: int | None = None) -> Batch:
        rows = self._complete(page["results"], rest)
        ids, wanted = [key for row in rows if (key := _key(row))], self.wanted
        linked = wanted.associations and bool(ids)
        companies = companies_of(self.client, self.rt, wanted.stream, wanted.item, ids) if linked else {}
        links = Links(companies, self.owners, self.app)
        read = [made(row, wanted, links) for row in rows]
        records = [item for item in read if isinstance(item, Record)]
        merged = [loser for record in records for loser in losers(record)]
        self._merged.update(loser.id for loser in merged)
        # The search index may still show one that was merged away.
        kept = [record for record in records if record.id not in self._merged]
        rejects = [item for item in read if isinstance(item, Reject)]
        return Batch([*kept, *merged], rejects, ahead.knowing(self._merged).cursor(), total)

    def _complete(self, rows: Sequence[Any], rest: Sequence[str]) -> Sequence[Any]:
        """The rows with the properties that did not fit into the first call and their history."""
        if not rest and not self.history:
            return rows
        more = self._read_by_id([key for row in rows if (key := _key(row))], rest)
        out: list[Any] = []
        for row in rows:
            key = _key(row)
            if key is None:
                out.append(row)
            elif key in more:
                whole = {**row["properties"], **more[key]["properties"]}
                out.append({**row, **more[key], "properties": whole})
            # Else it was archived since the first call, and half of it would claim that the rest is empty.
        return out

    def _read_by_id(self, ids: Sequence[str], properties: Sequence[str]) -> dict[str, Any]:
        size = _BATCH_WITH_HISTORY if self.history else _BATCH
        found: dict[str, Any] = {}
        for start in range(0, len(ids), size):
            body = {
                "inputs": [{"id": key} for key in ids[start : start + size]],
                "properties": list(properties),
                "propertiesWithHistory": list(self.wanted.properties) if self.history else [],
            }
            page = self.rt.call("batch", partial(self.client.batch_read, self.wanted.stream, body))
            found.update((str(row["id"]), row) for row in page["results"])
        return found


def _last_in_order(rows: Sequence[Any], last: str) -> str:
    """The id that the next page starts after; going on from a page out of order would skip rows."""
    ids = [str(row.get("id")) if isinstance(row, dict) else "" for row in rows]
    numbers = [int(last), *(int(key) for key in ids if key.isdigit())]
    if len(numbers) == 1 or any(one >= two for one, two in pairwise(numbers)):
        raise SourceUnavailable("HubSpot's search is not in the order asked for; nothing was skipped")
    return str(numbers[-1])


def _key(row: Any) -> str | None:
    """The id of a row that has what a row must have; another one becomes a reject."""
    sound = isinstance(row, dict) and row.get("id") and isinstance(row.get("properties"), dict)
    return str(row["id"]) if sound else None


def _fitting(properties: Sequence[str], room: int, around: int) -> tuple[list[str], list[str]]:
    """The properties that fit into one call, and the others."""
    first: list[str] = []
    for name in properties:
        room -= len(quote(name)) + around
        if room < 0:
            break
        first.append(name)
    return first, list(properties[len(first) :])
