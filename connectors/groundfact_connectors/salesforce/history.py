"""When single fields last changed, from Salesforce's field history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import NamedTuple

from groundfact.errors import SourceUnavailable
from groundfact_connectors.salesforce.pages import Row, ask, ask_if_there
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import changes_of, long_id, oldest_of, stamp_of, tracked_of
from groundfact_connectors.salesforce.streams import SalesforceObject

__all__ = ["History", "Times"]

_IDS = 400
"""So many ids, of 27 characters each in a URL, leave a third of the 16,384 bytes that Salesforce takes."""
_COPIED = timedelta(days=1)
"""Within so long of its making a record is copied into other systems, or is the copy: neither is the later news."""
_NAME_PARTS = ("Salutation", "FirstName", "MiddleName", "LastName", "Suffix")


class Times(NamedTuple):
    """When the fields of a record last changed, by path: exactly, or at the latest."""

    changed: Mapping[str, datetime]
    changed_by: Mapping[str, datetime]


@dataclass
class History:
    """Reads when the fields of one object's records were changed: of those that the org tracks, and no others."""

    session: Session
    listed: SalesforceObject
    fields: Sequence[str]
    batch_size: int

    def times(self, stamps: Mapping[str, datetime], created: Mapping[str, datetime]) -> dict[str, Times]:
        """By record when its fields last changed; `stamps` holds the records' own, `created` when they were made."""
        found: dict[str, Times] = {}
        ids = list(stamps) if self._names else []
        for start in range(0, len(ids), _IDS):
            part = ids[start : start + _IDS]
            latest: dict[str, dict[str, datetime]] = {key: {} for key in part}
            for row in self._entries(part):
                key, name, at = self._read(row)
                # Newer than the record's own stamp: changed since the record was read, which is about to come again.
                at = min(at, stamps[key])
                latest[key][name] = max(latest[key].get(name, at), at)
            for key, entries in latest.items():
                changed = self._changed(entries)
                found[key] = Times(changed, self._bounds(entries, changed, created[key]) if key in created else {})
        return found

    def _changed(self, entries: Mapping[str, datetime]) -> dict[str, datetime]:
        times = {path: [entries[name] for name in names if name in entries] for path, names in self._names.items()}
        return {path: max(known) for path, known in times.items() if known}

    def _bounds(
        self, entries: Mapping[str, datetime], changed: Mapping[str, datetime], made: datetime
    ) -> dict[str, datetime]:
        """A field without an entry has not changed since its history was kept and its record was there."""
        made += _COPIED
        return {
            path: max(made, since, *(at for name, at in entries.items() if _may_change(name, path)))
            for path, since in self._kept.items()
            if path not in changed
        }

    @cached_property
    def _kept(self) -> dict[str, datetime]:
        """The fields whose changes are kept now, and since when that is certain: there is an entry of that time."""
        plain = {path for path, names in self._names.items() if names == (path,)}
        tracked = ask_if_there(self.session, "FieldDefinition", tracked_of(self.listed.api_name)) if plain else None
        if tracked is None:
            # Who may not see the set-up knows of no field that is kept now.
            return {}
        kept = sorted(plain & {row["QualifiedApiName"] for row in tracked.rows})
        since: dict[str, datetime] = {}
        for row in self._oldest(kept) if kept else ():
            _, name, at = self._read({self._reference: row["Id"], **row})
            since.setdefault(name, at)
        return since

    def _oldest(self, names: Sequence[str]) -> list[Row]:
        soql = oldest_of(self.listed.history, names, self.batch_size)
        return ask(self.session, self.listed.history, soql, self.batch_size).rows

    def _entries(self, ids: Sequence[str]) -> list[Row]:
        entries: list[Row] = []
        last: str | None = None
        while True:
            soql = changes_of(self.listed.history, self._reference, ids, last, self.batch_size)
            # Entries older than 18 months come only with those that are deleted.
            answer = ask(self.session, self.listed.history, soql, self.batch_size)
            entries += answer.rows
            if answer.done and len(answer.rows) < self.batch_size:
                return entries
            last = long_id(answer.rows[-1]["Id"])

    @property
    def _reference(self) -> str:
        return f"{self.listed.api_name}Id"

    def _read(self, row: Row) -> tuple[str, str, datetime]:
        try:
            return long_id(row[self._reference]), str(row["Field"]), stamp_of(row["CreatedDate"])
        except (KeyError, TypeError, ValueError) as error:
            raise SourceUnavailable(
                f"Salesforce sends an entry of {self.listed.history} that cannot be read: {error}",
                hint="try again later; if it stays so, set `history: false`",
            ) from error

    @cached_property
    def _names(self) -> dict[str, Sequence[str]]:
        """By path what the history calls a change of that field; nothing for what it knows nothing of."""
        return {path: names for path in self.fields if (names := self._entries_of(path))}

    def _entries_of(self, path: str) -> Sequence[str]:
        """What the history calls a change of this field."""
        head, _, rest = path.partition(".")
        if rest:
            # A field of another record, as of when the record came to refer to that one. Further off there is none.
            entry = f"{head[:-1]}c" if head.endswith("__r") else head
            return () if "." in rest else (entry, f"{head}Id")
        if path == "Name" and self.listed.api_name == "Contact":
            return (path, *_NAME_PARTS)
        return (path, path[:-2]) if path.endswith("Id") and len(path) > 2 else (path,)


@cache
def _may_change(name: str, path: str) -> bool:
    """Whether an entry that is not the field's own may tell of a change of it, too."""
    if name[:1].islower() and "__" not in name:
        return True  # no field, but an event: merged, updated by a converted lead
    whole = name.removesuffix("Address") if name.endswith("Address") else name[:-1] if name.endswith("__c") else None
    return bool(whole and path.startswith(whole)) or (name == "Name" and path in _NAME_PARTS)
