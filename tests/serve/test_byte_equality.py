"""What a principal may not see changes no byte of what any door answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mcp.client.client import Client
from support.lab import Lab, config_of
from support.serving import SERVER, TOKENS, Served, served
from tests.properties.test_non_interference import HELD, Said, without_hidden, worlds

from groundfact.asynchronous import AsyncMemory
from groundfact.doors.verbs import VERBS
from groundfact.mcp.server import mcp_server

NAMES = ("Acme", "Bolt", "acme.example", "1", "a/1", "Acme Zzz")
ASKS: list[tuple[str, dict[str, Any]]] = [
    *(("context", {"account": name, "question": "pricing renewal"}) for name in NAMES),
    *(("why", {"account": name, "attribute": "employees"}) for name in NAMES[:3]),
    ("context", {"account": "ann@acme.example", "kind": "contact"}),
    ("context", {"account": "1", "kind": "deal"}),
    ("search", {"question": "pricing renewal"}),
    ("search", {"question": "renewal", "account": "Acme"}),
    ("workspace_context", {"question": "pricing"}),
    ("remembered", {}),
    ("remembered", {"about": "Acme"}),
]
HEAD = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stores of this module live."""
    return tmp_path_factory.mktemp("hidden")


@given(rounds=worlds(), who=st.sampled_from(["x", "nobody"]))
# Each example runs two servers: too slow to look for a smaller one.
@settings(max_examples=12, phases=[Phase.generate])
def test_no_door_tells_of_hidden_records(folder: Path, blank_store: Path, rounds: list[list[Said]], who: str) -> None:
    """REST and MCP answer byte for byte as over a store without what the token's principal may not see."""
    full = _answers(folder, blank_store, "full", rounds, who)
    bare = _answers(folder, blank_store, "bare", without_hidden(rounds, HELD[who]), who)
    assert [pair for pair in zip(full, bare, strict=True) if pair[0] != pair[1]] == []
    assert not any(b"urn:groundfact:problem:broken" in told or b"It did not work" in told for told in full)


def _answers(folder: Path, blank: Path, name: str, rounds: list[list[Said]], who: str) -> list[bytes]:
    """Everything the doors say to somebody, as it went over the wire."""
    lab = Lab(folder, blank, config_of(folder, SERVER), name)
    lab.world.environ = TOKENS
    for said in rounds:
        for source, stream, row in said:
            lab.say(source, stream, row)
        lab.sync()
        lab.world.advance(hours=1)
    # Asked first, because the server closes the memory when it ends.
    told = anyio.run(_over_stdio, lab, who)
    with served(lab) as server:
        told += [server.post(verb, ask, TOKENS[who.upper()]).body for verb, ask in ASKS]
        told += [_over_http(server, verb, ask, who) for verb, ask in ASKS]
    return told


async def _over_stdio(lab: Lab, who: str) -> list[bytes]:
    """The server that stdio has, without the pipe."""
    async with Client(mcp_server(AsyncMemory(lab.memory), lambda _: who)) as client:
        told = [await client.call_tool(VERBS[verb].tool, ask) for verb, ask in ASKS]
    return [answer.model_dump_json().encode() for answer in told]


def _over_http(server: Served, verb: str, ask: dict[str, Any], who: str) -> bytes:
    call = {"name": VERBS[verb].tool, "arguments": ask}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    head = {**HEAD, "Authorization": f"Bearer {TOKENS[who.upper()]}"}
    return server.send("POST", "/mcp", head, json.dumps(sent).encode()).body
