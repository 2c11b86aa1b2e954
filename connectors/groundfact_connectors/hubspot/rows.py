"""HubSpot's rows made into records: `{"id", "properties", "associations", "owner", "full_name"}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from groundfact.errors import SourceUnavailable
from groundfact.model import Gone, Record, Reject
from groundfact_connectors.hubspot.streams import OBJECTS, HubSpotObject

__all__ = ["Links", "Wanted", "archived", "losers", "made"]

_NAME_PARTS = ("firstname", "lastname")
_OWNER = "hubspot_owner_id"
_MERGED = "hs_merged_object_ids"
_UNSOUND = (AttributeError, KeyError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True)
class Wanted:
    """What the mapping needs of a stream, so that nothing else is asked for."""

    stream: str
    item: HubSpotObject
    properties: tuple[str, ...]
    associations: bool
    owner: bool
    full_name: bool

    @classmethod
    def of(cls, stream: str, fields: Sequence[str]) -> Wanted:
        """What these field paths need."""
        item, heads = OBJECTS[stream], {field.partition(".")[0] for field in fields}
        names = {field.partition(".")[2] for field in fields if field.startswith("properties.")}
        names |= {item.modified, _MERGED}
        names |= {_OWNER} if "owner" in heads else set()
        names |= set(_NAME_PARTS) if "full_name" in heads else set()
        linked = "associations" in heads and item.primary_company is not None
        return cls(stream, item, tuple(sorted(names)), linked, "owner" in heads, "full_name" in heads)


class Links(NamedTuple):
    """What a page's rows refer to, already looked up."""

    companies: Mapping[str, Mapping[str, Any]]
    owners: Mapping[str, Mapping[str, str | None]]
    app: str | None
    """The address of the account in HubSpot's app."""


def moment(value: Any) -> datetime | None:
    """HubSpot's times: ISO with any number of decimals, or milliseconds since 1970."""
    if value in (None, ""):
        return None
    text = str(value)
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def made(row: Any, wanted: Wanted, links: Links) -> Record | Reject:
    """The record in a row, or the row as a reject with what is wrong with it."""
    try:
        return _record(row, wanted, links)
    except _UNSOUND as error:
        return _reject(row, error)


def archived(row: Any) -> tuple[str, datetime | None] | Reject:
    """The id of an archived object and when it was archived."""
    try:
        if row["archived"] is not True:
            # Never the other way round: a living record taken for an archived one would be lost.
            raise SourceUnavailable(f"HubSpot's list of archived objects holds {row['id']}, which is not")
        return str(row["id"]), moment(row.get("archivedAt"))
    except _UNSOUND as error:
        return _reject(row, error)


def _reject(row: Any, error: Exception) -> Reject:
    key = row.get("id") if isinstance(row, dict) else None
    said = f"not a HubSpot object: {type(error).__name__} {error}"
    return Reject(str(key) if key else None, orjson.dumps(row), said)


def _record(row: Mapping[str, Any], wanted: Wanted, links: Links) -> Record:
    key, properties = str(row["id"]), dict(row["properties"])
    data: dict[str, Any] = {"id": key, "properties": properties}
    if wanted.full_name:
        data["full_name"] = " ".join(part for part in map(properties.get, _NAME_PARTS) if part) or None
    if wanted.associations:
        data["associations"] = links.companies.get(key, {"company": None, "companies": []})
    if wanted.owner:
        data["owner"] = links.owners.get(properties.get(_OWNER) or "", {"name": None, "email": None})
    url = row.get("url") or (f"{links.app}/record/{wanted.item.type_id}/{key}" if links.app else None)
    updated = moment(properties.get(wanted.item.modified) or row.get("updatedAt"))
    return Record(key, data, updated, url, None, _changed(row, wanted))


def losers(record: Record) -> list[Gone]:
    """The records that were merged into this one."""
    ids = str(record.data["properties"].get(_MERGED) or "").split(";")
    at = (record.changed or {}).get(f"properties.{_MERGED}")
    others = (loser for loser in map(str.strip, ids) if loser not in ("", record.id))
    return [Gone(loser, at, "merged", record.id) for loser in others]


def _changed(row: Mapping[str, Any], wanted: Wanted) -> dict[str, datetime] | None:
    history = row.get("propertiesWithHistory")
    if history is None:
        return None
    known = {name: since for name, entries in history.items() if (since := _since(entries)) is not None}
    changed = {f"properties.{name}": since for name, since in known.items()}
    if wanted.owner and _OWNER in known:
        changed["owner.name"] = changed["owner.email"] = known[_OWNER]
    parts = [known[name] for name in _NAME_PARTS if name in known]
    if wanted.full_name and parts:
        changed["full_name"] = max(parts)
    return changed


def _since(entries: Sequence[Mapping[str, Any]]) -> datetime | None:
    """Since when the current value stands: writing the same value again changes nothing."""
    stamped = sorted(((moment(e["timestamp"]), e.get("value")) for e in entries), reverse=True, key=_stamp)
    since = None
    for at, value in stamped:
        if value != stamped[0][1]:
            break
        since = at
    return since


def _stamp(entry: tuple[datetime | None, Any]) -> float:
    return entry[0].timestamp() if entry[0] is not None else 0.0
