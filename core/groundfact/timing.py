"""Comparing two looks at the memory, which writes nothing; and taking back what a source or a run brought."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundfact.asking import KnownAt
from groundfact.config.build import load_config
from groundfact.config.config import Config
from groundfact.errors import UsageError
from groundfact.governance.access import access_for
from groundfact.model import Access
from groundfact.model.times import iso
from groundfact.pipeline.answering.difference import Differences, Progress
from groundfact.pipeline.deciding.derive import derive_told
from groundfact.pipeline.deciding.plan import kind_plans
from groundfact.pipeline.deciding.rules_then import hold_rules
from groundfact.pipeline.deciding.stage import Derived, Workspace
from groundfact.pipeline.reading.reader import Reader
from groundfact.pipeline.stewarding.undoing import Undoing, planned, undone
from groundfact.stewarding import Stewarding
from groundfact.store import listing, registry, runs

__all__ = ["Timing"]


def _quiet(kind: str, done: int) -> None:
    """Tell nobody."""


@dataclass
class Timing(Stewarding):
    """The half of a memory that compares, and takes back what was read."""

    @contextmanager
    def differences(
        self,
        other: str | Path | None = None,
        *,
        earlier: KnownAt = None,
        later: KnownAt = None,
        principal: str | None = None,
        progress: Progress = _quiet,
    ) -> Generator[Differences, None, None]:
        """Which winners are others under the rules of another YAML, or between two instants of our belief.

        Either `other`, or `earlier` (and `later`; else now). Iterate `.each(kinds)`, then read the numbers.
        """
        if (other is None) == (earlier is None):
            raise UsageError("compare with another YAML or with another instant", hint="--with FILE, or --from TIME")
        if other is None:
            if later is not None and self.since(later) < self.since(earlier):
                raise UsageError("the instant of --to is before that of --from", hint="swap them")
            with self.reader(principal, earlier) as before, self.reader(principal, later) as after:
                yield Differences(before, after, progress)
            return
        config = load_config(other, self.plugins)
        with self.reader(principal, later) as before:
            yield Differences(before, self._with_rules(before, config, principal), progress)

    def _with_rules(self, reader: Reader, config: Config, principal: str | None) -> Reader:
        """The same look under the rules of another configuration."""
        plans = kind_plans(config.vocabulary, config.matchers, config.chains, config.freshness, config.deciding)
        who = self.config.principal(principal)
        theirs = access_for(who, config.policies, config.vocabulary)

        def decide(kind: str, attribute: str) -> Any:
            # What exists today is seen as far as today's policies let it be; only what is new goes by the other file.
            exists = kind in self.config.vocabulary and attribute in self.config.vocabulary[kind].attributes
            return (reader.access if exists else theirs).decide(kind, attribute)

        access = Access(reader.access.principal, reader.access.labels, decide)
        return Reader(reader.tx, access, plans, self._behind, reader.workspace, reader.now, reader.known_at)

    def undo_plan(self, source: str | None = None, run: int | None = None) -> dict[str, Any]:
        """What `undo` would take back: source, run, and how many versions of how many records."""
        with self.store.reading() as tx:
            found = planned(tx, registry.workspace_id(tx, self.config.workspace) or 0, source, run)
        return {**_plan(found)}

    def undo(self, source: str | None = None, run: int | None = None) -> dict[str, Any]:
        """The memory as if a source, or its latest run, had never been read; the next sync reads it again.

        What people told about its records alone, or pinned because it said so, goes with it: `told` is how much.
        Raises UsageError where later runs rest on the one that is named, Busy where the source is being synced.
        """
        now = self.now()
        with self.store.writing(durable=True) as tx:
            workspace = Workspace(registry.ensure_workspace(tx, self.config.workspace), self.config.workspace)
            found = planned(tx, workspace.id, source, run)
            holder = runs.lease_holder(tx, workspace.id, found.source)
            lives = holder is None or self.world.is_running(holder)
            hold_rules(tx, workspace.id, self.config, now)
            me = self.world.identity()
            token = runs.take_lease(tx, workspace.id, found.source, me, now, holder_lives=lives)
            derived: list[Derived] = []

            def derive(before: int) -> None:
                derived.append(derive_told(tx, workspace, self._plans, self.config.digest, lambda: now, before))

            restored, told = undone(tx, workspace.id, found, now, derive)
            runs.release(tx, workspace.id, found.source, token)
        for one in derived:
            self._announce(one)
        return {**_plan(found), "restored": restored, "told": told}

    def rejects(self, most: int = 100) -> Sequence[dict[str, Any]]:
        """Rows and values that could not be taken, the latest first. For operators, not for principals."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            found = runs.last_rejects(tx, workspace.id, most)
        return [{**reject._asdict(), "at": iso(reject.at)} for reject in found]

    def not_compared(self, other: str | Path) -> list[str]:
        """What of another YAML a comparison does not try: it takes effect when records are read or linked."""
        config = load_config(other, self.plugins)
        told = []
        if self.config.root.identity != config.root.identity:
            told.append("identity: the links of now were taken; how records would be linked is not tried")
        ours, theirs = self.config.sources, config.sources
        for name in sorted({*ours, *theirs}):
            if name not in ours or name not in theirs:
                told.append(f"sources.{name}: it is in one of the files only; what is stored was compared")
            elif _reading(ours[name]) != _reading(theirs[name]):
                told.append(f"sources.{name}: it is read by another mapping; what is stored was compared")
        return told

    def entity_count(self) -> int:
        """About how many entities there are to compare."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            return listing.document_count(tx, workspace.id)

    def since(self, at: KnownAt) -> int:
        """The commit that an instant means."""
        with self.store.reading() as tx:
            found, _ = self._instant(tx, registry.workspace_id(tx, self.config.workspace) or 0, at)
        return found if found is not None else self.belief()


def _plan(found: Undoing) -> dict[str, Any]:
    return {
        "source": found.source,
        "run": found.run,
        "versions": len(found.versions),
        "records": len(found.records),
    }


def _reading(settings: Any) -> Any:
    return {name: stream.model_dump() for name, stream in settings.streams.items()}, settings.options
