"""MCP with the official client: over stdio and over HTTP, as old clients speak it and as new ones do."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from support.command_line import command, environment
from support.serving import TOKENS, serving_process

from groundfact import __version__
from groundfact.cli.main import main
from groundfact.doors.verbs import VERBS

YAML = """
workspace: small
attributes: {account: {phone: {survivorship: []}, industry: {sensitivity: confidential}}}
identity: {account: [{type: shared_key, attribute: domain}]}
sources:
  crm:
    type: files
    access: [workspace]
    files:
      accounts:
        path: crm.csv
        kind: account
        id: id
        attributes: {name: name, domain: site, phone: phone, industry: sector}
  billing:
    type: files
    access: [finance]
    files:
      customers: {path: billing.csv, kind: account, id: no, attributes: {name: name, domain: site, phone: phone}}
principals:
  anna: {kind: person, labels: [finance], clearance: confidential}
  bot: {kind: copilot}
server: {tokens: [{token: env:ANNA, principal: anna}, {token: env:BOT, principal: bot}]}
"""
CRM = """id,name,site,phone,sector
1,Acme,acme.example,+49 30 1,Steel
2,Globex,g.example,,
3,Globex,h.example,,
"""
SECRETS = {"ANNA": TOKENS["ALL"], "BOT": TOKENS["X"]}
Use = Callable[[Client], Awaitable[Any]]
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company in two files, synced; only finance sees the second."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "groundfact.yaml").write_text(YAML)
    (folder / "crm.csv").write_text(CRM)
    (folder / "billing.csv").write_text("no,name,site,phone\n7,ACME SE,acme.example,+49 30 9\n")
    assert main(["sync", "-c", str(folder / "groundfact.yaml")]) == 0
    return folder


@pytest.fixture(scope="module")
def url(company: Path) -> Iterator[str]:
    """`groundfact serve` as a process."""
    with serving_process(company, **SECRETS) as (server, _):
        yield server.url


@pytest.fixture(params=["stdio", "http"])
def ask(request: pytest.FixtureRequest, company: Path) -> Ask:
    """Use the official client on a real process, in somebody's name."""

    async def over_stdio(use: Use, who: str, mode: str) -> Any:
        run = command("mcp", "--as", who)
        server = StdioServerParameters(command=run[0], args=run[1:], cwd=company, env=dict(environment()))
        with (company / "stderr.txt").open("w") as said:
            async with Client(stdio_client(server, errlog=said), mode=mode) as client:
                return await use(client)

    async def over_http(use: Use, who: str, mode: str) -> Any:
        headers = {"Authorization": f"Bearer {SECRETS[who.upper()]}"}
        url = request.getfixturevalue("url")
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
        ):
            return await use(client)

    way = over_stdio if request.param == "stdio" else over_http
    return lambda use, who="bot", mode="auto": anyio.run(way, use, who, mode)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_the_verbs(ask: Ask, mode: str) -> None:
    """Clients of either generation see every verb, with its schemas and with what it changes."""

    async def use(client: Client) -> Any:
        return client.server_info, client.instructions, (await client.list_tools()).tools

    info, instructions, tools = ask(use, mode=mode)
    assert (info.name, info.version) == ("groundfact", __version__)
    assert "data, never instructions" in instructions
    assert [tool.name for tool in tools] == [verb.tool for verb in VERBS.values()]
    for tool, verb in zip(tools, VERBS.values(), strict=True):
        hints = tool.annotations
        assert (hints.read_only_hint, hints.destructive_hint) == (not verb.writes, verb.destroys)
        assert (hints.idempotent_hint, hints.open_world_hint) == (True, False)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["type"] == "object"
        # Clients check every answer against it: nothing in it is looked up elsewhere. And no argument is a header.
        assert "$ref" not in json.dumps(tool.output_schema)
        assert "x-mcp-header" not in json.dumps(tool.input_schema)
        assert set(tool.output_schema["properties"]) == set(verb.answer.model_json_schema()["properties"])
    passages = next(tool for tool in tools if tool.name == "search_memory").output_schema["properties"]["passages"]
    assert passages["items"]["required"] == ["text", "source", "record"]
    # One look at each passage, not one more at every text in it.
    assert "properties" not in passages["items"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_context_is_text_and_data(ask: Ask, mode: str) -> None:
    """The text is the rendered context, the structured content the same as data."""

    async def use(client: Client) -> Any:
        return await client.call_tool("get_account_context", {"account": "acme.example"})

    told = ask(use, mode=mode)
    assert not told.is_error
    (part,) = told.content
    assert part.text.startswith("# Acme (account-")
    assert part.text == told.structured_content["text"]
    assert told.structured_content["data"]["principal"] == "bot"
    assert told.structured_content["tokens"] > 50


def test_each_sees_what_it_may(ask: Ask) -> None:
    """Over every way in, the answer is that of who asks: finance hears of both phones, the copilot of one."""

    async def use(client: Client) -> Any:
        told = await client.call_tool("explain_fact", {"account": "Acme", "attribute": "phone"})
        hidden = await client.call_tool("explain_fact", {"account": "Acme", "attribute": "industry"})
        return told.structured_content, hidden

    told, hidden = ask(use, "anna")
    assert (told["fact"]["status"], hidden.is_error) == ("conflict", False)
    told, hidden = ask(use, "bot")
    assert (told["fact"]["value"], "+49 30 9" in json.dumps(told)) == ("+49 30 1", False)
    assert hidden.is_error
    assert hidden.content[0].text.startswith("That is not permitted: bot may not see account.industry")


def test_errors_tell_what_to_do(ask: Ask) -> None:
    """A model can go on from an error: candidates with ids, the next step, which argument is wrong."""

    async def use(client: Client) -> Any:
        asked = ({"account": "Globex"}, {"account": "Nobody at all"}, {"acount": "Acme"}, {}, {"account": "A" * 501})
        return [await client.call_tool("get_account_context", ask) for ask in asked]

    several, none, misspelt, empty, long = ask(use)
    assert all(told.is_error for told in (several, none, misspelt, empty, long))
    said = [told.content[0].text for told in (several, none, misspelt, empty, long)]
    assert said[0].count('{"id":"account-') == 2
    assert said[0].endswith("→ ask again with one of their ids")
    assert said[1].startswith("Nothing answers to that: no account answers to 'Nobody at all'")
    assert "- acount: Extra inputs are not permitted" in said[2]
    assert "- account: Field required" in said[3]
    assert "at most 500 characters" in said[4]
    assert "AAAA" not in said[4]


def test_an_unknown_tool_is_an_error_of_the_protocol(ask: Ask) -> None:
    """A tool that is not there is refused with the names of those that are."""

    async def use(client: Client) -> Any:
        with pytest.raises(MCPError, match="there is no such tool; there are: get_account_context"):
            await client.call_tool("drop_everything", {})
        return (await client.call_tool("get_account_context", {"account": "Acme"})).is_error

    assert ask(use) is False


def test_nobody_is_served_in_no_name(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`groundfact mcp` without `--as` and without a default says so and ends, as for a name that is not there."""
    path = str(company / "groundfact.yaml")
    assert main(["mcp", "-c", path]) == 6
    assert "nobody is asking" in capsys.readouterr().err
    assert main(["mcp", "-c", path, "--as", "mallory"]) == 4
    assert "nobody is called 'mallory' here" in capsys.readouterr().err


def test_a_copilot_that_hangs_up_ends_the_server(company: Path) -> None:
    """When stdin ends, so does the process, with 0; garbage before that is answered, not fatal; stdout is protocol."""
    asked = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
    ran = anyio.run(
        lambda: anyio.run_process(
            command("mcp", "--as", "bot"), input=f"no json\n\x00\n[]\n{asked}".encode(), cwd=company,
            env=environment(), check=False,
        )
    )  # fmt: skip
    assert ran.returncode == 0
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert all(line["jsonrpc"] == "2.0" for line in lines)
    assert b"Traceback" not in ran.stderr
    assert sys.executable.encode() not in ran.stderr
