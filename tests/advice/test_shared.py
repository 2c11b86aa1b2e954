"""Values that too many share are found from the data, told with what to write, and lose their power by that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.lab import PLUGINS, Lab, account
from tests.advice.conftest import config_with_steward

from groundfact.config.build import load_config
from groundfact.memory import Memory
from groundfact.store.engine import Store

CLIENTS = ("Aelm Foods", "Brint Rail", "Caldo Paper", "Dresk Optics", "Eirn Energy", "Fennl Marine")
PLAIN, LIMITED = "{type: shared_key, attribute: domain}", "{type: shared_key, attribute: domain, most: %d}"


def _lab(folder: Path, blank: Path) -> Lab:
    return Lab(folder, blank, config_with_steward(folder))


def _say(lab: Lab, domain: str, *names: str, acl: list[str] | None = None) -> None:
    for number, name in enumerate(names):
        record = account(f"{domain}{number}", 1, acl, domain=domain, name=name)
        lab.say("abc"[number % 3], "accounts", record)


def _rewrite(lab: Lab, path: Path, old: str, new: str) -> None:
    """Put another line into the YAML, open the same store with it, and sync: no record says anything new."""
    lab.memory.close()
    path.write_text(path.read_text().replace(old, new, 1))
    lab.memory = Memory(load_config(path, PLUGINS), PLUGINS, Store(lab.path), lab.world)
    lab.sync()


def _found(lab: Lab) -> dict[str, Any] | None:
    return next((one for one in lab.memory.doctor() if one["check"] == "shared"), None)


def test_an_agencys_domain_is_found_and_a_groups_is_not(tmp_path: Path, blank_store: Path) -> None:
    """Six unlike names under one domain are a warning; brands of one name, and few names, are none."""
    lab = _lab(tmp_path, blank_store)
    _say(lab, "halden.example", *(f"Halden {trade}" for trade in ("Robotics", "Optics", "Rail", "Paper", "Foods")))
    _say(lab, "small.example", *CLIENTS[:4])
    lab.sync()
    assert _found(lab) is None
    _say(lab, "agency.example", *CLIENTS)
    lab.sync()
    found = _found(lab)
    assert found is not None
    assert (found["subject"], found["severity"], found["count"]) == ("account.domain", "warning", 1)
    assert "agency.example (6 records, 6 names)" in found["reason"]
    assert PLAIN in (tmp_path / "lab.yaml").read_text().splitlines()[int(found["where"].rpartition(":")[2]) - 1]
    assert "`most: 5`" in found["do"]
    lab.close()


def test_what_it_says_to_write_parts_them_and_nobody_else(tmp_path: Path, blank_store: Path) -> None:
    """With that number the agency's clients are companies of their own again, and the finding is gone; taken back,
    all is as it was."""
    lab = _lab(tmp_path, blank_store)
    _say(lab, "halden.example", *(f"Halden {trade}" for trade in ("Robotics", "Optics", "Rail")))
    _say(lab, "agency.example", *CLIENTS)
    lab.sync()
    assert _found(lab) is not None
    before = lab.dump()
    assert len({link["entity"] for link in lab.memory.list("links")}) == 2
    _rewrite(lab, tmp_path / "lab.yaml", PLAIN, LIMITED % 4)
    assert _found(lab) is None
    assert len({link["entity"] for link in lab.memory.list("links")}) == 1 + len(CLIENTS)
    _rewrite(lab, tmp_path / "lab.yaml", LIMITED % 4, PLAIN)
    assert lab.dump() == before
    lab.close()


def test_where_no_number_parts_them_it_says_so(tmp_path: Path, blank_store: Path) -> None:
    """A group with more records than the agency would lose its domain, too."""
    lab = _lab(tmp_path, blank_store)
    _say(lab, "halden.example", *(f"Halden {number}" for number in range(8)))
    _say(lab, "agency.example", *CLIENTS)
    lab.sync()
    found = _found(lab)
    assert found is not None
    assert "would part others as well" in found["do"]
    lab.close()


def test_what_not_everybody_sees_is_not_counted(tmp_path: Path, blank_store: Path) -> None:
    """Hidden records make no finding: what is told rests on what everybody may see."""
    lab = _lab(tmp_path, blank_store)
    _say(lab, "agency.example", *CLIENTS[:4])
    _say(lab, "hidden.example", *CLIENTS, acl=["x"])
    lab.sync()
    assert _found(lab) is None
    lab.close()
