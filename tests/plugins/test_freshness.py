"""Freshness rules: until when a value may be relied on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from groundfact.model import FactTimes, Learnt, Lifetime
from groundfact.model.times import from_ms, to_ms
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


def calendar(at: str, **options: Any) -> str:
    """The instant at which what was confirmed at a time is no longer fresh."""
    moment = to_ms(datetime.fromisoformat(at))
    life = rule("calendar", **options).lifetime(FactTimes(None, moment, moment, moment))
    assert life.fresh_until is not None
    return from_ms(life.fresh_until).isoformat()


@pytest.mark.parametrize(
    ("span", "at", "end"),
    [
        ("day", "2026-11-02T23:59:59.999Z", "2026-11-03T00:00:00+00:00"),
        ("day", "2026-11-03T00:00:00Z", "2026-11-04T00:00:00+00:00"),
        ("week", "2026-11-01T12:00:00Z", "2026-11-02T00:00:00+00:00"),
        ("week", "2026-11-02T00:00:00Z", "2026-11-09T00:00:00+00:00"),
        ("month", "2026-12-31T12:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("month", "2028-02-29T12:00:00Z", "2028-03-01T00:00:00+00:00"),
        ("quarter", "2026-11-02T08:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("quarter", "2026-03-31T08:00:00Z", "2026-04-01T00:00:00+00:00"),
        ("year", "2026-11-02T08:00:00Z", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_calendar_ends_with_the_span(span: str, at: str, end: str) -> None:
    """Spans are closed-open: the first instant of the next one already belongs to that."""
    assert calendar(at, until_end_of=span) == end


@pytest.mark.parametrize(
    ("span", "starts", "at", "end"),
    [
        ("quarter", 2, "2026-11-02T08:00:00Z", "2027-02-01T00:00:00+00:00"),
        ("quarter", 2, "2026-01-31T08:00:00Z", "2026-02-01T00:00:00+00:00"),
        ("year", 2, "2026-01-31T08:00:00Z", "2026-02-01T00:00:00+00:00"),
        ("year", 10, "2026-11-02T08:00:00Z", "2027-10-01T00:00:00+00:00"),
        ("year", 12, "2026-12-01T00:00:00Z", "2027-12-01T00:00:00+00:00"),
    ],
)
def test_calendar_knows_fiscal_years(span: str, starts: int, at: str, end: str) -> None:
    """Quarters and years are counted from the month in which the year begins."""
    assert calendar(at, until_end_of=span, year_starts=starts) == end


def test_calendar_ends_where_people_live() -> None:
    """Midnight is that of the zone, in winter and in summer."""
    zone = {"until_end_of": "month", "timezone": "Europe/Berlin"}
    assert calendar("2026-01-10T00:00:00Z", **zone) == "2026-01-31T23:00:00+00:00"
    assert calendar("2026-06-10T00:00:00Z", **zone) == "2026-06-30T22:00:00+00:00"
    assert calendar("2026-06-30T22:00:00Z", **zone) == "2026-07-31T22:00:00+00:00"
    with pytest.raises(ValueError, match="there is no time zone 'Europe/Atlantis'"):
        rule("calendar", until_end_of="day", timezone="Europe/Atlantis")


def test_calendar_is_stale_after_its_grace() -> None:
    """In between it is aging: the new figures are not always there on the first day."""
    life = rule("calendar", until_end_of="month", grace="10d").lifetime(TIMES)
    assert life.fresh_until is not None
    assert life.stale_after == life.fresh_until + 10 * DAY


def test_a_stamp_that_lies_ahead_buys_no_later_span() -> None:
    """A source whose clock is wrong, or that writes 9999, does not make its news last for ever."""
    made = rule("calendar", until_end_of="year", since="changed")
    ahead = TIMES._replace(changed_at=to_ms(datetime.fromisoformat("9999-12-31T00:00:00Z")))
    assert made.lifetime(ahead) == made.lifetime(TIMES._replace(changed_at=TIMES.now))


def test_source_declared_goes_by_the_record() -> None:
    """Fresh until the record says, stale after the grace; where it says nothing, `otherwise` after it was confirmed."""
    made = rule("source_declared", until="renewal_date", grace="3d", otherwise="30d")
    assert made.declared_by == "renewal_date"
    assert made.lifetime(TIMES._replace(declared_until=500 * DAY)) == Lifetime(500 * DAY, 503 * DAY)
    assert made.lifetime(TIMES) == Lifetime(430 * DAY, 433 * DAY)


def learned(changes: int, days: float, **options: Any) -> float:
    """How many days after its confirmation a value is no longer fresh."""
    times = TIMES._replace(learnt=Learnt(changes, int(days * DAY)))
    life = rule("learned", **options).lifetime(times)
    assert life.fresh_until is not None
    assert times.verified_at is not None
    return (life.fresh_until - times.verified_at) / DAY


def test_learned_takes_the_risk_that_it_is_told_to() -> None:
    """A stage that changes every 21 days is fresh for 1.08 days at a risk of 5 %."""
    nothing = {"prior_changes": 1e-9, "prior_watched": "1s", "at_least": "1h", "risk": 0.05}
    assert learned(1000, 21_000, **nothing) == pytest.approx(1.077, abs=0.001)
    assert learned(1000, 21_000, **{**nothing, "risk": 0.5, "stale_risk": 0.5}) == pytest.approx(14.556, abs=0.001)


def test_learned_is_stale_at_the_second_risk() -> None:
    """From then on the chance that it has changed is one in five."""
    times = TIMES._replace(learnt=Learnt(100, 3650 * DAY))
    life = rule("learned", risk=0.05, stale_risk=0.2).lifetime(times)
    assert life.fresh_until is not None
    assert life.stale_after is not None
    start = 400 * DAY
    assert (life.stale_after - start) / (life.fresh_until - start) == pytest.approx(4.35, abs=0.01)


def test_learned_is_bounded_and_falls_back() -> None:
    """Never below `at_least` or above `at_most`; before enough was watched, `otherwise`."""
    assert learned(10**6, 366) == 1
    assert learned(0, 10**7) == 365
    assert learned(5, 364, otherwise="7d") == 7
    assert rule("learned", otherwise="9d").lifetime(TIMES).fresh_until == 409 * DAY


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("learned", {"risk": 0.3, "stale_risk": 0.2}, r"stale_risk \(0.2\) is smaller than risk \(0.3\)"),
        ("learned", {"at_least": "9d", "at_most": "2d"}, r"at_most \(2d\) is shorter than at_least \(9d\)"),
        (
            "fixed",
            {"fresh_for": "1d", "must_revalidate": True, "stale_if_error": "1d"},
            "must_revalidate never serves a stale value, and stale_if_error would",
        ),
    ],
)
def test_options_that_contradict_each_other_are_refused(name: str, options: dict[str, Any], told: str) -> None:
    """With the words that say which."""
    with pytest.raises(ValueError, match=told):
        rule(name, **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("fixed", {"fresh_for": "7d"}),
        ("heuristic", {}),
        ("calendar", {"until_end_of": "week"}),
        ("learned", {}),
        ("source_declared", {"until": "ends"}),
    ],
)
def test_every_rule_says_what_may_be_served_afterwards(name: str, options: dict[str, Any]) -> None:
    """`must_revalidate`, `stale_while_revalidate` and `stale_if_error` mean the same for all of them."""
    life = rule(name, **options, stale_while_revalidate="2d", stale_if_error="3d").lifetime(TIMES)
    assert (life.stale_while_revalidate, life.stale_if_error) == (2 * DAY, 3 * DAY)
    assert rule(name, **options, must_revalidate=True).lifetime(TIMES).must_revalidate
