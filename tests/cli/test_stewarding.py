"""`groundfact pin`, `ignore`, `worklist`, `keep-apart`."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Run

YAML = """
workspace: desk
identity: {account: [{type: shared_key, attribute: domain}]}
principals:
  me: {kind: person, clearance: restricted, may: [correct]}
  bot: {kind: copilot}
context: {default_principal: me}
sources:
"""
SOURCE = """
  {name}:
    type: files
    access: [workspace]
    files:
      accounts: {{path: {name}.csv, kind: account, id: id, attributes: {{name: name, domain: site, tier: plan}}}}
"""
LISTS = {"crm": "1,Bolt,bolt.example,Gold\n2,Coil,,Gold\n", "erp": "7,Bolt,bolt.example,Silver\n"}


def write(folder: Path, name: str, rows: str) -> None:
    """What a list says."""
    (folder / f"{name}.csv").write_text("id,name,site,plan\n" + rows)


@pytest.fixture
def folder(groundfact: Run) -> Path:
    """Where the command line runs."""
    return Path(groundfact("init", "--json", "--force").json["written"]).parent


@pytest.fixture
def desk(groundfact: Run, folder: Path) -> Run:
    """Two synced lists that disagree."""
    (folder / "groundfact.yaml").write_text(YAML + "".join(SOURCE.format(name=name) for name in LISTS))
    for name, rows in LISTS.items():
        write(folder, name, rows)
    assert groundfact("sync").code == 0
    return groundfact


def test_a_conflict_is_listed_pinned_contested_and_forgotten(desk: Run, folder: Path) -> None:
    """The list names the command that settles it; when a source moves on, the pin is back on the list."""
    (task,) = desk("worklist", "--json").lines
    words = task["settle"].split()[1:]
    pinned = desk(*words[:-1], "they said so", "--evidence", "mail", "--json").json
    assert (pinned["type"], pinned["evidence"]) == ("pin", "mail")
    assert desk("worklist").out == "nothing waits for a steward\n"
    told = desk("why", "Bolt", "tier").out
    assert "a steward pinned it" in told
    assert "by me on" in told
    assert "(evidence: mail)" in told
    write(folder, "crm", "1,Bolt,bolt.example,Bronze\n2,Coil,,Gold\n")
    assert desk("sync").code == 0
    assert "CONTESTED: crm says Bronze" in desk("why", "Bolt", "tier").out
    assert "but crm says Bronze" in desk("worklist", "--only", "contested").out
    assert desk("forget", pinned["id"]).code == 0
    assert desk("worklist", "--only", "contested").out == "nothing waits for a steward\n"


def test_an_ignored_value_is_named_and_listed(desk: Run) -> None:
    """Who ignored it and why stands in `why`, the kind of statement in `remembered`."""
    assert "takes it back" in desk("ignore", "Bolt", "tier", "erp", "--reason", "a typo").out
    assert "ignored Silver as erp says it by me on" in desk("why", "Bolt", "tier").out
    assert "tier ≠ Silver (erp)" in desk("remembered", "Bolt").out


def test_two_are_kept_apart_and_not_any_more(desk: Run) -> None:
    """Both ways are one command."""
    pair = ("keep-apart", "crm/1", "crm/2", "--reason", "no")
    assert desk(*pair).out == "keeps crm/accounts/1 and crm/accounts/2 apart\n"
    assert desk(*pair, "--withdraw").out == "no longer keeps crm/accounts/1 and crm/accounts/2 apart\n"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("pin", "Bolt", "tier", "Gold"), 2),
        (("pin", "Bolt", "tier", "--reason", "so"), 2),
        (("pin", "Bolt", "tier", "Tin", "--reason", "so"), 2),
        (("pin", "Bolt", "tier", "Gold", "--reason", "so", "--as", "bot"), 6),
        (("ignore", "Bolt", "tier", "erp", "--reason", "so", "--as", "bot"), 6),
        (("worklist", "--as", "bot"), 6),
        (("worklist", "--only", "chores"), 2),
        (("keep-apart", "crm/1", "erp/7", "--reason", "so"), 2),
        (("keep-apart", "crm/1", "crm/2", "--reason", "so", "--as", "bot"), 6),
    ],
)
def test_what_is_refused_has_its_exit_code(desk: Run, args: tuple[str, ...], code: int) -> None:
    """No reason, nothing to pin, nobody who says it, not entitled, no such task, one account."""
    assert desk(*args).code == code
