"""`AsyncMemory`: the same verbs, awaited. What blocks runs in a few threads that live as long as the memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from groundfact.asking import AsOf, MaxAge, RulesOf
from groundfact.memory import Context, KnownAt, Memory, Scope, SyncReport
from groundfact.pipeline.ingest.sync import SyncOptions
from groundfact.pipeline.stewarding.worklist import Task
from groundfact.plugins import Plugins
from groundfact.world import World

__all__ = ["AsyncMemory"]

T = TypeVar("T")
_WORKERS = 8


class AsyncMemory:
    """A memory for asyncio. Use it as an async context manager, or call `close`.

    A call that is cancelled stops being waited for; what its thread has begun is finished, so nothing is half written.
    """

    def __init__(self, memory: Memory, *, workers: int = _WORKERS) -> None:
        self.memory = memory
        # Its own, so that `close` can wait for what has begun.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="groundfact")

    @classmethod
    async def open(
        cls,
        path: str | Path = "groundfact.yaml",
        *,
        variables: Mapping[str, str] | None = None,
        plugins: Plugins | None = None,
        world: World | None = None,
    ) -> AsyncMemory:
        """Open a memory. Raises ConfigError (with file and line), PluginError or StoreError."""
        opening = partial(Memory.open, path, variables=variables, plugins=plugins, world=world)
        return cls(await asyncio.to_thread(opening))

    async def __aenter__(self) -> AsyncMemory:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for what has begun, then close the store."""
        await asyncio.to_thread(self._threads.shutdown)
        self.memory.close()

    async def run(self, work: Callable[[Memory], T]) -> T:
        """Await anything else a memory can do: `await memory.run(lambda m: list(m.list("accounts")))`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, self.memory)

    async def context(
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
        """Everything a copilot may rely on about an account: `Memory.context`."""
        return await self.run(
            lambda m: m.context(
                account,
                question,
                principal=principal,
                max_tokens=max_tokens,
                kind=kind,
                known_at=known_at,
                max_age=max_age,
                as_of=as_of,
                rules=rules,
            )
        )

    async def workspace_context(
        self, question: str | None = None, *, principal: str | None = None, max_tokens: int | None = None
    ) -> Context:
        """What holds in the whole workspace: `Memory.workspace_context`."""
        return await self.run(lambda m: m.workspace_context(question, principal=principal, max_tokens=max_tokens))

    async def search(
        self,
        question: str,
        *,
        account: str | None = None,
        kind: str = "account",
        principal: str | None = None,
        limit: int = 10,
        known_at: KnownAt = None,
    ) -> Sequence[dict[str, Any]]:
        """Texts that speak of a question: `Memory.search`."""
        return await self.run(
            lambda m: m.search(
                question, account=account, kind=kind, principal=principal, limit=limit, known_at=known_at
            )
        )

    async def why(
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
        """Why a value is believed: `Memory.why`."""
        return await self.run(
            lambda m: m.why(
                account,
                attribute,
                principal=principal,
                kind=kind,
                known_at=known_at,
                max_age=max_age,
                as_of=as_of,
                rules=rules,
            )
        )

    async def remember(
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
        """Keep what somebody told: `Memory.remember`."""
        return await self.run(
            lambda m: m.remember(
                text, about=about, kind=kind, attribute=attribute, value=value, type=type, inferred=inferred,
                scope=scope, team=team, expires=expires, principal=principal,
            )
        )  # fmt: skip

    async def correct(
        self,
        account: str,
        attribute: str,
        value: Any,
        *,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Say what is right, and why: `Memory.correct`."""
        return await self.run(
            lambda m: m.correct(
                account, attribute, value, reason=reason, evidence=evidence, kind=kind, expires=expires,
                principal=principal,
            )
        )  # fmt: skip

    async def pin(
        self,
        account: str,
        attribute: str,
        value: Any = None,
        *,
        source: str | None = None,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide which value is to be believed: `Memory.pin`."""
        return await self.run(
            lambda m: m.pin(
                account, attribute, value, source=source, reason=reason, evidence=evidence, kind=kind, expires=expires,
                principal=principal,
            )
        )  # fmt: skip

    async def ignore(
        self,
        account: str,
        attribute: str,
        source: str,
        *,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide that what a source says does not count: `Memory.ignore`."""
        return await self.run(
            lambda m: m.ignore(
                account, attribute, source, reason=reason, evidence=evidence, kind=kind, expires=expires,
                principal=principal,
            )
        )  # fmt: skip

    async def worklist(
        self, *, kind: str = "account", only: Task | None = None, limit: int = 50, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """What waits for a steward: `Memory.worklist`."""
        return await self.run(lambda m: m.worklist(kind=kind, only=only, limit=limit, principal=principal))

    async def review(
        self, *, kind: str = "account", limit: int = 50, principal: str | None = None
    ) -> Sequence[dict[str, Any]]:
        """What looks alike and was not merged: `Memory.review`."""
        return await self.run(lambda m: m.review(kind=kind, limit=limit, principal=principal))

    async def why_linked(
        self, account: str, *, principal: str | None = None, kind: str = "account", known_at: KnownAt = None
    ) -> dict[str, Any]:
        """Why records are one: `Memory.why_linked`."""
        return await self.run(lambda m: m.why_linked(account, principal=principal, kind=kind, known_at=known_at))

    async def merge(
        self, one: str, other: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that two are one: `Memory.merge`."""
        return await self.run(lambda m: m.merge(one, other, reason=reason, kind=kind, principal=principal))

    async def unmerge(
        self, record: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that a record is something else: `Memory.unmerge`."""
        return await self.run(lambda m: m.unmerge(record, reason=reason, kind=kind, principal=principal))

    async def keep_apart(
        self,
        one: str,
        other: str,
        *,
        reason: str,
        kind: str = "account",
        withdraw: bool = False,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide that two are not the same: `Memory.keep_apart`."""
        return await self.run(
            lambda m: m.keep_apart(one, other, reason=reason, kind=kind, withdraw=withdraw, principal=principal)
        )

    async def forget(self, memory_id: str, *, reason: str = "", principal: str | None = None) -> dict[str, Any]:
        """Forget what somebody told: `Memory.forget`."""
        return await self.run(lambda m: m.forget(memory_id, reason=reason, principal=principal))

    async def remembered(
        self, about: str | None = None, *, principal: str | None = None, kind: str = "account"
    ) -> Sequence[dict[str, Any]]:
        """What people and copilots told it: `Memory.remembered`."""
        return await self.run(lambda m: m.remembered(about, principal=principal, kind=kind))

    async def status(self, runs: int = 1, *, known_at: KnownAt = None, as_of: AsOf = None) -> Sequence[dict[str, Any]]:
        """Every source and how far it has been read: `Memory.status`."""
        return await self.run(lambda m: m.status(runs, known_at=known_at, as_of=as_of))

    async def sync(self, sources: Sequence[str] = (), options: SyncOptions | None = None) -> SyncReport:
        """Sync the named sources: `Memory.sync`."""
        return await self.run(lambda m: m.sync(sources, options))
