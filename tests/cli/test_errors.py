"""Each group of errors has its exit code, a hint, no traceback, and a form in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import Run

CASES = {
    "usage": (("sync", "--no-such-option"), 2),
    "unknown command": (("snyc",), 2),
    "missing argument": (("why", "acme.example"), 2),
    "bad variable": (("sync", "--set", "folder"), 2),
    "unknown variable": (("sync", "--set", "folde=x"), 2),
    "no config": (("--config", "missing.yaml", "sync"), 2),
    "unknown account": (("context", "nobody at all"), 4),
    "unknown source": (("sync", "crmm"), 4),
    "unknown list": (("list", "things"), 4),
    "unknown attribute": (("why", "acme.example", "industri"), 4),
    "unknown kind": (("context", "acme.example", "--kind", "planet"), 4),
    "unknown principal": (("context", "acme.example", "--as", "ghost"), 4),
    "unknown component": (("plugins", "most_recnt"), 4),
    "ambiguous": (("context", "Globex"), 5),
    "denied attribute": (("why", "acme.example", "industry", "--as", "bot"), 6),
}


@pytest.mark.parametrize("case", CASES)
def test_an_error_is_a_message_and_an_exit_code(synced: Run, case: str) -> None:
    """An error says what and what next on stderr, leaves stdout empty, and has the code of its group."""
    args, code = CASES[case]
    ran = synced(*args)
    assert (ran.code, ran.out) == (code, "")
    assert "rror: " in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("case", [case for case in CASES if case != "unknown command"])
def test_an_error_is_json_where_json_is_asked_for(synced: Run, case: str) -> None:
    """With `--json` the error is one object on stdout, with the same exit code."""
    args, code = CASES[case]
    ran = synced(*args, "--json")
    assert ran.code == code
    assert (ran.json["exit_code"], bool(ran.json["error"]), ran.err) == (code, True, "")


def test_nobody_asks(company: Path, synced: Run) -> None:
    """Without any principal the answer is denied."""
    text = (company / "groundfact.yaml").read_text().replace("context: {default_principal: me}\n", "")
    (company / "groundfact.yaml").write_text(text)
    assert synced("context", "acme.example").code == 6


def test_ambiguous_names_its_candidates(synced: Run) -> None:
    """An ambiguous name lists its candidates, as a table on stderr and as JSON on stdout."""
    ran = synced("context", "Globex")
    assert ("globex.example" in ran.err, "globex.invalid" in ran.err) == (True, True)
    told = synced("context", "Globex", "--json").json
    assert {one["domain"] for one in told["candidates"]} == {"globex.example", "globex.invalid"}
    for one in told["candidates"]:
        assert synced("context", str(one["id"])).code == 0


def test_a_config_error_names_file_and_line(company: Path, groundfact: Run) -> None:
    """A mistake in the YAML is shown with file and line, for people and in JSON."""
    text = (company / "groundfact.yaml").read_text().replace("workspace: trial", "workspce: trial")
    (company / "groundfact.yaml").write_text(text)
    ran = groundfact("sync")
    assert (ran.code, "groundfact.yaml:2" in ran.err, "workspace" in ran.err) == (2, True, True)
    assert "groundfact.yaml:2" in groundfact("status", "--json").json["error"]


def test_a_damaged_store(company: Path, groundfact: Run) -> None:
    """A store that is no store is exit code 8, and is left as it was."""
    (company / "trial.db").write_bytes(b"this is not a database, only text" * 100)
    ran = groundfact("status")
    assert (ran.code, "→" in ran.err) == (8, True)
    assert (company / "trial.db").read_bytes().startswith(b"this is not")


def test_a_plugin_that_cannot_be_imported(company: Path, process: Run) -> None:
    """A broken plugin is exit code 9 and is named, until it is blocked."""
    (company / "sick.py").write_text("import no_such_module_anywhere\n")
    info = company / "sick-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sick\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[groundfact]\nsick = sick\n")
    ran = process("status", PYTHONPATH=str(company))
    assert (ran.code, "sick" in ran.err, "block" in ran.err) == (9, True, True)
    with (company / "groundfact.yaml").open("a") as file:
        file.write("plugins: {block: [sick]}\n")
    assert process("status", PYTHONPATH=str(company)).code == 0
    told = process("plugins", "--json", PYTHONPATH=str(company))
    assert told.json["blocked"] == ["sick"]


def test_a_bug_is_one_line_unless_the_traceback_is_asked_for(groundfact: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is one line and exit code 1; `--debug` shows where it came from."""

    def stumble(*args: object, **more: object) -> None:
        raise KeyError("left foot\x1b[31m")

    monkeypatch.setattr("groundfact.memory.Memory.status", stumble)
    ran = groundfact("status")
    assert (ran.code, ran.out) == (1, "")
    assert ("bug" in ran.err, "KeyError" in ran.err, "--debug" in ran.err) == (True, True, True)
    assert ("Traceback" in ran.err, "\x1b" in ran.err) == (False, False)
    assert "Traceback" in groundfact("status", "--debug").err
    assert groundfact("status", "--json").json["exit_code"] == 1


def test_a_missing_config_says_how_to_get_one(company: Path, groundfact: Run) -> None:
    """Without a YAML the hint is `groundfact init`."""
    (company / "groundfact.yaml").unlink()
    assert "groundfact init" in groundfact("sync").err
    assert json.loads(groundfact("sync", "--json").out)["exit_code"] == 2
