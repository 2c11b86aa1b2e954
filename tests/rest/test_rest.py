"""REST says what Python says, in HTTP's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from support.lab import Lab
from support.serving import SECRET, TOKENS, Served, lab_with_secrets, served

from groundfact import __version__
from groundfact.doors.verbs import VERBS
from groundfact.errors import Ambiguous, UnknownName


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Lab:
    """Accounts for everybody, one for label `x`, and three tokens."""
    return lab_with_secrets(tmp_path, blank_store)


@pytest.fixture
def server(lab: Lab) -> Iterator[Served]:
    """It, served."""
    with served(lab) as running:
        yield running


def test_an_answer_is_the_methods(lab: Lab, server: Served) -> None:
    """The body is what `Memory` returns to the same principal."""
    told = server.post("context", {"account": "Acme", "question": "pricing"}, TOKENS["X"])
    assert (told.status, told.headers["content-type"]) == (200, "application/json")
    assert told.json == orjson.loads(orjson.dumps(lab.memory.context("Acme", "pricing", principal="x")._asdict()))
    told = server.post("why", {"account": "Acme", "attribute": "industry"}, TOKENS["NOBODY"])
    assert told.json == orjson.loads(orjson.dumps(lab.memory.why("Acme", "industry", principal="nobody")))


def test_several_are_listed(lab: Lab, server: Served) -> None:
    """An ambiguous name is 409 with the candidates of the error."""
    with pytest.raises(Ambiguous) as caught:
        lab.memory.context("Globex")
    told = server.post("context", {"account": "Globex"})
    assert (told.status, told.json["type"]) == (409, "urn:groundfact:problem:ambiguous")
    assert told.json["candidates"] == list(caught.value.candidates)
    assert len(told.json["candidates"]) == 2
    assert told.json["hint"] == "ask again with one of their ids"


def test_what_is_not_there_is_404(lab: Lab, server: Served) -> None:
    """An unknown name is 404 with the nearest that the asker may see."""
    with pytest.raises(UnknownName) as caught:
        lab.memory.context("Acmee")
    told = server.post("context", {"account": "Acmee"})
    assert (told.status, told.json["near"]) == (404, list(caught.value.near))
    assert told.json["near"]


def test_hidden_and_absent_are_answered_alike(server: Served) -> None:
    """Who may not see an account is told the same as about one that is not there, byte for byte but for the name."""
    absent = "Projekt Waldkauz99"
    for verb, more in (("context", {}), ("why", {"attribute": "name"})):
        hidden = server.post(verb, {"account": SECRET, **more}, TOKENS["NOBODY"])
        unknown = server.post(verb, {"account": absent, **more}, TOKENS["NOBODY"])
        assert (hidden.status, unknown.status) == (404, 404)
        assert hidden.body.replace(SECRET.encode(), absent.encode()) == unknown.body


def test_what_a_policy_hides_is_403(tmp_path: Path, blank_store: Path) -> None:
    """An attribute that the principal may not see is 403, whether or not anything is known of it."""
    more = "attributes: {account: {industry: {sensitivity: confidential}, phone: {sensitivity: confidential}}}\n"
    server_yaml = "server: {tokens: [{token: env:ALL, principal: low}]}\n"
    with served(lab_with_secrets(tmp_path, blank_store, more + server_yaml)) as server:
        told = {name: server.post("why", {"account": "Acme", "attribute": name}) for name in ("industry", "phone")}
        assert [answer.status for answer in told.values()] == [403, 403]
        assert told["industry"].body.replace(b"industry", b"phone") == told["phone"].body


def test_a_broken_store_is_not_ready(lab: Lab, server: Served) -> None:
    """The process is up and says so; that it cannot answer is 503, in words that name no path of the machine."""
    assert (server.send("GET", "/health").status, server.send("GET", "/ready").json) == (200, {"status": "ready"})
    lab.memory.store.close()
    lab.path.write_bytes(b"no database" * 1_000)
    told = [server.send("GET", "/ready"), server.post("context", {"account": "Acme"})]
    assert [answer.status for answer in told] == [503, 503]
    assert [answer.headers["retry-after"] for answer in told] == ["1", "1"]
    assert not any(str(lab.path.parent).encode() in answer.body or b"lab.db" in answer.body for answer in told)
    assert server.send("GET", "/health").status == 200


def test_the_description_has_every_verb(server: Served) -> None:
    """/openapi.json needs no token, and describes each verb with its question, its answer and its problems."""
    told = server.send("GET", "/openapi.json").json
    assert told["info"]["version"] == __version__
    assert set(told["paths"]) == {f"/v1/{name}" for name in VERBS} | {"/health", "/ready"}
    for name in VERBS:
        operation = told["paths"][f"/v1/{name}"]["post"]
        assert operation["security"] == [{"HTTPBearer": []}]
        assert {"200", "401", "403", "404", "409", "413", "422", "503"} <= set(operation["responses"])
        assert set(operation["responses"]["404"]["content"]) == {"application/problem+json"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/v1", "/v1/nothing", "/v1/context/", "/mcp/", "//v1/context"])
def test_what_is_not_a_door_is_404(server: Served, path: str) -> None:
    """There is nothing else, and without a token not even that is told."""
    assert server.send("GET", path).status == 401
    told = server.send("GET", path, {"Authorization": f"Bearer {TOKENS['ALL']}"})
    assert (told.status, told.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/context"), ("DELETE", "/v1/forget"), ("POST", "/health"), ("GET", "/mcp")]
)
def test_another_method_is_405(server: Served, method: str, path: str) -> None:
    """A verb is a POST; the answer names what is allowed."""
    told = server.send(method, path, {"Authorization": f"Bearer {TOKENS['ALL']}"})
    assert (told.status, told.headers["allow"]) == (405, "GET" if path == "/health" else "POST")
