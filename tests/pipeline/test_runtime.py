"""The runtime that a connector reads through: budgets, verdicts, waits, counts. The clock only moves by waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from groundfact.errors import Busy, GroundfactError, SourceRefused, SourceUnavailable
from groundfact.model import Limit, SecretRef, Verdict
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.testing.world_clock import FakeClockWorld


class Vendor:
    """A connector as far as the runtime sees one: its budgets, and what it makes of an error."""

    def __init__(self, verdict: Verdict | None = None, limits: Sequence[Limit] = ()) -> None:
        self.limits, self._verdict = limits, verdict

    def classify(self, error: Exception) -> Verdict | None:
        """What the test says."""
        return self._verdict


def runtime(verdict: Verdict | None = None, *limits: Limit, world: FakeClockWorld | None = None) -> SourceRuntime:
    """A runtime whose connector has this verdict and these budgets."""
    made = SourceRuntime("crm", world or FakeClockWorld(), Path())
    made.connector = Vendor(verdict, limits)  # type: ignore[assignment]
    return made


def fails(times: int, error: Exception | None = None) -> Callable[[], str]:
    """A call that fails so often, then answers."""
    left = [error or ConnectionError("reset")] * times

    def call() -> str:
        if left:
            raise left.pop()
        return "answer"

    return call


def slept(rt: SourceRuntime) -> list[float]:
    """What was waited for."""
    world: Any = rt.world
    return list(world.slept)


AGAIN = Verdict("retry", "the connection was reset")


def test_an_answer_is_handed_back_and_counted() -> None:
    """One call, one count, no wait."""
    rt = runtime()
    assert (rt.call("page", lambda: 7), rt.calls, rt.retries, slept(rt)) == (7, 1, 0, [])


def test_a_budget_waits_by_the_injected_clock() -> None:
    """Two calls a second, two at once: the third and fourth wait half a second each, and idling fills the bucket."""
    world = FakeClockWorld()
    rt = runtime(None, Limit("*", 2, 1, burst=2), world=world)
    for _ in range(4):
        rt.call("page", lambda: None)
    assert world.slept == [0.5, 0.5]
    world.advance(seconds=100)
    for _ in range(3):
        rt.call("page", lambda: None)
    assert world.slept == [0.5, 0.5, 0.5]


def test_a_budget_counts_the_scopes_that_it_matches() -> None:
    """A search budget leaves other calls alone; a call that two budgets match waits for both."""
    world = FakeClockWorld()
    rt = runtime(None, Limit("search.*", 1, 10), Limit("*", 1, 1, burst=3), world=world)
    rt.call("objects.list", lambda: None)
    rt.call("search.companies", lambda: None)
    assert world.slept == []
    rt.call("search.contacts", lambda: None)
    assert world.slept == [10.0]


@pytest.mark.parametrize("action", ["retry", "refresh"])
def test_a_passing_failure_is_tried_again(action: str) -> None:
    """Waits grow from call to call, with jitter from the injected chance; every try is counted."""
    rt = runtime(Verdict(action, "reset"))  # type: ignore[arg-type]
    assert rt.call("page", fails(3)) == "answer"
    assert (rt.calls, rt.retries) == (4, 3)
    waits = slept(rt)
    assert all(low <= wait < high for wait, low, high in zip(waits, (0.25, 0.5, 1.0), (0.5, 1.0, 2.0), strict=True))
    again = runtime(Verdict(action, "reset"))  # type: ignore[arg-type]
    again.call("page", fails(3))
    assert slept(again) == waits


def test_retry_after_is_honoured() -> None:
    """A source that says how long to wait is obeyed to the second."""
    rt = runtime(Verdict("retry", "slow down", after=17.0))
    assert rt.call("page", fails(2)) == "answer"
    assert slept(rt) == [17.0, 17.0]


def test_retries_also_pay() -> None:
    """A second try is a call like any other: it waits for the budget, too."""
    rt = runtime(Verdict("retry", "slow down", after=0.0), Limit("*", 1, 60))
    rt.call("page", fails(1))
    assert [wait for wait in slept(rt) if wait] == [60.0]


def test_patience_ends() -> None:
    """After six tries the source is unavailable: the error says what was tried, how often, and the next step."""
    rt = runtime(AGAIN)
    with pytest.raises(SourceUnavailable) as found:
        rt.call("accounts.page", fails(99))
    assert rt.calls == 6
    assert "source crm: the connection was reset (tried 6 times: accounts.page)" in str(found.value)
    assert "sync again later" in found.value.hint
    assert isinstance(found.value.__cause__, ConnectionError)


def test_too_long_a_wait_is_left_for_the_next_run() -> None:
    """A source that asks for more than two minutes is given up at once, and the error says how long it asked for."""
    rt = runtime(Verdict("retry", "daily quota is used up", after=3600.0))
    with pytest.raises(SourceUnavailable, match="daily quota") as found:
        rt.call("page", fails(1))
    assert (found.value.after, rt.calls, slept(rt)) == (3600.0, 1, [])


def test_a_refusal_is_final() -> None:
    """Credentials that are wrong are not tried again; the fix goes to the person who must act."""
    rt = runtime(Verdict("refuse", "the token has no right to read deals", fix="grant crm.objects.deals.read"))
    with pytest.raises(SourceRefused) as found:
        rt.call("page", fails(1))
    assert (rt.calls, slept(rt), found.value.hint) == (1, [], "grant crm.objects.deals.read")


def test_a_failure_is_not_tried_again() -> None:
    """`fail` ends the call as unavailable, after one try."""
    rt = runtime(Verdict("fail", "the answer is no JSON"))
    with pytest.raises(SourceUnavailable, match="no JSON"):
        rt.call("page", fails(1))
    assert (rt.calls, rt.retries) == (1, 0)


def test_a_bug_is_raised_as_it_is() -> None:
    """What the connector does not know is not the source's fault: it is neither retried nor dressed up."""
    rt = runtime(None)
    with pytest.raises(ZeroDivisionError):
        rt.call("page", lambda: 1 // 0)
    assert rt.calls == 1


@pytest.mark.parametrize("error", [SourceRefused("no"), Busy("taken"), SourceUnavailable("down", after=3)])
def test_what_is_already_explained_passes_through(error: GroundfactError) -> None:
    """An error of ours inside a call is not classified again."""
    rt = runtime(AGAIN)
    with pytest.raises(type(error)) as found:
        rt.call("page", fails(1, error))
    assert found.value is error
    assert rt.calls == 1


def test_a_secret_is_in_no_error() -> None:
    """A secret that was handed out is taken out of whatever a vendor repeats."""
    rt = runtime(
        Verdict("refuse", "token s3cr3t-token is expired"), world=FakeClockWorld(environ={"T": "s3cr3t-token"})
    )
    assert rt.secret(SecretRef("env:T")) == "s3cr3t-token"
    with pytest.raises(SourceRefused) as found:
        rt.call("page", fails(1))
    assert "s3cr3t" not in str(found.value)
    assert "[secret]" in str(found.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    """A path is relative to the YAML's folder; one that is not there is named, with where to mend it."""
    rt = SourceRuntime("books", FakeClockWorld(), tmp_path)
    (tmp_path / "there.csv").touch()
    assert rt.open_file("there.csv") == str(tmp_path / "there.csv")
    with pytest.raises(SourceRefused, match=r"gone\.csv") as found:
        rt.open_file("gone.csv")
    assert "sources.books" in found.value.hint


def test_the_call_that_gives_up_is_no_retry() -> None:
    """Six tries are five retries: what failed for the last time is not tried again."""
    rt = runtime(AGAIN)
    with pytest.raises(SourceUnavailable):
        rt.call("page", fails(99))
    assert (rt.calls, rt.retries) == (6, 5)
