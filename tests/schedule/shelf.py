"""A source of numbered records that is read from its cursor on, and does as it is told between two pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from groundfact.component import Component, Options, component
from groundfact.config.build import load_config
from groundfact.hookspecs import hookimpl
from groundfact.memory import Memory
from groundfact.model import Batch, Check, Cursor, Discovered, Limit, Record, StreamSpec, Verdict
from groundfact.plugins import Plugins
from groundfact.store.engine import Store
from groundfact.world import World

SIZE = 3
YAML = """
workspace: shelves
store: {path: shelves.db}
sources:
  books: {type: shelf, access: [workspace], every: 1h}
principals: {me: {kind: person}}
context: {default_principal: me}
"""


class NoOptions(Options):
    """None."""


class Shelf:
    """What every source of the type reads from; it lives as long as a test."""

    limits: Sequence[Limit] = ()
    books = 12
    handed: list[str] = []  # noqa: RUF012 - shared on purpose: a connector is built for every sync
    """Every record that was handed over."""
    before_page: Callable[[int], None] = staticmethod(lambda page: None)
    """Called before each page is handed over, and before each call is answered."""

    def __init__(self, options: NoOptions, runtime: Any) -> None:
        self._rt = runtime

    @classmethod
    def reset(cls) -> None:
        """As at the start of a test."""
        cls.books, cls.handed, cls.before_page = 12, [], staticmethod(lambda page: None)

    def check(self) -> Iterator[Check]:
        """All is well."""
        yield Check("shelf", True, "")

    def discover(self) -> Iterator[Discovered]:
        """Nothing."""
        yield from ()

    def classify(self, error: Exception) -> Verdict | None:
        """A source that is closed asks to come back in a minute and a half."""
        return Verdict("retry", "closed", after=90) if isinstance(error, ConnectionError) else None

    def streams(self) -> Sequence[StreamSpec]:
        """One stream in the order of its cursor, whose deletions are found by a listing of all ids."""
        mapping = {"attributes": {"name": "name"}}
        return [StreamSpec(name="books", kind="account", mapping=mapping, order="cursor_asc", deletes="sweep",
                           confirms="stream")]  # fmt: skip

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Go on after the last number."""
        start = since.value.get("after", 0) if since else 0
        if since is not None and since.at is not None:
            start = self.books
        for first in range(start, self.books, SIZE):
            self._rt.call("page", lambda first=first: self.before_page(first // SIZE))
            rows = [Record(str(n), {"name": f"Book {n}"}) for n in range(first, min(first + SIZE, self.books))]
            self.handed.extend(row.id for row in rows)
            yield Batch(rows, (), Cursor(value={"after": first + SIZE}))
        yield Batch((), (), Cursor(at=until))

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Every number, a few at a time."""
        for first in range(0, self.books, SIZE):
            self.before_page(100 + first // SIZE)
            yield [str(n) for n in range(first, min(first + SIZE, self.books))]


class _Plugin:
    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        return [component("shelf", "Numbered books", NoOptions, Shelf, example="{}")]


def opened(folder: Path, blank: Path, world: World) -> Memory:
    """A memory of one shelf; its store is kept."""
    (folder / "shelves.yaml").write_text(YAML)
    plugins = Plugins(extra={"shelf": _Plugin()})
    if not (folder / "shelves.db").exists():
        (folder / "shelves.db").write_bytes(blank.read_bytes())
    config = load_config(folder / "shelves.yaml", plugins)
    return Memory(config, plugins, Store(folder / "shelves.db"), world)
