"""Running the blocks of a page, in order, in one folder: the page is a story that has to come true."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from support.command_line import command as command_line
from support.command_line import environment
from tests.docs.markdown import ROOT, Block

from groundfact.cli.main import main
from groundfact.config.build import Config, load_config
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.world_clock import FakeClockWorld

_SHELL = re.compile(r"[|&;<>$`*]")
_WHOLE_RUNS = ("scripts/demo", "scripts/test")
"""They take minutes and set up their own environment; they have tests of their own."""
_BASE = """
workspace: base
sources:
  base: {type: salesforce, instance_url: "https://acme.my.salesforce.com", access_token: env:CRM, access: [workspace]}
principals: {me: {kind: person}, support_copilot: {kind: copilot}}
"""


class Ran(NamedTuple):
    """A finished command."""

    code: int
    out: str
    err: str


class Story:
    """One page, played in a folder; the folder is the current one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, Any] = {"__name__": "story"}
        self._beside: list[subprocess.Popen[str]] = []
        self.said = ""
        """What the last program printed."""

    def _start(self, words: list[str]) -> None:
        """A command that goes on beside the page, once it has said that it is there."""
        log = subprocess.PIPE
        process = subprocess.Popen(
            command_line(*words), cwd=self._folder, env=environment(), stderr=log, text=True, encoding="utf-8"
        )
        self._beside.append(process)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("serving "), process.stderr.read()

    def close(self) -> None:
        """End what goes on beside the page."""
        for process in self._beside:
            process.terminate()
            process.communicate(timeout=60)

    def play(self, block: Block) -> None:
        """Do what a block says; AssertionError names the line where it is not so."""
        if "not run" in block.marks:
            assert not re.search(r"^(\$ )?groundfact ", block.text, re.MULTILINE), f"{block.where}: can be run"
        elif "from" in block.marks:
            assert block.text in (ROOT / block.marks["from"]).read_text(), f"{block.where}: not in its file any more"
        elif "file" in block.marks:
            target = self._folder / block.marks["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
            if block.language == "yaml":
                self._yaml(block)
        elif "output" in block.marks:
            compare(block, 0, block.text, self.said)
        else:
            getattr(self, f"_{block.language}", self._other)(block)

    def _other(self, block: Block) -> None:
        known = ("text", "csv", "json", "toml")
        assert block.language in known, f"{block.where}: nobody knows how to run {block.language!r}"

    def _yaml(self, block: Block) -> None:
        """A whole configuration, or what is laid over a small one."""
        apart = self._folder / "_yaml"
        apart.mkdir(exist_ok=True)
        (apart / "_base.yaml").write_text(_BASE)
        whole = re.search(r"^(workspace|extends):", block.text, re.MULTILINE)
        (apart / "groundfact.yaml").write_text(block.text if whole else f"extends: _base.yaml\n{block.text}")
        _understood(load_config(apart / "groundfact.yaml"))

    def _sql(self, block: Block) -> None:
        """A query of the page's store, as another tool would ask it."""
        with closing(sqlite3.connect("file:groundfact.db?mode=ro", uri=True)) as store:
            self.said = "".join("|".join(map(str, row)) + "\n" for row in store.execute(block.text))

    def _python(self, block: Block) -> None:
        code = compile("\n" * block.line + block.text, name_of(block), "exec")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, self._names)
        self.said = out.getvalue()

    def _bash(self, block: Block) -> None:
        lines = [line for line in block.text.splitlines() if line and not line.startswith("#")]
        for at, line in enumerate(lines):
            last = at == len(lines) - 1
            self._command(block, line, int(block.marks.get("exit", 0)) if last else 0)

    def _console(self, block: Block) -> None:
        for line, command, shown, last in _dialogue(block):
            ran = self._command(block, command, int(block.marks.get("exit", 0)) if last else 0, line)
            if shown.strip():
                compare(block, line, shown, ran.err + ran.out if ran.code else ran.out)

    def _command(self, block: Block, command: str, code: int, line: int = 0) -> Ran:
        words = shlex.split(command, comments=True)
        if words[0] in _WHOLE_RUNS:
            return Ran(0, "", "")
        if words[0] == "groundfact" and words[-1] == "&":
            self._start(words[1:-1])
            return Ran(0, "", "")
        if words[0] == "groundfact" and not _SHELL.search(command):
            ran = _in_this_process(words[1:])
        else:
            done = subprocess.run(
                ["bash", "-eu", "-c", command], capture_output=True, text=True, cwd=self._folder,
                env=environment(PATH=f"{Path(sys.executable).parent}:{environment()['PATH']}"), timeout=60,
            )  # fmt: skip
            ran = Ran(done.returncode, done.stdout, done.stderr)
        assert ran.code == code, f"{block.where}+{line}: {command}: exit code {ran.code}\n{ran.out}\n{ran.err}"
        return ran


class _AnySecret(dict[str, str]):
    """An environment that has every secret."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "secret"


def _understood(config: Config) -> None:
    """Build every source and mapping: what streams and attributes they name is looked up only then."""
    for name, source in config.sources.items():
        for file in getattr(source.options, "files", {}).values():
            (config.folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (config.folder / file.path).touch()
        runtime = SourceRuntime(name, FakeClockWorld(environ=_AnySecret()), config.folder)
        specs = source.component.build(source.options, runtime).streams()
        config.check_streams(name, specs)
        for spec in specs:
            config.mapping_for(name, spec)


def name_of(block: Block) -> str:
    """What a traceback calls a block."""
    return str(block.page.relative_to(ROOT))


def _in_this_process(words: list[str]) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return Ran(code, out.getvalue(), err.getvalue())


def _dialogue(block: Block) -> Iterator[tuple[int, str, str, bool]]:
    """Line, command, what it is said to answer, and whether it is the last one."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{block.where}: a console block begins with `$ command`"
    line = 1
    for at in range(1, len(parts), 2):
        yield line, parts[at], parts[at + 1], at + 2 == len(parts)
        line += 1 + parts[at + 1].count("\n")


def compare(block: Block, line: int, shown: str, said: str) -> None:
    """`…` alone on a line stands for any lines, within one for any text; runs of spaces are one space."""
    pattern = ""
    for text in shown.strip().splitlines():
        if text.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*?".join(re.escape(part) for part in _tidy(text).split("…")) + r"\n"
    told = "".join(f"{_tidy(text)}\n" for text in said.strip().splitlines())
    assert re.fullmatch(pattern, told), f"{block.where}+{line} shows\n{shown}\nbut it is\n{said}"


def _tidy(text: str) -> str:
    return re.sub(r"[ ─]+", " ", text).rstrip()
