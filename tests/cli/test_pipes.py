"""Readers that go away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.command_line import Run, command, environment


def test_a_reader_that_goes_away_is_no_error(company: Path, synced: Run) -> None:
    """`groundfact list … | head -1` ends quietly with 141 and without a traceback."""
    rows = "".join(f"{n},Company {n},c{n}.example,,\n" for n in range(3000))
    (company / "crm.csv").write_text("id,name,site,phone,sector\n" + rows)
    assert synced("sync", "crm", "--confirm-deletes").code == 0
    running = subprocess.Popen(
        command("list", "records", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait(60) == 141


def test_a_reader_that_was_never_there(synced: Run) -> None:
    """A command whose few lines nobody reads ends the same way: its own exit code would mean something else."""
    for args in (("status",), ("doctor",), ("why", "acme.example", "name")):
        read, write = os.pipe()
        os.close(read)
        ended = subprocess.run(command(*args), stdout=write, stderr=subprocess.PIPE, env=environment(), timeout=60)
        os.close(write)
        assert (ended.returncode, ended.stderr) == (141, b""), args
