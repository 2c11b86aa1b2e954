"""A fake HubSpot portal: objects, search, batch reads, associations, owners, properties, account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from groundfact.testing import hubspot_search
from groundfact.testing.hubspot_door import HubSpotDoor, Refused
from groundfact.testing.hubspot_portal import instant
from groundfact.testing.hubspot_schema import PROPERTIES
from groundfact.testing.server import Request, Response
from groundfact.testing.views import Record


class FakeHubSpot(HubSpotDoor):
    """HubSpot's CRM API over a world's HubSpot view; point the SDK's ``host`` at ``url``.

    ``access_token`` works until ``expire_token``; ``index_lag`` hides writes younger than that from search;
    ``scopes`` may be narrowed; ``search_cap`` is the number of rows a search can page through.
    """

    def _route(self, request: Request) -> Response:
        # The dated paths are twins of the numbered ones.
        path = re.sub(
            r"^/crm/(objects|properties|owners|associations)/20\d\d-\d\d(?=/|$)",
            r"/crm/v3/\1",
            request.path.rstrip("/"),
        ).replace("/crm/v4/associations", "/crm/v3/associations")
        routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
            ("GET", r"/crm/v3/objects/([\w-]+)", self._list),
            ("POST", r"/crm/v3/objects/([\w-]+)/search", self._search),
            ("POST", r"/crm/v3/objects/([\w-]+)/batch/read", self._batch_read),
            ("GET", r"/crm/v3/objects/([\w-]+)/(\w+)", self._one),
            ("POST", r"/crm/v3/associations/([\w-]+)/([\w-]+)/batch/read", self._associations),
            ("GET", r"/crm/v3/associations/([\w-]+)/([\w-]+)/labels", self._labels),
            ("GET", r"/crm/v3/properties/([\w-]+)", self._properties),
            ("GET", r"/crm/v3/owners", self._owners),
            ("GET", r"/crm/v3/pipelines/deals", self._pipelines),
            ("GET", r"/account-info/v3/details", self._account),
        )
        methods = set()
        for method, pattern, handler in routes:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handler(request, *match.groups())
            methods |= {method} if match else set()
        return self._error(405, "HTTP 405 Method Not Allowed") if methods else self._error(404, "resource not found")

    # -- objects --------------------------------------------------------------------------------------------

    def _list(self, request: Request, name: str) -> Response:
        kind = self._kind(name)
        history = _names(request, "propertiesWithHistory")
        limit = self._limit(request.one("limit"), 10, 50 if history else 100)
        rows = self.portal.listed(kind, _archived(request))
        after = request.one("after")
        if after is not None and not after.isdigit():
            raise Refused(self._error(400, "The after parameter is not valid", "VALIDATION_ERROR"))
        start = self.portal.position(rows, after)
        page = rows[start : start + limit]
        results = [
            self.portal.show(kind, row, _names(request, "properties"), history, _names(request, "associations"))
            for row in page
        ]
        body: dict[str, Any] = {"results": results}
        if start + limit < len(rows):
            last = page[-1].id
            body["paging"] = {"next": {"after": last, "link": f"{self.url}{request.path}?after={last}"}}
        return Response(200, body)

    def _one(self, request: Request, name: str, record_id: str) -> Response:
        kind = self._kind(name)
        row = self.portal.find(kind, record_id, _archived(request))
        if row is None:
            return self._error(404, "resource not found")
        return Response(
            200,
            self.portal.show(
                kind,
                row,
                _names(request, "properties"),
                _names(request, "propertiesWithHistory"),
                _names(request, "associations"),
            ),
        )

    def _batch_read(self, request: Request, name: str) -> Response:
        kind, body = self._kind(name), self._json(request)
        history = body.get("propertiesWithHistory") or []
        inputs = body.get("inputs") or []
        self._limit(len(inputs), 0, 50 if history else 100)
        archived = _archived(request)
        found: list[Record] = []
        missing = []
        for entry in inputs:
            row = self.portal.find(kind, str(entry.get("id")), archived)
            if row is None:
                missing.append(str(entry.get("id")))
            else:
                found.append(row)
        results = [self.portal.show(kind, row, body.get("properties") or [], history, []) for row in found]
        what = f"Could not get some {kind.upper()} objects, they may be deleted or not exist."
        problem = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "context": {"ids": missing},
            "message": f"{what} Check that ids are valid.",
        }
        return self._batch(results, [problem] if missing else [])

    def _batch(self, results: list[Any], errors: list[dict[str, Any]]) -> Response:
        now = instant(self.world.now)
        body: dict[str, Any] = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": now,
            "completedAt": now,
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        return Response(207 if errors else 200, body)

    def _search(self, request: Request, name: str) -> Response:
        kind, body = self._kind(name), self._json(request)
        limit = self._limit(body.get("limit"), 10, hubspot_search.MAX_LIMIT)
        try:
            start = int(body.get("after") or 0)
            rows = self.portal.search(kind, body)
        except ValueError as problem:
            return self._error(400, str(problem), "VALIDATION_ERROR")
        if start + limit > self.search_cap and start:
            return self._error(
                400, f"The search can page through at most {self.search_cap} results", "VALIDATION_ERROR"
            )
        page = rows[start : start + limit]
        shown: dict[str, Any] = {
            "total": len(rows),
            "results": [self.portal.show(kind, row, body.get("properties") or [], [], []) for row in page],
        }
        if start + limit < len(rows):
            shown["paging"] = {"next": {"after": str(start + limit)}}
        return Response(200, shown)

    # -- everything else ------------------------------------------------------------------------------------

    def _associations(self, request: Request, from_name: str, to_name: str) -> Response:
        from_kind, to_kind = self._kind(from_name), self._kind(to_name)
        inputs = self._json(request).get("inputs") or []
        self._limit(len(inputs), 0, 1_000)
        results, errors = [], []
        for entry in inputs:
            result = self.portal.associated(from_kind, str(entry.get("id")), to_kind, entry.get("after"))
            if result is not None:
                results.append(result)
            else:
                errors.append(
                    {
                        "status": "error",
                        "category": "OBJECT_NOT_FOUND",
                        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                        "message": f"No {to_kind} is associated with {from_kind} {entry.get('id')}.",
                        "context": {
                            "fromObjectId": [str(entry.get("id"))],
                            "fromObjectType": [from_kind],
                            "toObjectType": [to_kind],
                        },
                    }
                )
        return self._batch(results, errors)

    def _labels(self, request: Request, from_name: str, to_name: str) -> Response:
        return Response(200, {"results": self.portal.types(self._kind(from_name), self._kind(to_name))})

    def _properties(self, request: Request, name: str) -> Response:
        kind = self._kind(name, "schemas")
        return Response(200, {"results": [item.describe() for item in PROPERTIES[kind].values()]})

    def _owners(self, request: Request) -> Response:
        self._need("crm.objects.owners.read")
        limit = self._limit(request.one("limit"), 100, 500)
        rows = self.portal.owners(_archived(request), request.one("email"))
        start = self.portal.position(rows, request.one("after"))
        body: dict[str, Any] = {"results": [self.portal.show_owner(row) for row in rows[start : start + limit]]}
        if start + limit < len(rows):
            body["paging"] = {"next": {"after": rows[start + limit - 1].id}}
        return Response(200, body)

    def _pipelines(self, request: Request) -> Response:
        self._need("crm.objects.deals.read")
        return Response(200, {"results": [*self.pipelines]})

    def _account(self, request: Request) -> Response:
        return Response(
            200,
            {
                "portalId": 19_000_042,
                "accountType": "STANDARD",
                "timeZone": "Europe/Berlin",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "utcOffset": "+01:00",
                "utcOffsetMilliseconds": 3_600_000,
                "uiDomain": "app-eu1.hubspot.com",
                "dataHostingLocation": "eu1",
            },
        )


def _names(request: Request, parameter: str) -> list[str]:
    """A list parameter, whether repeated or joined by commas."""
    return [part for value in request.query.get(parameter, []) for part in value.split(",") if part]


def _archived(request: Request) -> bool:
    # The Python SDK sends its booleans as ``True``, others as ``true``.
    return (request.one("archived") or "").lower() == "true"
