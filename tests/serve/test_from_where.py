"""No web page reaches the server under a name of its own, or from an origin that was not let in."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.serving import SERVER, TOKENS, Served, lab_with_secrets, served

BEARER = {"Authorization": f"Bearer {TOKENS['ALL']}"}
ASK = b'{"account": "Acme"}'
FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example",
    "localhost.evil.example:{port}",
    "evil.example#127.0.0.1",
    "localhost@evil.example",
    "localhost:{port}@evil.example",
    "localhost:x",
    "[::1].evil.example",
    "[::ffff:127.0.0.1]",
    "0.0.0.0:{port}",
    "127.1:{port}",
    "2130706433",
    "localhost.",
    "xn--localhost",
    "",
]
FOREIGN_ORIGINS = [
    "https://evil.example",
    "http://evil.example:{port}",
    "null",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example:{port}",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "http://localhost:3000",
    "file://",
    "chrome-extension://abcdef",
    "http://127.0.0.1:{port}@evil.example",
    "http://127.0.0.1:{port}/evil.example",
    "",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/v1/context", "/mcp", "/health", "/openapi.json"])
def test_a_foreign_name_is_sent_away(steady: Served, host: str, path: str) -> None:
    """DNS rebinding: a page that points its own name at us gets nothing, with a good token or without."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host.format(port=steady.port)}\r\nConnection: close\r\n"
    token = f"Authorization: Bearer {TOKENS['ALL']}\r\n"
    said = steady.raw(f"{head}{token}Content-Type: application/json\r\nContent-Length: 19\r\n\r\n".encode() + ASK)
    assert said.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))
    assert b"Acme" not in said


def test_two_names_or_none_are_sent_away(steady: Served) -> None:
    """A request that names us twice, or not at all, is none of a browser's."""
    for hosts in (f"Host: localhost:{steady.port}\r\nHost: evil.example\r\n", ""):
        said = steady.raw(f"GET /health HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert said.startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("path", ["/v1/context", "/mcp"])
def test_a_foreign_page_is_refused(steady: Served, origin: str, path: str) -> None:
    """What another page's script sends is 403, whatever token it found."""
    headers = {"Origin": origin.format(port=steady.port), "Accept": "application/json, text/event-stream"}
    told = steady.send("POST", path, {**BEARER, **headers}, ASK)
    assert (told.status, told.json["type"]) == (403, "urn:groundfact:problem:foreign_origin")
    assert b"Acme" not in told.body


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "localhost", "[::1]:80"])
def test_this_machines_names_are_ours(steady: Served, host: str) -> None:
    """Every spelling of this machine is answered, and a page of the same address may ask."""
    name = host.format(port=steady.port)
    told = steady.send("POST", "/v1/context", {**BEARER, "Host": name, "Origin": f"http://{name}"}, ASK)
    assert told.status == 200


def test_what_the_configuration_lets_in_may_ask(tmp_path: Path, blank_store: Path) -> None:
    """A listed name and a listed page are answered, and the browser is told that this page may read it; no other is."""
    listed = "  allowed_hosts: [memory.acme.example]\n  allowed_origins: ['https://desk.acme.example']\n"
    with served(lab_with_secrets(tmp_path, blank_store, SERVER + listed)) as server:
        page = {"Host": "memory.acme.example", "Origin": "https://desk.acme.example"}
        told = server.send("POST", "/v1/context", {**BEARER, **page}, ASK)
        assert (told.status, told.headers["access-control-allow-origin"]) == (200, page["Origin"])
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        before = server.send("OPTIONS", "/v1/context", {**page, **asked})
        assert (before.status, before.headers["access-control-allow-headers"]) == (200, "authorization")
        foreign = {**page, "Origin": "https://evil.example"}
        assert server.send("POST", "/v1/context", {**BEARER, **foreign}, ASK).status == 403
        assert server.send("OPTIONS", "/v1/context", {**foreign, **asked}).status == 403
        assert server.send("POST", "/v1/context", {**BEARER, "Host": "acme.example"}, ASK).status == 421
