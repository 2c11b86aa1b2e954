"""What a tool call over MCP costs by itself: the official server with one tool that answers at once.

python benchmarks/bare_mcp.py   prints its address, then serves until it is ended.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent, Tool
from starlette.applications import Starlette
from starlette.routing import Route

Context = ServerRequestContext[Any, Any]
ANSWER = "A passage of some length, as a search would find it. " * 60
TOOL = Tool(name="search_memory", description="Answers.", input_schema={"type": "object"})


async def list_tools(ctx: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
    """The one tool."""
    return ListToolsResult(tools=[TOOL])


async def call_tool(ctx: Context, params: CallToolRequestParams) -> CallToolResult:
    """The same answer every time."""
    return CallToolResult(content=[TextContent(type="text", text=ANSWER)])


def app() -> Starlette:
    """The server as `groundfact serve` runs it: no sessions, JSON answers."""
    manager = StreamableHTTPSessionManager(
        Server("bare", on_list_tools=list_tools, on_call_tool=call_tool),
        json_response=True,
        stateless=True,
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Starlette(routes=[Route("/mcp", StreamableHTTPASGIApp(manager), methods=["POST"])], lifespan=lifespan)


def main() -> None:
    """Serve on a free port."""
    config = uvicorn.Config(app(), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    taken = config.bind_socket()
    # As `groundfact serve` does: else every answer waits 40 ms for an acknowledgement.
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    taken.listen()
    sys.stderr.write(f"bare on http://127.0.0.1:{taken.getsockname()[1]}: ready\n")
    sys.stderr.flush()
    server.run(sockets=[taken])


if __name__ == "__main__":
    main()
