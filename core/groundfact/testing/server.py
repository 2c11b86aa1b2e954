"""A fake vendor: a real HTTP server on the loopback interface that counts calls and misbehaves on request."""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from groundfact.testing.faults import Fault, FaultSchedule
from groundfact.testing.world_data import FictionalWorld

_HTML = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>"


@dataclass(frozen=True, slots=True)
class Call:
    """One request a fake vendor answered."""

    method: str
    path: str
    query: str
    status: int
    size: int
    """Bytes of the answer's body."""
    fault: str | None = None
    """The fault that hit it, if one did."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a fake vendor sees of a request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def form(self) -> dict[str, str]:
        """The body as a submitted form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(slots=True)
class Response:
    """What a fake vendor answers; ``body`` becomes JSON unless it is bytes already."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def encoded(self) -> bytes:
        """The body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


class FakeVendor(ABC):
    """Base of the fakes: start with ``with``, talk to ``url``, look at ``calls``, add to ``faults``."""

    name: ClassVar[str] = "vendor"

    def __init__(self, world: FictionalWorld) -> None:
        self.world = world
        self.faults = FaultSchedule()
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    # -- running --------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None

    def start(self) -> Self:
        """Start without ``with``; call ``stop`` in the end."""
        return self.__enter__()

    def stop(self) -> None:
        """Stop the server."""
        self.__exit__(None, None, None)

    @property
    def url(self) -> str:
        """Where the fake listens, without a trailing slash."""
        if self._server is None:
            raise RuntimeError("the fake vendor is not running; use it in a with statement")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # -- looking --------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every answered call so far, in the order the answers were ready."""
        with self._lock:
            return list(self._calls)

    def count(self, match: str = "") -> int:
        """How many calls contain ``match`` in ``METHOD /path?query``."""
        return sum(1 for call in self.calls if match in f"{call.method} {call.path}?{call.query}")

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        with self._lock:
            self._calls.clear()

    def record_call(self, call: Call) -> None:
        """Note an answered call."""
        with self._lock:
            self._calls.append(call)

    # -- what a vendor defines ------------------------------------------------------------------------------

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """Answer a request; a vendor overrides this."""

    def fault_response(self, kind: str, request: Request) -> Response:
        """The vendor's own error answer for 401, 429, quota, 500, 502, 503 and 504; unless overridden a plain one."""
        return Response(int(kind) if kind.isdigit() else 429, {"error": kind})

    def respond(self, request: Request, fault: Fault | None) -> Response:
        """The answer with a fault applied as far as it shows in status, headers and body."""
        if fault is not None and fault.run is not None:
            fault.run()
        if fault is None or fault.kind in ("run", "slow", "truncated", "reset"):
            with self.world.lock:
                return self.answer(request)
        if fault.kind == "html":
            return Response(fault.status or 200, _HTML, content_type="text/html;charset=UTF-8")
        if fault.kind == "garbage":
            return Response(fault.status or 200, b'{"results": [{"id": \x00\xff oops')
        with self.world.lock:
            response = self.fault_response(fault.kind, request)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the game; anything else is a bug of the fake and must be seen."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[FakeVendor]
    protocol_version = "HTTP/1.1"
    # One write per answer: headers and body in separate packets cost 40 ms each over keep-alive connections.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Tests want a quiet server."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The world's time, so that no wall clock shows in the answers."""
        return super().date_time_string(self.owner.world.now.timestamp())

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            parse_qs(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
            body,
        )
        fault = self.owner.faults.pick(f"{self.command} {self.path}")
        response = self.owner.respond(request, fault)
        payload = response.encoded()
        self.owner.record_call(
            Call(
                self.command,
                parts.path,
                parts.query,
                response.status,
                len(payload),
                fault.kind if fault else None,
            )
        )
        self._send(response, payload, fault)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _send(self, response: Response, payload: bytes, fault: Fault | None) -> None:
        kind = fault.kind if fault else None
        cut = payload[: len(payload) // 2] if kind in ("truncated", "reset", "slow") else payload
        announced = len(cut) if fault and kind == "truncated" and not fault.wrong_length else len(payload)
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(cut)
        self.wfile.flush()
        if fault and kind == "slow":
            time.sleep(fault.seconds)
            self.wfile.write(payload[len(cut) :])
            self.wfile.flush()
        elif kind == "reset":
            # Closing with linger 0 sends RST instead of FIN: what a dropped connection looks like.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif kind == "truncated" and announced != len(cut):
            self.close_connection = True
