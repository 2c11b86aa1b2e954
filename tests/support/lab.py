"""A laboratory: real sync, real store, and sources that say exactly what a test tells them to say."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from groundfact.component import Component, Options, component
from groundfact.config.build import load_config
from groundfact.config.config import Config
from groundfact.hookspecs import hookimpl
from groundfact.memory import Memory
from groundfact.model import Batch, Check, Cursor, Discovered, Gone, Limit, Record, StreamSpec, Verdict
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.plugins import Plugins
from groundfact.store.engine import Store
from groundfact.testing.world_clock import FakeClockWorld

ATTRIBUTES = {
    "accounts": ["name", "domain", "industry", "employees", "phone", "annual_revenue", "salesforce_id"],
    "contacts": ["name", "email", "title"],
    "deals": ["name", "stage", "amount", "is_open"],
    "messages": ["subject", "author", "sent_at", "external"],
}
ABOUT = [
    {"field": "channel", "pattern": "cust-(.+)", "attribute": "domain", "value": "{1}.example"},
    {"field": "email", "attribute": "domain", "when": "external"},
]
KINDS = {"accounts": "account", "contacts": "contact", "deals": "deal", "messages": "message"}
KINDS |= {"teammates": "teammate", "roles": "role"}
_CHILDREN = ("contacts", "deals", "messages")
REFERENCES = {
    "accounts": {"parent": "accounts", "owned_by": "teammates"},
    "contacts": {"employer": "accounts"},
    "deals": {"owned_by": "teammates"},
    "roles": {"contact": "contacts", "deal": "deals", "account": "accounts"},
}
"""By stream, for a source with relations: attribute to the stream that its field of the same name refers to."""
Said = Record | Gone | BaseException


class ScriptedOptions(Options):
    """Which script to follow."""

    script: str
    confirms: str = "stream"
    deletes: str = "inline"
    page: int = 2
    messages: bool = False
    """Whether it has messages, in channels that are named after customers."""
    relations: bool = False
    """Whether its records refer to each other, and it has teammates and roles."""


class Scripted:
    """A connector that yields what the lab has put into its script, a page at a time, each page with a cursor."""

    limits: Sequence[Limit] = ()
    scripts: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))

    def __init__(self, options: ScriptedOptions, runtime: Any) -> None:
        self._options, self._runtime = options, runtime

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        yield Check("script", True, self._options.script)

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        yield from ()

    def classify(self, error: Exception) -> Verdict | None:
        return None

    def streams(self) -> Sequence[StreamSpec]:
        full = self._options.deletes == "absence"
        named = {name: own for name, own in ATTRIBUTES.items() if name != "messages" or self._options.messages}
        refers = REFERENCES if self._options.relations else {}
        if refers:
            named = {**named, "teammates": ["name", "email"], "roles": ["role", "is_primary", "from", "until"]}
        return [
            StreamSpec(
                name=name,
                kind=KINDS[name],
                mapping={
                    "attributes": {a: a for a in attributes}
                    | {a: {"field": a, "record": to} for a, to in refers.get(name, {}).items()},
                    "parent": {"stream": "accounts", "field": "account"} if name in _CHILDREN else None,
                    "text": ["notes"],
                    "about": ABOUT if name == "messages" else [],
                },
                order="full" if full else "cursor_asc",
                deletes=self._options.deletes,  # type: ignore[arg-type]
                confirms=self._options.confirms,  # type: ignore[arg-type]
            )
            for name, attributes in named.items()
        ]

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        rows = self.scripts[self._options.script][stream.name]
        size = self._options.page
        for start in range(0, len(rows), size):
            page: list[Record | Gone] = []
            for row in rows[start : start + size]:
                if isinstance(row, BaseException):
                    raise row
                page.append(row)
            self._runtime.call("page", lambda: None)
            yield Batch(page, (), Cursor(value={"at": start}), len(rows))
        yield Batch((), (), Cursor(at=until))


class _Plugin:
    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        return [component("scripted", "What the test says", ScriptedOptions, Scripted, example="{script: a}")]


PLUGINS = Plugins(extra={"lab": _Plugin()})

BASE = """
workspace: lab
store: {path: lab.db}
identity:
  account:
    - {type: shared_key, attribute: domain}
    - {type: cross_reference, attribute: salesforce_id, source: a, stream: accounts}
  contact:
    - {type: shared_key, attribute: email}
principals:
  all: {kind: person, labels: [workspace, x, y, z], clearance: restricted}
  x: {kind: person, labels: [x], clearance: restricted}
  y: {kind: person, labels: [y], clearance: restricted}
  nobody: {kind: copilot, clearance: restricted}
  low: {kind: copilot, labels: [x, y, z], clearance: internal}
context: {default_principal: all}
"""


def config_of(folder: Path, more: str = "", sources: str = "abc", options: str = "") -> Config:
    """A configuration of scripted sources; `more` is YAML for further top-level keys."""
    lines = ["sources:"]
    lines += [f"  {s}: {{type: scripted, access: [workspace], script: '{s}'{options}}}" for s in sources]
    path = folder / "lab.yaml"
    path.write_text(BASE + "\n".join(lines) + "\n" + more)
    return load_config(path, PLUGINS)


class Lab:
    """One memory and its scripts."""

    def __init__(self, folder: Path, blank: Path, config: Config, name: str = "lab") -> None:
        self.path = folder / f"{name}.db"
        for old in folder.glob(f"{name}.db*"):
            old.unlink()
        shutil.copy(blank, self.path)
        self.world = FakeClockWorld()
        self.memory = Memory(config, PLUGINS, Store(self.path), self.world)
        self.said: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))

    def say(self, source: str, stream: str, *rows: Said) -> None:
        """What a source will say in the next sync."""
        self.said[source][stream].extend(rows)

    def sync(self, *sources: str, **options: Any) -> Any:
        """Sync; the scripts are spent."""
        Scripted.scripts.clear()
        for source, streams in self.said.items():
            for stream, rows in streams.items():
                Scripted.scripts[source][stream] = list(rows)
        self.said.clear()
        report = self.memory.sync(sources, SyncOptions(**options))
        Scripted.scripts.clear()
        return report

    def dump(self) -> bytes:
        """The canonical dump in one piece."""
        return b"".join(self.memory.dump())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Look at the store directly."""
        with self.memory.store.reading() as tx:
            return tx.rows(sql)

    def close(self) -> None:
        """Close the memory."""
        self.memory.close()


START = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


def at(day: float) -> datetime:
    """A moment, in days after the start of 2026."""
    return START + timedelta(days=day)


def account(rec: str, day: float | None, acl: Sequence[str] | None = None, **data: Any) -> Record:
    """An account (or any record) as a source shows it."""
    return Record(rec, data, at(day) if day is not None else None, None, acl)
