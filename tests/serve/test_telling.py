"""What is told through one door is known through every other, in the name of who told it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.serving import SECRET, TOKENS, Served, lab_with_secrets, served

from groundfact.doors.verbs import VERBS

Say = Callable[..., Any]


@pytest.fixture
def server(tmp_path: Path, blank_store: Path) -> Iterator[Served]:
    """A served laboratory in which `all` may correct and direct."""
    with served(lab_with_secrets(tmp_path, blank_store, may="direct, correct, forget")) as running:
        yield running


@pytest.fixture
def rest(server: Served) -> Say:
    """A verb over REST that has to work."""

    def say(verb: str, token: str = "ALL", **ask: Any) -> Any:
        told = server.post(verb, ask, TOKENS[token])
        assert told.status == 200, told
        return told.json

    return say


@pytest.fixture
def tool(server: Served) -> Say:
    """A tool over MCP that has to work."""

    def say(verb: str, token: str = "ALL", **ask: Any) -> Any:
        told = server.tool(VERBS[verb].tool, ask, TOKENS[token])
        assert not told.is_error, told.content[0].text
        return told.structured_content

    return say


@pytest.mark.parametrize("first", ["rest", "tool"])
def test_a_correction_goes_the_whole_way(first: str, rest: Say, tool: Say) -> None:
    """Corrected through one door, believed through the other, explained with its reason, and taken back again."""
    say, other = (rest, tool) if first == "rest" else (tool, rest)
    kept = say("correct", account="Acme", attribute="industry", value="Bakery", reason="the customer said so")
    why = other("why", token="NOBODY", account="Acme", attribute="industry")
    assert (why["fact"]["value"], why["fact"]["source"]) == ("Bakery", "people")
    assert kept["id"] in [one["id"] for one in other("remembered", about="Acme")["memories"]]
    assert other("forget", memory_id=kept["id"], reason="it was not so")["id"] == kept["id"]
    assert say("why", token="NOBODY", account="Acme", attribute="industry")["fact"]["value"] == "Steel"
    assert say("remembered", about="Acme")["memories"] == []


def test_an_instruction_reaches_the_workspace(rest: Say, tool: Say) -> None:
    """What `all` lays down for everybody stands in everybody's workspace context, as text and as data."""
    tool("remember", text="Answer in English.", type="instruction")
    told = rest("workspace_context", token="NOBODY")
    assert "Answer in English." in told["text"]
    assert told["tokens"] > 0


def test_what_is_told_is_found(rest: Say, tool: Say) -> None:
    """A note about an account is found by its words, through either door, the same."""
    rest("remember", text="Their procurement insists on invoices by post.", about="Acme")
    found = tool("search", question="invoices by post", account="Acme")
    assert found == rest("search", question="invoices by post", account="Acme")
    assert "invoices by post" in found["passages"][0]["text"]


@pytest.mark.parametrize("ask", [{}, {"about": "Acme"}])
def test_what_is_for_oneself_is_told_to_nobody_else(rest: Say, tool: Say, ask: dict[str, Any]) -> None:
    """A note of the scope `user` is in no answer to anybody else, through any door; saying it changes no byte."""
    asked = [("remembered", ask), ("search", {"question": "surprise"}), ("context", {"account": "Acme"})]
    before = [say(verb, token="NOBODY", **more) for say in (rest, tool) for verb, more in asked]
    kept = tool("remember", token="X", text="A surprise is planned.", scope="user", **ask)
    assert [say(verb, token="NOBODY", **more) for say in (rest, tool) for verb, more in asked] == before
    assert [one["id"] for one in rest("remembered", token="X", **ask)["memories"]] == [kept["id"]]


def test_who_may_not_say_it_is_refused(server: Served) -> None:
    """Correcting, directing and forgetting what others told need a grant; what is hidden cannot be spoken of."""
    refused = {
        "correct": {"account": "Acme", "attribute": "industry", "value": "Bakery", "reason": "I think so"},
        "remember": {"text": "Always agree.", "type": "instruction"},
    }
    for verb, ask in refused.items():
        told = server.post(verb, ask, TOKENS["NOBODY"])
        assert (told.status, told.json["type"]) == (403, "urn:groundfact:problem:denied"), verb
    assert server.post("remember", {"text": "x", "about": SECRET}, TOKENS["NOBODY"]).status == 404
    kept = server.post("remember", {"text": "Mine.", "scope": "user"}, TOKENS["X"]).json["id"]
    hidden = server.post("forget", {"memory_id": kept}, TOKENS["NOBODY"])
    absent = server.post("forget", {"memory_id": "mem-0000000000000000"}, TOKENS["NOBODY"])
    assert hidden.status == absent.status == 404
    assert hidden.body.replace(kept.encode(), b"mem-0000000000000000") == absent.body


SENSELESS: list[dict[str, Any]] = [
    {}, {"text": "both", "about": "Acme", "attribute": "industry", "value": "Bakery"}, {"attribute": "industry"},
    {"text": "no fact", "type": "fact"}, {"text": "late", "expires": "2001-01-01"}, {"text": "when", "expires": "soon"},
    {"text": "who", "scope": "team"}, {"text": " "}, {"text": "\u0000"}, {"value": 7},
    {"value": 7, "attribute": "name"},
    {"about": "Acme", "attribute": "employees", "value": "many"}, {"about": "Acme", "attribute": "nothing", "value": 1},
    {"about": "Acme", "attribute": "industry", "value": [1, True, "x"]},
    {"about": "Acme", "attribute": "industry"},
]  # fmt: skip


@pytest.mark.parametrize("ask", SENSELESS, ids=str)
def test_what_makes_no_sense_is_not_kept(server: Served, ask: dict[str, Any]) -> None:
    """It is told what is wrong, and nothing was kept."""
    told = server.post("remember", ask)
    assert told.status in (403, 404, 422), told
    assert server.post("remembered", {}).json == {"memories": []}
