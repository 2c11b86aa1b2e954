"""Asking the memory: contexts, searches, explanations, lists. Each asks the policy once, through one reader."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from groundfact.config.config import Config
from groundfact.errors import PluginError, UnknownName, UsageError
from groundfact.governance.access import access_for
from groundfact.model.times import parse_instant, to_ms
from groundfact.model.tokens import estimate_tokens
from groundfact.pipeline.answering.context import build_context
from groundfact.pipeline.answering.explain import explain
from groundfact.pipeline.answering.listings import LISTS, listed
from groundfact.pipeline.answering.reports import Context
from groundfact.pipeline.answering.status import Asked, source_status
from groundfact.pipeline.answering.workspace import build_workspace_context
from groundfact.pipeline.deciding.dump import canonical_dump
from groundfact.pipeline.deciding.freshness import tolerance
from groundfact.pipeline.deciding.plan import kind_plans
from groundfact.pipeline.deciding.rules_then import RulesThen
from groundfact.pipeline.deciding.stage import Workspace
from groundfact.pipeline.reading.episodes import episodes
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.reading.ground import Grounds
from groundfact.pipeline.reading.reader import Reader
from groundfact.pipeline.reading.retrieval import search_scopes, search_workspace
from groundfact.pipeline.reading.scopes import scopes_around
from groundfact.pipeline.reading.usage import told_in
from groundfact.pipeline.stewarding.memories import remembered
from groundfact.plugins import Plugins
from groundfact.store import registry, runs
from groundfact.store.engine import Store
from groundfact.store.facts import count_facts
from groundfact.store.runs import RunRow
from groundfact.store.usage import count_use
from groundfact.store.wishes import wish, wishes
from groundfact.world import World

__all__ = ["AsOf", "Asking", "KnownAt", "MaxAge", "RulesOf"]

KnownAt = int | str | datetime | None
MaxAge = str | timedelta | None
AsOf = str | datetime | None
RulesOf = Literal["then", "now"]
"""With `known_at`: the rules that held then, or those of today."""
_LEAST_TOKENS = 60
_MOST_FOUND = 50
_LAST_COMMIT = 2**62
"""No store counts further."""


@dataclass
class Asking:
    """The reading half of a memory."""

    config: Config
    plugins: Plugins
    store: Store
    world: World

    def __post_init__(self) -> None:
        """Build the plan of every kind once."""
        config = self.config
        self._plans = kind_plans(config.vocabulary, config.matchers, config.chains, config.freshness, config.deciding)
        self._rules_then = RulesThen(config)
        self._grounds = Grounds(config.workspace)
        self._ruled: int | None = None
        """The state of the store that was left with the rules of now noted in it."""
        self._behind = {
            name: source.behind_after // timedelta(milliseconds=1) for name, source in self.config.sources.items()
        }

    def now(self) -> int:
        """The injected clock, ms since 1970 UTC."""
        return to_ms(self.world.now())

    def _workspace(self) -> Workspace:
        with self.store.reading() as tx:
            number = registry.workspace_id(tx, self.config.workspace)
        if number is None:
            with self.store.writing() as tx:
                number = registry.ensure_workspace(tx, self.config.workspace)
        return Workspace(number, self.config.workspace)

    @contextmanager
    def reader(
        self,
        principal: str | None = None,
        known_at: KnownAt = None,
        max_age: MaxAge = None,
        as_of: AsOf = None,
        rules: RulesOf = "then",
    ) -> Iterator[Reader]:
        """One consistent look at the memory for a principal. Raises Denied where nobody asks."""
        who = self.config.principal(principal)
        access = access_for(who, self.config.policies, self.config.vocabulary)
        with self.store.reading() as tx:
            ground = self._grounds.of(tx)
            seq, now = self._instant(tx, ground.workspace, known_at)
            then = self._rules_then.at(tx, ground.workspace, seq) if seq is not None and rules == "then" else None
            plans, digest = then or (self._plans, self.config.digest)
            world = None if as_of is None else parse_instant(as_of) if isinstance(as_of, str) else to_ms(as_of)
            instant = now if world is None else world
            age = tolerance(max_age)
            number = ground.workspace
            yield Reader(tx, access, plans, self._behind, number, instant, seq, age, world, digest, ground)

    def _instant(self, tx: Any, workspace: int, known_at: KnownAt) -> tuple[int | None, int]:
        """The commit and the wall clock to answer for."""
        if known_at is None:
            return None, self.now()
        if isinstance(known_at, int):
            known_at = min(known_at, _LAST_COMMIT)
            return known_at, registry.commit_time(tx, known_at) or self.now()
        at = parse_instant(known_at) if isinstance(known_at, str) else to_ms(known_at)
        return registry.belief_at(tx, workspace, at), at

    def context(
        self,
        account: str,
        question: str | None = None,
        *,
        principal: str | None = None,
        max_tokens: int | None = None,
        kind: str = "account",
        known_at: KnownAt = None,
        max_age: MaxAge = None,
        as_of: AsOf = None,
        rules: RulesOf = "then",
    ) -> Context:
        """Everything a copilot may rely on about an account (or another kind), in at most `max_tokens`.

        `account` is a name, a domain, an id of ours or a source's own id. A value that was confirmed longer than
        `max_age` ago (a span like 7d) is handed out as the last known one, not confirmed. `as_of`: what was true then;
        `known_at`: what was believed then, by the rules of then, or with `rules="now"` by today's.

        Raises UnknownName, Ambiguous or Denied.
        """
        self._known_kind(kind)
        with self.reader(principal, known_at, max_age, as_of, rules) as reader:
            view = find(reader, kind, account)
            order = self.config.root.context.attributes.get(kind, ())
            data = build_context(reader, view, question, order)
        return self._rendered(reader.workspace, data, max_tokens)

    def workspace_context(
        self, question: str | None = None, *, principal: str | None = None, max_tokens: int | None = None
    ) -> Context:
        """What belongs to the workspace: its words, products, playbooks, pipelines, people and standing directives."""
        with self.reader(principal) as reader:
            data = build_workspace_context(reader, self.config.workspace, question)
        return self._rendered(reader.workspace, data, max_tokens)

    def _rendered(self, workspace: int, data: dict[str, Any], max_tokens: int | None) -> Context:
        budget = self.config.root.context.max_tokens if max_tokens is None else max_tokens
        if budget < _LEAST_TOKENS:
            raise UsageError(f"max_tokens is {budget}; nothing useful fits below {_LEAST_TOKENS}", hint="ask for more")
        text = self.config.render(data, budget)
        tokens = estimate_tokens(text)
        if tokens > budget:
            raise PluginError(f"renderer {type(self.config.renderer).__name__} made {tokens} tokens of {budget}")
        wished = [told["source"] for told in data["sources"] if told.get("refresh")]
        self._served(workspace, data, tokens, wished, told_in(data, text))
        return Context(text, tokens, data)

    def search(
        self,
        question: str,
        *,
        account: str | None = None,
        kind: str = "account",
        principal: str | None = None,
        limit: int = 10,
        known_at: KnownAt = None,
    ) -> Sequence[dict[str, Any]]:
        """The passages that answer a question best: of one account (or another kind), else of the workspace."""
        if not 1 <= limit <= _MOST_FOUND:
            raise UsageError(f"limit is {limit}", hint=f"between 1 and {_MOST_FOUND}")
        self._known_kind(kind)
        with self.reader(principal, known_at) as reader:
            if account is None:
                return episodes(reader, search_workspace(reader, question, limit), placed=True)
            scopes = scopes_around(reader, find(reader, kind, account, briefly=True))
            return episodes(reader, search_scopes(reader, scopes, question, limit))

    def remembered(
        self, about: str | None = None, *, principal: str | None = None, kind: str = "account"
    ) -> Sequence[dict[str, Any]]:
        """What people and copilots told: about one account (or another kind), else all that the principal may see."""
        self._known_kind(kind)
        with self.reader(principal) as reader:
            return remembered(reader, None if about is None else find(reader, kind, about, briefly=True))

    def why(
        self,
        account: str,
        attribute: str,
        *,
        principal: str | None = None,
        kind: str = "account",
        known_at: KnownAt = None,
        max_age: MaxAge = None,
        as_of: AsOf = None,
        rules: RulesOf = "then",
    ) -> dict[str, Any]:
        """Why a value is believed: winner, losers with reasons, rule, margin, and what would flip it."""
        self._known_kind(kind)
        with self.reader(principal, known_at, max_age, as_of, rules) as reader:
            return explain(reader, find(reader, kind, account), attribute, reader.digest)

    def list(
        self,
        what: str,
        *,
        principal: str | None = None,
        kind: str | None = None,
        known_at: KnownAt = None,
        as_of: AsOf = None,
        rules: RulesOf = "then",
    ) -> Generator[dict[str, Any], None, None]:
        """Stream what is listed (accounts, records, facts, …); close it if you do not read it to its end."""
        if what not in LISTS:
            raise UnknownName(f"there is no list of {what!r}", near=list(LISTS), hint=f"there are: {', '.join(LISTS)}")
        if kind is not None:
            self._known_kind(kind)
        with self.reader(principal, known_at, None, as_of, rules) as reader:
            yield from listed(reader, what, kind=kind)

    def status(self, runs: int = 1, *, known_at: KnownAt = None, as_of: AsOf = None) -> Sequence[dict[str, Any]]:
        """Every source: last runs, how far it has been read, what is late. For operators, not for principals.

        `known_at`: as it would have been told then. `as_of`: how late each was at that instant, as is known by now.
        """
        workspace = self._workspace()
        with self.store.reading() as tx:
            seq, now = self._instant(tx, workspace.id, known_at)
            world = None if as_of is None else parse_instant(as_of) if isinstance(as_of, str) else to_ms(as_of)
            asked = Asked(now if world is None else world, seq, world)
            return source_status(tx, workspace.id, self.config, asked, runs)

    def history(self, each: int) -> Sequence[RunRow]:
        """The last runs of every source, by source, the latest first. For operators, not for principals."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            return runs.last_runs(tx, workspace.id, each)

    def wishes(self) -> dict[str, int]:
        """Since when sources are wished to be read ahead of their turn, also those that were read since (ms)."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            return wishes(tx, workspace.id)

    def fact_count(self) -> int:
        """How many facts there are that everybody in the workspace may see."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            return count_facts(tx, workspace.id)

    def dump(self) -> Iterator[bytes]:
        """The canonical dump, line by line: equal memories give equal bytes."""
        workspace = self._workspace()
        with self.store.reading() as tx:
            yield from canonical_dump(tx, workspace.id)

    def belief(self) -> int:
        """The last commit, for `known_at`."""
        with self.store.reading() as tx:
            return registry.latest_seq(tx)

    def _known_kind(self, kind: str) -> None:
        if kind not in self.config.vocabulary:
            known = ", ".join(self.config.vocabulary)
            raise UnknownName(
                f"there is no kind {kind!r}", near=list(self.config.vocabulary), hint=f"there are: {known}"
            )

    def _served(
        self,
        workspace: int,
        data: dict[str, Any],
        tokens: int,
        wished: Sequence[str],
        told: Collection[tuple[str, str]],
    ) -> None:
        principal, kind, entity = data["principal"], data["kind"], data["id"]
        # Before its first sync a workspace has no number, and gets one now.
        with self.store.writing(books=workspace > 0) as tx:
            workspace = workspace or registry.ensure_workspace(tx, self.config.workspace)
            runs.audit(tx, workspace, self.now(), principal, "context", f"{kind}:{entity}", f"{tokens} tokens")
            # In the same commit: neither costs a write of its own.
            count_use(tx, workspace, principal, kind, told)
            wish(tx, workspace, wished, self.now())
        self.plugins.tell("context_served", principal=principal, kind=kind, entity=entity, tokens=tokens)
