"""What the page for copilots says beside its programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from support.command_line import command, environment

from groundfact.doors.verbs import VERBS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect-a-copilot.md"


def test_its_table_is_the_table_of_verbs() -> None:
    """Every verb with its three names and whether it changes something, in the table's order."""
    rows = re.findall(
        r"^\| `(\w+)` \| `POST /v1/(\w+)` \| `(\w+)` \| (yes|no) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert rows == [(v.name, v.name, v.tool, "yes" if v.writes else "no") for v in VERBS.values()]


def test_its_settings_start_a_server(tmp_path: Path) -> None:
    """The command that a copilot's settings name is one, and answers an MCP client."""
    (settings,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    named = json.loads(settings)["mcpServers"]["groundfact"]
    assert (named["command"], named["args"][-2:]) == ("groundfact", ["--config", "/etc/groundfact/groundfact.yaml"])
    path = tmp_path / "groundfact.yaml"
    path.write_text("workspace: small\nprincipals: {support_copilot: {kind: copilot}}\n")
    run = command(*named["args"][:-1], str(path))
    server = StdioServerParameters(command=run[0], args=run[1:], env=dict(environment()))

    async def tools() -> list[str]:
        async with Client(stdio_client(server)) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(tools) == [verb.tool for verb in VERBS.values()]
