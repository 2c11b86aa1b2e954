"""Too long, too large, broken off, nonsense: a clear answer, nothing lost, nothing leaked."""

from __future__ import annotations

import json
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest
from support.lab import Lab
from support.serving import SERVER, TOKENS, Served, lab_with_secrets, served

from groundfact.hookspecs import hookimpl
from groundfact.plugins import Plugins

HEAD = (
    "POST /v1/context HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\n{more}\r\n"
)


class Gatekeeper:
    """A plugin that is told of each answer, and lets it go when the test says so."""

    def __init__(self) -> None:
        self.answering, self.go_on = threading.Event(), threading.Event()

    @hookimpl
    def context_served(self, principal: str, entity: str) -> None:
        """Wait."""
        self.answering.set()
        assert self.go_on.wait(30)


@pytest.fixture
def keeper(lab: Lab) -> Gatekeeper:
    """It, among the laboratory's plugins."""
    found = Gatekeeper()
    lab.memory.plugins = Plugins(extra={"keeper": found})
    return found


def _head(length: int, token: str = TOKENS["ALL"], more: str = "") -> bytes:
    return HEAD.format(token=token, more=f"Content-Length: {length}\r\n{more}").encode()


def _answer(wire: socket.socket) -> bytes:
    """An answer, which is one JSON object; the connection may stay open behind it."""
    said = b""
    while not said.endswith(b"}"):
        piece = wire.recv(65_536)
        assert piece, said
        said += piece
    return said


def _audited(lab: Lab) -> list[Any]:
    return lab.rows("select principal, action from audit order by id")


def test_a_question_of_4000_characters_is_answered_and_one_more_is_not(steady: Served) -> None:
    """The limit is where it is said to be, in every door, and the answer names it without repeating the question."""
    longest = "pricing " * 500
    assert len(longest) == 4_000
    assert steady.post("context", {"account": "Acme", "question": longest}).status == 200
    told = steady.post("context", {"account": "Acme", "question": longest + "!"})
    assert (told.status, told.json["errors"]) == (
        422, [{"where": "question", "what": "String should have at most 4000 characters"}],
    )  # fmt: skip
    assert b"pricing" not in told.body
    called = steady.tool("get_account_context", {"account": "Acme", "question": longest + "!"})
    assert called.is_error
    assert "question: String should have at most 4000 characters" in called.content[0].text


@pytest.mark.parametrize("path", ["/v1/context", "/mcp"])
def test_a_large_request_is_refused_unread(steady: Served, path: str) -> None:
    """A body that says it is too large is 413 before a byte of it was sent."""
    head = _head(300_000).replace(b"/v1/context", path.encode())
    with socket.create_connection(("127.0.0.1", steady.port), timeout=30) as wire:
        wire.sendall(head)
        said = _answer(wire)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"a request may have 262144 bytes" in said


def test_a_large_request_that_does_not_say_so_is_cut(steady: Served) -> None:
    """A body in pieces without a length is 413 as soon as it has grown too large."""
    head = HEAD.format(token=TOKENS["ALL"], more="Transfer-Encoding: chunked\r\n").encode()
    piece = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", steady.port), timeout=30) as wire:
        wire.sendall(head + piece * 9)
        said = _answer(wire)
    assert said.startswith(b"HTTP/1.1 413 ")


def test_the_limit_is_that_of_the_configuration(tmp_path: Path, blank_store: Path) -> None:
    """`max_request_bytes` moves it."""
    with served(lab_with_secrets(tmp_path, blank_store, SERVER + "  max_request_bytes: 1024\n")) as server:
        ask = {"account": "Acme", "question": "x" * 900}
        assert server.post("context", ask).status == 200
        assert server.post("context", {**ask, "question": "x" * 1_000}).status == 413


def test_without_a_token_no_body_is_read(steady: Served) -> None:
    """Who may not ask cannot make us read: the answer comes before the body."""
    with socket.create_connection(("127.0.0.1", steady.port), timeout=30) as wire:
        wire.sendall(_head(200_000, token="unknown-0123456789abcdef"))
        assert _answer(wire).startswith(b"HTTP/1.1 401 ")


NONSENSE = [
    b"", b"null", b"[]", b"7", b'"Acme"', b"{", b'{"account"', b"{}", b'{"account": null}', b'{"account": 7}',
    b'{"account": ""}', b'{"account": ["Acme"]}', b'{"account": {"name": "Acme"}}', b'{"acount": "Acme"}',
    b'{"account": "Acme", "max_tokens": 1e9}', b'{"account": "Acme", "max_tokens": "many"}',
    b'{"account": "Acme", "max_tokens": NaN}', b'{"account": "Acme", "max_tokens": 59}', b"\xff\xfe\x00",
    b'{"account": "\\ud800"}', b'{"\\ud800": 1}', b'{"account": "Acme", "known_at": "yesterday"}',
    b'{"account": "Acme", "known_at": -1}', b'{"account": "Acme", "known_at": 1e400}',
    b'{"account": "Acme", "kind": "planet"}', b'{"account": "' + b"a" * 501 + b'"}', b"[" * 100_000,
    b'{"account": ' * 10_000, b'{"account": "Acme", "max_tokens": ' + b"9" * 5_000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body[:40]))
def test_nonsense_is_told_to_be_nonsense(steady: Served, body: bytes) -> None:
    """Whatever is sent, the answer is a problem of the asker's, in words, without a traceback."""
    told = steady.send("POST", "/v1/context", {"Authorization": f"Bearer {TOKENS['ALL']}"}, body)
    assert told.status in (400, 404, 422), told
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["status"] == told.status
    assert b"Traceback" not in told.body
    assert len(told.body) < 3_000


@pytest.mark.parametrize("body", NONSENSE, ids=lambda body: repr(body[:40]))
def test_nonsense_over_mcp_is_told_to_be_nonsense(steady: Served, body: bytes) -> None:
    """The same as arguments of a tool, and as the whole message: an error, never a broken server."""
    head = {
        "Authorization": f"Bearer {TOKENS['ALL']}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    call = (
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_account_context", "arguments": '
    )
    for sent in (call + body + b"}}", body):
        told = steady.send("POST", "/mcp", head, sent)
        assert told.status in (200, 202, 400), told
        assert "error" in told.json or told.json["result"]["isError"]
        assert b"Traceback" not in told.body


def test_who_hangs_up_in_the_middle_of_an_answer_loses_nothing(lab: Lab, server: Served, keeper: Gatekeeper) -> None:
    """The answer was on its way: it is in the audit, its thread ends, and the next one is answered."""
    body = b'{"account": "Acme"}'
    before = _audited(lab)
    wire = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    wire.sendall(_head(len(body)) + body)
    assert keeper.answering.wait(30)
    # An abrupt end, as when the other process dies.
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()
    keeper.go_on.set()
    assert server.post("context", {"account": "Acme"}, TOKENS["X"]).status == 200
    assert [row for row in _audited(lab) if row not in before] == [("all", "context"), ("x", "context")]


def test_who_hangs_up_in_the_middle_of_a_question_asked_nothing(lab: Lab, server: Served) -> None:
    """Half a question leaves no trace, and the next one is answered."""
    before = _audited(lab)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
        wire.sendall(_head(19) + b'{"account"')
    assert server.post("context", {"account": "Acme"}).status == 200
    assert len(_audited(lab)) == len(before) + 1


def test_many_who_hang_up_do_not_use_up_the_server(lab: Lab, server: Served, keeper: Gatekeeper) -> None:
    """Forty answers that nobody waits for any more do not keep the forty-first from being given."""
    body = b'{"account": "Acme"}'
    for _ in range(40):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
            wire.sendall(_head(len(body)) + body)
    assert keeper.answering.wait(30)
    assert server.send("GET", "/health").status == 200
    keeper.go_on.set()
    assert server.post("context", {"account": "Acme"}).status == 200


@pytest.fixture
def stopping(lab: Lab, keeper: Gatekeeper) -> dict[str, Any]:
    """A server that is told to stop while it answers."""
    said: dict[str, Any] = {}
    with served(lab) as server:
        body = b'{"account": "Acme"}'
        sent = _head(len(body), more="Connection: close\r\n") + body
        asking = threading.Thread(target=lambda: said.update(told=server.raw(sent)))
        asking.start()
        assert keeper.answering.wait(30)
        threading.Timer(0.3, keeper.go_on.set).start()
    asking.join(30)
    return said


def test_who_is_being_answered_when_it_stops_gets_the_answer(lab: Lab, stopping: dict[str, Any]) -> None:
    """A stop waits for the answers under way; then the store is closed and its files are merged into one."""
    head, _, body = stopping["told"].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["text"].startswith("# Acme")
    assert [path.name for path in lab.path.parent.glob("lab.db*")] == ["lab.db"]
