"""`groundfact review`, `merge`, `unmerge`, `why-linked`."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import Run

YAML = """
workspace: desk
identity:
  account:
    - {type: shared_key, attribute: domain}
    - {type: similar, agree: [phone], propose_at: 0.7, merge_at: 0.9}
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
      accounts: {{path: {name}.csv, kind: account, id: id, attributes: {{name: name, phone: phone, domain: domain}}}}
"""
LISTS = {
    "crm": "1,Northwind Traders,+1 312 555 0100,\n2,Bolt,,bolt.example\n",
    "erp": "7,Nortwind Traders Inc,+13125550100,\n8,Bolt Ltd,,bolt.example\n9,Northwind Traders,,\n",
}


@pytest.fixture
def desk(tmp_path: Path, groundfact: Run) -> Run:
    """Two synced lists: a likeness that merges, a shared domain, and a likeness that asks."""
    folder = Path(groundfact("init", "--json", "--force").json["written"]).parent
    (folder / "groundfact.yaml").write_text(YAML + "".join(SOURCE.format(name=name) for name in LISTS))
    for name, rows in LISTS.items():
        (folder / f"{name}.csv").write_text("id,name,phone,domain\n" + rows)
    assert groundfact("sync").code == 0
    return groundfact


def test_a_proposal_is_reviewed_merged_and_taken_back(desk: Run) -> None:
    """The queue names both records and why; a merge empties it, taking it back fills it again."""
    before = desk("review", "--json").json
    (waiting,) = before["proposals"]
    assert (waiting["records"], waiting["evidence"]) == (["crm/accounts/1", "erp/accounts/9"], ["name 1.00"])
    assert "crm/accounts/1" in desk("review").out
    merged = desk("merge", *waiting["records"], "--reason", "asked them")
    assert "`groundfact unmerge crm/accounts/1` takes it back" in merged.out
    assert desk("review").out == "nothing waits for a decision\n"
    assert "merge by me: asked them" in desk("why-linked", "erp/9").out
    assert "took back" in desk("unmerge", "erp/9", "--reason", "they are not").out
    assert desk("review", "--json").json == before


def test_why_linked_names_keys_and_likeness(desk: Run) -> None:
    """A shared domain and a likeness, each with its records; and nothing for a record that is alone."""
    assert "domain=bolt.example" in desk("why-linked", "Bolt").out
    (alike,) = desk("why-linked", "crm/1", "--json").json["because"]
    assert (alike["by"], alike["records"]) == ("likeness", ["crm/accounts/1", "erp/accounts/7"])
    assert "nothing links erp/accounts/9" in desk("why-linked", "erp/9").out


def test_an_unmerged_record_stays_apart(desk: Run) -> None:
    """It is an account of its own after the next sync, too."""
    told = desk("unmerge", "erp/8", "--reason", "a namesake", "--json").json
    assert told["reverted"] == 0
    assert desk("sync", "--full").code == 0
    assert desk("why-linked", "erp/8", "--json").json["id"] == told["entity"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("merge", "crm/1", "crm/2"), 2),
        (("review", "--as", "bot"), 6),
        (("merge", "crm/1", "crm/2", "--reason", "so", "--as", "bot"), 6),
        (("merge", "crm/1", "nobody", "--reason", "so"), 4),
        (("unmerge", "Bolt", "--reason", "so"), 2),
    ],
)
def test_what_is_refused_has_its_exit_code(desk: Run, args: tuple[str, ...], code: int) -> None:
    """No reason, not entitled, unknown, or not one record."""
    assert desk(*args).code == code
