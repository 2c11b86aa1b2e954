"""Freshness on reading: the table of answers."""

from __future__ import annotations

import pytest

from groundfact.model import Claim, FactTimes, Freshness, Lifetime
from groundfact.pipeline.freshness import SourceState, assess

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


@pytest.mark.parametrize(
    ("life", "source", "told"),
    [
        ((1000, 2000), READ, Freshness("fresh", "", 900, 900)),
        ((999, 1000), READ, Freshness("aging", "fact_old", 900, 900)),
        ((998, 999), READ, Freshness("stale", "fact_old", 900, 900)),
        ((998, 999, True), READ, Freshness("stale", "fact_old", 900, 900, withheld=True)),
        ((999, 1000, True), READ, Freshness("aging", "fact_old", 900, 900)),
        ((999, 1000, False, "changed"), READ, Freshness("aging", "fact_old", 900, 500)),
        ((1000, 2000, True, "changed"), READ, Freshness("fresh", "", 900, 500)),
        ((None, None), READ, Freshness("fresh", "", 900, 900)),
        ((999, None), READ, Freshness("aging", "fact_old", 900, 900)),
        ((1000, 2000), BEHIND, Freshness("stale", "source_behind", 900, 899)),
        ((1000, 2000, True), BEHIND, Freshness("stale", "source_behind", 900, 899, withheld=True)),
        ((None, None, True), BEHIND, Freshness("stale", "source_behind", 900, 899, withheld=True)),
        ((1000, 2000), NEVER, Freshness("stale", "source_behind", 900, None)),
        ((1000, 2000), SourceState(900, 100), Freshness("fresh", "", 900, 900)),
        ((1000, 2000), SourceState(900, -1), Freshness("stale", "source_behind", 900, 900)),
    ],
)
def test_how_fresh_an_answer_is(life: tuple[object, ...], source: SourceState, told: Freshness) -> None:
    """Each end of a lifetime belongs to it; a source that is behind makes all stale; must-revalidate withholds."""
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
    assert [assess(_claim(), rule, source, now).status for now in (1000, 1001, 1100, 1101)] == [
        "fresh",
        "aging",
        "aging",
        "stale",
    ]
