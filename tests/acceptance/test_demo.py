"""`groundfact demo` shows what it promises: in its text, in its data, quickly, and without the network."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.command_line import command, environment

from groundfact.cli.main import main
from groundfact.memory import Memory
from groundfact.testing import FictionalWorld


class Shown(NamedTuple):
    """A demo as a person saw it."""

    code: int
    text: str
    beside: str
    seconds: float

    @property
    def words(self) -> str:
        """The text without frames and line ends, so that wrapping does not matter."""
        return " ".join(self.text.replace("│", " ").split())


class Told(NamedTuple):
    """A demo as a program got it, the hosts it talked to, and the folder it left."""

    data: dict[str, Any]
    hosts: set[str]
    folder: Path


def _shown(**env: str) -> Shown:
    began = time.monotonic()
    done = subprocess.run(
        command("demo"), capture_output=True, text=True, encoding="utf-8", env=environment(**env), timeout=120
    )
    return Shown(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


@pytest.fixture(scope="module")
def shown() -> Shown:
    """The demo in a pipe."""
    return _shown()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demo as JSON, in a folder that it keeps."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    hosts: set[str] = set()

    def connect(self: socket.socket, address: Any) -> None:
        hosts.add(address[0])
        _connect(self, address)

    _connect = socket.socket.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        out = folder.with_suffix(".json")
        with out.open("w", encoding="utf-8") as file:
            patch.setattr("sys.stdout", file)
            assert main(["demo", "--json", "--keep", str(folder)]) == 0
    text = out.read_text("utf-8")
    assert text.count("\n") == 1
    return Told(json.loads(text), hosts, folder)


def test_it_is_plain_in_a_pipe(shown: Shown) -> None:
    """In a pipe the demo plays its seven scenes to the end without control codes."""
    assert shown.code == 0, shown.beside
    assert [line[0] for line in shown.text.splitlines() if line[:1].isdigit() and line[1:3] == "  "] == list("1234567")
    assert "\x1b" not in shown.text + shown.beside
    assert "crm/accounts:" in shown.beside


def test_it_shows_a_conflict_with_both_sides_and_the_question(shown: Shown) -> None:
    """A disagreement that no rule settles is shown with both sides and what to ask."""
    assert "Employees: CONFLICT, unresolved: 240 [crm, since 2026-10-21, fresh] or 410 [marketing," in shown.words
    assert "Ask: What is right for Halden Robotics GmbH, Employees: 240 (crm," in shown.words


def test_it_marks_what_is_old(shown: Shown) -> None:
    """An old value is marked stale, and one that must be current is withheld."""
    assert "Annual revenue: 18,500,000 [marketing, since 2024-09-01, STALE: unchanged for" in shown.words
    assert "Open balance: UNCONFIRMED; last known" in shown.words


def test_it_opens_with_roll_ups_and_counts_tokens(shown: Shown) -> None:
    """The context opens with what a person wants first, and its size is told against the budget."""
    assert "of 2,900 tokens" in shown.words
    opening = ("Owner: Dana Whitlock", "Open deals: 3 worth EUR 1,104,000", "Last touch: 2026-11-01", "## Facts")
    places = [shown.words.index(part) for part in opening]
    assert places == sorted(places)


def test_it_explains_a_contested_value(shown: Shown) -> None:
    """The loser is newer, has a reason, and it is told what would flip the answer."""
    scene = shown.text.partition("3  Why")[2].partition("4  The")[0]
    wins, loses = (next(line.split() for line in scene.splitlines() if word in line) for word in ("wins  ", "loses  "))
    assert wins[1:4] == ["Manufacturing", "crm", "2025-09-26"]
    assert loses[1:4] == ["INDUSTRIAL_AUTOMATION", "marketing", "2026-10-28"]
    assert "not system of record" in scene
    assert "Would change if crm says" in scene


def test_it_shows_what_a_restricted_principal_misses(told: Told) -> None:
    """The support copilot lacks the restricted deal and the revenue, and nothing of them is in its answer."""
    scene = told.data["scenes"]["restricted"]
    assert any(line.startswith("- Annual revenue: 18,500,000") for line in scene["only_full"])
    assert any("Group framework agreement" in line for line in scene["only_full"])
    only = [line for line in scene["only_restricted"] if not line.startswith(("- ", "> "))]
    assert only == [
        "Open deals: 2 worth EUR 164,000, next closes 2026-12-23",
        "Last touch: 2026-10-27 (6 d ago), deal Halden Robotics - Fleet expansion 2027 (crm)",
        "## Deals (2)",
    ]
    assert not any(secret in scene["text"] for secret in ("18,500,000", "framework agreement", "940,000", "revenue"))


def test_a_copilot_asks_over_mcp(told: Told, shown: Shown) -> None:
    """The copilot gets the customer's ticket, a playbook and Dana's wish, and nothing of the private channel."""
    scene = told.data["scenes"]["conversation"]
    assert "firmware 4.2" in scene["passages"][0]["text"]
    assert [one["text"] for one in scene["directives"]] == ["Answer Halden Robotics in German, and copy Dana."]
    assert any("outage" in name for name in scene["playbooks"])
    assert all("framework agreement" not in str(scene[key]) for key in ("passages", "directives", "noted"))
    assert "In the private channel #deal-desk somebody wrote:" in shown.words


def test_it_shows_a_change_and_what_it_cost(told: Told, shown: Shown) -> None:
    """Three edits at a vendor arrive as three changed facts, with fewer calls than a full sync took."""
    scene, first = told.data["scenes"]["change"], told.data["scenes"]["sync"]
    changes = {(change["title"], change["attribute"]): change["after"] for change in scene["changes"]}
    assert changes == {
        ("Halden Robotics GmbH", "phone"): "+49 30 23125 10300",
        ("Mara Ostrowell", "title"): "Chief Operating Officer",
        ("Halden Robotics - Spare parts subscription", "stage"): "Presentation scheduled",
    }
    assert 0 < scene["calls"] < first["calls"] / 2
    assert f"This took {scene['calls']} calls; the full sync took {first['calls']}." in shown.words
    assert scene["then_equal"] is True


def test_it_talks_to_this_machine_only(told: Told) -> None:
    """Every connection goes to loopback."""
    assert told.hosts == {"127.0.0.1"}


def test_the_kept_folder_answers_questions(told: Told) -> None:
    """A folder that was kept gives the same answer through an ordinary memory, as of the end of the demo."""
    scene = told.data["scenes"]["change"]
    with Memory.open(told.folder / "demo.yaml") as memory:
        assert memory.context("Halden Robotics", known_at=scene["asked_at"]).text == scene["text"]
    assert main(["demo", "--keep", str(told.folder)]) == 2


def test_a_narrow_terminal_and_colours() -> None:
    """At 80 columns nothing is wider but what is there to be copied, and colours come when they are asked for."""
    shown = _shown(COLUMNS="80")
    assert max(len(line) for line in shown.text.splitlines()) == 80
    assert "\x1b[1;31mCONFLICT\x1b[0m" in _shown(COLUMNS="80", FORCE_COLOR="1").text


def test_a_broken_promise_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing changes, the demo does not say that something did: it ends with an error."""
    monkeypatch.setattr(FictionalWorld, "change_hero", lambda self: [])
    assert main(["demo"]) == 1
    caught = capsys.readouterr()
    assert "every edit arrived as a changed fact" in caught.err
    assert "In the new context" not in caught.out
