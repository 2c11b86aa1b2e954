"""Freshness on reading: the table of answers."""

from __future__ import annotations

import pytest

from groundfact.model import Claim, FactTimes, Freshness, Lifetime
from groundfact.pipeline.deciding.freshness import SourceState, assess

NOW = 1_000


class Rule:
    """Says what the test says, and keeps what it was asked."""

    def __init__(self, *lifetime: object) -> None:
        self._life = Lifetime(*lifetime)  # type: ignore[arg-type]
        self.asked: FactTimes | None = None

    def lifetime(self, times: FactTimes) -> Lifetime:
        """The lifetime."""
        self.asked = times
        return self._life


def _claim(verified: int | None = 900, changed: int | None = 500) -> Claim:
    return Claim("v", "v", "crm", "accounts", "1", changed, 600, verified)


READ = SourceState(950, 100)
BEHIND = SourceState(899, 100)
NEVER = SourceState(None, 100)
DOWN = SourceState(950, 100, True)


@pytest.mark.parametrize(
    ("life", "source", "told"),
    [
        ((1001, 2000), READ, Freshness("fresh", "", 900, 900)),
        ((1000, 1001), READ, Freshness("aging", "fact_old", 900, 900)),
        ((999, 1000), READ, Freshness("stale", "fact_old", 900, 900)),
        ((999, 1000, True), READ, Freshness("stale", "fact_old", 900, 900, withheld=True)),
        ((1000, 1001, True), READ, Freshness("aging", "fact_old", 900, 900)),
        ((1000, 1001, False, "changed"), READ, Freshness("aging", "fact_old", 900, 500)),
        ((1001, 2000, True, "changed"), READ, Freshness("fresh", "", 900, 500)),
        ((None, None), READ, Freshness("fresh", "", 900, 900)),
        ((1000, None), READ, Freshness("aging", "fact_old", 900, 900)),
        ((1001, 2000), BEHIND, Freshness("stale", "source_behind", 900, 899)),
        ((1001, 2000, True), BEHIND, Freshness("stale", "source_behind", 900, 899, withheld=True)),
        ((None, None, True), BEHIND, Freshness("stale", "source_behind", 900, 899, withheld=True)),
        ((1001, 2000), NEVER, Freshness("stale", "source_behind", 900, None)),
        ((1001, 2000), SourceState(900, 100), Freshness("fresh", "", 900, 900)),
        ((1001, 2000), SourceState(900, -1), Freshness("stale", "source_behind", 900, 900)),
    ],
)
def test_how_fresh_an_answer_is(life: tuple[object, ...], source: SourceState, told: Freshness) -> None:
    """A lifetime ends before its end; a source that is behind makes all stale; must-revalidate withholds."""
    assert assess(_claim(), Rule(*life), source, NOW) == told


@pytest.mark.parametrize("source", [READ, BEHIND, NEVER])
@pytest.mark.parametrize("must", [False, True])
def test_what_was_never_confirmed_is_unknown(source: SourceState, must: bool) -> None:
    """No clock to count from is neither fresh nor stale, and is not served where the value must be current."""
    told = assess(_claim(verified=None), Rule(9999, 9999, must), source, NOW)
    assert told == Freshness("unknown", "never_verified", None, None, must)


def test_a_rule_is_asked_with_all_clocks() -> None:
    """A freshness rule sees when the value changed, was first seen and last confirmed, and what time it is."""
    rule = Rule(1, 1)
    assess(_claim(), rule, READ, NOW)
    assert rule.asked == FactTimes(500, 600, 900, NOW)


def test_time_alone_makes_it_older() -> None:
    """Nothing is stored: the same claim is fresh, aging and stale at three times."""
    rule, source = Rule(1000, 1100), SourceState(950, 10_000)
    assert [assess(_claim(), rule, source, now).status for now in (999, 1000, 1099, 1100)] == [
        "fresh",
        "aging",
        "aging",
        "stale",
    ]


WHILE, ERROR = 30, 50
"""How long it is served stale while a refresh is wished for, and where its source cannot be read."""


@pytest.mark.parametrize(
    ("stale_after", "state", "told"),
    [
        (990, READ, Freshness("stale", "fact_old", 900, 900, refresh=True)),
        (971, READ, Freshness("stale", "fact_old", 900, 900, refresh=True)),
        (970, READ, Freshness("stale", "fact_old", 900, 900, withheld=True, refresh=True)),
        (951, DOWN, Freshness("stale", "source_unreachable", 900, 900, refresh=True)),
        (950, DOWN, Freshness("stale", "source_unreachable", 900, 900, withheld=True, refresh=True)),
        (2000, SourceState(860, 100, True), Freshness("stale", "source_unreachable", 900, 860, refresh=True)),
        (2000, SourceState(850, 100, True), Freshness("stale", "source_unreachable", 900, 850, True, True)),
        (2000, SourceState(870, 100), Freshness("stale", "source_behind", 900, 870, True, True)),
        (940, SourceState(895, 100, True), Freshness("stale", "source_unreachable", 900, 895, True, True)),
        (2000, SourceState(None, 100, True), Freshness("stale", "source_unreachable", 900, None, True, True)),
        (2000, DOWN, Freshness("fresh", "", 900, 900)),
    ],
)
def test_what_may_be_served_past_its_lifetime(stale_after: int, state: SourceState, told: Freshness) -> None:
    """Marked, for as long as the field allows: longer where its source cannot be read; from then on withheld."""
    assert assess(_claim(), Rule(stale_after, stale_after, False, "verified", WHILE, ERROR), state, NOW) == told


def test_an_aging_value_is_wished_to_be_read_again() -> None:
    """With `stale_while_revalidate`, the wish is made when it is no longer fresh, before it is stale."""
    life = Rule(950, 2000, False, "verified", WHILE)
    assert assess(_claim(), life, READ, NOW) == Freshness("aging", "fact_old", 900, 900, refresh=True)


def test_stale_if_error_alone_bounds_nothing_while_the_source_can_be_read() -> None:
    """It speaks of failing sources only: a value that is merely old is served and marked as it always was."""
    life = Rule(901, 902, False, "verified", None, ERROR)
    assert assess(_claim(), life, READ, NOW) == Freshness("stale", "fact_old", 900, 900)
    assert assess(_claim(), life, DOWN, NOW).withheld


@pytest.mark.parametrize(("max_age", "withheld"), [(101, False), (100, False), (99, True)])
def test_a_caller_may_want_it_younger(max_age: int, withheld: bool) -> None:
    """A value that was confirmed longer ago than the caller accepts is withheld, however long its lifetime is."""
    told = assess(_claim(), Rule(None, None), READ, NOW, max_age=max_age)
    assert told == Freshness("fresh", "older_than_asked" if withheld else "", 900, 900, withheld)


def test_what_was_never_confirmed_satisfies_no_caller_who_asks() -> None:
    """Any `max_age` withholds it; without one it is served as of unknown freshness."""
    assert assess(_claim(verified=None), Rule(9999, 9999), READ, NOW, max_age=10**12).withheld
    assert not assess(_claim(verified=None), Rule(9999, 9999), READ, NOW).withheld


def test_the_longer_of_both_graces_holds_while_it_cannot_be_read() -> None:
    """An outage never takes away what a field allows while a refresh is awaited."""
    told = assess(_claim(), Rule(901, 960, False, "verified", ERROR, WHILE), DOWN, NOW)
    assert (told.why, told.withheld) == ("source_unreachable", False)
