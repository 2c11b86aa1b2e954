"""What every request passes before any door sees it: by which name, from which page, in whose name, how large."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from groundfact.doors.problems import Problem, Refusal, problem
from groundfact.doors.tokens import PRINCIPAL, Tokens
from groundfact.rest.errors import problem_response
from groundfact.serving.names import Names

__all__ = ["Gate", "NameCheck"]


@dataclass(frozen=True)
class NameCheck:
    """Refuses requests under a foreign name (DNS rebinding) and from foreign web pages, before anything is read."""

    app: ASGIApp
    names: Names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what names us."""
        found = self._problem(scope) if scope["type"] == "http" else None
        await (self.app if found is None else problem_response(found))(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        if len(hosts) != 1 or not self.names.knows(hosts[0]):
            hint = "add the name to `server: allowed_hosts`"
            return problem("foreign_host", "This server does not answer to that name", 421, hint=hint)
        if len(origins) > 1 or (origins and not self.names.lets_ask(origins[0], hosts[0])):
            hint = "add its origin to `server: allowed_origins`"
            return problem("foreign_origin", "That web page may not ask here", 403, hint=hint)
        return None


@dataclass(frozen=True)
class Gate:
    """Finds out who asks, takes the token off the request, and reads the body if it is not too large."""

    app: ASGIApp
    tokens: Tokens
    now: Callable[[], int]
    max_bytes: int
    open_paths: Collection[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may be asked."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            passed = self._authenticated(scope)
            body = await self._body(scope, receive)
        except Refusal as refusal:
            await problem_response(refusal.problem, refusal.headers)(scope, receive, send)
            return
        if body is not None:
            await self.app(passed, _replayed(body, receive), send)

    def _authenticated(self, scope: Scope) -> dict[str, Any]:
        # Nothing behind this can hand the token on: it is no longer there.
        kept = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
        passed = {**scope, "headers": kept}
        if scope["path"] not in self.open_paths:
            sent = [value for name, value in scope["headers"] if name == b"authorization"]
            passed[PRINCIPAL] = self.tokens.principal(sent, self.now())
        return passed

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None where the other side hung up in the middle of it."""
        declared = _values(scope, b"content-length")
        if declared and declared[0].isdecimal() and int(declared[0][:20]) > self.max_bytes:
            raise self._too_large()
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > self.max_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self) -> Refusal:
        detail = f"a request may have {self.max_bytes} bytes"
        hint = "ask with less, or raise `server: max_request_bytes`"
        return Refusal(problem("too_large", "The request is too large", 413, detail=detail, hint=hint))


def _values(scope: Scope, wanted: bytes) -> Sequence[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
