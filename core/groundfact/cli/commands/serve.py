"""`groundfact serve`: REST and MCP over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from groundfact.cli.needs import needs
from groundfact.cli.setup import setup_of

__all__ = ["serve"]


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen; else `server: host`.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="N", help="Else `server: port`; 0: any.")] = None,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Answer only; `run` or `sync` elsewhere reads.")] = False,
) -> None:
    """Answer copilots over HTTP: REST and MCP.

    REST under /v1, MCP at /mcp, and every source is synced in its turn, until it is stopped.

    Who may ask is set in the YAML under `server:`. SIGTERM ends it with 0 when the answers under way are given.
    """
    setup = setup_of(ctx)
    with needs("server"):
        from groundfact.serving.run import run_server
    with setup.memory() as memory:
        server = memory.config.root.server

        def started(url: str) -> None:
            setup.screen.note(f"serving {memory.config.workspace} on {url}: REST under /v1, MCP at /mcp")

        run_server(memory, host or server.host, server.port if port is None else port, started, syncing=not no_sync)
