"""What a Salesforce user can see: permitted objects and fields, rows, field history, shown records."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from groundfact.testing import soql, soql_run
from groundfact.testing.salesforce_schema import COMPOUND, HISTORIES, OBJECTS, SYSTEM_NAMES, UNTRACKABLE, Field
from groundfact.testing.views import Record, salesforce_id
from groundfact.testing.words import STAGES
from groundfact.testing.world_data import FictionalWorld

_SYSTEM: dict[str, Callable[[Record], Any]] = {
    "Id": lambda row: row.id,
    "IsDeleted": lambda row: row.deleted is not None,
    "MasterRecordId": lambda row: row.merged_into,
    "CreatedDate": lambda row: row.created,
    "LastModifiedDate": lambda row: row.business_modified,
    "SystemModstamp": lambda row: row.modified,
}
_MONTH = timedelta(days=30.44)
_SHOWN_MONTHS = 18
"""Older field history comes with queryAll alone."""
_BOOLEANS = frozenset({"boolean"})


def stamp(moment: datetime) -> str:
    """A datetime the way the REST API writes it."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


class Org:
    """One org as its integration user sees it."""

    def __init__(self, world: FictionalWorld, history_months: int) -> None:
        self.world = world
        self.view = world.views["salesforce"]
        self.history_months = history_months
        self.hidden: set[tuple[str, str]] = set()
        self.denied: set[str] = set()
        self.untracked: set[tuple[str, str]] = set()
        self.kept: dict[tuple[str, str], tuple[datetime | None, datetime | None]] = {}
        """Since and until when changes of a field are kept, where that is not for ever."""
        self._histories: dict[str, tuple[tuple[object, ...], dict[str, Record]]] = {}
        self.stages = _stages(min((row.created for row in self.view.rows("User")), default=world.now))
        """The stages by id; a test may change them."""

    def objects(self) -> list[str]:
        """The objects the user may use."""
        return [name for name in OBJECTS if name not in self.denied]

    def fields(self, sobject: str) -> dict[str, Field]:
        """The fields of an object the user may use."""
        return {name: item for name, item in OBJECTS[sobject].items() if (sobject, name) not in self.hidden}

    def find_object(self, query: soql.Query) -> str:
        """The queried object under its proper name, or the vendor's error."""
        found = {name.lower(): name for name in self.objects()}.get(query.sobject.lower())
        if found is None:
            raise soql.no_such_object(query)
        return found

    def resolve(self, sobject: str, path: str) -> tuple[Field, soql_run.Getter]:
        """A field, possibly through relationships, and how to read it; KeyError if there is none."""
        head, _, rest = path.partition(".")
        names = {item.name.lower(): item for item in self.fields(sobject).values()}
        if not rest:
            return names[path.lower()], reader(names[path.lower()])
        link = next((item for item in names.values() if (item.relationship or "").lower() == head.lower()), None)
        if link is None or link.refers_to is None or link.refers_to in self.denied:
            raise KeyError(path)
        target, read_link = link.refers_to, reader(link)
        item, read_rest = self.resolve(target, rest)

        def follow(row: Record) -> Any:
            other = self.view.find(target, read_link(row) or "")
            return read_rest(other) if other is not None else None

        return item, follow

    def run(self, query: soql.Query, deleted: bool) -> tuple[str, list[Record]]:
        """The object and the matching rows of a query; raises the vendor's error."""
        sobject = self.find_object(query)
        counted = [(query.count, 0)] if query.count not in (None, "()") else []
        for path, at in [*query.fields, *counted, *((path, 0) for path, _, _ in query.order)]:
            try:
                self.resolve(sobject, str(path))
            except KeyError:
                raise soql.no_such_column(query, str(path), at, sobject) from None
        return sobject, soql_run.run(query, self.rows(sobject, deleted), lambda path: self.resolve(sobject, path))

    def rows(self, sobject: str, deleted: bool) -> Iterator[Record]:
        """The visible rows of an object, with the deleted ones if asked for."""
        rows: Iterable[Record] = self.view.rows(sobject)
        if sobject in HISTORIES:
            oldest = self.world.now - _SHOWN_MONTHS * _MONTH
            rows = (row for row in self._history(sobject).values() if deleted or row.created >= oldest)
        elif sobject == "OpportunityStage":
            rows = self.stages.values()
        elif sobject == "FieldDefinition":
            rows = self._definitions().values()
        return (row for row in rows if not row.hidden and (deleted or row.deleted is None))

    def find(self, sobject: str, record_id: str) -> Record | None:
        """A visible row by id, deleted ones included."""
        made = self.stages if sobject == "OpportunityStage" else None
        made = self._history(sobject) if sobject in HISTORIES else made
        made = self._definitions() if sobject == "FieldDefinition" else made
        row = self.view.find(sobject, record_id) if made is None else made.get(record_id)
        return None if row is None or row.hidden else row

    def shower(self, sobject: str, paths: list[str], base: str) -> Callable[[Record], dict[str, Any]]:
        """How a query or the row resource shows a record; prepared once, as pages have 2,000 of them."""
        names = {item.name.lower(): item for item in self.fields(sobject).values()}
        nested: dict[str, list[str]] = {}
        plain = []
        for path in paths:
            head, _, rest = path.partition(".")
            if rest:
                nested.setdefault(head.lower(), []).append(rest)
            else:
                plain.append((names[path.lower()].name, reader(names[path.lower()])))
        links = []
        for item in names.values():
            rests = nested.get((item.relationship or "").lower())
            if rests and item.refers_to:
                links.append(
                    (item.relationship, reader(item), item.refers_to, self.shower(item.refers_to, rests, base))
                )

        def show(row: Record) -> dict[str, Any]:
            url = f"{base}/sobjects/{sobject}/{row.id}"
            out: dict[str, Any] = {"attributes": {"type": sobject, "url": url}}
            for name, read in plain:
                value = read(row)
                out[name] = stamp(value) if isinstance(value, datetime) else value
            for relationship, read, target, show_other in links:
                other = self.view.find(target, read(row) or "")
                out[relationship or target] = show_other(other) if other is not None else None
            return out

        return show

    def _history(self, sobject: str) -> dict[str, Record]:
        """The rows of a history object, made from the past of the records it tracks."""
        version = (self.view.revision, self.world.now, len(self.untracked), *self.kept.items())
        kept = self._histories.get(sobject)
        if kept is not None and kept[0] == version:
            return kept[1]
        tracked, reference = HISTORIES[sobject]
        horizon = self.world.now - self.history_months * _MONTH
        rows: dict[str, Record] = {}
        for row in self.view.rows(tracked):
            for name in filter(partial(self._is_tracked, tracked), row.changed):
                item = OBJECTS[tracked].get(name)
                for number, (at, *values) in enumerate(_steps(row, name)):
                    if at < horizon or not self._was_kept(tracked, name, at):
                        continue
                    for data_type, old, new in self._shown(item, values):
                        key = salesforce_id("017", zlib.crc32(f"{row.id}/{name}/{number}/{data_type}".encode()))
                        # A reference goes by the name of its relationship.
                        shown = item.relationship if item is not None and item.relationship else name
                        fields = {reference: row.id, "Field": shown, "DataType": data_type}
                        fields |= {"OldValue": old, "NewValue": new}
                        rows[key] = Record(sobject, key, fields, at, at, at, hidden=row.hidden, deleted=row.deleted)
        self._histories[sobject] = (version, rows)
        return rows

    def _definitions(self) -> dict[str, Record]:
        """What is set up for the fields of the objects that can be tracked."""
        found, now = {}, self.world.now
        set_up = [(tracked, name) for tracked, _ in HISTORIES.values() for name in OBJECTS[tracked]]
        for number, (tracked, name) in enumerate(set_up):
            fields: dict[str, Any] = {"EntityDefinitionId": tracked, "QualifiedApiName": name}
            fields["IsFieldHistoryTracked"] = self._is_tracked(tracked, name) and self._was_kept(tracked, name, now)
            key = salesforce_id("000", number)
            found[key] = Record("FieldDefinition", key, fields, now, now, now)
        return found

    def _was_kept(self, tracked: str, name: str, at: datetime) -> bool:
        since, until = self.kept.get((tracked, name), (None, None))
        return (since is None or since <= at) and (until is None or at < until)

    def _is_tracked(self, tracked: str, name: str) -> bool:
        field = (tracked, name)
        return name not in UNTRACKABLE | SYSTEM_NAMES and field not in COMPOUND | self.untracked | self.hidden

    def _shown(self, item: Field | None, values: list[Any]) -> Iterator[tuple[str, Any, Any]]:
        """What an entry says: for a reference there are two of them, one with the names and one with the ids."""
        if item is None or item.refers_to is None:
            yield ("Text", *values)
            return
        old, new = (self.view.find(item.refers_to, value or "") for value in values)
        yield "Text", old.fields.get("Name") if old else None, new.fields.get("Name") if new else None
        yield ("EntityId", *values)


def _stages(since: datetime) -> dict[str, Record]:
    """The stages that opportunities go through, all in use."""
    stages = {}
    for place, (label, _, share) in enumerate(STAGES.values(), 1):
        fields = {"MasterLabel": label, "ApiName": label, "IsActive": True, "IsClosed": share in (0, 100)}
        fields |= {"IsWon": share == 100, "SortOrder": place, "DefaultProbability": float(share)}
        key = salesforce_id("01J", place)
        stages[key] = Record("OpportunityStage", key, fields, since, since, since)
    return stages


def _steps(row: Record, name: str) -> Iterator[tuple[datetime, Any, Any]]:
    """Each change of a field after the record was created, with the old and the new value."""
    before: Any = None
    for number, (at, value) in enumerate(row.versions(name)):
        if number or at > row.created:
            yield at, before, value
        before = value


def reader(item: Field) -> soql_run.Getter:
    """How to read a field from a record."""
    if item.name in _SYSTEM:
        return _SYSTEM[item.name]
    name = item.name
    if name == "UserType":
        return lambda row: row.fields.get(name, "Standard")
    if item.type in _BOOLEANS:
        # A checkbox is never null.
        return lambda row: bool(row.fields.get(name))
    return lambda row: row.fields.get(name)
