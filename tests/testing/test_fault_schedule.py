"""Every kind of fault, as a client meets it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
import requests
from hubspot import HubSpot
from hubspot.crm.companies.exceptions import ApiException
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError

from groundfact.testing import FakeHubSpot, FakeSalesforce, FakeVendor, FaultSchedule, FictionalWorld
from groundfact.testing.server import Request, Response

LIST = "/crm/v3/objects/companies"


@pytest.fixture
def fetch(hubspot: FakeHubSpot) -> Callable[[], requests.Response]:
    """A plain listing call."""
    headers = {"Authorization": f"Bearer {hubspot.access_token}"}
    return lambda: requests.get(hubspot.url + LIST, headers=headers, timeout=5)


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("502", 502), ("503", 503), ("504", 504)])
def test_statuses(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response], kind: str, status: int) -> None:
    """A fault answers with its status as often as asked, then stops."""
    hubspot.faults.add(kind, match=LIST, times=2)
    answers = [fetch() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["status"] == "error"
    assert "Retry-After" not in answers[0].headers
    assert [call.fault for call in hubspot.calls] == [kind, kind, None]


@pytest.mark.parametrize("wait", [1, "Mon, 02 Nov 2026 08:00:05 GMT"])
def test_retry_after(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response], wait: int | str) -> None:
    """Retry-After may be seconds or a date."""
    hubspot.faults.add("429", retry_after=wait)
    assert fetch().headers["Retry-After"] == str(wait)


def test_hubspot_names_the_limit_that_was_reached(hubspot: FakeHubSpot, hs: HubSpot) -> None:
    """Hubspot names the limit that was reached."""
    hubspot.faults.add("429", times=2)
    with pytest.raises(ApiException, match="SECONDLY"):
        hs.crm.companies.search_api.do_search({})
    with pytest.raises(ApiException, match="TEN_SECONDLY_ROLLING"):
        hs.crm.companies.basic_api.get_page()
    hubspot.faults.add("quota")
    with pytest.raises(ApiException, match="DAILY"):
        hs.crm.companies.basic_api.get_page()
    hubspot.faults.add("401")
    with pytest.raises(ApiException, match="EXPIRED_AUTHENTICATION"):
        hs.crm.companies.basic_api.get_page()


def test_salesforce_errors_are_lists(salesforce: FakeSalesforce, sf: Salesforce) -> None:
    """Salesforce errors are lists."""
    salesforce.faults.add("401")
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        sf.limits()
    for kind in ("429", "500", "502", "503", "504"):
        salesforce.faults.add(kind)
        with pytest.raises(SalesforceGeneralError) as error:
            sf.limits()
        assert error.value.status == int(kind)
        assert isinstance(error.value.content, list)


@pytest.mark.parametrize("status", [200, 502])
def test_html(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response], status: int) -> None:
    """An HTML page arrives with the status asked for."""
    hubspot.faults.add("html", status=status)
    answer = fetch()
    assert answer.status_code == status
    assert answer.text.startswith("<!DOCTYPE html>")


def test_garbage(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """A body that is not JSON arrives with status 200."""
    hubspot.faults.add("garbage")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        fetch().json()


def test_truncated_with_the_full_length_announced(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """Truncated with the full length announced."""
    hubspot.faults.add("truncated")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        fetch()
    assert fetch().ok


def test_truncated_with_the_cut_length_announced(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """Truncated with the cut length announced."""
    hubspot.faults.add("truncated", wrong_length=False)
    answer = fetch()
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_the_last_page_can_be_asked_for_again(salesforce: FakeSalesforce, sf: Salesforce) -> None:
    """A client whose last page broke off may repeat the call."""
    headers = {"Sforce-Query-Options": "batchSize=20"}
    page = sf.query("SELECT Id FROM Account", headers=headers)
    salesforce.faults.add("truncated", match="/query/0r8")
    with pytest.raises(requests.exceptions.RequestException):
        sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)
    assert sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)["done"]


def test_reset(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """A connection reset in mid-body is an error of the connection."""
    hubspot.faults.add("reset")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        fetch()
    assert fetch().ok


def test_slow_answers_are_whole_unless_the_client_gives_up(
    hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]
) -> None:
    """Slow answers are whole unless the client gives up."""
    hubspot.faults.add("slow", seconds=0.005)
    assert len(fetch().json()["results"]) == 10
    hubspot.faults.add("slow", seconds=0.1)
    headers = {"Authorization": f"Bearer {hubspot.access_token}"}
    with pytest.raises((requests.exceptions.ConnectionError, requests.exceptions.Timeout)):
        requests.get(hubspot.url + LIST, headers=headers, timeout=0.03)


def test_a_fault_can_wait_and_pick_its_calls(hubspot: FakeHubSpot, hs: HubSpot) -> None:
    """A fault can wait and pick its calls."""
    hubspot.faults.add("503", match="POST", after_calls=2, times=None)
    hs.crm.companies.basic_api.get_page()
    hs.crm.companies.search_api.do_search({})
    hs.crm.companies.search_api.do_search({})
    for _ in range(3):
        with pytest.raises(ApiException):
            hs.crm.companies.search_api.do_search({})
    assert hubspot.faults.pending == 1
    hubspot.faults.clear()
    assert hs.crm.companies.search_api.do_search({}).total
    assert hubspot.faults.pending == 0


def test_the_world_can_change_in_mid_run(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """The world can change in mid run."""
    world = hubspot.world
    hubspot.faults.add("run", after_calls=1, run=lambda: world.archive_record("companies", world.hero.hubspot_id))
    first, second = (fetch().json()["results"][0]["id"] for _ in range(2))
    assert first == world.hero.hubspot_id != second


def test_unknown_faults_are_refused() -> None:
    """Unknown faults are refused."""
    with pytest.raises(ValueError, match="unknown fault 'meteor'"):
        FaultSchedule().add("meteor")
    with pytest.raises(ValueError, match="callable"):
        FaultSchedule().add("run")


def test_calls_are_counted_and_forgotten(hubspot: FakeHubSpot, fetch: Callable[[], requests.Response]) -> None:
    """Calls are counted and forgotten."""
    answer = fetch()
    (call,) = hubspot.calls
    assert (call.method, call.path, call.query, call.status) == ("GET", LIST, "", 200)
    assert call.size == len(answer.content)
    assert hubspot.count("GET /crm/v3") == 1
    hubspot.reset_calls()
    assert hubspot.count() == 0


def test_one_connection_serves_many_calls(hubspot: FakeHubSpot) -> None:
    """One connection serves many calls."""
    host, port = hubspot.url.removeprefix("http://").split(":")
    request = f"GET {LIST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {hubspot.access_token}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        answers = []
        for _ in range(2):
            connection.sendall(request)
            head = connection.makefile("rb")
            answers.append(head.readline())
            length = 0
            while (line := head.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            head.read(length)
    assert answers == [b"HTTP/1.1 200 OK\r\n"] * 2


def test_a_vendor_runs_only_between_start_and_stop(world: FictionalWorld) -> None:
    """A vendor runs only between start and stop."""
    vendor = FakeHubSpot(world)
    with pytest.raises(RuntimeError, match="not running"):
        _ = vendor.url
    url = vendor.start().url
    vendor.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, timeout=1)


def test_answers_carry_the_worlds_time_and_are_repeatable(world: FictionalWorld) -> None:
    """Answers carry the world's time and are repeatable."""

    def conversation(vendor: FakeHubSpot) -> list[tuple[bytes, list[tuple[str, str]]]]:
        out = []
        with vendor:
            for token in (vendor.access_token, "wrong"):
                answer = requests.get(vendor.url + LIST, headers={"Authorization": f"Bearer {token}"}, timeout=5)
                body = answer.content.replace(vendor.url.encode(), b"")
                out.append((body, [pair for pair in answer.headers.items() if pair[0] != "Content-Length"]))
        return out

    one, two = conversation(FakeHubSpot(world)), conversation(FakeHubSpot(FictionalWorld()))
    assert one == two
    assert dict(one[0][1])["Date"] == "Mon, 02 Nov 2026 08:00:00 GMT"


def test_a_new_vendor_needs_only_its_answers(world: FictionalWorld) -> None:
    """A new vendor needs only its answers."""

    class Echo(FakeVendor):
        def answer(self, request: Request) -> Response:
            return Response(200, {"path": request.path})

    with Echo(world) as vendor:
        vendor.faults.add("503", match="/late", times=1)
        statuses = [requests.get(vendor.url + path, timeout=5).status_code for path in ("/a", "/late", "/late")]
    assert statuses == [200, 503, 200]
    with pytest.raises(TypeError, match="abstract"):
        FakeVendor(world)  # type: ignore[abstract]
