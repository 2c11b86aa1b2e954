"""Nobody gets an answer in a name that is not theirs, and nobody without a name gets any."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import anyio
import pytest
from support.lab import Lab
from support.serving import SECRET, TOKENS, Served

from groundfact.doors.tokens import PRINCIPAL, tokens_of
from groundfact.serving.gate import Gate

ALL = TOKENS["ALL"]
ASK = b'{"account": "Acme"}'
CALL = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_account_context", "arguments": {}}}
).encode()
ACCEPT = {"Accept": "application/json, text/event-stream"}


def _jwt(**claims: Any) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "an empty header": {"Authorization": ""},
    "a scheme alone": {"Authorization": "Bearer"},
    "the token alone": {"Authorization": ALL},
    "another scheme": {"Authorization": f"Token {ALL}"},
    "basic, as password": {"Authorization": "Basic " + base64.b64encode(f"all:{ALL}".encode()).decode()},
    "an unknown token": {"Authorization": "Bearer unknown-0123456789abcdef"},
    "one letter less": {"Authorization": f"Bearer {ALL[:-1]}"},
    "one letter more": {"Authorization": f"Bearer {ALL}0"},
    "capitals": {"Authorization": f"Bearer {ALL.upper()}"},
    "twice in one": {"Authorization": f"Bearer {ALL} {ALL}"},
    "two with a comma": {"Authorization": f"Bearer {ALL}, Bearer {TOKENS['X']}"},
    "its hash": {"Authorization": f"Bearer {sha256(ALL.encode()).hexdigest()}"},
    "its reference": {"Authorization": "Bearer env:ALL"},
    "a principal's name": {"Authorization": "Bearer all"},
    "a token that nobody signed": {"Authorization": f"Bearer {_jwt(sub='all', aud='groundfact', exp=9999999999)}"},
    "for another audience": {"Authorization": f"Bearer {_jwt(sub='all', aud='somebody else')}"},
    "from another issuer": {"Authorization": f"Bearer {_jwt(sub='all', iss='https://evil.example')}"},
    "in a cookie": {"Cookie": f"access_token={ALL}; Authorization=Bearer {ALL}"},
    "in a header of ours": {"X-Api-Key": ALL, "X-Principal": "all"},
    "for a proxy": {"Proxy-Authorization": f"Bearer {ALL}"},
    "a stolen session": {"Mcp-Session-Id": "1b9f7c0a4e6d4a0f8a7c1d2e3f405162"},
    "forwarded by somebody": {"X-Forwarded-User": "all", "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
}


@pytest.mark.parametrize("path", ["/v1/context", "/mcp"])
@pytest.mark.parametrize("headers", WRONG.values(), ids=list(WRONG))
def test_what_is_no_token_of_ours_is_refused(steady: Served, headers: dict[str, str], path: str) -> None:
    """However it is sent, it is 401 with a challenge, and the answer holds nothing of the memory or of the token."""
    told = steady.send("POST", path, {**ACCEPT, **headers}, ASK if path == "/v1/context" else CALL)
    assert told.status == 401
    assert told.headers["www-authenticate"].startswith('Bearer realm="groundfact"')
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["type"] == "urn:groundfact:problem:unauthorized"
    assert b"Acme" not in told.body
    assert ALL.encode() not in told.body


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "bearer"])
@pytest.mark.parametrize("path", ["/v1/context", "/mcp"])
def test_a_token_in_the_url_is_not_looked_at(steady: Served, name: str, path: str) -> None:
    """URLs end up in logs: a token in one opens nothing."""
    assert steady.send("POST", f"{path}?{name}={ALL}", ACCEPT, ASK).status == 401


def test_a_token_in_the_body_is_not_looked_at(steady: Served) -> None:
    """Nor does one in the body."""
    assert (
        steady.send("POST", "/v1/context", {}, b'{"account": "Acme", "access_token": "%s"}' % ALL.encode()).status
        == 401
    )


def test_two_headers_are_refused(steady: Served) -> None:
    """Of two tokens none is chosen, even if both are good."""
    both = "".join(f"Authorization: Bearer {token}\r\n" for token in (ALL, TOKENS["X"]))
    head = f"POST /v1/context HTTP/1.1\r\nHost: 127.0.0.1:{steady.port}\r\n{both}Connection: close\r\n"
    said = steady.raw(f"{head}Content-Type: application/json\r\nContent-Length: {len(ASK)}\r\n\r\n".encode() + ASK)
    assert said.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_opens_for_its_principal_alone(steady: Served, scheme: str) -> None:
    """The same question in two names has two answers, and each is that of the token's principal."""
    told = {
        name: steady.send(
            "POST", "/v1/context", {"Authorization": f"{scheme} {token}"}, b'{"account": "%s"}' % SECRET.encode()
        )
        for name, token in TOKENS.items()
    }
    assert [told[name].status for name in ("ALL", "X", "NOBODY")] == [200, 200, 404]
    assert told["X"].json["data"]["principal"] == "x"
    assert told["NOBODY"].body == steady.post("context", {"account": "Absent"}, TOKENS["NOBODY"]).body.replace(
        b"Absent", SECRET.encode()
    )


def test_nobody_can_ask_in_another_name(steady: Served) -> None:
    """Who asks cannot be said in the question."""
    for more in ({"principal": "x"}, {"as": "x"}, {"Principal": "x"}):
        assert steady.post("context", {"account": "Acme", **more}, TOKENS["NOBODY"]).status == 422
    assert steady.tool("get_account_context", {"account": "Acme", "principal": "x"}, TOKENS["NOBODY"]).is_error


def test_a_token_ends_when_it_is_said_to(lab: Lab, server: Served) -> None:
    """Up to the last moment it opens, from then on it is 401 and says why; other tokens go on."""
    lab.world.at = lab.world.at.replace(year=2026, month=12, day=31, hour=23, minute=59, second=59)
    assert server.post("context", {"account": "Acme"}, TOKENS["X"]).status == 200
    lab.world.advance(seconds=1)
    told = server.post("context", {"account": "Acme"}, TOKENS["X"])
    assert (told.status, told.json["detail"]) == (401, "the token has expired")
    assert 'error="invalid_token"' in told.headers["www-authenticate"]
    assert server.post("context", {"account": "Acme"}).status == 200


def test_nothing_behind_the_gate_sees_a_token(lab: Lab) -> None:
    """The token is taken off the request and only its hash is kept: nothing further in could hand it on."""
    tokens = tokens_of(lab.memory.config, lab.world)
    seen: list[Any] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, await receive()))

    async def sent() -> dict[str, Any]:
        return {"type": "http.request", "body": ASK, "more_body": False}

    async def unanswered(message: Any) -> None:
        raise AssertionError(message)

    gate = Gate(behind, tokens, lab.memory.now, 1_024, frozenset({"/health"}))
    for path in ("/v1/context", "/mcp", "/health"):
        head = [(b"host", b"localhost"), (b"authorization", f"Bearer {ALL}".encode())]
        scope = {"type": "http", "method": "POST", "path": path, "headers": head}
        anyio.run(gate, scope, sent, unanswered)
    assert [scope.get(PRINCIPAL) for scope, _ in seen] == ["all", "all", None]
    assert ALL not in repr(seen) + repr(tokens)
    assert "localhost" in repr(seen)


def test_a_session_opens_nothing(steady: Served) -> None:
    """Requests with one session id are answered in the name of each one's own token, and none is given out."""
    session = {"Mcp-Session-Id": "1b9f7c0a4e6d4a0f8a7c1d2e3f405162", "MCP-Protocol-Version": "2025-11-25", **ACCEPT}
    call = json.loads(CALL)
    call["params"]["arguments"] = {"account": SECRET}
    told = {
        name: steady.send("POST", "/mcp", {**session, "Authorization": f"Bearer {token}"}, json.dumps(call).encode())
        for name, token in TOKENS.items()
    }
    assert {name: answer.json["result"].get("isError", False) for name, answer in told.items()} == {
        "ALL": False, "X": False, "NOBODY": True,
    }  # fmt: skip
    assert all("mcp-session-id" not in answer.headers for answer in told.values())
