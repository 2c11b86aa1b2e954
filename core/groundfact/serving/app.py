"""One application: REST and MCP behind the same gate, over one memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from groundfact.asynchronous import AsyncMemory
from groundfact.doors.tokens import tokens_of
from groundfact.mcp.server import http_manager, http_tools
from groundfact.memory import Memory
from groundfact.rest.app import OPEN_PATHS, rest_app
from groundfact.schedule.worker import Worker
from groundfact.serving.gate import Gate, NameCheck
from groundfact.serving.names import names_of

__all__ = ["MCP_PATH", "served_app"]

MCP_PATH = "/mcp"


def served_app(memory: Memory, host: str, *, syncing: bool = False) -> ASGIApp:
    """Everything that `groundfact serve` answers on `host`; `syncing`: and the schedule beside it.

    Ending it closes the memory. Raises UsageError, ConfigError or SourceRefused where it must not be started like this.
    """
    server = memory.config.root.server
    names = names_of(server, host)
    tokens = tokens_of(memory.config, memory.world)
    awaited = AsyncMemory(memory)
    manager = http_manager(awaited, server.max_request_bytes)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What runs beside the doors stands here: it stops after the last answer and before the store closes.
        async with awaited, manager.run(), _schedule(memory, syncing):
            yield

    rest = rest_app(awaited, lifespan)
    tools = http_tools(manager)
    rest.router.routes.append(Route(MCP_PATH, tools, methods=["POST"]))
    app: ASGIApp = Gate(_Doors(tools, rest), tokens, memory.now, server.max_request_bytes, OPEN_PATHS)
    if server.allowed_origins:
        # Before the gate: a browser asks whether it may ask, and sends no token with that.
        app = CORSMiddleware(app, server.allowed_origins, allow_methods=["GET", "POST"], allow_headers=["*"])
    return NameCheck(app, names)


@dataclass(frozen=True)
class _Doors:
    """Hands a tool call to its door at once: on the way through every route of REST it would only lose time."""

    tools: ASGIApp
    rest: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on: what is no tool call to REST, which refuses it like whatever else it does not know."""
        called = scope["type"] == "http" and scope["path"] == MCP_PATH and scope["method"] == "POST"
        await (self.tools if called else self.rest)(scope, receive, send)


@asynccontextmanager
async def _schedule(memory: Memory, wanted: bool) -> AsyncIterator[None]:
    """Every source in its turn, in threads of its own."""
    if not wanted:
        yield
        return
    worker = Worker(memory)
    await asyncio.to_thread(worker.start)
    try:
        yield
    finally:
        await asyncio.to_thread(worker.stop)
