"""`groundfact sync`, `status` and `rebuild`."""

from __future__ import annotations

from pathlib import Path

from support.command_line import Run


def test_a_table_tells_each_source(groundfact: Run) -> None:
    """A sync ends with a line for each source and exit code 0."""
    ran = groundfact("sync")
    assert ran.code == 0
    heading, *rows = ran.out.splitlines()
    assert heading.split() == ["source", "status", "new", "changed", "gone", "unchanged", "rejected", "calls", "time"]
    assert [row.split()[:3] for row in rows[:2]] == [["crm", "done", "3"], ["billing", "done", "2"]]


def test_progress_is_plain_lines_on_stderr(groundfact: Run) -> None:
    """Without a terminal, progress is a line for each stream on stderr."""
    ran = groundfact("sync")
    assert "crm/accounts: 3 records" in ran.err
    assert "records of" not in ran.out


def test_json_tells_the_same(groundfact: Run) -> None:
    """`sync --json` writes one object with every source and what changed."""
    told = groundfact("sync", "--json").json
    assert told["ok"] is True
    assert {one["source"]: one["new"] for one in told["sources"]} == {"crm": 3, "billing": 2}


def test_a_changed_fact_is_shown(company: Path, synced: Run) -> None:
    """A fact that is another one after a sync is shown with both values."""
    text = (company / "crm.csv").read_text().replace("2222222", "2222229")
    (company / "crm.csv").write_text(text)
    ran = synced("sync")
    assert "Globex · phone: +49 30 2222222 → +49 30 2222229" in ran.out


def test_single_sources(groundfact: Run) -> None:
    """Sources that are named are the only ones that are synced."""
    told = groundfact("sync", "billing", "--json").json
    assert [one["source"] for one in told["sources"]] == ["billing"]


def test_a_failed_source_is_exit_code_3_and_stops_no_other(company: Path, groundfact: Run) -> None:
    """A source that cannot be read is said to have failed, and the others are synced."""
    (company / "crm.csv").unlink()
    ran = groundfact("sync", "--json")
    assert ran.code == 3
    crm, billing = ran.json["sources"]
    assert (crm["status"], billing["status"], billing["new"]) == ("failed", "done", 2)
    assert "crm.csv" in crm["error"]
    shown = groundfact("sync")
    assert (shown.code, "error: " in shown.err, "→" in shown.err) == (3, True, True)


def test_held_back_deletions_are_partial(company: Path, synced: Run) -> None:
    """Too many deletions wait for a person: exit code 3, and the option that confirms them is named."""
    rows = "".join(f"{n},Company {n},c{n}.example,,\n" for n in range(10, 40))
    (company / "crm.csv").write_text("id,name,site,phone,sector\n" + rows)
    assert synced("sync", "--confirm-deletes").code == 0
    (company / "crm.csv").write_text("id,name,site,phone,sector\n10,Company 10,c10.example,,\n")
    ran = synced("sync", "crm")
    assert (ran.code, "partial" in ran.out, "--confirm-deletes" in ran.err) == (3, True, True)
    assert synced("sync", "crm", "--confirm-deletes").code == 0


def test_a_dry_run_writes_nothing(groundfact: Run) -> None:
    """`--dry-run` says what would be new, and the memory stays empty."""
    ran = groundfact("sync", "--dry-run", "--json")
    assert (ran.code, ran.json["dry_run"]) == (0, True)
    assert ran.json["sources"][0]["streams"][0]["new"] == 3
    assert groundfact("list", "records", "--json").out == ""
    shown = groundfact("sync", "--dry-run")
    assert "nothing was written" in shown.out


def test_a_dry_run_of_a_broken_source_fails(company: Path, groundfact: Run) -> None:
    """A source that cannot be looked at makes a dry run exit with 3."""
    (company / "crm.csv").unlink()
    assert groundfact("sync", "--dry-run").code == 3


def test_an_orphan_is_kept_until_it_is_pruned(company: Path, synced: Run) -> None:
    """A source that left the YAML is shown as orphaned, and forgotten only by `--prune`."""
    text = (company / "groundfact.yaml").read_text()
    (company / "groundfact.yaml").write_text(text[: text.index("  billing:")])
    states = {one["source"]: one["state"] for one in synced("status", "--json").json["sources"]}
    assert states == {"billing": "orphaned", "crm": "ok"}
    assert "--prune" in synced("status").out
    assert synced("sync", "--dry-run", "--prune", "--json").json["pruned"] == {"billing": 2}
    assert synced("sync", "--prune", "--json").json["pruned"] == {"billing": 2}
    assert [one["source"] for one in synced("status", "--json").json["sources"]] == ["crm"]


def test_status_before_and_after(company: Path, groundfact: Run) -> None:
    """`status` says `never` before the first sync, how far each source was read after it, and why one failed."""
    assert {one["state"] for one in groundfact("status", "--json").json["sources"]} == {"never"}
    groundfact("sync")
    assert {one["state"] for one in groundfact("status", "--json").json["sources"]} == {"ok"}
    (company / "crm.csv").unlink()
    groundfact("sync")
    ran = groundfact("status")
    assert (ran.code, "failed" in ran.out, "crm.csv" in ran.out) == (0, True, True)


def test_a_rebuild_is_identical(synced: Run) -> None:
    """`rebuild` gives the same digest as before, at a stated time, too."""
    told = synced("rebuild", "--json").json
    assert told["identical"] is True
    assert told["before"] == told["after"]
    assert "identical" in synced("rebuild", "--at", "2031-01-01T00:00:00Z").out


def test_a_rebuild_says_what_is_not_a_time(synced: Run) -> None:
    """`rebuild --at` refuses what is no time."""
    ran = synced("rebuild", "--at", "soon")
    assert (ran.code, "2026-11-02T08:00:00Z" in ran.err) == (2, True)
