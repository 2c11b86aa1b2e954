"""`Memory`: the one façade. Every door goes through it, and it asks the policy once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from groundfact.asking import KnownAt
from groundfact.config.build import load_config
from groundfact.config.config import SourceSettings
from groundfact.errors import Busy, Denied, UnknownName, UsageError
from groundfact.judging import Judging, steward
from groundfact.model import Principal
from groundfact.model.times import parse_instant, to_ms
from groundfact.pipeline.decisions import Judgement, to_merge, to_unmerge, write_judgement
from groundfact.pipeline.derive import Derived, Judged, Workspace, derive, derive_told, drop_derived
from groundfact.pipeline.dry_run import Forecast, forecast
from groundfact.pipeline.dump import dump_digest
from groundfact.pipeline.find import find
from groundfact.pipeline.memories import find_told, withdraw, write_telling
from groundfact.pipeline.reader import Reader
from groundfact.pipeline.reports import Context, Rebuilt, SyncReport
from groundfact.pipeline.sync import SyncOptions, sync_sources
from groundfact.pipeline.telling import Scope, Statement, Telling, correction, telling_of
from groundfact.plugins import Plugins
from groundfact.store import registry, runs
from groundfact.store.listing import last_version
from groundfact.store.migrate import open_store
from groundfact.store.prune import orphans, prune_source
from groundfact.world import SystemWorld, World

__all__ = ["Context", "KnownAt", "Memory", "Rebuilt", "Scope", "SyncReport"]


@dataclass
class Memory(Judging):
    """A workspace's memory, opened from its YAML. Use it as a context manager, or call `close`."""

    @classmethod
    def open(
        cls,
        path: str | Path = "groundfact.yaml",
        *,
        variables: Mapping[str, str] | None = None,
        plugins: Plugins | None = None,
        world: World | None = None,
    ) -> Memory:
        """Open a memory. Raises ConfigError (with file and line), PluginError or StoreError."""
        config = load_config(path, plugins, variables=variables)
        return cls(
            config, config.plugins, open_store(config.store_path, config.root.store.wait), world or SystemWorld()
        )

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    # ---- syncing -----------------------------------------------------------------------------------------------

    def sync(self, sources: Sequence[str] = (), options: SyncOptions | None = None) -> SyncReport:
        """Sync the named sources (all without names), then link and decide what changed.

        A source that fails is a result with its error; it never stops the others.
        """
        chosen = self._chosen(sources)
        how = options or SyncOptions()
        results = sync_sources(self.store, self.plugins, self.config, self.world, chosen, how)
        if how.stopping is not None and how.stopping():
            return SyncReport(results, (), 0, Busy("asked to stop", hint="the next sync does what is left"))
        try:
            derived = self._derive()
        except Busy as error:
            return SyncReport(results, (), 0, error)
        return SyncReport(results, derived.changes, derived.links)

    def settle(self) -> None:
        """Link and decide what a sync left behind that was stopped, or found the store locked."""
        self._derive()

    def forecast(self, sources: Sequence[str] = (), limit: int | None = None) -> Sequence[Forecast]:
        """What a sync would do and how many calls it would take; nothing is written."""
        chosen = self._chosen(sources)
        return [forecast(self.store, self.config, self.world, settings, limit) for settings in chosen]

    def prune(self) -> dict[str, int]:
        """Forget sources that the YAML no longer has; how many records each held."""
        with self.store.writing() as tx:
            workspace = registry.ensure_workspace(tx, self.config.workspace)
            names = orphans(tx, workspace, self.config.sources.keys())
            found = {name: prune_source(tx, workspace, name, self.now()) for name in names}
        self._derive()
        return found

    def rebuild(self, at: str | datetime | None = None) -> Rebuilt:
        """Drop everything derived and compute it again from the record versions, as of `at` (now without it)."""
        moment = self.now() if at is None else parse_instant(at) if isinstance(at, str) else to_ms(at)
        workspace = self._workspace()
        with self.store.reading() as tx:
            before = dump_digest(tx, workspace.id)
        drop_derived(self.store, workspace)
        derived = self._derive(moment)
        with self.store.reading() as tx:
            return Rebuilt(before, dump_digest(tx, workspace.id), derived.entities)

    def _chosen(self, names: Sequence[str]) -> list[SourceSettings]:
        for name in names:
            if name not in self.config.sources:
                hint = f"the sources are: {', '.join(self.config.sources)}"
                raise UnknownName(f"there is no source {name!r} in {self.config.path.name}", hint=hint)
        return [self.config.sources[name] for name in names or self.config.sources]

    def _derive(self, at: int | None = None) -> Derived:
        workspace = self._workspace()
        moment = self.now() if at is None else at
        derived = derive(self.store, workspace, self._plans, self.config.digest, lambda: moment)
        self._announce(derived)
        return derived

    def _announce(self, derived: Derived) -> None:
        for change in derived.changes:
            self.plugins.tell(
                "fact_changed",
                kind=change.kind,
                entity=change.entity,
                attribute=change.attribute,
                before=change.before,
                after=change.after,
            )
        for review in derived.reviews:
            self.plugins.tell("match_needs_review", **review._asdict())

    # ---- telling -----------------------------------------------------------------------------------------------

    def remember(
        self,
        text: str | None = None,
        *,
        about: str | None = None,
        kind: str = "account",
        attribute: str | None = None,
        value: Any = None,
        type: Literal["note", "preference", "instruction", "fact"] | None = None,
        inferred: bool | None = None,
        scope: Scope = "workspace",
        team: str | None = None,
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Remember a fact (`attribute` and `value`), a note, a preference or an instruction; its id and what it says.

        `about` names an account (or another kind); without it, the workspace is meant. `expires` is a date, a time
        or a span like 30d. `inferred` left out: a copilot infers, a person states. Saying the same thing of the same
        attribute again replaces what was said before. Raises Denied where the principal may not speak to that scope.
        """
        said = Statement(text, about, kind, attribute, value, type, inferred, scope, team, expires)
        return self._remember([said], principal)[0]

    def remember_many(
        self, statements: Sequence[Mapping[str, Any]], *, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """Remember several things at once, each with the arguments of `remember`: all of them, or none."""
        try:
            said = [Statement(**one) for one in statements]
        except TypeError as error:
            raise UsageError(f"a statement cannot be read: {error}", hint="it takes what `remember` takes") from None
        return self._remember(said, principal)

    def _remember(self, statements: Sequence[Statement], principal: str | None) -> Sequence[dict[str, Any]]:
        who = self._who(principal)
        with self.reader(principal) as reader:
            tellings = [telling_of(reader, who, one) for one in statements]
        self._tell(who, "remember", tellings)
        return [dict(telling.told) for telling in tellings]

    def correct(
        self,
        account: str,
        attribute: str,
        value: Any,
        *,
        reason: str,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Set a fact right for everybody: it is believed before what any source says, until forgotten or expired."""
        who = self._who(principal)
        if "correct" not in who.may:
            hint = f"grant it: `principals: {{{who.name}: {{may: [correct]}}}}`, or remember it as a fact of your own"
            raise Denied(f"{who.name} may not correct facts", hint=hint)
        self._known_kind(kind)
        if not reason.strip():
            raise UsageError("a correction needs a reason", hint="say how you know, in a sentence")
        with self.reader(principal) as reader:
            telling = correction(reader, who, find(reader, kind, account), attribute, value, reason.strip(), expires)
        self._tell(who, "correct", [telling])
        return dict(telling.told)

    def forget(self, memory_id: str, *, reason: str = "", principal: str | None = None) -> dict[str, Any]:
        """Withdraw something that was told; it is hidden at once. One's own, or anybody's where one may `forget`."""
        who = self._who(principal)
        with self.reader(principal) as reader:
            told = find_told(reader, who, memory_id)
        self._told(who, [("forget", memory_id, reason[:200])], [partial(withdraw, told=told)])
        return {"id": memory_id, "forgotten": True}

    def merge(
        self, one: str, other: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that two entities are one, whatever the matchers say: by name, id, or a record like `crm/42`."""
        return self._judge(lambda reader: to_merge(reader, kind, one, other), kind, reason, principal)

    def unmerge(
        self, record: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that a record (`crm/42`) is not what it is linked to; where a merge linked it, that is taken back."""
        return self._judge(lambda reader: to_unmerge(reader, kind, record), kind, reason, principal)

    def _judge(
        self, decide: Callable[[Reader], Judgement], kind: str, reason: str, principal: str | None
    ) -> dict[str, Any]:
        who = steward(self._who(principal))
        self._known_kind(kind)
        if not reason.strip():
            raise UsageError("a decision needs a reason", hint="say how you know, in a sentence")
        with self.reader(principal) as reader:
            judgement = decide(reader)
        write = partial(write_judgement, judgement=judgement, author=who.name, reason=reason.strip())
        self._told(
            who, [(judgement.verb, judgement.told["record"], reason.strip()[:200])], [write], {kind: judgement.judged}
        )
        with self.reader(principal) as reader:
            found = {"entity": find(reader, kind, judgement.told["record"]).id}
        return {**judgement.told, **found}

    def _tell(self, who: Principal, action: str, tellings: Sequence[Telling]) -> None:
        audits = [(action, telling.rec, telling.kind) for telling in tellings]
        self._told(who, audits, [partial(write_telling, telling=telling) for telling in tellings])

    def _told(
        self,
        who: Principal,
        audits: Sequence[tuple[str, str, str]],
        writes: Sequence[Callable[..., None]],
        judged: Judged | None = None,
    ) -> None:
        """One commit for what was told, what follows from it, and the audit."""
        now = self.now()
        with self.store.writing(durable=True) as tx:
            workspace = Workspace(registry.ensure_workspace(tx, self.config.workspace), self.config.workspace)
            before = last_version(tx, workspace.id)
            for write in writes:
                write(tx, workspace.id, now=now)
            derived = derive_told(tx, workspace, self._plans, self.config.digest, lambda: now, before, judged)
            for audit in audits:
                runs.audit(tx, workspace.id, now, who.name, *audit)
        self._announce(derived)

    def _who(self, principal: str | None) -> Principal:
        who = self.config.principal(principal)
        if who is None:
            raise Denied("nobody is speaking, so nothing is kept", hint="name who speaks: `principal=` or `--as NAME`")
        return who
