"""The runtime a connector reads through: budgets, retries, secrets, the network guard."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import tenacity

from groundfact.config.network import guard_url
from groundfact.config.secrets import read_secret
from groundfact.errors import GroundfactError, SourceRefused, SourceUnavailable
from groundfact.model import Limit, SecretRef, Verdict
from groundfact.protocols import Connector
from groundfact.world import World

__all__ = ["SourceRuntime", "Stopped"]

T = TypeVar("T")
_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
"""A source that asks us to wait longer is left for the next run: seconds."""
_NAP = 0.5
"""How long a wait goes on before it is asked again whether to stop: seconds."""


class Stopped(BaseException):
    """Somebody asked the sync to stop. No `Exception`: a connector must not take it for a failed call."""


@dataclass
class Bucket:
    """A token bucket: `rate` calls per `per` seconds, `burst` at once."""

    limit: Limit
    world: World
    sleep: Callable[[float], None]
    tokens: float = 0.0
    filled_at: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = float(self.limit.burst)
        self.filled_at = self.world.monotonic()

    def take(self) -> None:
        """Wait until a call is allowed."""
        pace = self.limit.rate / self.limit.per
        now = self.world.monotonic()
        self.tokens = min(float(self.limit.burst), self.tokens + (now - self.filled_at) * pace)
        self.filled_at = now
        if self.tokens < 1:
            self.sleep((1 - self.tokens) / pace)
            self.tokens, self.filled_at = 1.0, self.world.monotonic()
        self.tokens -= 1


class _Again(Exception):
    """A failed call that may be tried again."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass
class SourceRuntime:
    """What the core lends the connector of one source; counts every call it makes."""

    source: str
    world: World
    folder: Path
    allow: Sequence[str] = ()
    calls: int = 0
    retries: int = 0
    connector: Connector | None = None
    on_call: Callable[[], None] | None = None
    stopping: Callable[[], bool] | None = None
    """Asked while it waits; None: nobody can stop it."""
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _secrets: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """The injected clock."""
        return self.world.now()

    def secret(self, ref: SecretRef) -> str:
        """The secret behind a reference."""
        secret = read_secret(ref, self.world.environ, self.folder, f"sources.{self.source}")
        self._secrets.add(secret)
        return secret

    def redact(self, text: str) -> str:
        """The text without any secret that this runtime has handed out."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text

    def base_url(self, configured: str | None, default: str, *, hosts: Sequence[str]) -> str:
        """The address to talk to, once it is known to be safe."""
        return guard_url(configured or default, hosts, self.allow, self.world, f"sources.{self.source}")

    def open_file(self, path: str) -> str:
        """A path relative to the YAML's folder."""
        full = (self.folder / Path(path).expanduser()).resolve()
        if not full.is_file():
            raise SourceRefused(
                f"source {self.source}: there is no file {full}",
                hint=f"mend `path:` under sources.{self.source}, or put the file there",
            )
        return str(full)

    def call(self, scope: str, fn: Callable[[], T]) -> T:
        """Run one request within budget, again where that may help."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            retry=tenacity.retry_if_exception_type(_Again),
            wait=self._wait,
            sleep=self._rest,
            before_sleep=self._count_retry,
            reraise=True,
        )
        try:
            answer: T = retrying(self._once, scope, fn)
            return answer
        except _Again as again:
            verdict = again.verdict
            hint = verdict.fix or "it may pass by itself: sync again later"
            message = self.redact(f"source {self.source}: {verdict.message} (tried {_ATTEMPTS} times: {scope})")
            raise SourceUnavailable(message, after=verdict.after, hint=hint) from again.__cause__

    def _once(self, scope: str, fn: Callable[[], T]) -> T:
        self._pay(scope)
        try:
            return fn()
        except GroundfactError:
            raise
        except Exception as error:
            raise self._judged(error) from error

    def _pay(self, scope: str) -> None:
        with self._lock:
            self.calls += 1
            if self.on_call is not None:
                self.on_call()
            for limit in self.connector.limits if self.connector is not None else ():
                if fnmatch.fnmatchcase(scope, limit.match):
                    self._buckets.setdefault(limit.match, Bucket(limit, self.world, self._rest)).take()

    def _judged(self, error: Exception) -> Exception:
        verdict = self.connector.classify(error) if self.connector is not None else None
        if verdict is None:
            return error
        if verdict.action in ("retry", "refresh") and (verdict.after or 0) <= _LONGEST_WAIT:
            return _Again(verdict)
        message = self.redact(f"source {self.source}: {verdict.message}")
        if verdict.action == "refuse":
            return SourceRefused(message, hint=verdict.fix)
        return SourceUnavailable(message, after=verdict.after, hint=verdict.fix)

    def _count_retry(self, state: tenacity.RetryCallState) -> None:
        # Before the wait, so that the call that gives up is not counted as one that is tried again.
        with self._lock:
            self.retries += 1

    def _rest(self, seconds: float) -> None:
        """Wait, but no longer than somebody lets us."""
        if self.stopping is None:
            self.world.sleep(seconds)
            return
        while seconds > 0 and not self.stopping():
            self.world.sleep(min(_NAP, seconds))
            seconds -= _NAP
        if self.stopping():
            raise Stopped

    def _wait(self, state: tenacity.RetryCallState) -> float:
        again = state.outcome.exception() if state.outcome is not None else None
        asked = again.verdict.after if isinstance(again, _Again) else None
        if asked is not None:
            return asked
        backoff = min(30.0, 0.5 * 2.0 ** (state.attempt_number - 1))
        return float(backoff * (0.5 + self.world.random() / 2))
