"""Slack down, throttling, refusing and answering nonsense."""

from __future__ import annotations

import socketserver
import threading
from datetime import timedelta
from typing import Any

import pytest

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.testing.server import FakeVendor, Request, Response
from groundfact.testing.slack import FakeSlack
from groundfact.testing.world_clock import FakeClockWorld
from groundfact.testing.world_data import FictionalWorld

from .conftest import START, Copy, Desk, OpenDesk


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504", "html", "garbage", "truncated", "reset"])
@pytest.mark.parametrize(
    "method", ["auth.test", "conversations.list", "history", "replies", "users.list", "users.info"]
)
def test_what_passes_is_tried_again(desk: Desk, copy: Copy, kind: str, method: str) -> None:
    """One failure of any call, whatever it looks like, is not seen in the result."""
    fault = desk.vendor.faults.add(kind, method)
    desk.sync(copy)
    assert fault.hits == 1
    assert copy.texts() == desk.living()
    assert desk.runtime.retries == 1


@pytest.mark.parametrize("wrong_length", [True, False])
def test_half_an_answer_is_no_answer(desk: Desk, copy: Copy, wrong_length: bool) -> None:
    """A body that breaks off is tried again, whether or not its length gives it away."""
    desk.vendor.faults.add("truncated", "history", wrong_length=wrong_length)
    desk.sync(copy)
    assert copy.texts() == desk.living()


@pytest.mark.parametrize("status", [200, 403, 502])
def test_html_is_never_an_empty_page(desk: Desk, copy: Copy, status: int) -> None:
    """A maintenance page in place of an answer ends the run with an error, after nothing was written."""
    desk.vendor.faults.add("html", "history", times=None, status=status)
    with pytest.raises((SourceUnavailable, SourceRefused)):
        desk.sync(copy)
    assert (copy.records, copy.cursor) == ({}, None)


def test_the_pause_that_slack_asks_for_is_kept(desk: Desk, copy: Copy) -> None:
    """A 429 is tried again after exactly its Retry-After."""
    desk.vendor.faults.add("429", "history", retry_after=7)
    desk.sync(copy)
    assert 7 in desk.clock.slept


def test_a_long_pause_ends_the_run_for_now(desk: Desk, copy: Copy) -> None:
    """Told to wait an hour, the run stops and says when to come back."""
    desk.vendor.faults.add("quota", "history")
    with pytest.raises(SourceUnavailable) as error:
        desk.sync(copy)
    assert error.value.after == 3600


def test_our_budget_stays_within_slacks_tiers(clock: FakeClockWorld, open_desk: OpenDesk, copy: Copy) -> None:
    """With the documented limits enforced, a read of 120 threads meets no 429."""
    with FakeSlack(FictionalWorld(companies=3, now=START), tiers=True, clock=clock.now) as vendor:
        for number in range(120):
            root = vendor.post("general", f"Ask {number}", at=START - timedelta(minutes=number + 5))
            vendor.post("general", "Answer", thread=root, at=START - timedelta(minutes=number + 4))
        desk = open_desk(vendor=vendor, page_size=2)
        desk.sync(copy)
        assert copy.texts() == desk.living()
        assert desk.runtime.retries == 0
        assert sum(clock.slept) < 180


def test_a_throttled_app_gets_there_slowly(clock: FakeClockWorld, open_desk: OpenDesk, copy: Copy) -> None:
    """With one call a minute and 15 messages a call nothing is lost, and the check says why it is slow."""
    with FakeSlack(FictionalWorld(companies=3, now=START), throttled=True, clock=clock.now) as vendor:
        for number in range(40):
            vendor.post("general", f"Note {number}", at=START - timedelta(minutes=number + 5))
        desk = open_desk(vendor=vendor)
        desk.sync(copy)
        assert copy.texts() == desk.living()
        assert sum(clock.slept) >= 60 * 4
        pace = desk.checks()["pace"]
        assert not pace.ok
        assert "internal" in pace.fix


@pytest.mark.parametrize("error", ["token_revoked", "token_expired", "account_inactive", "invalid_auth"])
def test_a_token_that_ends_in_mid_run_ends_the_run(open_desk: OpenDesk, copy: Copy, error: str) -> None:
    """What was committed stays, nothing is gone, and with a new token the next run goes on where this one was."""
    desk = open_desk(page_size=1)
    whole = desk.living()
    desk.vendor.faults.add("run", "history", after_calls=2, run=lambda: desk.vendor.end_token(error))
    with pytest.raises(SourceRefused) as refused:
        desk.sync(copy)
    assert error in refused.value.message
    assert "`token`" in refused.value.hint
    assert 0 < len(copy.records) < len(whole)
    again = open_desk(page_size=1)
    again.sync(copy)
    assert copy.texts() == whole
    assert copy.gone == set()


def test_a_missing_scope_is_named(desk: Desk, copy: Copy) -> None:
    """The run is refused with the scope that is needed and where to add it."""
    desk.vendor.scopes.discard("channels:history")
    with pytest.raises(SourceRefused) as refused:
        desk.sync(copy)
    assert "channels:history" in refused.value.message
    assert "channels:history under OAuth & Permissions" in refused.value.hint


@pytest.mark.parametrize(("error", "kind"), [("fatal_error", SourceUnavailable), ("no_such_error", SourceRefused)])
def test_errors_that_come_with_status_200_are_errors(desk: Desk, copy: Copy, error: str, kind: type[Exception]) -> None:
    """`ok: false` is never an empty list: what may pass is tried six times, anything else needs a person."""
    desk.vendor.errors["conversations.history"] = error
    with pytest.raises(kind, match=error):
        desk.sync(copy)
    assert desk.vendor.count("history") == (6 if kind is SourceUnavailable else 1)


class Deaf(socketserver.ThreadingTCPServer):
    """A server that hangs up on everybody, and counts them."""

    daemon_threads = True
    met = 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Hang up."""
        self.met += 1


def test_the_sdk_neither_retries_nor_talks(
    open_desk: OpenDesk, copy: Copy, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A call that is not answered is made six times and not twelve, and nothing is printed or logged about it."""
    with Deaf(("127.0.0.1", 0), socketserver.BaseRequestHandler) as deaf:
        threading.Thread(target=deaf.serve_forever, args=(0.01,), daemon=True).start()
        desk = open_desk(base_url=f"http://127.0.0.1:{deaf.server_address[1]}/api/")
        with pytest.raises(SourceUnavailable, match="connection to Slack failed"):
            desk.sync(copy)
        deaf.shutdown()
    assert deaf.met == 6
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_no_error_tells_the_token(desk: Desk, copy: Copy) -> None:
    """Whatever Slack answers, the token is in no message."""
    for error in ("invalid_auth", "missing_scope", "fatal_error"):
        desk.vendor.errors["conversations.history"] = f"{error} {desk.vendor.token}"
        with pytest.raises((SourceRefused, SourceUnavailable)) as raised:
            desk.sync(copy)
        assert desk.vendor.token not in str(raised.value)


class Elsewhere(FakeVendor):
    """Somebody else's server, which notes what it is sent."""

    def answer(self, request: Request) -> Response:
        """Keep the credentials."""
        self.got = request.headers.get("authorization")
        return Response(200, {"ok": True})


class Moved(FakeSlack):
    """A Slack that sends everybody elsewhere."""

    target = ""

    def answer(self, request: Request) -> Response:
        """Redirect."""
        return Response(302, {}, {"Location": f"{self.target}/api/auth.test"})


def test_the_token_follows_no_redirect(open_desk: OpenDesk, copy: Copy) -> None:
    """An answer that points elsewhere is refused, and nobody there sees the token."""
    world = FictionalWorld(companies=1, now=START)
    with Elsewhere(world) as elsewhere, Moved(world) as moved:
        moved.target = elsewhere.url
        desk = open_desk(vendor=moved)
        with pytest.raises(SourceRefused, match=r"redirects to 127\.0\.0\.1"):
            desk.sync(copy)
        assert elsewhere.calls == []
