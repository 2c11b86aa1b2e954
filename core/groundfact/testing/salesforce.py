"""A fake Salesforce org: describe, SOQL over REST with query locators, replication calls and limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from groundfact.testing import soql
from groundfact.testing.salesforce_door import NOT_FOUND, VERSIONS, Cursor, SalesforceDoor, error
from groundfact.testing.salesforce_org import stamp
from groundfact.testing.salesforce_schema import describe_object
from groundfact.testing.server import Request, Response
from groundfact.testing.views import salesforce_id

_LOCATOR_LIFE = timedelta(days=2)


class FakeSalesforce(SalesforceDoor):
    """Salesforce's REST API over a world's Salesforce view.

    ``session_id`` works at once; the token endpoint takes ``consumer_key`` and ``consumer_secret`` with the
    grants ``client_credentials``, ``password`` and ``refresh_token``. ``multiple_accounts`` switches Contacts to
    Multiple Accounts on. ``hide_field`` and ``deny_object`` take permissions away, ``expire_session`` and
    ``expire_locators`` end what a client holds on to.
    """

    def _route(self, request: Request, path: str) -> Response:
        found = re.fullmatch(r"/services/data/v(\d+\.\d)(/.*)?", path)
        if found is None or found[1] not in VERSIONS:
            return error(*NOT_FOUND)
        base, rest = f"/services/data/v{found[1]}", found[2] or ""
        routes: tuple[tuple[str, Callable[..., Response]], ...] = (
            (r"", self._resources),
            (r"/limits", self._limits),
            (r"/sobjects", self._sobjects),
            (r"/sobjects/(\w+)/describe", self._describe),
            (r"/(query|queryAll)", self._query),
            (r"/(query|queryAll)/([\w-]+)", self._more),
            (r"/sobjects/(\w+)/(updated|deleted)", self._replication),
            (r"/sobjects/(\w+)/([A-Za-z0-9]{15,18})", self._one),
        )
        for pattern, handler in routes:
            match = re.fullmatch(pattern, rest)
            if match:
                if request.method != "GET":
                    return error(
                        405,
                        "METHOD_NOT_ALLOWED",
                        f"HTTP Method '{request.method}' not allowed. Allowed are HEAD,GET",
                    )
                return handler(request, base, *match.groups())
        return error(*NOT_FOUND)

    def _resources(self, request: Request, base: str) -> Response:
        return Response(200, {name: f"{base}/{name}" for name in ("sobjects", "query", "queryAll", "limits")})

    def _limits(self, request: Request, base: str) -> Response:
        return Response(
            200,
            {
                "DailyApiRequests": {"Max": self.daily_limit, "Remaining": self.daily_limit - self.used},
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            },
        )

    # -- objects and rows -----------------------------------------------------------------------------------

    def _sobjects(self, request: Request, base: str) -> Response:
        return Response(
            200,
            {
                "encoding": "UTF-8",
                "maxBatchSize": 200,
                "sobjects": [describe_object(name, base) for name in self.org.objects()],
            },
        )

    def _describe(self, request: Request, base: str, name: str) -> Response:
        if name not in self.org.objects():
            return error(*NOT_FOUND)
        return Response(200, describe_object(name, base, list(self.org.fields(name).values())))

    def _one(self, request: Request, base: str, name: str, record_id: str) -> Response:
        row = self.org.find(name, record_id) if name in self.org.objects() else None
        if row is None:
            return error(*NOT_FOUND)
        if row.deleted is not None:
            return error(404, "ENTITY_IS_DELETED", "entity is deleted")
        asked = request.one("fields")
        paths = asked.split(",") if asked else list(self.org.fields(name))
        try:
            show = self.org.shower(name, paths, base)
        except KeyError as unknown:
            return error(400, "INVALID_FIELD", f"No such column {unknown} on sobject of type {name}")
        return Response(200, show(row))

    def _replication(self, request: Request, base: str, name: str, which: str) -> Response:
        if name not in self.org.objects():
            return error(*NOT_FOUND)
        try:
            start, end = (
                datetime.fromisoformat((request.one(side) or "").replace(" ", "+")) for side in ("start", "end")
            )
        except ValueError:
            return error(400, "INVALID_REPLICATION_DATE", "start and end must be ISO 8601 dates with a time zone")
        if end - start < timedelta(minutes=1):
            return error(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
        days = 30 if which == "updated" else 15
        if start < self.world.now - timedelta(days=days):
            return error(400, "INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago")
        covered = stamp(min(end, self.world.now))
        if which == "updated":
            ids = [row.id for row in self.org.rows(name, False) if start <= row.modified < end]
            return Response(200, {"ids": ids, "latestDateCovered": covered})
        gone = [
            {"id": row.id, "deletedDate": stamp(row.deleted)}
            for row in self.org.rows(name, True)
            if row.deleted is not None and start <= row.deleted < end
        ]
        return Response(
            200,
            {
                "deletedRecords": gone,
                "latestDateCovered": covered,
                "earliestDateAvailable": stamp(self.world.now - timedelta(days=90)),
            },
        )

    # -- query ----------------------------------------------------------------------------------------------

    def _query(self, request: Request, base: str, kind: str) -> Response:
        text = request.one("q")
        if not text:
            return error(400, "MALFORMED_QUERY", "A query string has to be specified")
        try:
            query = soql.parse(text)
            sobject, rows = self.org.run(query, kind == "queryAll")
        except soql.SoqlError as problem:
            return error(400, problem.code, str(problem))
        if query.count == "()":
            return Response(200, {"totalSize": len(rows), "done": True, "records": []})
        if query.count:
            row = {"attributes": {"type": "AggregateResult"}, "expr0": len(rows)}
            return Response(200, {"totalSize": 1, "done": True, "records": [row]})
        self._locator_numbers += 1
        locator = salesforce_id("0r8", self._locator_numbers)
        self._locators[locator] = Cursor(
            sobject,
            [path for path, _ in query.fields],
            [row.id for row in rows],
            self.world.now + _LOCATOR_LIFE,
        )
        return self._page(request, base, locator, 0)

    def _more(self, request: Request, base: str, kind: str, position: str) -> Response:
        locator, _, offset = position.rpartition("-")
        if locator not in self._locators or self._locators[locator].ends < self.world.now or not offset.isdigit():
            return error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(request, base, locator, int(offset))

    def _page(self, request: Request, base: str, locator: str, offset: int) -> Response:
        cursor = self._locators[locator]
        asked = re.search(r"batchSize=(\d+)", request.headers.get("sforce-query-options", ""))
        size = min(max(int(asked[1]), self.min_batch), self.max_batch) if asked else self.max_batch
        end = offset + size
        # A locator holds ids; values are those at the time of reading, and rows purged meanwhile are missing.
        rows = [row for row in (self.org.find(cursor.sobject, i) for i in cursor.ids[offset:end]) if row is not None]
        body: dict[str, Any] = {"totalSize": len(cursor.ids), "done": end >= len(cursor.ids)}
        if not body["done"]:
            body["nextRecordsUrl"] = f"{base}/query/{locator}-{end}"
        show = self.org.shower(cursor.sobject, cursor.paths, base)
        body["records"] = [show(row) for row in rows]
        return Response(200, body)
