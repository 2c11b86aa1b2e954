"""A stranger's package, installed by pip, enters by the door that the bundled plugins use, and by no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import Ran, command, environment

PACKAGE = Path(__file__).parents[1] / "thirdparty" / "acme_groundfact"
YAML = """
workspace: third
store: {path: third.db}
identity: {account: [{type: shared_key, attribute: domain}]}
attributes:
  account:
    annual_revenue: {survivorship: [{type: acme_round_number, zeros: 3}]}
principals: {me: {kind: person, clearance: restricted}}
context: {default_principal: me}
sources:
  guesses: {type: acme_ledger, access: [workspace], path: guesses.json}
  ledger: {type: acme_ledger, access: [workspace], path: ledger.json}
"""
LEDGER = [
    {"id": "1", "company": "Acme GmbH", "web": "acme.example", "billed": 1_234_567},
    {"id": "2", "company": "Globex", "web": "globex.example", "billed": 9000},
    {"company": "Nobody"},
]
GUESSES = [{"id": "g1", "company": "Acme GmbH", "web": "acme.example", "billed": 2_000_000}]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has installed the package: from its source, offline, into a folder of its own."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    build = ["--no-deps", "--no-build-isolation", "--no-compile", "--target", str(target), str(PACKAGE)]
    subprocess.run([*pip, *build], check=True, capture_output=True, text=True)
    assert (target / "acme_groundfact.py").is_file()
    return target


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two ledgers and the YAML that reads them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundfact.yaml").write_text(YAML)
    (tmp_path / "ledger.json").write_text(json.dumps(LEDGER))
    (tmp_path / "guesses.json").write_text(json.dumps(GUESSES))
    return tmp_path


def run(site: Path | None, *args: str) -> Ran:
    """The command line as a process that finds the package, or does not."""
    env = environment(PYTHONPATH=str(site)) if site else environment()
    done = subprocess.run(command(*args), capture_output=True, text=True, encoding="utf-8", env=env, timeout=60)
    return Ran(done.returncode, done.stdout, done.stderr)


def test_its_connector_is_synced_and_its_rule_decides(site: Path, company: Path) -> None:
    """From the YAML alone: both ledgers are read, linked, and the counted number beats the guessed one, with why."""
    ran = run(site, "sync", "--json")
    assert ran.code == 0, ran
    guesses, ledger = ran.json["sources"]
    assert (ledger["new"], ledger["rejected"], guesses["new"]) == (2, 1, 1)
    why = run(site, "why", "Acme GmbH", "annual_revenue", "--json").json
    assert (why["winner"]["value"], why["winner"]["source"]) == (1_234_567, "ledger")
    (loser,) = why["losers"]
    assert (loser["value"], loser["rule"]) == (2_000_000, "acme_round_number")
    # The list of reasons is closed; a plugin's own word stands beside it.
    assert (loser["reason"], loser["detail"]) == ("outranked", "round_number")
    assert why["margin"] == "counted before guessed"


def test_its_verdict_is_heard(site: Path, company: Path) -> None:
    """What its `classify` says of a broken file is what the operator reads."""
    (company / "ledger.json").write_text("[{")
    ran = run(site, "sync", "ledger")
    assert ran.code == 3
    assert "export the ledger again" in ran.out + ran.err


def test_it_is_listed_with_its_origin(site: Path, company: Path) -> None:
    """`groundfact plugins --json` says which distribution and version each of its components comes from."""
    told = run(site, "plugins", "--json").json
    assert {"plugin": "acme", "origin": "acme-groundfact 0.1.0"} in told["plugins"]
    origins = {(c["sort"], c["name"]): c["origin"] for c in told["components"]}
    assert "acme-groundfact 0.1.0" in origins["connectors", "acme_ledger"]
    assert "acme-groundfact 0.1.0" in origins["survivorship_rules", "acme_round_number"]
    assert "acme-groundfact" not in origins["connectors", "files"]


@pytest.mark.parametrize("how", ["blocked", "uninstalled"])
def test_without_it_the_yaml_says_what_is_missing(site: Path, company: Path, how: str) -> None:
    """Blocked by name, or not installed: an error with the line of every component that is not there, and why."""
    if how == "blocked":
        (company / "groundfact.yaml").write_text(YAML + "plugins: {block: [acme]}\n")
    ran = run(site if how == "blocked" else None, "sync")
    lines = {number for number, line in enumerate(YAML.splitlines(), 1) if "type: acme" in line}
    assert ran.code == 2
    assert all(f"groundfact.yaml:{number}" in ran.err for number in lines), ran.err
    assert "there is no connector 'acme_ledger'" in ran.err
    assert "there is no survivorship rule 'acme_round_number'" in ran.err
    assert ("keeps out acme" in ran.err) == (how == "blocked")


def test_it_imports_public_parts_only() -> None:
    """The package itself uses nothing that the public page does not name."""
    import ast

    public = ("component", "errors", "hookspecs", "model", "protocols", "vocabulary")
    tree = ast.parse((PACKAGE / "acme_groundfact.py").read_text())
    ours = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and "groundfact" in str(n.module)}
    assert ours <= {f"groundfact.{name}" for name in public}
