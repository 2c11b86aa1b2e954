"""`groundfact run` as a process: real signals, real HTTP, a real store."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.command_line import command, environment
from support.vendors import Vendors, vendors

from groundfact.memory import Memory
from groundfact.testing import FictionalWorld
from groundfact.world import SystemWorld

PATIENCE = 60
CURRENT = """select s.source, s.name, v.rec, v.attributes from version v join stream s on s.id = v.stream
where v.closed_seq is null order by 1, 2, 3"""
DOUBLES = "select stream, rec from version where closed_seq is null group by stream, rec having count(*) > 1"
SHELF = """
workspace: trial
store: {path: trial.db}
principals: {me: {kind: person}}
sources:
"""
LIST = "  %s: {type: files, access: [workspace], every: %s, files: {lists: %s}}\n"
FILE = "{path: %s, kind: account, id: id, attributes: {name: name}}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    """Thirty companies in small pages, so that a sync is many calls and many commits."""
    world = FictionalWorld(seed=7, companies=30)
    with vendors(tmp_path_factory.mktemp("stopped"), world, rows=12) as running:
        yield running


def asked(running: Vendors) -> int:
    """How many calls both vendors have had."""
    return len(running.crm.calls) + len(running.hub.calls)


def rows(yaml: Path, sql: str) -> list[Any]:
    """Look into the store of a YAML, as another program would."""
    with closing(sqlite3.connect(yaml.with_suffix(".db"))) as store:
        return store.execute(sql).fetchall()


def started(yaml: Path, *args: str, **env: str) -> subprocess.Popen[str]:
    """`groundfact run` on its way."""
    return subprocess.Popen(
        command("run", "--config", str(yaml), *args), text=True, env=environment(**env),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    """Exit code, lines of stdout, and stderr."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.splitlines(), err


def struck(running: Vendors, yaml: Path, call: int, number: int) -> tuple[int, list[str], str]:
    """Run, and send a signal when the vendors are asked for the `call`-th time."""
    reached, left = threading.Event(), [call]

    def count() -> None:
        left[0] -= 1
        if left[0] <= 0:
            reached.set()

    for vendor in (running.crm, running.hub):
        vendor.faults.add("run", times=None, run=count)
    process = started(yaml, "--json", **running.secrets)
    try:
        assert reached.wait(PATIENCE)
        os.kill(process.pid, number)
        return ended(process)
    finally:
        process.kill()
        for vendor in (running.crm, running.hub):
            vendor.faults.clear()


@pytest.fixture(scope="module")
def whole(running: Vendors) -> tuple[list[Any], int]:
    """What a sync that nobody stops leaves behind, and how many calls it takes."""
    before = asked(running)
    with Memory.open(running.yaml("whole"), world=SystemWorld(running.secrets)) as memory:
        assert memory.sync().ok
    return rows(running.yaml("whole"), CURRENT), asked(running) - before


@pytest.mark.parametrize(("number", "call"), [(signal.SIGTERM, 15), (signal.SIGINT, 30)], ids=["term", "int"])
def test_a_signal_stops_it_at_a_page_and_the_next_start_goes_on(
    running: Vendors, whole: tuple[list[Any], int], number: int, call: int
) -> None:
    """Exit code 0, what was read is kept with its cursor, leases are free; then nothing is missing, double or asked
    for twice."""
    wanted, calls = whole
    yaml, before = running.yaml(f"stopped-{call}"), asked(running)
    code, lines, err = struck(running, yaml, call, number)
    told = {run["source"]: run["status"] for run in map(json.loads, lines)}
    assert (code, "stopped" in told.values(), set(told.values()) <= {"stopped", "done"}) == (0, True, True), err
    assert "stopping when the pages at hand are written" in err
    assert rows(yaml, "select holder from lease where holder <> ''") == []
    assert set(rows(yaml, "select status from run")) <= {("stopped",), ("done",)}
    assert asked(running) - before < calls
    code, lines, err = ended(started(yaml, "--once", "--json", **running.secrets))
    assert (code, {json.loads(line)["status"] for line in lines}) == (0, {"done"}), err
    # What each run asks for once (owners, account, archives) may be asked for again, and the page at hand.
    assert asked(running) - before <= calls + 15
    assert (rows(yaml, DOUBLES), rows(yaml, CURRENT)) == ([], wanted)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A YAML of two lists, one of which is not there."""
    (tmp_path / "crm.csv").write_text("id,name\n1,One\n2,Two\n")
    path = tmp_path / "trial.yaml"
    path.write_text(SHELF + LIST % ("crm", "1s", FILE % "crm.csv") + LIST % ("other", "1s", FILE % "nowhere.csv"))
    return path


def test_it_runs_until_it_is_told_to_stop(lists: Path) -> None:
    """One line for each finished run, at once; a source that fails does not end it, and SIGTERM is exit code 0."""
    process = started(lists)
    assert process.stdout is not None
    crm: list[str] = []
    failed: list[str] = []
    while len(crm) < 2 or not failed:
        line = process.stdout.readline()
        assert line, process.communicate()
        (crm if " crm " in line else failed).append(line)
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0
    assert " crm done: 2 new, 0 changed, 0 gone, 0 rejected, 1 calls" in crm[0]
    assert " other failed: " in failed[0]
    assert "nowhere.csv" in failed[0]


def test_a_second_signal_does_not_wait(running: Vendors) -> None:
    """Whoever asks twice is not kept waiting for a page that does not come."""
    reached, held = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        held.wait(PATIENCE)

    running.crm.faults.add("run", times=None, run=hold)
    process = started(running.yaml("held"), **running.secrets)
    try:
        assert reached.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert any("second signal" in line for line in process.stderr)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    finally:
        held.set()
        process.kill()
        process.communicate()
        running.crm.faults.clear()


def test_once_syncs_what_is_due_and_ends(lists: Path) -> None:
    """Exit code 3 where a source failed; what is not due any more is left alone, and then it is 0."""
    code, lines, _ = ended(started(lists, "--once", "--json"))
    told = {run["source"]: run for run in map(json.loads, lines)}
    assert (code, told["crm"]["status"], told["crm"]["new"], told["other"]["status"]) == (3, "done", 2, "failed")
    (lists.parent / "trial.yaml").write_text(lists.read_text().replace("every: 1s", "every: 1h"))
    assert ended(started(lists, "--once"))[:2] == (0, [])


def test_nobody_reads_any_more(lists: Path) -> None:
    """Its output is closed: it stops by itself, as any program in a pipe."""
    process = started(lists)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE) in (0, 141)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
