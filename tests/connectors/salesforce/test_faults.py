"""Whatever goes wrong between us and the org: never a lost page, never "0 records, success"."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.server import Response

PASSING = [
    {"kind": "429", "retry_after": 3},
    {"kind": "500"},
    {"kind": "502"},
    {"kind": "503", "retry_after": 1},
    {"kind": "504"},
    {"kind": "html"},
    {"kind": "html", "status": 503},
    {"kind": "html", "status": 403},
    {"kind": "garbage"},
    {"kind": "truncated"},
    {"kind": "truncated", "wrong_length": False},
    {"kind": "reset"},
    {"kind": "slow", "seconds": 0.01},
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: "-".join(str(part) for part in fault.values()))
def test_passing_fault_costs_no_record(org, fault):
    """A fault in mid-run that passes by itself costs a retry and no record, and nobody sleeps."""
    org.fake.faults.add(**fault, match="queryAll", after_calls=2, times=2)
    org.sync(org.connector(batch_size=10), "contacts")

    assert set(org.records) == org.ids("contacts")
    assert org.fake.faults.pending == 0
    assert org.rt.retries == (0 if fault["kind"] == "slow" else 2)


@pytest.mark.parametrize("fault", PASSING[:-1], ids=lambda fault: "-".join(str(p) for p in fault.values()))
def test_lasting_fault_is_an_error(org, fault):
    """A fault that stays ends the run with an error after six tries: never as an empty, successful read."""
    org.fake.faults.add(**fault, match="queryAll", times=None)
    with pytest.raises(SourceUnavailable):
        next(org.batches(org.connector(), "contacts"))

    assert org.fake.count("queryAll") == 6


@pytest.mark.parametrize("fault", PASSING[:-1], ids=lambda fault: "-".join(str(p) for p in fault.values()))
def test_login_survives_a_fault(org, fault):
    """A login that goes wrong for a moment is tried again."""
    org.fake.faults.add(**fault, match="oauth2/token")
    org.sync(org.connector(), "accounts")

    assert set(org.records) == org.ids("accounts")


ODD = [
    None,
    b"",
    {},
    [],
    "Service temporarily out of order",
    {"totalSize": 3, "done": True, "records": []},
    {"totalSize": 0, "done": False, "records": []},
    {"totalSize": 1, "done": True, "records": [None]},
    {"totalSize": 1, "done": True, "records": [{"Name": "nobody"}]},
    {"records": []},
]


@pytest.mark.parametrize("body", ODD, ids=str)
def test_odd_success_is_not_an_empty_org(org, body):
    """A 200 that is not a query result, or contradicts itself, is a fault: never "nothing there"."""
    org.answers("queryAll", Response(200, body), times=1)
    org.sync(org.connector(), "accounts")
    assert set(org.records) == org.ids("accounts")
    assert org.rt.retries == 1

    org.answers("queryAll", Response(200, body), times=99)
    with pytest.raises(SourceUnavailable):
        next(org.batches(org.connector(), "accounts"))


@pytest.mark.parametrize("body", [{}, {"access_token": "x"}, {"access_token": None, "instance_url": "y"}], ids=str)
def test_odd_login_is_not_a_session(org, body):
    """A login that answers 200 without a token or address is tried again."""
    org.answers("oauth2/token", Response(200, body), times=1)
    org.sync(org.connector(), "accounts")

    assert set(org.records) == org.ids("accounts")


@pytest.mark.parametrize("stamp", [None, "yesterday", "2026-11-02T08:00:00"])
def test_unreadable_row_is_rejected_alone(org, stamp):
    """A row that cannot be read is handed over as a reject, and the rest of the stream arrives."""
    good = {"Id": "001Gf0000000006IAA", "SystemModstamp": "2026-11-01T08:00:00.000+0000", "IsDeleted": False}
    bad = {**good, "Id": "001Gf0000000007IAA", "SystemModstamp": stamp}
    org.answers("queryAll", Response(200, {"totalSize": 9, "done": False, "records": [good, bad]}), times=1)
    batches = list(org.batches(org.connector(), "accounts"))

    (reject,) = batches[0].rejects
    assert reject.id == bad["Id"]
    assert bad["Id"].encode() in reject.raw
    assert [row.id for row in batches[0].rows] == [good["Id"]]
    assert len(batches) == 2


def test_org_that_repeats_a_page_for_ever(org):
    """A page that does not get past the one before ends the run with an error instead of never."""
    row = {"Id": "001Gf0000000006IAA", "SystemModstamp": "2026-11-01T08:00:00.000+0000", "IsDeleted": False}
    org.answers("queryAll", Response(200, {"totalSize": 9, "done": False, "records": [row]}), times=99)
    with pytest.raises(SourceUnavailable, match="cannot be read past"):
        list(org.batches(org.connector(), "accounts"))


def test_retry_after_is_obeyed(org):
    """Salesforce's Retry-After is waited for, in seconds or as a date."""
    org.fake.faults.add("429", "queryAll", retry_after=17)
    org.fake.faults.add("503", "queryAll", retry_after="Mon, 02 Nov 2026 08:01:17 GMT")
    org.sync(org.connector(), "accounts")

    assert org.clock.slept == pytest.approx([17.0, 60.0])


def test_session_that_expires_in_mid_run(org):
    """A session that expires between two pages is replaced once, and no page is lost or read twice."""
    batches = org.batches(org.connector(batch_size=10), "contacts")
    org.keep(next(batches))
    org.fake.expire_session()
    rest = [row.id for batch in batches for row in batch.rows]

    assert set(org.records) | set(rest) == org.ids("contacts")
    assert len(rest) == len(org.ids("contacts")) - 10
    assert org.fake.count("oauth2/token") == 2
    assert sum(call.status == 401 for call in org.fake.calls) == 1


def test_access_token_is_read_again_when_it_expires(org):
    """With an access token, the secret is read again, because somebody may have replaced it."""
    org.clock.environ["SF_TOKEN"] = org.fake.session_id
    batches = org.batches(org.connector(access_token="env:SF_TOKEN", batch_size=10), "contacts")
    org.keep(next(batches))
    org.fake.expire_session()
    org.clock.environ["SF_TOKEN"] = org.fake.session_id
    for batch in batches:
        org.keep(batch)

    assert set(org.records) == org.ids("contacts")


def test_token_that_does_not_work_is_not_hammered(org):
    """An access token that is refused twice ends the run, with the fix and without the token."""
    org.clock.environ["SF_TOKEN"] = "stale-token"
    with pytest.raises(SourceRefused) as caught:
        org.sync(org.connector(access_token="env:SF_TOKEN"), "accounts")

    assert org.fake.count() == 2
    assert "access_token" in str(caught.value)
    assert "stale-token" not in str(caught.value)


def test_used_up_quota_is_not_hammered(org):
    """When the day's API calls are used up, the run stops at the first refusal and says when to come back."""
    org.fake.faults.add("quota", "queryAll", times=None)
    with pytest.raises(SourceUnavailable) as caught:
        org.sync(org.connector(), "accounts")

    assert org.fake.count("queryAll") == 1
    assert caught.value.after == 3600
    assert "TotalRequests Limit exceeded" in str(caught.value)
    assert "24 hours" in caught.value.hint


@pytest.mark.parametrize(
    ("take_away", "fields", "named"),
    [
        (lambda fake: fake.hide_field("Account", "Industry"), ["Name", "Industry"], "Industry"),
        (lambda fake: fake.deny_object("Account"), ["Name"], "Account"),
        (lambda fake: None, ["Nmae"], "Nmae"),
        (lambda fake: None, ["Owner.Nmae"], "Owner.Nmae"),
        (lambda fake: None, ["Name FROM User--"], "Name FROM User--"),
    ],
    ids=["hidden field", "denied object", "misspelt", "misspelt behind a relationship", "not a name"],
)
def test_missing_permission_is_refused_with_its_fix(org, take_away, fields, named):
    """A field or object that cannot be read ends the run at once, naming it and the fix."""
    take_away(org.fake)
    with pytest.raises(SourceRefused) as caught:
        org.sync(org.connector(), "accounts", fields=fields)

    assert named in caught.value.message
    assert "mapping" in caught.value.hint or "permission set" in caught.value.hint
    assert org.fake.count("queryAll") <= 1


def _said(kind, status, code, message="…"):
    return kind("https://x/services/data", status, "query", [{"errorCode": code, "message": message}])


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (_said(SalesforceExpiredSession, 401, "INVALID_SESSION_ID"), "refresh"),
        (
            _said(SalesforceRefusedRequest, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            "fail",
        ),
        (
            _said(SalesforceRefusedRequest, 403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests exceeded"),
            "retry",
        ),
        (_said(SalesforceRefusedRequest, 403, "TXN_SECURITY_METERING_ERROR"), "refuse"),
        (_said(SalesforceRefusedRequest, 403, "INSUFFICIENT_ACCESS"), "refuse"),
        (_said(SalesforceRefusedRequest, 403, "API_DISABLED_FOR_ORG"), "refuse"),
        (_said(SalesforceMalformedRequest, 400, "QUERY_TIMEOUT"), "retry"),
        (_said(SalesforceMalformedRequest, 400, "SOMETHING_NEW"), "refuse"),
        (_said(SalesforceResourceNotFound, 404, "NOT_FOUND"), "refuse"),
        (_said(SalesforceGeneralError, 410, "GONE"), "refuse"),
        (_said(SalesforceGeneralError, 414, "URI_TOO_LONG"), "refuse"),
        (SalesforceGeneralError("https://x", 420, "query", b"enhance your calm"), "retry"),
        (SalesforceGeneralError("https://x", 503, "query", b"<html>"), "retry"),
        (requests.ConnectionError("no route"), "retry"),
        (requests.ReadTimeout("130 s"), "retry"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_verdicts(org, error, action):
    """Each error of the SDK and the network means what the vendor says it means; a refusal names its fix."""
    verdict = org.connector().classify(error)

    assert verdict.action == action
    assert bool(verdict.fix) == (action in ("refuse", "fail"))


@pytest.mark.parametrize("bug", [KeyError("records"), ValueError("x"), TypeError("x"), RuntimeError("x")])
def test_bug_is_not_the_sources_fault(org, bug):
    """An exception that is neither the SDK's nor the network's is left alone, to be seen as a bug."""
    assert org.connector().classify(bug) is None


def test_redirect_is_not_followed(org):
    """A redirect is refused instead of followed, so that a token reaches no other host."""
    away = Response(302, None, {"Location": f"{org.fake.url}/elsewhere"})
    org.answers("queryAll", away, times=1)
    with pytest.raises(SourceRefused, match="redirects to"):
        org.sync(org.connector(), "accounts")

    assert org.fake.count("elsewhere") == 0
    assert org.fake.count("queryAll") == 1


def test_retry_after_in_the_past_is_now(org):
    """A Retry-After date that has passed means at once, and an unreadable one means our own pace."""
    response = requests.Response()
    response.status_code = 503
    for header, after in (("Mon, 02 Nov 2020 08:00:00 GMT", 0.0), ("soon", None)):
        response.headers["Retry-After"] = header
        assert org.connector().classify(requests.HTTPError("503", response=response)).after == after
    assert org.clock.now() == datetime(2026, 11, 2, 8, tzinfo=UTC)
