"""Global options, help, version and what they import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import Run

HEAVY = (
    "sqlmodel", "sqlalchemy", "alembic", "orjson", "simple_salesforce", "hubspot", "numpy",
    "structlog", "rich", "groundfact.memory", "groundfact.plugins", "groundfact_plugins", "groundfact_connectors",
)  # fmt: skip
HELP = """
import sys
from groundfact.cli.main import main
code = main({args!r})
print(sorted(name for name in {heavy!r} if name in sys.modules), code, file=sys.stderr)
"""


@pytest.mark.parametrize("args", [["--help"], ["sync", "--help"], ["--version"], ["version"]])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    """Help and version import no store, no SDK and no plugin."""
    code = HELP.format(args=args, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[] 0"


def test_the_first_help_parses_nothing() -> None:
    """`groundfact --help` does not even pay for pydantic, with which typer reads the options of a command."""
    code = HELP.format(args=["--help"], heavy=("pydantic", "importlib.metadata"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[] 0"


def test_completion_imports_nothing_heavy() -> None:
    """Completing a command name imports no store, no SDK and no plugin."""
    code = f"""
import os, sys
os.environ.update(_GROUNDFACT_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="groundfact con")
from groundfact.cli.main import main
try:
    main([])
except SystemExit:
    print(sorted(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "context" in done.stdout
    assert [name for name in eval(done.stderr) if name != "rich"] == []


def test_help_names_every_command(groundfact: Run) -> None:
    """`--help` lists every command with a whole sentence, and says where those of plugins are."""
    out = groundfact("--help").out
    for name in ("init", "check", "sync", "run", "context", "why", "list", "status", "plugins", "rebuild", "demo"):
        assert f"\n  {name} " in out
    assert "..." not in out[out.index("Commands:") :]
    assert "groundfact plugins" in out


def test_version(groundfact: Run) -> None:
    """Both ways to ask for the version give it."""
    assert groundfact("--version").out == groundfact("version").out
    assert groundfact("--version").out.startswith("groundfact ")


@pytest.mark.parametrize("after", [False, True])
def test_global_options_stand_on_either_side(company: Path, groundfact: Run, after: bool) -> None:
    """`--config` and `--set` are taken before the command and after it."""
    (company / "elsewhere").mkdir()
    (company / "groundfact.yaml").rename(company / "elsewhere" / "other.yaml")
    options = ("-c", "elsewhere/other.yaml", "--set", f"folder={company}")
    args = ("sync", *options) if after else (*options, "sync")
    assert groundfact(*args).code == 0


def test_the_environment_names_the_config(company: Path, groundfact: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """GROUNDFACT_CONFIG is used where `--config` is not, and only there."""
    (company / "groundfact.yaml").rename(company / "other.yaml")
    monkeypatch.setenv("GROUNDFACT_CONFIG", "other.yaml")
    assert groundfact("status").code == 0
    assert groundfact("-c", "missing.yaml", "status").code == 2
    monkeypatch.setenv("GROUNDFACT_CONFIG", "missing.yaml")
    assert groundfact("-c", "other.yaml", "status").code == 0


@pytest.mark.parametrize(
    ("args", "env", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        (("--color",), {}, True),
        (("--color",), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_only_where_they_are_wanted(
    synced: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], env: dict[str, str], coloured: bool
) -> None:
    """A pipe gets no colour unless it is forced; NO_COLOR wins over FORCE_COLOR, an option over both."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in synced("status", *args).out) is coloured


def test_a_pipe_has_no_width(groundfact: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of somebody's terminal does not change what a pipe gets."""
    seen = set()
    for columns in ("40", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        seen.add(groundfact("check").out)
    assert len(seen) == 1
