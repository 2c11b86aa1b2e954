"""A real server over a laboratory's memory: real sockets, real HTTP, and the clients that ask."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from groundfact.config.build import load_config
from groundfact.serving.app import served_app
from groundfact.serving.run import listening
from support.command_line import command, environment
from support.lab import PLUGINS, Lab, account, config_of

TOKENS = {"ALL": "all-0123456789abcdef0123", "X": "x-0123456789abcdef012345", "NOBODY": "nobody-0123456789abcdef"}
"""Tokens of the laboratory's principals, by the variable that holds each."""
SERVER = """
server:
  tokens:
  - {token: env:ALL, principal: all}
  - {token: env:X, principal: x, expires: 2027-01-01}
  - {token: env:NOBODY, principal: nobody}
"""
SECRET = "Projekt Nachtigall"
"""A name that only `x` and `all` may see."""


class Told(NamedTuple):
    """An answer over HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Served:
    """A server that runs, and ways to ask it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self._client = httpx2.Client(timeout=30)

    def post(self, verb: str, ask: Any, token: str | None = TOKENS["ALL"], **headers: str) -> Told:
        """Ask a verb over REST."""
        sent = {"Authorization": f"Bearer {token}", **headers} if token is not None else headers
        return self.send("POST", f"/v1/{verb}", sent, json.dumps(ask).encode())

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Told:
        """Send any request."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        answer = self._client.request(method, self.url + path, headers=sent, content=body)
        return Told(answer.status_code, answer.content, dict(answer.headers))

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and read to the end of what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            wire.sendall(request)
            found = b""
            while piece := wire.recv(65_536):
                found += piece
        return found

    def tool(self, name: str, ask: Mapping[str, Any], token: str = TOKENS["ALL"], mode: str = "auto") -> Any:
        """Call a tool with the official MCP client."""
        import anyio

        async def called() -> Any:
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(headers=headers, timeout=30) as http,
                Client(streamable_http_client(f"{self.url}/mcp", http_client=http), mode=mode) as client,
            ):
                return await client.call_tool(name, dict(ask))

        return anyio.run(called)


@contextmanager
def served(lab: Lab, host: str = "127.0.0.1") -> Iterator[Served]:
    """The laboratory's memory behind a real socket; ending it closes the memory."""
    app = served_app(lab.memory, host)
    with listening(host, 0) as listener:
        config = uvicorn.Config(app, lifespan="on", access_log=False, log_config=None, timeout_graceful_shutdown=10)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with closing(Served(f"http://127.0.0.1:{listener.getsockname()[1]}")) as running:
                yield running
        finally:
            server.should_exit = True
            thread.join(30)


def lab_with_secrets(folder: Path, blank: Path, more: str = SERVER, may: str = "") -> Lab:
    """A laboratory with accounts for everybody, and one that only label `x` may see; `may`: what `all` may do."""
    config = config_of(folder, more)
    if may:
        path, who = config.path, "all: {kind: person"
        path.write_text(path.read_text().replace(who, f"{who}, may: [{may}]"))
        config = load_config(path, PLUGINS)
    lab = Lab(folder, blank, config)
    lab.world.environ = TOKENS
    lab.say(
        "a", "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Steel", notes="loves pricing")
    )
    lab.say("a", "accounts", account("2", 1, name="Globex North"), account("3", 1, name="Globex South"))
    lab.say("a", "accounts", account("9", 1, ["x"], name=SECRET, domain="nachtigall.example"))
    lab.say("b", "accounts", account("1", 2, ["x"], name="Acme SE", domain="acme.example", industry="Robots"))
    lab.sync()
    return lab


@contextmanager
def serving_process(folder: Path, *args: str, **env: str) -> Iterator[tuple[Served, subprocess.Popen[str]]]:
    """`groundfact serve` as a process of its own, on any free port."""
    process = subprocess.Popen(
        command("serve", "--port", "0", *args), cwd=folder, env=environment(**env), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+:\d+", line)
        assert found, line + process.stderr.read()
        with closing(Served(found[0])) as running:
            yield running, process
    finally:
        process.kill()
        process.communicate()
