"""HubSpot and the network misbehaving."""

from __future__ import annotations

import logging
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.server import Response
from groundfact_connectors.hubspot import client

from .conftest import Copy, Desk, OpenDesk

LIST, SEARCH, LINKS = "GET /crm/v3/objects", "/search", "/associations/"


@pytest.mark.parametrize("match", [LIST, SEARCH, LINKS])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429"}, {"kind": "429", "retry_after": 3}, {"kind": "500"}, {"kind": "502"}, {"kind": "503"},
        {"kind": "504"}, {"kind": "html"}, {"kind": "html", "status": 502}, {"kind": "truncated"},
        {"kind": "truncated", "wrong_length": False}, {"kind": "reset"}, {"kind": "garbage"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)  # fmt: skip
def test_a_passing_fault_costs_a_call_and_no_record(desk: Desk, copy: Copy, fault: dict[str, Any], match: str) -> None:
    """Whatever goes wrong twice, wherever, the copy ends up equal to the source."""
    desk.vendor.faults.add(match=match, times=2, **fault)
    desk.sync("contacts", copy)
    desk.world.advance(days=4)
    desk.sync("contacts", copy)
    assert desk.vendor.faults.pending == 0
    assert desk.runtime.retries == 2
    assert copy.records.keys() == desk.living("contacts").keys()


@pytest.mark.parametrize("kind", ["html", "garbage", "truncated", "reset", "502", "429"])
def test_a_lasting_fault_ends_the_run_and_never_looks_empty(desk: Desk, copy: Copy, kind: str) -> None:
    """A source that answers nonsense is unavailable; no batch, no cursor, nothing gone."""
    desk.vendor.faults.add(kind, LIST, times=None)
    with pytest.raises(SourceUnavailable, match="tried 6 times"):
        desk.sync("companies", copy)
    assert copy.cursor is None
    assert not copy.records
    assert not copy.gone


@pytest.mark.parametrize("body", [{"status": "ok"}, {"results": None}, {"results": {}}, [], b"null", b""])
def test_json_that_is_no_page_never_looks_empty(desk: Desk, copy: Copy, body: Any) -> None:
    """A good status with another shape than HubSpot promises is not a list without records."""
    answer = desk.vendor.answer
    desk.vendor.answer = lambda request: (
        Response(200, body) if request.path.startswith("/crm/v3/objects") else answer(request)
    )
    with pytest.raises(SourceUnavailable, match="nonsense"):
        desk.sync("companies", copy)
    assert copy.cursor is None


@pytest.mark.parametrize("archived", ["false", "true"])
def test_a_list_that_does_not_move_on_ends_the_run(desk: Desk, copy: Copy, archived: str) -> None:
    """A next page that is the same page again would be read for ever: the run fails instead."""
    answer = desk.vendor.answer

    def stuck(request: Any) -> Response:
        response = answer(request)
        if request.path == "/crm/v3/objects/companies" and request.one("archived") == archived:
            response.body["paging"] = {"next": {"after": "9"}}
        return response

    desk.vendor.answer = stuck
    with pytest.raises(SourceUnavailable, match="does not move on"):
        desk.sync("companies", copy)


def test_a_fault_in_the_middle_keeps_what_was_read(open_desk: OpenDesk, copy: Copy) -> None:
    """The pages before a lasting fault stay, and the next run goes on after them."""
    desk = open_desk(page_size=3)
    desk.vendor.faults.add("500", LIST, times=6, after_calls=2)
    with pytest.raises(SourceUnavailable):
        desk.sync("contacts", copy)
    assert copy.sizes == [3, 3]
    desk.sync("contacts", copy)
    assert copy.records.keys() == desk.living("contacts").keys()
    assert copy.sizes.count(3) >= 3
    assert copy.sizes[:2] == [3, 3]


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(desk: Desk, copy: Copy) -> None:
    """We wait as long as HubSpot asks, however it writes it; where it does not say, pauses grow."""
    desk.vendor.faults.add("429", LIST, retry_after=7)
    desk.sync("companies", copy)
    assert 7 in desk.clock.slept
    desk.clock.slept.clear()
    later = format_datetime(desk.clock.at.replace(microsecond=0) + timedelta(seconds=40), usegmt=True)
    desk.vendor.faults.add("429", LIST, retry_after=later)
    desk.sync("companies", copy)
    assert any(35 < pause <= 40 for pause in desk.clock.slept)
    desk.clock.slept.clear()
    desk.vendor.faults.add("429", LIST, times=3)
    desk.sync("companies", copy, full=True)
    assert [pause for pause in desk.clock.slept if pause > 0.2] == sorted(desk.clock.slept)[-3:]


def test_a_stalled_answer_is_given_up(desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing comes any more is dropped and the call tried again."""
    monkeypatch.setitem(client._RAW, "_request_timeout", (1.0, 0.05))
    desk.vendor.faults.add("slow", LIST, seconds=0.3)
    desk.sync("companies", copy)
    assert desk.runtime.retries == 1
    assert copy.records.keys() == desk.living("companies").keys()


def test_the_daily_limit_ends_the_run_at_once(desk: Desk, copy: Copy) -> None:
    """A used-up day is not hammered: one call, and a message that says so."""
    desk.vendor.faults.add("quota", LIST, times=None)
    with pytest.raises(SourceUnavailable, match="today are used up"):
        desk.sync("companies", copy)
    assert desk.vendor.count(LIST) == 1


def test_a_token_that_ends_in_mid_run_is_refused(open_desk: OpenDesk, copy: Copy) -> None:
    """A private-app token cannot be refreshed: the run stops and says who must act."""
    desk = open_desk(page_size=3)
    desk.vendor.faults.add("run", LIST, after_calls=1, run=lambda: desk.vendor.expire_token("pat-new"))
    with pytest.raises(SourceRefused, match="does not accept the token") as refused:
        desk.sync("contacts", copy)
    assert "access_token" in refused.value.hint
    assert copy.sizes == [3]
    renewed = open_desk(page_size=3, token="pat-new")
    renewed.sync("contacts", copy)
    assert copy.records.keys() == desk.living("contacts").keys()


def test_a_missing_scope_is_named(desk: Desk, copy: Copy) -> None:
    """A 403 says which scope to grant."""
    desk.vendor.scopes.discard("crm.objects.deals.read")
    with pytest.raises(SourceRefused, match=r"crm\.objects\.deals\.read"):
        desk.sync("deals", copy)


def test_a_request_hubspot_finds_wrong_is_refused_with_its_words(desk: Desk, copy: Copy) -> None:
    """A 400 is not tried again and keeps HubSpot's message."""
    answer = Response(
        400, {"status": "error", "message": "Property 'x' does not exist", "category": "VALIDATION_ERROR"}
    )
    desk.vendor.answer = lambda request: answer
    with pytest.raises(SourceRefused, match="Property 'x' does not exist"):
        desk.sync("companies", copy, fields=["properties.x"])


def test_a_half_failed_batch_is_not_taken_for_no_associations(desk: Desk, copy: Copy) -> None:
    """207 with an internal error for one contact is tried again, not read as "has no company"."""
    answer, failed = desk.vendor.answer, []

    def flaky(request: Any) -> Response:
        response = answer(request)
        if LINKS in request.path and not failed:
            failed.append(response.body["results"].pop())
            response.body["errors"] = [{"status": "error", "category": "INTERNAL_ERROR", "message": "try later"}]
            response.status = 207
        return response

    desk.vendor.answer = flaky
    desk.sync("contacts", copy)
    assert failed
    assert desk.runtime.retries == 1
    assert copy.records[failed[0]["from"]["id"]].data["associations"]["companies"]


def test_a_body_that_is_no_text_is_still_an_error_of_hubspots(desk: Desk, copy: Copy) -> None:
    """The SDK stumbles over an error page in another encoding; the status counts."""
    answer = desk.vendor.answer
    pages = [Response(502, "<html>Störung</html>".encode("latin-1"), content_type="text/html")]
    desk.vendor.answer = lambda request: pages.pop() if pages else answer(request)
    desk.sync("companies", copy)
    assert not pages
    assert desk.runtime.retries == 1
    assert copy.records


def test_a_redirect_is_not_followed(desk: Desk, copy: Copy) -> None:
    """The token goes to no other address than the one that was checked."""
    aside = Response(302, {"message": "moved"}, {"Location": f"{desk.vendor.url}/elsewhere"})
    answer = desk.vendor.answer
    desk.vendor.answer = lambda request: aside if LIST in f"{request.method} {request.path}" else answer(request)
    with pytest.raises(SourceRefused, match="302"):
        desk.sync("companies", copy)
    assert desk.vendor.count("/elsewhere") == 0


def test_a_mistake_of_ours_is_not_blamed_on_hubspot(desk: Desk) -> None:
    """`classify` says nothing about exceptions that come from neither the SDK nor the network."""
    for bug in (KeyError("x"), AttributeError("y"), ValueError("z")):
        assert desk.source.classify(bug) is None


def test_the_token_is_in_no_log(open_desk: OpenDesk, copy: Copy, caplog: pytest.LogCaptureFixture) -> None:
    """Neither errors nor the log of anything below show the token."""
    caplog.set_level(logging.DEBUG)
    desk = open_desk(token="pat-very-secret")
    with pytest.raises(SourceRefused) as refused:
        desk.sync("companies", copy)
    assert "very-secret" not in f"{refused.value}{refused.value.__cause__}{caplog.text}"


@pytest.mark.parametrize(
    ("scope", "span", "most"), [("list", 10, 190), ("associations", 10, 190), ("search", 0.999, 5)]
)
def test_calls_keep_to_hubspots_limits(desk: Desk, scope: str, span: float, most: int) -> None:
    """No second holds more than five searches, no ten seconds more than 190 calls."""
    times = [desk.runtime.call(scope, desk.clock.monotonic) for _ in range(450)]
    assert max(sum(1 for at in times if start <= at < start + span) for start in times) <= most
