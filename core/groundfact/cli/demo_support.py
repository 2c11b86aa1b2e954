"""The demo's conversation: a copilot asks over MCP, is told who may see what, and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from groundfact.cli.demo_answers import SUPPORT
from groundfact.cli.demo_page import Page
from groundfact.cli.demo_scenes import ASKED, Scene
from groundfact.cli.demo_world import Stage
from groundfact.cli.needs import needs

__all__ = ["conversation", "show"]

_ASKED_BY_CUSTOMER = "Our robots stop since the firmware update. Is somebody on it?"
_QUESTION = "robots stop after firmware update"
_PRIVATE = "how low may we go, percent off the framework agreement"
_PREFERENCE = "Answer Halden Robotics in German, and copy Dana."
_TOLD = 3


def conversation(stage: Stage) -> Scene:
    """One ticket, from the customer's words to what the copilot may know, say and keep."""
    # A moment later: what was believed before must be told from what is said now.
    stage.fiction.advance(hours=1 / 60)
    kept = stage.memory.remember(_PREFERENCE, about=ASKED, type="preference", principal="dana")
    calls: list[tuple[str, Mapping[str, Any]]] = [
        ("get_account_context", {"account": ASKED, "question": _QUESTION}),
        ("get_workspace_context", {"question": _QUESTION}),
        ("search_memory", {"question": _PRIVATE}),
        ("remember", {"about": ASKED, "text": "Asked about the firmware again; wants a call today."}),
    ]
    answers = asyncio.run(_asked(stage, calls))
    context, workspace, search, noted = answers
    data = context["data"]
    private = stage.memory.search(_PRIVATE, principal="dana")
    hidden = [hit for hit in private if hit["record"].startswith("chat/") and hit not in search["passages"]]
    found = {
        "customer": _ASKED_BY_CUSTOMER, "passages": data["passages"], "directives": data["directives"],
        "playbooks": [one["name"] for one in workspace["data"]["groups"]["playbook"]["shown"]],
        "tokens": context["tokens"], "private": [hit["text"] for hit in hidden], "noted": noted,
        "remembered": kept["id"],
    }  # fmt: skip
    python = stage.memory.context(ASKED, _QUESTION, principal=SUPPORT)
    ticket = [hit for hit in data["passages"] if hit["kind"] == "ticket"]
    return Scene(found, {
        "the ticket of the customer is among the texts it gets": any("firmware" in hit["text"] for hit in ticket),
        "a playbook for it comes with the workspace": any("outage" in name for name in found["playbooks"]),
        "the preference that Dana had remembered comes as a directive": any(
            one["text"] == _PREFERENCE and one["by"] == "dana" for one in data["directives"]
        ),
        "a private channel is found by Dana and not by the copilot": bool(hidden)
        and not any(text in str(answers) for text in found["private"]),
        "over MCP it gets the facts that Python gets": data["facts"] == python.data["facts"],
        "what the copilot notes is kept in its own name": noted["by"] == SUPPORT,
    })  # fmt: skip


async def _asked(stage: Stage, calls: list[tuple[str, Mapping[str, Any]]]) -> list[Any]:
    """Call the tools in turn, with the official client."""
    with needs("mcp"):
        from mcp.client.client import Client

        from groundfact.mcp.server import mcp_server
    from groundfact.asynchronous import AsyncMemory

    answers: list[Any] = []
    # The demo closes its memory itself.
    awaited = AsyncMemory(stage.memory)
    async with Client(mcp_server(awaited, lambda _: SUPPORT)) as client:
        for tool, arguments in calls:
            result = await client.call_tool(tool, dict(arguments))
            answers.append(result.structured_content)
    return answers


def show(scene: Scene, page: Page) -> None:
    """The conversation."""
    data = scene.data
    page.say(f"Customer: “{data['customer']}”")
    page.say(f"{SUPPORT} calls get_account_context and get_workspace_context, and is told ({data['tokens']:,} tokens):")
    lines = [f"- {one['type']} [by {one['by']}]: {one['text']}" for one in data["directives"]]
    for hit in data["passages"][:_TOLD]:
        lines.append(f"- {hit['kind']} {hit.get('title', '')} [{hit['record']}, {hit['ago']}]: {_short(hit['text'])}")
    lines.append(f"- playbooks: {', '.join(data['playbooks'])}")
    page.framed(lines, "of the answers")
    page.say(f"In the private channel #deal-desk somebody wrote: “{_short(data['private'][0])}”")
    page.say(f"Dana, who is in that channel, finds it; {SUPPORT}, who is not, is answered as if it did not exist.")
    page.say(f"It keeps a note of its own, {data['noted']['id']}: a claim of the source copilot:{SUPPORT}, not a fact.")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:159].rstrip() + "…"
