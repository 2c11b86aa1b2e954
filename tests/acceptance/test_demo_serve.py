"""`groundfact demo --serve`: what it prints can be pasted, and is answered."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import Any

import anyio
import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from support.command_line import command, environment


def test_the_printed_configuration_works(tmp_path: Any) -> None:
    """A client that is given the printed configuration asks about the account and is answered; SIGTERM ends it."""
    process = subprocess.Popen(
        command("demo", "--serve", "--port", "0", "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        answers = {who: anyio.run(_asked, server, told["ask_about"]) for who, server in told["mcpServers"].items()}
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
    assert code == 0
    assert all("Halden Robotics" in answer["text"] for answer in answers.values())
    assert "940,000" in answers["groundfact-dana"]["text"]
    assert "940,000" not in answers["groundfact-support_copilot"]["text"]


async def _asked(server: dict[str, Any], account: str) -> Any:
    async with (
        httpx2.AsyncClient(headers=server["headers"], timeout=30) as http,
        Client(streamable_http_client(server["url"], http_client=http)) as client,
    ):
        result = await client.call_tool("get_account_context", {"account": account})
        return result.structured_content
