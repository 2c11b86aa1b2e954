"""Whatever goes wrong on the way: retried, or an error that says what to do; never an empty list."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.server import Response
from groundfact_connectors.notion import client

from .conftest import Copy, Desk, OpenDesk

QUERY, BLOCKS, SEARCH, COMMENTS = "/query", "/blocks/", "/v1/search", "/v1/comments"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429"}, {"kind": "429", "retry_after": 3}, {"kind": "529"}, {"kind": "529", "retry_after": 2},
        {"kind": "409"}, {"kind": "500"}, {"kind": "502"}, {"kind": "503"}, {"kind": "504"}, {"kind": "html"},
        {"kind": "html", "status": 502}, {"kind": "truncated"}, {"kind": "truncated", "wrong_length": False},
        {"kind": "reset"}, {"kind": "garbage"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)  # fmt: skip
@pytest.mark.parametrize("match", [QUERY, BLOCKS])
def test_a_passing_fault_costs_a_call_and_no_record(desk: Desk, copy: Copy, fault: dict[str, Any], match: str) -> None:
    """Whatever goes wrong twice, wherever, the copy ends up equal to the source."""
    desk.vendor.faults.add(match=match, times=2, **fault)
    desk.sync("plans", copy)
    assert desk.vendor.faults.pending == 0
    assert desk.runtime.retries == 2
    assert copy.records.keys() == {row.id for row in desk.space.rows(desk.plans)}
    assert all(record.data["text"] for record in copy.records.values())


@pytest.mark.parametrize(("stream", "match"), [("pages", SEARCH), ("plans_comments", COMMENTS), ("plans", BLOCKS)])
@pytest.mark.parametrize("kind", ["html", "garbage", "reset", "529", "429"])
def test_a_lasting_fault_ends_the_run_and_never_looks_empty(
    desk: Desk, copy: Copy, kind: str, stream: str, match: str
) -> None:
    """A source that answers nonsense is unavailable; nothing is gone, and no cursor passes over it."""
    desk.vendor.faults.add(kind, match, times=None)
    with pytest.raises(SourceUnavailable, match="tried 6 times"):
        desk.sync(stream, copy)
    assert (copy.cursor, copy.records, copy.gone) == (None, {}, {})


@pytest.mark.parametrize(
    "body",
    [
        {"object": "error"}, {"object": "list", "results": None}, {"object": "list", "results": {}}, [], b"null", b"",
        {"object": "list", "results": [], "has_more": True, "next_cursor": None},
    ],
)  # fmt: skip
def test_json_that_is_no_list_never_looks_empty(desk: Desk, copy: Copy, body: Any) -> None:
    """A good status with another shape than Notion promises is not a list without rows."""
    answer = desk.vendor.answer
    desk.vendor.answer = lambda request: Response(200, body) if QUERY in request.path else answer(request)  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match="nonsense"):
        desk.sync("plans", copy)
    assert copy.cursor is None


def test_a_row_that_is_not_as_promised_is_a_reject(desk: Desk, copy: Copy) -> None:
    """Rows without what a row must have are rejected with their id, if they have one; the others are read."""
    answer = desk.vendor.answer

    def spoilt(request: Any) -> Any:
        response = answer(request)
        if QUERY in request.path and b"in_trash" not in request.body:
            rows = response.body["results"]
            rows[0].pop("properties")
            rows[1]["last_edited_time"] = "yesterday"
            rows += ["no row at all", {"object": "page", "id": rows[0]["id"][::-1]}, {"object": "data_source"}]
        return response

    desk.vendor.answer = spoilt  # type: ignore[method-assign]
    desk.sync("plans", copy)
    first, second, *others = desk.space.rows(desk.plans)
    assert copy.records.keys() == {row.id for row in others}
    assert [reject.id for reject in copy.rejects] == [first.id, second.id, None, first.id[::-1]]
    assert all("not as Notion promises" in reject.error for reject in copy.rejects)


@pytest.mark.parametrize(("stream", "match"), [("plans", QUERY), ("pages", SEARCH), ("plans_comments", COMMENTS)])
def test_a_list_that_does_not_move_on_ends_the_run(desk: Desk, copy: Copy, stream: str, match: str) -> None:
    """A next page that is the same page again would be read for ever: the run fails instead."""
    answer = desk.vendor.answer

    def stuck(request: Any) -> Response:
        request.query.pop("start_cursor", None)
        again = type(request)(request.method, request.path, request.query, request.headers, b"{}")
        response = answer(again if match in request.path else request)
        if match in request.path:
            response.body |= {"has_more": True, "next_cursor": "the-same"}
        return response

    desk.vendor.answer = stuck  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match=r"does not move on|not in the order"):
        desk.sync(stream, copy)
    assert len(desk.vendor.calls) < 40


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(desk: Desk, copy: Copy) -> None:
    """We wait as long as Notion asks, however it writes it."""
    desk.vendor.faults.add("429", QUERY, retry_after=7)
    desk.sync("plans", copy)
    assert 7 in desk.clock.slept
    later = format_datetime(desk.clock.at.replace(microsecond=0) + timedelta(seconds=50), usegmt=True)
    desk.vendor.faults.add("529", QUERY, retry_after=later)
    desk.sync("plans", copy)
    assert any(45 < pause <= 50 for pause in desk.clock.slept)


def test_a_long_wait_for_the_workspace_is_left_to_the_next_run(desk: Desk, copy: Copy) -> None:
    """A limit of the whole workspace may last longer than a run should wait: it ends, and says which limit and when."""
    desk.vendor.faults.add("quota", QUERY, retry_after=900)
    with pytest.raises(SourceUnavailable, match=r"slow down \(workspace_rate_limit\)") as caught:
        desk.sync("plans", copy)
    assert caught.value.after == 900
    assert desk.vendor.count(QUERY) == 1


def test_calls_keep_to_notions_pace(desk: Desk, copy: Copy) -> None:
    """Never more than 180 calls in a minute, from the first one on."""
    for number in range(200):
        desk.space.add_page(desk.plans, {"Account": f"A {number}"})
    begun = desk.clock.at
    desk.sync("plans", copy)
    assert desk.runtime.calls > 200
    assert (desk.clock.at - begun).total_seconds() >= (desk.runtime.calls - 9) * 60 / 170 - 1


@pytest.mark.parametrize("stream", ["plans", "pages", "plans_comments"])
def test_an_expired_token_stops_at_once_and_is_in_no_message(desk: Desk, copy: Copy, stream: str) -> None:
    """401 in the middle of a run keeps what was read, is not tried again and says what to do."""
    before = desk.vendor.token
    for number in range(120):
        desk.space.add_page(desk.plans, {"Account": f"A {number}"})
    match = "/children" if stream != "plans_comments" else COMMENTS
    desk.vendor.faults.add("run", match, after_calls=40, run=lambda: desk.vendor.expire_token("another"))
    fields = None if stream != "pages" else ["title", "text"]
    if stream == "pages":
        for number in range(60):
            desk.space.add_page(None, f"P {number}", ["x"])
    with pytest.raises(SourceRefused, match="does not accept the token") as caught:
        desk.sync(stream, copy, fields=fields)
    assert before not in str(caught.value)
    assert "behind `token`" in caught.value.hint
    assert copy.cursor is not None
    assert "phase" in copy.cursor.value


def test_a_stalled_answer_is_given_up(desk: Desk, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing comes any more is dropped and the call tried again."""
    monkeypatch.setattr(client, "_TIMEOUT", httpx.Timeout(0.05, connect=1.0))
    desk.vendor.faults.add("slow", QUERY, seconds=0.3)
    desk.sync("plans", copy)
    assert desk.runtime.retries == 1
    assert len(copy.records) == 4


def test_a_redirect_is_not_followed(desk: Desk, copy: Copy) -> None:
    """The token goes to the host that was checked and to no other."""
    answer = desk.vendor.answer

    def elsewhere(request: Any) -> Any:
        if QUERY in request.path:
            return Response(307, {}, {"Location": "https://elsewhere.example/v1/search"})
        return answer(request)

    desk.vendor.answer = elsewhere  # type: ignore[method-assign]
    with pytest.raises(SourceRefused, match=r"refuses the request \(307\)"):
        desk.sync("plans", copy)


def test_nothing_is_written_to_stderr(desk: Desk, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    """The SDK's own log of failed calls does not reach the terminal."""
    desk.vendor.faults.add("500", QUERY)
    desk.sync("plans", copy)
    assert capsys.readouterr() == ("", "")


def test_a_bug_is_no_verdict(open_desk: OpenDesk) -> None:
    """What is neither Notion's nor the network's doing is raised as it is."""
    assert open_desk().source.classify(ZeroDivisionError()) is None
