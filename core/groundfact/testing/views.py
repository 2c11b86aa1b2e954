"""What one vendor believes: its records, their field histories and the links between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SALESFORCE_PREFIXES = {
    "Account": "001", "Contact": "003", "User": "005", "Opportunity": "006", "OpportunityContactRole": "00K",
    "AccountContactRelation": "07k",
}  # fmt: skip
# HubSpot numbers every object type from its own, far apart, starting point.
_HUBSPOT_STARTS = {
    "companies": (9_040_110_000, 37),
    "contacts": (151, 50),
    "deals": (6_210_400_000, 41),
    "owners": (41_629_700, 3),
}


@dataclass(slots=True, eq=True)
class Record:
    """One object in one vendor, with the vendor's own field names and its own idea of when what changed."""

    object: str
    id: str
    fields: dict[str, Any]
    created: datetime
    modified: datetime
    business_modified: datetime
    """When a person or integration last edited it; a system touch moves only ``modified``."""
    changed: dict[str, datetime] = field(default_factory=dict)
    past: dict[str, list[tuple[datetime, Any]]] = field(default_factory=dict)
    """Earlier values per field, oldest first, each with the time since which it held."""
    deleted: datetime | None = None
    merged_into: str | None = None
    hidden: bool = False
    """Outside the caller's sharing rules: invisible, which is not the same as deleted."""

    def write(self, values: dict[str, Any], at: datetime, *, system_only: bool = False) -> bool:
        """Store values; remember the old ones of fields that really changed. True if any did."""
        moved = False
        for name, value in values.items():
            old = self.fields.get(name)
            if old == value and name in self.fields:
                continue
            if name in self.fields:
                self.past.setdefault(name, []).append((self.changed.get(name, self.created), old))
            self.fields[name] = value
            self.changed[name] = at
            moved = True
        if moved:
            self.modified = max(self.modified, at)
            if not system_only:
                self.business_modified = max(self.business_modified, at)
        return moved

    def versions(self, name: str) -> list[tuple[datetime, Any]]:
        """Every value of a field with the time since which it held, oldest first."""
        current = (self.changed.get(name, self.created), self.fields.get(name))
        return [*self.past.get(name, ()), current]


class View:
    """All records of one vendor and the associations between them."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.objects: dict[str, dict[str, Record]] = {}
        self.links: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.revision = 0
        self._counters: dict[str, int] = {}

    def next_id(self, object_name: str) -> str:
        """The next id in the vendor's own style."""
        number = self._counters[object_name] = self._counters.get(object_name, 0) + 1
        if self.vendor == "salesforce":
            return salesforce_id(_SALESFORCE_PREFIXES.get(object_name, "a00"), number)
        start, step = _HUBSPOT_STARTS.get(object_name, (1_000, 7))
        return str(start + number * step)

    def add(self, record: Record) -> Record:
        """Put a new record in."""
        self.objects.setdefault(record.object, {})[record.id] = record
        self.revision += 1
        return record

    def find(self, object_name: str, record_id: str) -> Record | None:
        """The record, deleted ones included, or None."""
        rows = self.objects.get(object_name, {})
        row = rows.get(record_id)
        if row is None and len(record_id) == 15:
            row = rows.get(record_id + checksum(record_id))
        return row

    def get(self, object_name: str, record_id: str) -> Record:
        """The record, or a KeyError that names it."""
        row = self.find(object_name, record_id)
        if row is None:
            raise KeyError(f"{self.vendor} has no {object_name} {record_id}")
        return row

    def rows(self, object_name: str) -> Iterator[Record]:
        """Every record of an object, deleted ones included, in the order they were created."""
        return iter(self.objects.get(object_name, {}).values())

    def link(self, from_object: str, from_id: str, to_object: str, to_id: str) -> None:
        """Associate two records in both directions; stamps do not move, as with the real vendor."""
        for one, one_id, two, two_id in (
            (from_object, from_id, to_object, to_id),
            (to_object, to_id, from_object, from_id),
        ):
            targets = self.links.setdefault((one, two), {}).setdefault(one_id, [])
            if two_id not in targets:
                targets.append(two_id)
        self.revision += 1

    def unlink(self, from_object: str, from_id: str, to_object: str, to_id: str) -> None:
        """Remove an association in both directions."""
        for one, one_id, two, two_id in (
            (from_object, from_id, to_object, to_id),
            (to_object, to_id, from_object, from_id),
        ):
            targets = self.links.get((one, two), {}).get(one_id, [])
            if two_id in targets:
                targets.remove(two_id)
        self.revision += 1

    def linked(self, from_object: str, from_id: str, to_object: str) -> list[str]:
        """Ids associated with a record, first the primary one."""
        return self.links.get((from_object, to_object), {}).get(from_id, [])


def checksum(fifteen: str) -> str:
    """The three characters that make a case-insensitive 18-character Salesforce id."""
    return _capitals(fifteen[:5]) + _capitals(fifteen[5:10]) + _capitals(fifteen[10:15])


@lru_cache(maxsize=4_096)
def _capitals(five: str) -> str:
    """One character for which of five characters are capitals."""
    return _ID_ALPHABET[sum(1 << place for place, char in enumerate(five) if "A" <= char <= "Z")]


def salesforce_id(prefix: str, number: int) -> str:
    """An 18-character id with the object's key prefix."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    fifteen = prefix + "Gf" + digits.rjust(10, "0")
    return fifteen + checksum(fifteen)
