"""Text from sources is data: it steers no terminal and colours nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.command_line import Run
from support.terminal import on_a_terminal, shown_on_a_terminal

from groundfact.cli.screen import Screen
from groundfact.cli.text import cell, clean, to_json

EVIL = "[red]Ev\x1b[31mil\u202e\u2066 \x9b2J :boom: [/red]"


@pytest.fixture
def evil(company: Path, groundfact: Run) -> Run:
    """A memory in which an account has a hostile name."""
    text = (company / "crm.csv").read_text().replace("Acme GmbH", EVIL)
    (company / "crm.csv").write_text(text, encoding="utf-8")
    assert groundfact("sync").code == 0
    return groundfact


def test_commands_print_no_harmful_character(evil: Run) -> None:
    """No command for people lets a control or direction character through, and markup stays text."""
    for args in (("why", "acme.example", "name"), ("list", "accounts"), ("list", "claims"), ("status",)):
        out = evil(*args).out
        assert not set("\x1b\x9b\u202e\u2066") & set(out)
    assert "[red]Ev" in evil("why", "acme.example", "name").out
    assert ":boom: [/red]" in evil("list", "accounts").out


@pytest.mark.parametrize("renderer", ["json", "markdown"])
def test_a_context_is_harmless_anywhere(company: Path, evil: Run, renderer: str) -> None:
    """The bundled renderers let nothing through, whether to a pipe or to a terminal."""
    text = (company / "groundfact.yaml").read_text().replace("context: {", f"context: {{renderer: {renderer}, ")
    (company / "groundfact.yaml").write_text(text)
    for seen in (evil("context", "acme.example").out, on_a_terminal("context", "acme.example")):
        assert "Ev" in seen
        assert not set("\x1b\x9b\u202e\u2066") & set(seen)


def test_a_terminal_is_safe_from_any_renderer(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a text is made harmless, whatever a renderer let through; a pipe gets it exactly."""
    Screen().exact(EVIL)
    assert capsys.readouterr().out == EVIL
    program = f"from groundfact.cli.screen import Screen; Screen().exact({EVIL!a})"
    seen = shown_on_a_terminal([sys.executable, "-c", program])
    assert "[red]Ev" in seen
    assert not set("\x1b\x9b\u202e\u2066") & set(seen)


def test_no_color_holds_on_a_terminal(evil: Run) -> None:
    """NO_COLOR takes the colours from a terminal, too, which has them otherwise."""
    assert "\x1b[" not in on_a_terminal("status")
    assert "\x1b[" in on_a_terminal("status", "--color")


def test_json_escapes_and_keeps_the_value(evil: Run) -> None:
    """JSON holds the very value, but no harmful character stands in it bare."""
    ran = evil("why", "acme.example", "name", "--json")
    assert not set("\x1b\x9b\u202e\u2066") & set(ran.out)
    values = {item["value"] for item in evil("list", "claims", "--json").lines if item["attribute"] == "name"}
    assert ran.json["winner"]["value"] in values


def test_a_terminal_sees_the_progress_as_bars(company: Path) -> None:
    """On a terminal, a sync draws progress, and then the table."""
    seen = on_a_terminal("sync")
    assert "crm" in seen
    assert "crm/accounts:" not in seen
    assert "unchanged" in seen


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "yes"),
        (["a", "b\nc"], "a, b c"),
        (list("abcdefg"), "a, b, c, d … 7 in all"),
        ({"a": 1}, '{"a":1}'),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
    ],
)
def test_cells(value: object, shown: str) -> None:
    """Every value is one line of a table."""
    assert cell(value) == shown


def test_clean_keeps_lines_and_letters() -> None:
    """Cleaning keeps line ends, letters of every script and joined emoji."""
    assert clean("Zoë\n漢字\tعربي 👩‍💻") == "Zoë\n漢字\tعربي 👩‍💻"


def test_json_of_what_is_beyond_the_plane() -> None:
    """An invisible tag character is escaped as a pair that JSON readers put together again."""
    assert to_json("\U000e0041") == '"\\udb40\\udc41"'


@pytest.mark.parametrize("digits", [30, 5_000])
def test_a_long_number_is_no_time(company: Path, groundfact: Run, digits: int) -> None:
    """What has more digits than any commit is refused as no time, however long it is."""
    groundfact("sync")
    for args in (("diff", "--from"), ("list", "facts", "--known-at")):
        told = groundfact(*args, "9" * digits)
        assert told.code == 2
        assert "is not a time" in told.err
