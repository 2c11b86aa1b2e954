"""`groundfact mcp`: MCP over stdin and stdout, for a copilot that starts its own server."""

from __future__ import annotations

import typer

from groundfact.cli.needs import needs
from groundfact.cli.options import AsOption
from groundfact.cli.setup import setup_of
from groundfact.errors import Denied

__all__ = ["mcp"]


def mcp(ctx: typer.Context, principal: AsOption = None) -> None:
    """Answer one copilot over stdin and stdout.

    In somebody's name, until it hangs up. A copilot's settings name this command; nobody types it. stdout carries the
    protocol and nothing else.
    """
    setup = setup_of(ctx)
    with needs("mcp"):
        from groundfact.mcp.server import serve_stdio
    import asyncio

    from groundfact.asynchronous import AsyncMemory

    with setup.memory() as memory:
        who = memory.config.principal(principal)
        if who is None:
            hint = "name who asks (`--as NAME`), or set `context: {default_principal: NAME}`"
            raise Denied("nobody is asking, so nothing may be shown", hint=hint)

        async def served() -> None:
            async with AsyncMemory(memory) as awaited:
                await serve_stdio(awaited, who.name)

        asyncio.run(served())
