"""A small company in two CSV files, and two ways to run the command line: here, and as a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.command_line import Ran, Run, command, environment

from groundfact.cli.main import main

YAML = """
workspace: trial
variables: {folder: .}
store: {path: trial.db}
identity:
  account: [{type: shared_key, attribute: domain}]
attributes:
  account:
    name: {survivorship: [{type: system_of_record, sources: [crm]}]}
    phone: {survivorship: []}
    industry: {sensitivity: confidential}
principals:
  me: {kind: person, clearance: restricted}
  bot: {kind: copilot, clearance: internal}
context: {default_principal: me}
sources:
  crm:
    type: files
    access: [workspace]
    files:
      accounts:
        path: ${folder}/crm.csv
        kind: account
        id: id
        attributes: {name: name, domain: site, phone: phone, industry: sector}
  billing:
    type: files
    access: [workspace]
    files:
      customers:
        path: ${folder}/billing.csv
        kind: account
        id: number
        attributes: {name: company, domain: web, phone: tel}
"""
CRM = """id,name,site,phone,sector
1,Acme GmbH,acme.example,+49 30 1111111,Rockets
2,Globex,globex.example,+49 30 2222222,Bakeries
3,Globex,globex.invalid,+49 30 3333333,Bakeries
"""
BILLING = """number,company,web,tel
b1,ACME,acme.example,+49 30 9999999
b2,Initech,initech.example,+49 30 4444444
"""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the YAML and both files; it is also the current one."""
    (tmp_path / "groundfact.yaml").write_text(YAML)
    (tmp_path / "crm.csv").write_text(CRM)
    (tmp_path / "billing.csv").write_text(BILLING)
    monkeypatch.chdir(tmp_path)
    for name in ("GROUNDFACT_CONFIG", "GROUNDFACT_PRINCIPAL", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def groundfact(company: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process."""

    def run(*args: str) -> Ran:
        capsys.readouterr()
        code = main(args)
        caught = capsys.readouterr()
        return Ran(code, caught.out, caught.err)

    return run


@pytest.fixture
def synced(groundfact: Run) -> Run:
    """The same, after a sync."""
    assert groundfact("sync").code == 0
    return groundfact


@pytest.fixture
def process(company: Path) -> Run:
    """Run a command line as a process of its own."""

    def run(*args: str, **env: str) -> Ran:
        done = subprocess.run(
            command(*args), capture_output=True, text=True, encoding="utf-8", env=environment(**env), timeout=60
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
