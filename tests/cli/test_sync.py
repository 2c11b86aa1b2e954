"""`groundfact sync`, `status` and `rebuild`."""

from __future__ import annotations

import json
import sqlite3
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
    assert "crm/accounts: 3\n" in ran.err.replace(" of 3", "")
    assert "crm/accounts:" not in ran.out


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


def test_a_first_sync_says_how_many_facts_there_are(groundfact: Run) -> None:
    """Nothing was known before, so nothing changed; what is known now is counted, for scripts too."""
    ran = groundfact("sync")
    known = len(groundfact("list", "facts", "--json").lines)
    assert known > 0
    assert f"{known} facts; of what was known before, 0 changed and 0 are new" in ran.out
    assert groundfact("sync", "--json").json["facts"] == {"known": known, "new": 0, "changed": 0}


def test_status_shows_the_last_runs(company: Path, synced: Run) -> None:
    """The latest first, at most as many as asked for, with how they ended; `--json` holds the same."""
    (company / "crm.csv").unlink()
    synced("sync")
    crm = next(one for one in synced("status", "--json").json["sources"] if one["source"] == "crm")
    assert [run["status"] for run in crm["runs"]] == ["failed", "done"]
    assert crm["runs"][1]["counts"]["new"] == 3
    assert crm["runs"][0]["seconds"] >= 0
    out = synced("status", "--runs", "1").out
    assert len(out.partition("last runs")[2].strip().splitlines()) == 1 + 2
    assert "last runs" not in synced("status", "--runs", "0").out


def test_status_says_what_is_late(company: Path, synced: Run) -> None:
    """Against the promise of each source, in both forms; a source that was never read has not kept its promise."""
    text = (company / "groundfact.yaml").read_text()
    assert synced("status", "--json").json["late"] == []
    late = text.replace("  crm:\n", "  crm:\n    behind_after: 1s\n")
    (company / "groundfact.yaml").write_text(late + text[text.index("  billing:") :].replace("billing", "newcomer", 1))
    with sqlite3.connect(company / "trial.db") as store:
        store.execute("update stream_pass set until = until - 90000")
    store.close()
    told = synced("status", "--json").json
    crm = next(one for one in told["sources"] if one["source"] == "crm")
    assert told["late"] == ["crm", "newcomer"]
    assert (crm["state"], crm["behind_after"], crm["late_by"]) == ("behind", "1s", "1 min")
    out = synced("status").out
    assert "late by" in out
    assert "crm: late; it is promised to be read every 1s" in out


def test_the_log_shows_the_journal_where_it_is_asked_for(groundfact: Run) -> None:
    """`--log info` writes each event as a line of JSON on stderr; without it, and in the next call, there is none."""
    ran = groundfact("sync", "--log", "info")
    events = [json.loads(line)["event"] for line in ran.err.splitlines() if line.startswith("{")]
    assert events.count("sync_started") == events.count("sync_finished") == 2
    assert "httpx" not in ran.err
    assert '"event"' not in groundfact("sync").err
    assert groundfact("sync", "--log", "loud").code == 2


def test_the_wait_for_a_locked_store_is_set_in_the_yaml(company: Path, synced: Run) -> None:
    """Another program writes to the store for long: after `store: wait` the sync gives up with exit code 7."""
    text = (company / "groundfact.yaml").read_text()
    (company / "groundfact.yaml").write_text(text.replace("{path: trial.db}", "{path: trial.db, wait: 1s}"))
    holder = sqlite3.connect(company / "trial.db", isolation_level=None)
    holder.execute("begin immediate")
    ran = synced("sync", "billing", "--json")
    holder.close()
    (billing,) = ran.json["sources"]
    assert (ran.code, billing["status"], billing["seconds"] < 9) == (7, "busy", True)


def test_what_could_not_be_taken_is_told_and_shown(company: Path, groundfact: Run) -> None:
    """A value that does not fit is no row of the table: the sync says so, and how to see it."""
    text = (company / "groundfact.yaml").read_text()
    (company / "groundfact.yaml").write_text(text.replace("industry: sector}", "annual_revenue: sector}"))
    ran = groundfact("sync")
    assert "crm: left out 3 values that do not fit their type: `groundfact status --rejects 20` shows them" in ran.err
    shown = groundfact("status", "--rejects", "2", "--json").json["rejects"]
    assert [(one["source"], one["stream"], one["record"], one["value"]) for one in shown] == [
        ("crm", "accounts", "3", "Bakeries"),
        ("crm", "accounts", "2", "Bakeries"),
    ]
    assert "Bakeries" in groundfact("status", "--rejects", "2").out
    assert "rejects" in groundfact("status").out.splitlines()[1]
    assert "Bakeries" not in groundfact("status").out


def test_a_stream_that_is_not_there_holds_no_records(company: Path, groundfact: Run) -> None:
    """Records that would hang on a misspelt stream are not rejected one by one: its line is named first."""
    text = (company / "groundfact.yaml").read_text()
    hangs = "attributes: {name: name, domain: site, phone: phone, industry: sector}\n"
    assert hangs in text
    wrong = f"{hangs}        parent: {{stream: acounts, field: id}}\n"
    (company / "groundfact.yaml").write_text(text.replace(hangs, wrong))
    line = next(
        n for n, one in enumerate((company / "groundfact.yaml").read_text().splitlines(), 1) if "acounts" in one
    )
    for ran in (groundfact("check"), groundfact("sync")):
        told = ran.out + ran.err
        assert f"groundfact.yaml:{line}: " in told
        assert "has no stream 'acounts' to hang records on; did you mean 'accounts'?" in told
        assert ran.code == 3
