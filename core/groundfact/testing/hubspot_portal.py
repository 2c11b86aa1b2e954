"""What is in the fake portal and how it is shown: rows by id, stamps, histories, links, owners."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any

from groundfact.testing import hubspot_search
from groundfact.testing.hubspot_schema import (
    ASSOCIATION_NAMES,
    ASSOCIATION_TYPES,
    DEFAULT_PROPERTIES,
    MODIFIED,
    OBJECT_TYPE_IDS,
    PROPERTIES,
)
from groundfact.testing.views import Record
from groundfact.testing.world_data import FictionalWorld

_RECYCLE_BIN = timedelta(days=90)


def instant(moment: datetime) -> str:
    """A time as the v3 API writes it: no fraction when it is zero, else milliseconds."""
    moment = moment.astimezone(UTC)
    fraction = f".{moment.microsecond // 1000:03d}" if moment.microsecond // 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


class Portal:
    """One portal."""

    def __init__(self, world: FictionalWorld, index_lag: timedelta, association_page: int) -> None:
        self.world = world
        self.view = world.views["hubspot"]
        self.index_lag = index_lag
        self.association_page = association_page
        self.labels: dict[tuple[str, str], dict[int, str]] = {}
        """The labels that the account has defined, by pair of types and number."""
        self._labelled: dict[tuple[str, str, str, str], set[int]] = {}
        self._kept: dict[tuple[str, str], tuple[tuple[int, datetime], list[Record]]] = {}

    def _keep(self, kind: str, what: str, make: Any) -> list[Record]:
        """Rows made once per state of the world: paging must not sort everything again for every page."""
        version = (self.view.revision, self.world.now)
        kept = self._kept.get((kind, what))
        if kept is None or kept[0] != version:
            if len(self._kept) > 50:
                self._kept.clear()
            kept = self._kept[kind, what] = (version, make())
        return kept[1]

    def listed(self, kind: str, archived: bool) -> list[Record]:
        """The rows of the list endpoint, by id; archived ones until the recycle bin drops them."""
        oldest = self.world.now - _RECYCLE_BIN

        def make() -> list[Record]:
            rows = [
                row
                for row in self.view.rows(kind)
                if not row.hidden
                and row.merged_into is None
                and (row.deleted is not None) == archived
                and (row.deleted is None or row.deleted > oldest)
            ]
            return sorted(rows, key=lambda row: int(row.id))

        return self._keep(kind, f"list/{archived}", make)

    def position(self, rows: list[Record], after: str | None) -> int:
        """Where the page after an id starts."""
        return bisect_right(rows, int(after), key=lambda row: int(row.id)) if after and after.isdigit() else 0

    def find(self, kind: str, record_id: str, archived: bool) -> Record | None:
        """One row, archived or not as asked."""
        row = self.view.find(kind, record_id)
        while row is not None and row.merged_into:
            # The ids of merged records lead to the record they became.
            row = self.view.find(kind, row.merged_into)
        if row is None or row.hidden or (row.deleted is not None) != archived:
            return None
        return row

    def search(self, kind: str, body: dict[str, Any]) -> list[Record]:
        """The rows a search finds; writes younger than the index lag are not in the index yet."""
        asked = repr([body.get(part) for part in ("filterGroups", "query", "sorts")])

        def make() -> list[Record]:
            seen = self.world.now - self.index_lag
            rows = (row for row in self.listed(kind, False) if not self.index_lag or row.modified <= seen)
            return hubspot_search.find(kind, rows, body)

        return self._keep(kind, f"search/{asked}", make)

    def show(
        self, kind: str, row: Record, properties: list[str], history: list[str], associations: list[str]
    ) -> dict[str, Any]:
        """A record as the API returns it: every property is a string or null."""
        names = dict.fromkeys((*(properties or DEFAULT_PROPERTIES[kind]), "createdate", MODIFIED[kind], "hs_object_id"))
        shown: dict[str, Any] = {
            "id": row.id,
            "properties": {
                name: _text(hubspot_search.value_of(kind, row, name)) for name in names if name in PROPERTIES[kind]
            },
            "createdAt": instant(row.created),
            "updatedAt": instant(row.modified),
            "archived": row.deleted is not None,
        }
        if row.deleted is not None:
            shown["archivedAt"] = instant(row.deleted)
        if history:
            shown["propertiesWithHistory"] = {
                name: _history(kind, row, name) for name in history if name in PROPERTIES[kind]
            }
        linked = {
            OBJECT_TYPE_IDS.get(to, to): self._linked(kind, row.id, OBJECT_TYPE_IDS.get(to, to)) for to in associations
        }
        if any(linked.values()):
            shown["associations"] = {to: {"results": results} for to, results in linked.items() if results}
        return shown

    def _live_links(self, kind: str, record_id: str, to: str) -> list[str]:
        return [target for target in self.view.linked(kind, record_id, to) if self.find(to, target, False)]

    def _linked(self, kind: str, record_id: str, to: str) -> list[dict[str, str]]:
        name = ASSOCIATION_NAMES.get((kind, to), f"{kind}_to_{to}")
        out = []
        for target in self._live_links(kind, record_id, to):
            if self._primary(kind, record_id, to, target):
                out.append({"id": target, "type": name})
            out.append({"id": target, "type": f"{name}_unlabeled"})
        return out

    def _primary(self, kind: str, record_id: str, to: str, target: str) -> bool:
        """Whether the link is the one to the primary company, seen from either end."""
        if to == "companies":
            return self.view.linked(kind, record_id, to)[0] == target
        return kind == "companies" and self.view.linked(to, target, kind)[0] == record_id

    def associated(self, kind: str, record_id: str, to: str, after: str | None) -> dict[str, Any] | None:
        """One result of the associations batch read, None without associations."""
        targets = sorted(self._live_links(kind, record_id, to), key=int)
        if not targets or self.find(kind, record_id, False) is None:
            return None
        rest = [target for target in targets if after is None or int(target) > int(after)]
        page = rest[: self.association_page]
        plain, labelled = ASSOCIATION_TYPES.get((kind, to), ((0, None), None))
        result: dict[str, Any] = {"from": {"id": record_id}, "to": []}
        for target in page:
            types = [labelled] if labelled and self._primary(kind, record_id, to, target) else []
            shown = [_type(*one) for one in [*types, plain]]
            for number in sorted(self._labelled.get((kind, record_id, to, target), ())):
                shown.append(_type(number, self.labels[kind, to][number], "USER_DEFINED"))
            result["to"].append({"toObjectId": target, "associationTypes": shown})
        if len(rest) > len(page):
            result["paging"] = {"next": {"after": page[-1]}}
        return result

    def define(self, kind: str, to: str, label: str, inverse: str | None = None) -> int:
        """Add a label; each direction has a number of its own, and the one returned leads from `kind` to `to`."""
        number = 36 + 2 * sum(map(len, self.labels.values()))
        self.labels.setdefault((kind, to), {})[number] = label
        self.labels.setdefault((to, kind), {})[number - 1] = inverse or label
        return number

    def mark(self, kind: str, record_id: str, to: str, target: str, number: int, *, remove: bool = False) -> None:
        """Put a label on an association, or take it off, seen from both ends; neither record's date moves."""
        if not remove:
            self.view.link(kind, record_id, to, target)
        for place, one in (((kind, record_id, to, target), number), ((to, target, kind, record_id), number - 1)):
            marked = self._labelled.setdefault(place, set())
            (marked.discard if remove else marked.add)(one)

    def types(self, kind: str, to: str) -> list[dict[str, Any]]:
        """Every type of association between two types of object."""
        plain, labelled = ASSOCIATION_TYPES.get((kind, to), ((0, None), None))
        own = [_type(*one) for one in (plain, labelled) if one is not None]
        return own + [_type(*one, "USER_DEFINED") for one in self.labels.get((kind, to), {}).items()]

    def owners(self, archived: bool, email: str | None) -> list[Record]:
        """The owners, active or deactivated."""
        rows = [row for row in self.view.rows("owners") if email in (None, row.fields.get("email"))]
        return [row for row in rows if (row.deleted is not None) == archived]

    def show_owner(self, row: Record) -> dict[str, Any]:
        """An owner as the owners endpoint returns it."""
        user = int(row.id) - 32_000_000
        return {
            "id": row.id,
            "email": row.fields.get("email"),
            "type": row.fields.get("type", "PERSON"),
            "firstName": row.fields.get("firstname"),
            "lastName": row.fields.get("lastname"),
            "userId": None if row.deleted else user,
            "userIdIncludingInactive": user,
            "createdAt": instant(row.created),
            "updatedAt": instant(row.modified),
            "archived": row.deleted is not None,
            "teams": [{"id": "88120", "name": "Key accounts", "primary": True}] if user % 2 else [],
        }


def _type(number: int, label: str | None, category: str = "HUBSPOT_DEFINED") -> dict[str, Any]:
    return {"category": category, "typeId": number, "label": label}


def _history(kind: str, row: Record, name: str) -> list[dict[str, Any]]:
    """The versions of a property, newest first."""
    versions = row.versions(name) if name in row.fields else []
    return [
        {"value": _text(value), "timestamp": instant(at), "sourceType": "CRM_UI"} for at, value in reversed(versions)
    ]


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return instant(value)
    return None if value is None else str(value)
