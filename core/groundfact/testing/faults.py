"""A schedule of faults: which call goes wrong, how, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

KINDS = frozenset(
    {
        "429",
        "500",
        "502",
        "503",
        "504",
        "401",
        "409",
        "529",
        "quota",
        "html",
        "truncated",
        "reset",
        "slow",
        "garbage",
        "run",
    }
)


@dataclass(slots=True)
class Fault:
    """One scheduled fault."""

    kind: str
    match: str = ""
    """Substring of ``METHOD /path?query`` the fault applies to; empty for every call."""
    times: int | None = 1
    """How many calls it hits; None for all."""
    after_calls: int = 0
    """How many matching calls pass unharmed first."""
    retry_after: int | str | None = None
    """Value of the Retry-After header (seconds or an HTTP date); None leaves the header out."""
    status: int | None = None
    """Status of an ``html`` answer (200 unless told)."""
    wrong_length: bool = True
    """For ``truncated``: announce the full length (a broken connection) or the cut one (broken JSON)."""
    seconds: float = 0.05
    """For ``slow``: how long the second half of the body takes."""
    run: Callable[[], object] | None = None
    """For ``run``: called before the request is answered, to change the world in mid-run."""
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)


class FaultSchedule:
    """The faults of one fake vendor; thread-safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        kind: str,
        match: str = "",
        *,
        times: int | None = 1,
        after_calls: int = 0,
        retry_after: int | str | None = None,
        status: int | None = None,
        wrong_length: bool = True,
        seconds: float = 0.05,
        run: Callable[[], object] | None = None,
    ) -> Fault:
        """Schedule a fault; the parameters are those of ``Fault``."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}")
        if (kind == "run") != (run is not None):
            raise ValueError("the fault 'run' needs a callable, and only that one takes it")
        fault = Fault(kind, match, times, after_calls, retry_after, status, wrong_length, seconds, run)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every scheduled fault."""
        with self._lock:
            self._faults.clear()

    @property
    def pending(self) -> int:
        """How many faults have not yet hit as often as they should."""
        with self._lock:
            return sum(1 for fault in self._faults if fault.times is None or fault.hits < fault.times)

    def pick(self, call: str) -> Fault | None:
        """The first fault due for a call (``METHOD /path?query``); every matching fault counts the call."""
        due = None
        with self._lock:
            for fault in self._faults:
                if fault.match not in call or (fault.times is not None and fault.hits >= fault.times):
                    continue
                fault.seen += 1
                if due is None and fault.seen > fault.after_calls:
                    fault.hits += 1
                    due = fault
        return due
