"""When single fields last changed, from Salesforce's field history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from groundfact.errors import SourceUnavailable
from groundfact_connectors.salesforce.pages import Row, ask
from groundfact_connectors.salesforce.session import Session
from groundfact_connectors.salesforce.soql import changes_of, long_id, stamp_of
from groundfact_connectors.salesforce.streams import SalesforceObject

__all__ = ["History"]

_IDS = 400
"""So many ids, of 27 characters each in a URL, leave a third of the 16,384 bytes that Salesforce takes."""
_NAME_PARTS = ("Salutation", "FirstName", "MiddleName", "LastName", "Suffix")


@dataclass(frozen=True)
class History:
    """Reads when the fields of one object's records were changed: of those that the org tracks, and no others."""

    session: Session
    listed: SalesforceObject
    fields: Sequence[str]
    batch_size: int

    def changes(self, stamps: Mapping[str, datetime]) -> dict[str, dict[str, datetime]]:
        """By record and field path the time of the last change; `stamps` holds the records' own."""
        paths = self._paths_by_entry()
        found: dict[str, dict[str, datetime]] = {}
        ids = list(stamps) if paths else []
        for start in range(0, len(ids), _IDS):
            for row in self._entries(ids[start : start + _IDS]):
                key, name, at = self._read(row)
                # Newer than the record's own stamp: changed since the record was read, which is about to come again.
                at = min(at, stamps[key])
                known = found.setdefault(key, {})
                for path in paths.get(name, ()):
                    known[path] = max(known.get(path, at), at)
        return found

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

    def _paths_by_entry(self) -> dict[str, list[str]]:
        paths: dict[str, list[str]] = {}
        for path in self.fields:
            for entry in self._entries_of(path):
                paths.setdefault(entry, []).append(path)
        return paths

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
