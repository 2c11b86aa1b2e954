"""`groundfact plugins`, and commands that plugins add."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from support.command_line import Run, command, environment

ACME = '''
import sys
from groundfact import hookimpl
from groundfact.component import Options, component
from groundfact.model import Batch, Check, Cursor, Record, StreamSpec

class GateOptions(Options):
    """Where the gate is."""
    fifo: str

class Gate:
    """Yields a page, waits until somebody opens the gate, and yields another."""
    limits = ()
    def __init__(self, options, runtime):
        self._fifo = options.fifo
    def check(self, fields):
        raise RuntimeError("the connector itself is broken")
    def streams(self):
        mapping = {"attributes": {"name": "name"}}
        return [StreamSpec(name="things", kind="account", mapping=mapping, order="cursor_asc", deletes="none",
                           confirms="stream")]
    def discover(self, fields):
        return iter(())
    def read(self, stream, fields, since, until):
        yield Batch([Record("1", {"name": "One"})], (), Cursor(value={"at": 1}), 2)
        print("reached", file=sys.stderr, flush=True)
        with open(self._fifo) as gate:
            gate.readline()
        yield Batch([Record("2", {"name": "Two"})], (), Cursor(value={"at": 2}), 2)
        yield Batch([Record("3", {"name": "Three"})], (), Cursor(at=until), 3)
    def classify(self, error):
        return None

@hookimpl
def register_connectors():
    return [component("gate", "Waits in the middle", GateOptions, Gate, example="{type: gate, fifo: x}")]

@hookimpl
def register_commands(app):
    @app.command("greet")
    def greet(name: str) -> None:
        """Greet somebody."""
        print(f"hello {name}")
'''


@pytest.fixture
def acme(company: Path) -> Path:
    """A third-party plugin, installed where PYTHONPATH points."""
    folder = company / "site"
    info = folder / "acme_tools-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "acme_tools.py").write_text(ACME)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-tools\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[groundfact]\nacme = acme_tools\n")
    return folder


def test_plugins_lists_every_component(groundfact: Run) -> None:
    """Every component is listed with its sort, summary and origin; commands of plugins, too."""
    told = groundfact("plugins", "--json").json
    found = {(each["sort"], each["name"]) for each in told["components"]}
    assert {("connectors", "files"), ("survivorship_rules", "most_recent"), ("renderers", "markdown")} <= found
    assert ("commands", "fakes") in found
    assert all(each["summary"] for each in told["components"])
    assert "most_recent" in groundfact("plugins").out


def test_one_component_shows_its_options_and_example(groundfact: Run) -> None:
    """With a name, the options come from the pydantic model, those of its parts behind a dot."""
    told = groundfact("plugins", "files", "--json").json["components"][0]
    options = {one["name"]: one for one in told["options"]}
    assert options["files.*.path"]["required"] is True
    assert options["files.*.encoding"]["default"] == "utf-8"
    assert "type: files" in told["example"]
    shown = groundfact("plugins", "files").out
    assert ("files.*.path" in shown, "The file, relative to" in shown, "type: files" in shown) == (True, True, True)


def test_every_component_can_be_described(groundfact: Run) -> None:
    """No installed component breaks the page about it."""
    for each in groundfact("plugins", "--json").json["components"]:
        assert groundfact("plugins", each["name"]).code == 0


def test_plugins_work_without_a_config(company: Path, groundfact: Run) -> None:
    """Somebody who has no YAML yet can look at what there is."""
    (company / "groundfact.yaml").unlink()
    assert groundfact("plugins").code == 0


def test_a_plugin_adds_a_command(acme: Path, process: Run) -> None:
    """A command of a third party is found by its name and listed by `plugins`."""
    ran = process("greet", "you", PYTHONPATH=str(acme))
    assert (ran.code, ran.out) == (0, "hello you\n")
    told = process("plugins", "--json", PYTHONPATH=str(acme)).json
    assert ("commands", "greet") in {(each["sort"], each["name"]) for each in told["components"]}
    assert {"plugin": "acme", "origin": "acme-tools 1.0"} in told["plugins"]


def test_a_blocked_plugin_adds_no_command(company: Path, acme: Path, process: Run) -> None:
    """A plugin that the YAML blocks has no commands."""
    with (company / "groundfact.yaml").open("a") as file:
        file.write("plugins: {block: [acme]}\n")
    assert process("greet", "you", PYTHONPATH=str(acme)).code == 2


def test_a_plugin_cannot_take_a_command_that_is_there(acme: Path, process: Run) -> None:
    """Two commands of one name are an error that says so, whichever plugin was found first."""
    (acme / "acme_tools.py").write_text(ACME.replace('"greet"', '"sync"'))
    ran = process("plugins", PYTHONPATH=str(acme))
    assert (ran.code, "'sync'" in ran.err) == (9, True)


class Gated:
    """A sync as a process of its own, whose sources wait in the middle until the gate is opened."""

    def __init__(self, company: Path, acme: Path, names: str) -> None:
        self.env = dict(environment(PYTHONPATH=str(acme), PYTHONFAULTHANDLER="1"))
        self._names = names
        self._gates = {name: company / name for name in names}
        lines = [f"  {name}: {{type: gate, access: [workspace], fifo: ./{name}}}\n" for name in names]
        (company / "groundfact.yaml").write_text(
            "workspace: trial\nstore: {path: trial.db}\nprincipals: {me: {kind: person}}\n"
            "context: {default_principal: me}\nsources:\n" + "".join(lines)
        )
        for path in self._gates.values():
            os.mkfifo(path)

    def __enter__(self) -> Gated:
        """Start, and go on when every source waits."""
        # Open for both ends, so that neither side waits for the other to open it.
        self._ends = [os.open(path, os.O_RDWR) for path in self._gates.values()]
        self.process = subprocess.Popen(
            command("sync"), env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        waiting, said = 0, ""
        while waiting < len(self._names):
            line = self.process.stderr.readline()
            said += line
            assert line, f"the sync ended before its sources waited: {said}"
            waiting += line == "reached\n"
        return self

    def open(self) -> None:
        """Let every source go on."""
        for end in self._ends:
            os.write(end, b"open\n")

    def interrupt(self) -> None:
        """Press Ctrl-C, and go on when it is heard."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        assert "stopping" in self.process.stderr.readline()

    def ended(self) -> tuple[int, str]:
        """The exit code, and what was said on stderr since the sources waited."""
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(60)
        if self.process.stderr is not None:
            self.process.stderr.close()
        for end in self._ends:
            os.close(end)


def test_a_second_sync_of_a_source_is_refused(company: Path, acme: Path, process: Run) -> None:
    """While a source is being synced, another sync of it is exit code 7 and says so."""
    with Gated(company, acme, "a") as first:
        second = process("sync", "--json", PYTHONPATH=str(acme))
        first.open()
        assert first.ended()[0] == 0
    assert (second.code, second.json["sources"][0]["status"]) == (7, "busy")


@pytest.mark.parametrize("names", ["a", "ab"])
def test_interrupting_a_sync(company: Path, acme: Path, process: Run, names: str) -> None:
    """Ctrl-C ends a sync with 130 when every source has written the page at hand, and keeps it."""
    with Gated(company, acme, names) as running:
        running.interrupt()
        running.open()
        code, err = running.ended()
    assert (code, "interrupted" in err, "Traceback" in err) == (130, True, False), err
    status = process("status", "--json", PYTHONPATH=str(acme)).json["sources"]
    assert {one["source"]: one["records"] for one in status} == dict.fromkeys(names, 2)
    assert {one["last_run"]["status"] for one in status} == {"stopped"}


def test_interrupting_a_sync_twice(company: Path, acme: Path) -> None:
    """A second Ctrl-C does not wait for sources that hang."""
    with Gated(company, acme, "ab") as running:
        running.interrupt()
        running.process.send_signal(signal.SIGINT)
        assert running.ended() == (130, "")


def test_a_broken_connector_is_a_failed_check(company: Path, acme: Path, process: Run) -> None:
    """A connector that raises what it should not fails its check, says whose bug it is, and shows no traceback."""
    Gated(company, acme, "a")
    ran = process("check", PYTHONPATH=str(acme))
    assert (ran.code, "bug in the connector" in ran.out, "Traceback" in ran.err) == (3, True, False)


def test_a_connector_that_breaks_a_sync(company: Path, acme: Path, process: Run) -> None:
    """A connector with a bug fails its source in one line; the traceback is there for those who ask for it."""
    Gated(company, acme, "a")
    (company / "a").unlink()
    ran = process("sync", PYTHONPATH=str(acme))
    assert (ran.code, "FileNotFoundError" in ran.err, "Traceback" in ran.err) == (3, True, False)
    assert "Traceback" in process("sync", "--debug", PYTHONPATH=str(acme)).err
