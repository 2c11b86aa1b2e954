"""Everything that can be dropped and recomputed: links, the fact cache, passages; up to a watermark.

Much work is done in several commits, because nobody else can write meanwhile, not even the audit of an answer. Until
the last of them the watermark stays, and a lease says that somebody is at it: who finds it left behind works in
everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import orjson

from groundfact.errors import Busy, GroundfactError
from groundfact.model.times import to_ms
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.stage import Derived, Fresh, Judged, Span, Stage, Step, Workspace
from groundfact.pipeline.ingest.collector import collector_paused
from groundfact.store import facts as cache
from groundfact.store import listing, runs
from groundfact.store.engine import Store, Tx
from groundfact.world import World

__all__ = ["Digests", "derive", "derive_told", "is_settled"]

_STAGE, _LINKS, _TEXTS = "derived", "links", "texts"
_BEGUN = "begun"
"""Stands for the rules of links or texts of which a part was worked out by others."""
_LEASE = "links and facts"
_LONGEST = 2.0
"""Seconds after which a commit ends at the next step."""
_WAITING = Step("waiting for another process", 0, None)
_PAUSE = 0.15
"""Seconds between two commits: whoever waits for the store looks every tenth of a second."""


class Digests(NamedTuple):
    """What tells one set of rules from another."""

    rules: str
    """All of them."""
    identity: str
    """Those that links rest on."""


def derive(
    store: Store,
    workspace: Workspace,
    plans: Mapping[str, KindPlan],
    digests: Digests,
    world: World,
    now: Callable[[], int],
    *,
    anew: bool = False,
    stopping: Callable[[], bool] | None = None,
    tell: Callable[[Step], None] | None = None,
    announce: Callable[[Derived], None] | None = None,
) -> Derived:
    """Bring links, facts and passages up to the record versions, and facts up to the time; nothing to do writes
    nothing. `anew`: write all of them again; links stay where they hold, because decisions are history. `tell` hears
    how far it is where it takes more than one commit, `announce` after each commit what it has changed.

    Raises Busy where `stopping` asks to end, or somebody else has taken over.
    """
    # Each commit at its own time: what is told between two of them was believed before the second.
    stage = Stage(workspace, plans, now, lambda: to_ms(world.now()))
    work = _Work(workspace, digests, world, stage, now, anew)
    with store.reading() as tx:
        if work.is_done(tx):
            return work.stage.derived
    try:
        while not work.over:
            if stopping is not None and stopping():
                raise Busy("asked to stop", hint="the next sync does what is left")
            with collector_paused(), store.writing() as tx:
                work.part(tx)
            work.committed()
            if announce is not None:
                announce(work.stage.untold())
            if not work.over:
                if tell is not None:
                    tell(work.step)
                world.sleep(_PAUSE)
    except BaseException:
        _leave(store, work)
        raise
    return work.stage.derived


def _leave(store: Store, work: _Work) -> None:
    """Make known that what was begun is not done: nobody should wait for it."""
    if not work.holds:
        return
    try:
        with store.writing() as tx:
            work.leave(tx)
    except GroundfactError:
        # Then it is known when the lease runs out.
        return


class _Work:
    """Working in what is new, commit by commit."""

    def __init__(
        self, workspace: Workspace, digests: Digests, world: World, stage: Stage, now: Callable[[], int], anew: bool
    ) -> None:
        self.stage, self.over = stage, False
        self._workspace, self._world, self._now, self._anew = workspace, world, now, anew
        self._digest, self._identity = digests
        self._when = orjson.dumps(stage.when, option=orjson.OPT_SORT_KEYS).decode()
        self.step = _WAITING
        self._steps: Iterator[Step] | None = None
        self._span = Span(0, 0, 0, 0)
        self._token: int | None = None
        self._taken: int | None = None
        """The lease that the commit under way takes; ours once it is committed."""
        self._begun = False
        """Whether a commit has ended in the middle."""

    @property
    def holds(self) -> bool:
        """Whether somebody may be waiting for us."""
        return self._token is not None

    def committed(self) -> None:
        """What the last part did holds."""
        self._token = self._taken

    def is_done(self, tx: Tx) -> bool:
        """Whether there is nothing to do: nothing new, nothing due, nothing left behind."""
        workspace = self._workspace.id
        span = self._span_of(tx)
        return (
            span.top == span.after
            and not (span.everything or span.texts_anew)
            and not cache.any_due(tx, workspace, self._now())
            and runs.lease_holder(tx, workspace, _LEASE) is None
        )

    def _span_of(self, tx: Tx) -> Span:
        """What there is to do: with other rules all facts, but links and texts only where they rest on other ones."""
        workspace = self._workspace.id
        top = listing.last_version(tx, workspace)
        after, rules = runs.mark(tx, workspace, _STAGE)
        linked, identity = runs.mark(tx, workspace, _LINKS)
        indexed, when = runs.mark(tx, workspace, _TEXTS)
        others = rules != self._digest
        # A store from before these two were written down: all the rules hold more than they do.
        links_anew = self._anew or (identity != self._identity and (others or identity != ""))
        texts_anew = self._anew or (when != self._when and (when != "" or (others and after > 0)))
        if not (links_anew or others):
            return Span(top, after, after, after, texts_anew=texts_anew)
        return Span(top, 0, 0 if links_anew else linked, indexed, True, self._anew, links_anew, texts_anew)

    def part(self, tx: Tx) -> None:
        """Work until a step ends too late to go on in this commit, or all is done."""
        if self._token is not None:
            runs.check_lease(tx, self._workspace.id, _LEASE, self._token, to_ms(self._world.now()))
        elif not self._may_begin(tx):
            return
        self.stage.enter(tx)
        until = self._world.monotonic() + _LONGEST
        while (step := self._next(tx)) is not None:
            self.step = step
            if self._world.monotonic() >= until:
                if not self._begun:
                    self._begin_parts(tx)
                return
        self._finish(tx)

    def _next(self, tx: Tx) -> Step | None:
        """The next step, also for what was told or read between two commits; None: all is done."""
        if self._steps is None:
            self._span = self._span_of(tx)
            self._steps = self.stage.steps(self._span, due=cache.due_entities(tx, self._workspace.id, self._now()))
        step = next(self._steps, None)
        while step is None and (top := listing.last_version(tx, self._workspace.id)) > (before := self._span.top):
            self._span = Span(top, before, before, before)
            self._steps = self.stage.steps(self._span)
            step = next(self._steps, None)
        return step

    def _may_begin(self, tx: Tx) -> bool:
        """Whether nobody is at it. Where somebody has left it behind, nothing is taken for granted."""
        # Asked again under the write lock: another process may have done the work meanwhile.
        if self.is_done(tx):
            self.over = True
            return False
        if runs.lease_holder(tx, self._workspace.id, _LEASE) is not None:
            try:
                self._taken = self._take(tx)
            except Busy:
                return False
            runs.set_mark(tx, self._workspace.id, _STAGE, 0, "")
        return True

    def _begin_parts(self, tx: Tx) -> None:
        """Make known that somebody is at it; and where the next one has other rules, that these were begun with."""
        workspace, span = self._workspace.id, self._span
        self._taken, self._begun = self._taken or self._take(tx), True
        if span.links_anew:
            runs.set_mark(tx, workspace, _LINKS, 0, _BEGUN)
        runs.set_mark(tx, workspace, _TEXTS, span.texts_after, _BEGUN if span.texts_anew else self._when)

    def _take(self, tx: Tx) -> int:
        workspace, world = self._workspace.id, self._world
        holder = runs.lease_holder(tx, workspace, _LEASE)
        lives = holder is None or world.is_running(holder)
        return runs.take_lease(tx, workspace, _LEASE, world.identity(), to_ms(world.now()), holder_lives=lives)

    def _finish(self, tx: Tx) -> None:
        workspace = self._workspace.id
        runs.set_mark(tx, workspace, _STAGE, self._span.top, self._digest)
        runs.set_mark(tx, workspace, _LINKS, self._span.top, self._identity)
        runs.set_mark(tx, workspace, _TEXTS, self._span.top, self._when)
        if self._taken is not None:
            runs.release(tx, workspace, _LEASE, self._taken)
        self.over = True

    def leave(self, tx: Tx) -> None:
        """Give the lease back, if it is still ours; whoever comes next works in everything."""
        if self._token is not None and runs.release(tx, self._workspace.id, _LEASE, self._token):
            runs.set_mark(tx, self._workspace.id, _STAGE, 0, "")


def derive_told(
    tx: Tx,
    workspace: Workspace,
    plans: Mapping[str, KindPlan],
    digest: str,
    now: Callable[[], int],
    before: int,
    judged: Judged | None = None,
    fresh: Fresh | None = None,
) -> Derived:
    """Bring links, facts and passages up to what was told in this very transaction, after the version `before`, and to
    what was decided in it about records. `fresh`: that record, and nothing else.

    What a sync under way has written meanwhile is left to its own end: an answer must not wait for that.
    """
    top = listing.last_version(tx, workspace.id)
    stage = Stage(workspace, plans, now, now)
    if top == before and not judged:
        return stage.derived
    stage.enter(tx)
    if fresh is None or not stage.run_directly(fresh, top):
        for _ in stage.steps(Span(top, before, before, before), judged=judged or {}):
            pass
    return stage.derived._replace(settled=runs.move_mark(tx, workspace.id, _STAGE, before, top, digest))


def is_settled(tx: Tx, workspace: int) -> bool:
    """Whether every version has been worked into links, facts and passages."""
    return runs.mark(tx, workspace, _STAGE)[0] == listing.last_version(tx, workspace)
