"""Reads that are stopped, limited, broken off or held back: in the end the store holds what the source holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from groundfact.component import Component, Options, component
from groundfact.config.build import load_config
from groundfact.errors import SourceUnavailable
from groundfact.hookspecs import hookimpl
from groundfact.memory import Memory
from groundfact.model import Batch, Check, Cursor, Discovered, Limit, Record, StreamSpec, Verdict
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.plugins import Plugins
from groundfact.store.engine import Store
from groundfact.testing.world_clock import FakeClockWorld

YAML = """
workspace: shelf
store: {path: lab.db}
sources: {s: {type: %s, access: [workspace], deletes: %s, confirms: %s}}
principals: {all: {kind: person}}
context: {default_principal: all}
"""
_PAGE = 2
_MOST = 12
_LATE = timedelta(minutes=5)


class LedgerOptions(Options):
    """How it tells of deletions, and what its increments confirm."""

    deletes: Literal["absence", "sweep"]
    confirms: Literal["stream", "returned"]


class Ledger:
    """A source of numbered rows that is read by number, a page at a time; `breaks_at` is the page that fails."""

    limits: Sequence[Limit] = ()
    rows: dict[int, tuple[str, datetime]] = {}  # noqa: RUF012 - shared on purpose: one is built for every sync
    dropped: set[int] = set()  # noqa: RUF012
    breaks_at: int | None = None

    def __init__(self, options: LedgerOptions, runtime: Any) -> None:
        self._options = options

    def check(self, fields: Any) -> Iterator[Check]:
        """All is well."""
        yield Check("ledger", True, "")

    def discover(self, fields: Any) -> Iterator[Discovered]:
        """Nothing."""
        yield from ()

    def classify(self, error: Exception) -> Verdict | None:
        """Nothing is unexplained."""
        return None

    def streams(self) -> Sequence[StreamSpec]:
        """One stream, read whole every day."""
        return [
            StreamSpec(
                name="rows", kind="account", mapping={"attributes": {"name": "name"}}, order="opaque",
                deletes=self._options.deletes, confirms=self._options.confirms, full_every=timedelta(days=1),
                index_lag=2 * _LATE,
            )
        ]  # fmt: skip

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """What has changed, or everything from where the cursor stands."""
        if since is not None and since.at is not None:
            chosen = [number for number, (_, at) in self.rows.items() if at > since.at]
        else:
            chosen = [number for number in self.rows if since is None or number > since.value["after"]]
        whole = since is None or since.at is None
        # What changes behind the place where it was cut off is for the increment after it.
        began = until if since is None or since.at else datetime.fromisoformat(since.value["began"])
        chosen.sort()
        for page, first in enumerate(range(0, len(chosen), _PAGE)):
            if page == self.breaks_at:
                raise SourceUnavailable("the ledger is closed")
            part = chosen[first : first + _PAGE]
            cursor = Cursor(value={"after": part[-1], "began": began.isoformat()}) if whole else None
            yield Batch([Record(str(n), {"name": self.rows[n][0]}) for n in part], (), cursor)
        yield Batch((), (), Cursor(value={"after": _MOST}, at=began))


class Listed(Ledger):
    """One that lists what is there."""

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Every number."""
        yield [str(number) for number in self.rows]


class _Plugin:
    @hookimpl
    def register_connectors(self) -> Sequence[Component[Any, Any]]:
        return [
            component("absence", "Numbered rows", LedgerOptions, Ledger, example="type: absence"),
            component("sweep", "Numbered rows and their list", LedgerOptions, Listed, example="type: sweep"),
        ]


PLUGINS = Plugins(extra={"ledger": _Plugin()})


class Sync(NamedTuple):
    """A run, and what becomes of it."""

    days: float
    stops_after: int | None = None
    breaks_at: int | None = None
    limit: int | None = None
    full: bool = False
    agreed: bool = False


class Drop(NamedTuple):
    """A row is deleted."""

    number: int


class Write(NamedTuple):
    """A row is added or changed; a number that was deleted does not come back."""

    number: int
    name: str
    late: bool
    """Whether it bears an older time: it was begun then, and is only now to be seen."""


NUMBERS = st.integers(1, _MOST)
RUNS = st.fixed_dictionaries(
    {"days": st.sampled_from([0.1, 1.5])},
    optional={
        "stops_after": st.integers(0, 4),
        "breaks_at": st.integers(0, 4),
        "limit": NUMBERS,
        "full": st.just(True),
        "agreed": st.just(True),
    },
).map(lambda said: Sync(**said))
WRITES = st.builds(Write, NUMBERS, st.sampled_from("ab"), st.booleans())
STEPS = st.lists(WRITES | st.builds(Drop, NUMBERS) | RUNS, min_size=2, max_size=12)
HELD = [*map(Drop, range(2, 9)), Sync(1.5), Write(10, "b", late=True), Sync(0.1, agreed=True), Sync(0.1)]
"""So many are missing that a person is asked; before the answer, a change shows up late."""


@pytest.mark.parametrize("confirms", ["returned", "stream"])
@pytest.mark.parametrize("deletes", ["absence", "sweep"])
@given(steps=STEPS)
@example(steps=HELD)
@settings(max_examples=25)
def test_whatever_becomes_of_a_read_the_store_follows(
    tmp_path_factory: pytest.TempPathFactory, blank_store: Path, deletes: str, confirms: str, steps: list[Any]
) -> None:
    """What is there is never taken for gone, a whole read leaves nothing that was gone before it began, a run after a
    complete one misses no change, and in the end the store holds what the source holds."""
    folder = tmp_path_factory.mktemp("cut")
    path = folder / "shelf.yaml"
    path.write_text(YAML % (deletes, deletes, confirms))
    (folder / "lab.db").write_bytes(blank_store.read_bytes())
    clock = FakeClockWorld()
    Ledger.rows, Ledger.dropped = {number: ("a", clock.at) for number in range(2, _MOST)}, set()
    with Memory(load_config(path, PLUGINS), PLUGINS, Store(folder / "lab.db"), clock) as memory:
        began: set[str] | None = None
        complete = False
        for step in [Sync(0), *steps, Sync(1, agreed=True), Sync(1, full=True, agreed=True)]:
            if not isinstance(step, Sync):
                _edited(step, clock)
                continue
            clock.at += timedelta(days=step.days)
            before = _believed(memory)
            there = {str(number) for number in Ledger.rows}
            began = there if began is None else began | there
            result = _synced(memory, step)
            after = _believed(memory)
            assert before.keys() & there <= after.keys()
            anew, complete = complete, result.status == "done" and result.streams[0].complete
            if complete:
                if result.streams[0].mode == "full":
                    assert after.keys() <= began
                if anew:
                    assert _rows().items() <= after.items()
                began = None
        assert after == _rows()


def _rows() -> dict[str, str]:
    return {str(number): name for number, (name, _) in Ledger.rows.items()}


def _edited(step: Write | Drop, clock: FakeClockWorld) -> None:
    clock.at += timedelta(seconds=1)
    if isinstance(step, Drop):
        Ledger.rows.pop(step.number, None)
        Ledger.dropped.add(step.number)
    elif step.number not in Ledger.dropped:
        Ledger.rows[step.number] = (step.name, clock.at - _LATE if step.late else clock.at)


def _synced(memory: Memory, step: Sync) -> Any:
    asked = count()
    Ledger.breaks_at = step.breaks_at
    options = SyncOptions(
        full=step.full,
        limit=step.limit,
        confirm_deletes=step.agreed,
        stopping=None if step.stops_after is None else lambda: next(asked) >= step.stops_after,
    )
    (result,) = memory.sync(options=options).sources
    return result


def _believed(memory: Memory) -> dict[str, str]:
    return {entry["records"][0].rpartition("/")[2]: entry["name"] for entry in memory.list("accounts")}
