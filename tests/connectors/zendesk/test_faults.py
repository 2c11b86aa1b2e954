"""Zendesk and the network misbehaving."""

from __future__ import annotations

import logging
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.server import Response

from .conftest import Copy, Office, OpenDesk

EXPORT, COMMENTS = "/incremental/tickets", "/comments.json"


@pytest.mark.parametrize("match", [EXPORT, COMMENTS])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429"}, {"kind": "429", "retry_after": 3}, {"kind": "quota"}, {"kind": "html", "status": 429},
        {"kind": "500"}, {"kind": "502"}, {"kind": "503", "retry_after": 2}, {"kind": "504"}, {"kind": "html"},
        {"kind": "html", "status": 502}, {"kind": "truncated"}, {"kind": "truncated", "wrong_length": False},
        {"kind": "reset"}, {"kind": "garbage"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)  # fmt: skip
def test_a_passing_fault_costs_a_call_and_no_record(
    desk: Office, copy: Copy, fault: dict[str, Any], match: str
) -> None:
    """Whatever goes wrong twice, wherever, the copy ends up equal to the source."""
    desk.vendor.faults.add(match=match, times=2, **fault)
    desk.sync("tickets", copy)
    assert desk.vendor.faults.pending == 0
    assert desk.runtime.retries == 2
    assert copy.records.keys() == desk.living("tickets").keys()
    assert not copy.rejects


@pytest.mark.parametrize("kind", ["html", "garbage", "truncated", "reset", "502", "429", "quota"])
@pytest.mark.parametrize("stream", ["organizations", "tickets"])
def test_a_lasting_fault_ends_the_run_and_never_looks_empty(desk: Office, copy: Copy, kind: str, stream: str) -> None:
    """A source that answers nonsense is unavailable; no batch, no cursor, nothing gone."""
    desk.vendor.faults.add(kind, f"/incremental/{stream}", times=None)
    with pytest.raises(SourceUnavailable, match="tried 6 times"):
        desk.sync(stream, copy)
    assert copy.cursor is None
    assert not copy.records
    assert not copy.gone


@pytest.mark.parametrize(
    "body",
    [
        {}, [], b"null", b"", {"tickets": []}, {"tickets": None, "end_of_stream": True},
        {"tickets": {}, "end_of_stream": True}, {"tickets": [], "end_of_stream": "true"},
        {"tickets": [], "end_of_stream": False, "after_cursor": None}, {"error": "Oops"},
    ],
    ids=str,
)  # fmt: skip
def test_json_that_is_no_page_never_looks_empty(desk: Office, copy: Copy, body: Any) -> None:
    """A good status with another shape than Zendesk promises is not an export without tickets."""
    answer = desk.vendor.answer
    desk.vendor.answer = lambda request: Response(200, body) if EXPORT in request.path else answer(request)
    with pytest.raises(SourceUnavailable, match="nonsense"):
        desk.sync("tickets", copy)
    assert copy.cursor is None


def test_comments_without_word_of_more_are_not_taken_for_all(desk: Office, copy: Copy) -> None:
    """A list that does not say whether it goes on may be cut: it is tried again, and fails."""
    answer = desk.vendor.answer

    def cut(request: Any) -> Response:
        response = answer(request)
        if COMMENTS in request.path:
            response.body.pop("meta")
        return response

    desk.vendor.answer = cut
    with pytest.raises(SourceUnavailable, match="whether there is more"):
        desk.sync("tickets", copy)


@pytest.mark.parametrize("stream", ["organizations", "users", "tickets"])
def test_an_export_that_does_not_move_on_ends_the_run(open_desk: OpenDesk, copy: Copy, stream: str) -> None:
    """A page that leads to itself, or around in a circle, would be read for ever: the run fails instead."""
    desk = open_desk(page_size=5)
    answer, calls = desk.vendor.answer, []

    def circling(request: Any) -> Response:
        response = answer(request)
        if f"/incremental/{stream}" in request.path:
            calls.append(1)
            turn = {"after_cursor": f"place-{len(calls) % 2}", "end_time": 5, "end_of_stream": False}
            response.body |= {name: turn[name] for name in turn if name in response.body}
            response.status = 200
        return response

    desk.vendor.answer = lambda request: circling(request) if not request.one("cursor") else _page(stream, calls)
    with pytest.raises(SourceUnavailable, match="does not move on"):
        desk.sync(stream, copy)
    assert len(calls) <= 3


def _page(stream: str, calls: list[int]) -> Response:
    calls.append(1)
    body = {stream: [], "after_cursor": f"place-{len(calls) % 2}", "end_of_stream": False}
    return Response(200, body)


def test_one_bad_row_costs_that_row_only(desk: Office, copy: Copy) -> None:
    """Rows that are no tickets are rejected with what is wrong with them; the others are read."""
    answer = desk.vendor.answer
    bad = [None, "x", {}, {"id": 5}, {"id": "7", "status": "open"}, {"id": True, "status": "open"}]

    def spoilt(request: Any) -> Response:
        response = answer(request)
        if EXPORT in request.path:
            response.body["tickets"] = [*bad, *response.body["tickets"]]
        return response

    desk.vendor.answer = spoilt
    desk.sync("tickets", copy)
    assert len(copy.rejects) == len(bad)
    assert all("not a Zendesk row of tickets" in reject.error for reject in copy.rejects)
    assert copy.records.keys() == desk.living("tickets").keys()


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(desk: Office, copy: Copy) -> None:
    """We wait as long as Zendesk asks, however it writes it; where it does not say, pauses grow."""
    desk.vendor.faults.add("429", EXPORT, retry_after=17)
    desk.sync("tickets", copy)
    assert 17 in desk.clock.slept
    desk.clock.slept.clear()
    later = format_datetime(desk.clock.at.replace(microsecond=0) + timedelta(seconds=40), usegmt=True)
    desk.vendor.faults.add("429", EXPORT, retry_after=later)
    desk.sync("tickets", copy)
    assert any(30 < pause <= 40 for pause in desk.clock.slept)


def test_the_exports_limit_is_never_met(open_desk: OpenDesk, copy: Copy) -> None:
    """Ten exports a minute are allowed; in a read of many pages we ask for no more, so none is refused."""
    desk = open_desk(page_size=1, comments=False)
    desk.sync("users", copy)
    assert desk.vendor.count("/incremental/") > 30
    assert not [call for call in desk.vendor.calls if call.status == 429]
    assert copy.records.keys() == desk.living("users").keys()


@pytest.mark.parametrize("most", [200, 700])
def test_calls_keep_to_the_accounts_limit(open_desk: OpenDesk, most: int) -> None:
    """No minute holds more calls than the share of the account's limit that the YAML allows."""
    desk = open_desk(calls_per_minute=most - 20)
    times = [desk.runtime.call("comments", desk.clock.monotonic) for _ in range(2_000)]
    assert max(sum(1 for at in times if start <= at < start + 60) for start in times[::7]) <= most


def test_an_expired_token_is_renewed_in_mid_run(open_desk: OpenDesk, copy: Copy) -> None:
    """With an OAuth client one new token is asked for, and no page is lost or read twice."""
    desk = open_desk(page_size=3)
    desk.vendor.faults.add("run", EXPORT, after_calls=2, run=desk.vendor.expire_token)
    desk.sync("tickets", copy)
    assert desk.vendor.count("/oauth/tokens") == 2
    assert copy.records.keys() == desk.living("tickets").keys()
    assert sum(copy.sizes) == len(desk.vendor.desk.rows["tickets"])


def test_a_rotated_token_is_picked_up_where_it_is_kept(open_desk: OpenDesk, copy: Copy) -> None:
    """Whoever rotates the token (each refresh token works once) writes it to its file; the run goes on with it."""
    desk = open_desk(client_id=None, client_secret=None, access_token="file:token", page_size=3)
    vendor = desk.vendor
    kept = desk.runtime.folder / "token"
    kept.write_text(vendor.access_token)
    kept.chmod(0o600)

    def rotate() -> None:
        form = {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
        form |= {"client_id": vendor.client_id, "client_secret": vendor.client_secret}
        kept.write_text(httpx2.post(f"{vendor.url}/oauth/tokens", json=form).json()["access_token"])

    vendor.faults.add("run", EXPORT, after_calls=1, run=rotate)
    vendor.faults.add("run", COMMENTS, after_calls=7, run=rotate)
    desk.sync("tickets", copy)
    assert vendor.faults.pending == 0
    assert copy.records.keys() == desk.living("tickets").keys()


@pytest.mark.parametrize(
    ("login", "fix"),
    [
        ({"client_id": None, "client_secret": None, "access_token": "env:TOKEN"}, "access_token"),
        (
            {
                "client_id": None,
                "client_secret": None,
                "email": "dana.whitlock@northlane.example",
                "api_token": "env:API",
            },
            "api_token",
        ),
        ({}, "client_secret"),
    ],
)
def test_a_login_that_is_refused_needs_a_person(
    open_desk: OpenDesk, copy: Copy, login: dict[str, Any], fix: str
) -> None:
    """A token nobody has renewed, a wrong API token, a wrong secret: refused at once, naming the option to mend."""
    desk = open_desk(**login, environ={"TOKEN": "old", "API": "old", "SECRET": "old"})
    with pytest.raises(SourceRefused, match="does not accept the login") as refused:
        desk.sync("tickets", copy)
    assert f"`{fix}`" in refused.value.hint
    assert len(desk.vendor.calls) == 1


def test_a_fresh_token_that_does_not_work_either_is_refused(desk: Office, copy: Copy) -> None:
    """An OAuth client whose every token is refused is not asked for ever."""
    desk.vendor.faults.add("401", EXPORT, times=None)
    with pytest.raises(SourceRefused, match="does not accept the login"):
        desk.sync("tickets", copy)
    assert desk.vendor.count("/oauth/tokens") == 2


def test_a_cursor_that_zendesk_refuses_says_what_to_do(desk: Office, copy: Copy) -> None:
    """A 400 is not tried again, keeps Zendesk's words and names the way out."""
    desk.sync("tickets", copy)
    assert copy.cursor is not None
    copy.cursor = copy.cursor.model_copy(update={"value": {"after": "bm90IGEgY3Vyc29y"}})
    with pytest.raises(SourceRefused, match="InvalidCursor: The cursor is not valid") as refused:
        desk.sync("tickets", copy)
    assert "sync --full" in refused.value.hint


def test_a_redirect_is_not_followed(desk: Office, copy: Copy) -> None:
    """The token goes to no other address than the one that was checked."""
    answer = desk.vendor.answer
    aside = Response(301, b"", {"Location": f"{desk.vendor.url}/elsewhere"})
    desk.vendor.answer = lambda request: aside if EXPORT in request.path else answer(request)
    with pytest.raises(SourceRefused, match="redirects to 127"):
        desk.sync("tickets", copy)
    assert desk.vendor.count("/elsewhere") == 0


def test_a_mistake_of_ours_is_not_blamed_on_zendesk(desk: Office) -> None:
    """`classify` says nothing about exceptions that come from neither Zendesk nor the network."""
    for bug in (ValueError("x"), KeyError("y")):
        assert desk.source.classify(bug) is None


def test_the_login_is_in_no_log(open_desk: OpenDesk, copy: Copy, caplog: pytest.LogCaptureFixture) -> None:
    """Neither errors nor the log of anything below show a token or secret."""
    caplog.set_level(logging.DEBUG)
    desk = open_desk(environ={"SECRET": "very-secret"})
    with pytest.raises(SourceRefused) as refused:
        desk.sync("tickets", copy)
    open_desk().sync("tickets", Copy())
    told = f"{refused.value}{refused.value.__cause__}{caplog.text}"
    assert "very-secret" not in told
    assert "fake-access-token" not in told
