"""Freshness rules: until when a value may be relied on."""

from __future__ import annotations

from typing import Any

import pytest

from groundfact.model import FactTimes, Lifetime
from groundfact.plugins import Plugins

DAY = 86_400_000
OFFERED = Plugins().freshness_rules
TIMES = FactTimes(changed_at=100 * DAY, observed_at=110 * DAY, verified_at=400 * DAY, now=401 * DAY)


def rule(name: str, **options: Any) -> Any:
    """A rule as the YAML would build it."""
    offered = OFFERED[name]
    return offered.build(offered.options.model_validate(options))


def test_fixed_counts_from_the_last_confirmation() -> None:
    """A value is fresh for `fresh_for` after it was confirmed and stale after twice that."""
    assert rule("fixed", fresh_for="7d").lifetime(TIMES) == Lifetime(407 * DAY, 414 * DAY)


def test_fixed_may_count_from_the_last_change() -> None:
    """What is news goes off, however often it is confirmed."""
    life = rule("fixed", fresh_for="7d", since="changed", must_revalidate=True).lifetime(TIMES)
    assert life == Lifetime(107 * DAY, 114 * DAY, True, "changed")


def test_stale_after_can_be_set() -> None:
    """`stale_after` is taken as written, and refused where it comes before `fresh_for` ends."""
    assert rule("fixed", fresh_for="1d", stale_after="30d").lifetime(TIMES).stale_after == 430 * DAY
    with pytest.raises(ValueError, match=r"stale_after \(1d\) is shorter than fresh_for \(2d\)"):
        rule("fixed", fresh_for="2d", stale_after="1d")


def test_the_heuristic_trusts_what_has_held_for_long() -> None:
    """A tenth of the time since the last change, as of the confirmation: 300 days give 30."""
    assert rule("heuristic").lifetime(TIMES) == Lifetime(430 * DAY, 460 * DAY)


@pytest.mark.parametrize(("changed", "days"), [(399 * DAY, 1), (-9999 * DAY, 180), (500 * DAY, 1)])
def test_the_heuristic_is_capped(changed: int, days: int) -> None:
    """Never less than a day (a clock that is ahead included) and never more than 180."""
    life = rule("heuristic").lifetime(TIMES._replace(changed_at=changed))
    assert life == Lifetime((400 + days) * DAY, (400 + 2 * days) * DAY)


@pytest.mark.parametrize("name", ["fixed", "heuristic"])
def test_no_clock_no_endless_life(name: str) -> None:
    """Without a known clock the lifetime counts from when the value was first seen, and ends."""
    made = rule(name, **({"fresh_for": "7d"} if name == "fixed" else {}))
    life = made.lifetime(FactTimes(None, 110 * DAY, None, 401 * DAY))
    assert life == Lifetime((117 if name == "fixed" else 111) * DAY, (124 if name == "fixed" else 112) * DAY)
