"""`groundfact demo --serve`: the fictional vendors and the server stay up, for a client of one's own."""

from __future__ import annotations

import json
from typing import Any

from groundfact.cli.demo_scenes import ASKED
from groundfact.cli.demo_world import Stage
from groundfact.cli.needs import needs
from groundfact.cli.progress import progress
from groundfact.cli.setup import Setup
from groundfact.pipeline.ingest.sync import SyncOptions

__all__ = ["serve"]

_TOKENS = {"support_copilot": "DEMO_COPILOT_TOKEN", "dana": "DEMO_DANA_TOKEN"}


def serve(stage: Stage, setup: Setup, port: int, *, as_json: bool) -> None:
    """Sync, then answer on loopback until somebody stops it."""
    with needs("server"):
        from groundfact.serving.run import run_server
    with progress(setup.screen, stage.world.monotonic) as tell:
        report = stage.memory.sync(options=SyncOptions(progress=tell))
    for source in report.sources:
        if source.error is not None:
            raise source.error

    def started(url: str) -> None:
        if as_json:
            setup.screen.json(_told(stage, url))
        else:
            _show(stage, setup, url)
        setup.screen.flush()

    # The fiction's calendar stands still: there is nothing to sync again.
    run_server(stage.memory, "127.0.0.1", port, started, syncing=False)


def _told(stage: Stage, url: str) -> dict[str, Any]:
    """Where it is, and what to paste into a client: one entry for each of the two who may ask."""
    servers = {
        f"groundfact-{who}": {
            "type": "http",
            "url": f"{url}/mcp",
            "headers": {"Authorization": f"Bearer {stage.world.environ[name]}"},
        }
        for who, name in _TOKENS.items()
    }
    return {"url": url, "ask_about": ASKED, "mcpServers": servers}


def _show(stage: Stage, setup: Setup, url: str) -> None:
    told = _told(stage, url)
    screen = setup.screen
    screen.title(f"serving the demo on {url}: REST under /v1, MCP at /mcp")
    screen.write("For an MCP client (the tokens end with this process):")
    screen.exact(json.dumps({"mcpServers": told["mcpServers"]}, indent=2))
    token = stage.world.environ[_TOKENS["support_copilot"]]
    screen.write("Or by hand:")
    body = json.dumps({"account": ASKED, "question": "robots stop after the firmware update"})
    screen.exact(f"curl -s {url}/v1/context -H 'Authorization: Bearer {token}' --json '{body}'")
    screen.note("Ctrl-C ends it")
