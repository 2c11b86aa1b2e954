"""How far sources and their streams have been read, as one look at the store sees it, and how often values change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from groundfact.model import Claim, Freshness, Learnt
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.claims import NEVER
from groundfact.pipeline.deciding.freshness import SourceState, assess
from groundfact.pipeline.deciding.lifetimes import Lifetimes, learnt_of
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.protocols import FreshnessRule
from groundfact.store.engine import Tx
from groundfact.store.reading import View
from groundfact.store.wishes import failed_since

__all__ = ["Clocks"]

_ALWAYS = -1


@dataclass
class Clocks:
    """Asked by a reader, for its instant and its commit."""

    tx: Tx
    view: View
    passes: Mapping[int, Mapping[str, int]]
    """How far every stream was read."""
    behind_after: Mapping[str, int]
    """By source, milliseconds after which it counts as behind; a source not listed is always behind."""
    now: int
    max_age: int | None = None
    """How many milliseconds ago the caller accepts that a value was confirmed."""
    refresh: set[str] = field(default_factory=set)
    """Sources that answers so far wish to be read ahead of their turn."""

    def __post_init__(self) -> None:
        """See up to when each stream confirms its records."""
        self._ids = {(row.source, row.name): row.id for row in self.view.streams.values()}
        self._sources: dict[str, list[int | None]] = {}
        self._states: dict[tuple[str, str], SourceState] = {}
        self._failing: dict[tuple[str, str], bool] = {}
        self._found: dict[tuple[object, ...], Freshness] = {}
        self._lifetimes: Lifetimes | None = None
        # A stream whose increments confirm everything is confirmed by any pass, others only by a full one.
        self.verified: dict[int, int] = {}
        for stream, modes in self.passes.items():
            confirmed = modes if self.view.streams[stream].confirms == "stream" else {"full": modes.get("full", 0)}
            self.verified[stream] = max(confirmed.values(), default=0)

    def of_source(self, source: str) -> SourceState:
        """How far a source has been read: as far as the stream that is furthest behind."""
        if is_voice(source):
            # Nobody syncs what people say: it is as they said it.
            return SourceState(self.now, NEVER)
        if not self._sources:
            for (name, _), number in self._ids.items():
                self._sources.setdefault(name, []).append(self._read(number))
        until = [at for at in self._sources.get(source, ()) if at is not None]
        return SourceState(min(until, default=None), self.behind_after.get(source, _ALWAYS))

    def of_stream(self, source: str, stream: str) -> SourceState:
        """How far a stream has been read: one that fails for weeks is behind, however well its source's others do."""
        if is_voice(source):
            return SourceState(self.now, NEVER)
        if (source, stream) not in self._states:
            until = self._read(self._ids[source, stream])
            self._states[source, stream] = SourceState(until, self.behind_after.get(source, _ALWAYS))
        return self._states[source, stream]

    def _is_failing(self, source: str, stream: str, state: SourceState) -> bool:
        """Whether the last run of a stream's source failed and did not get it."""
        if (source, stream) not in self._failing:
            failed = failed_since(self.tx, self.view.workspace, source, self.now, self.view.known_at)
            behind = failed is not None and (state.read_until is None or state.read_until < failed)
            self._failing[source, stream] = behind
        return self._failing[source, stream]

    @property
    def _is_now(self) -> bool:
        return self.view.known_at is None and self.view.as_of is None

    def _read(self, stream: int) -> int | None:
        modes = self.passes.get(stream)
        return max(modes.values()) if modes else None

    def learnt(self, plan: KindPlan, attribute: str) -> Learnt | None:
        """What was learnt of an attribute whose rule goes by it."""
        if attribute not in plan.learning:
            return None
        if self._lifetimes is None:
            self._lifetimes = learnt_of(self.tx, self.view.workspace, self.view.known_at)
        return self._lifetimes.get(plan.name, {}).get(attribute)

    def freshness(self, plan: KindPlan, attribute: str, claim: Claim) -> Freshness:
        """How fresh a claim is now."""
        rule = plan.freshness[attribute]
        learnt = self.learnt(plan, attribute) if attribute in plan.learning else None
        # Most claims of one record have the same clocks, and most attributes the same rule.
        clocks = (claim.source, claim.stream, claim.changed_at, claim.observed_at, claim.verified_at)
        same = (id(rule), learnt, claim.declared_until, *clocks)
        found = self._found.get(same)
        if found is None:
            found = self._found[same] = self._assessed(claim, rule, learnt)
        # Nobody reads again what a person said, and a look at the past wishes for nothing now.
        if found.refresh and self._is_now and not is_voice(claim.source):
            self.refresh.add(claim.source)
        return found

    def _assessed(self, claim: Claim, rule: FreshnessRule, learnt: Learnt | None) -> Freshness:
        state = self.of_stream(claim.source, claim.stream)
        found = assess(claim, rule, state, self.now, learnt, self.max_age)
        # Only what is stale is told otherwise where its source cannot be read.
        if found.status != "stale" or is_voice(claim.source):
            return found
        state = state._replace(failing=self._is_failing(claim.source, claim.stream, state))
        return assess(claim, rule, state, self.now, learnt, self.max_age)
