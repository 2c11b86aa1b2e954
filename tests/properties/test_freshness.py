"""What must hold for every freshness rule, whatever its options and clocks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundfact.model import Claim, FactTimes, Learnt
from groundfact.pipeline.deciding.freshness import SourceState, assess
from groundfact.plugins import Plugins

DAY = 86_400_000
OFFERED = Plugins().freshness_rules
ORDER = ("fresh", "aging", "stale")
SPANS = st.integers(1, 400).map(lambda days: f"{days}d")
SERVED: dict[str, st.SearchStrategy[Any]] = {
    "must_revalidate": st.just(False),
    "stale_while_revalidate": st.none() | SPANS,
    "stale_if_error": st.none() | SPANS,
}
OPTIONS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "fixed": {"fresh_for": SPANS, "since": st.sampled_from(["verified", "changed"])},
    "heuristic": {"share": st.floats(0.01, 1)},
    "calendar": {
        "until_end_of": st.sampled_from(["day", "week", "month", "quarter", "year"]),
        "year_starts": st.integers(1, 12),
        "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
        "grace": SPANS,
        "since": st.sampled_from(["verified", "changed"]),
    },
    "learned": {"risk": st.floats(0.01, 0.2), "stale_risk": st.floats(0.2, 0.9), "enough": SPANS},
    "source_declared": {"until": st.just("ends"), "grace": SPANS, "otherwise": SPANS},
}
MOMENTS = st.integers(15_000 * DAY, 22_000 * DAY)
LEARNT = st.none() | st.builds(Learnt, st.integers(0, 10**6), st.integers(0, 10**7 * DAY))


def made(name: str, **options: Any) -> Any:
    """A rule as the YAML would build it."""
    offered = OFFERED[name]
    return offered.build(offered.options.model_validate(options))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Claim, SourceState, Learnt | None]:
    """A rule, a claim with its clocks, a source's state, and what was learnt."""
    name = draw(st.sampled_from(sorted(OPTIONS)))
    rule = made(name, **{key: draw(value) for key, value in {**OPTIONS[name], **SERVED}.items()})
    observed = draw(MOMENTS)
    changed, verified = draw(st.none() | MOMENTS), observed + draw(st.integers(0, 1000 * DAY))
    claim = Claim(
        "v", "v", "crm", "accounts", "1", changed, observed, verified, declared_until=draw(st.none() | MOMENTS)
    )
    state = SourceState(
        verified + draw(st.integers(0, 100 * DAY)), draw(st.integers(DAY, 90 * DAY)), draw(st.booleans())
    )
    return rule, claim, state, draw(LEARNT)


@given(case=cases(), first=MOMENTS, later=st.integers(0, 3000 * DAY))
def test_more_age_never_gets_fresher(case: Any, first: int, later: int) -> None:
    """With nothing but time gone by: never fresher, and what was withheld stays withheld."""
    rule, claim, state, learnt = case
    now = max(first, claim.observed_at)
    one, other = (assess(claim, rule, state, at, learnt) for at in (now, now + later))
    assert ORDER.index(one.status) <= ORDER.index(other.status)
    assert one.withheld <= other.withheld


@given(case=cases(), now=MOMENTS, sooner=st.integers(0, 3000 * DAY))
def test_a_clock_that_goes_backwards_makes_nothing_older(case: Any, now: int, sooner: int) -> None:
    """The same question at an earlier time is answered, and never with an older word."""
    rule, claim, state, learnt = case
    now = max(now, claim.observed_at)
    before = assess(claim, rule, state, now - sooner, learnt)
    assert ORDER.index(before.status) <= ORDER.index(assess(claim, rule, state, now, learnt).status)


@given(case=cases(), now=MOMENTS, asked=st.integers(1, 1000), more=st.integers(0, 1000))
def test_a_caller_who_accepts_more_is_told_no_less(case: Any, now: int, asked: int, more: int) -> None:
    """What a tolerance lets through, every larger one does, and so does none at all."""
    rule, claim, state, learnt = case
    strict, loose = (assess(claim, rule, state, now, learnt, days * DAY) for days in (asked, asked + more))
    none = assess(claim, rule, state, now, learnt)
    assert strict.withheld >= loose.withheld >= none.withheld


@given(case=cases())
def test_spans_are_closed_open(case: Any) -> None:
    """Fresh at the last instant before `fresh_until` and not at it; stale at `stale_after` and not before."""
    rule, claim, _, learnt = case
    state = SourceState(2**60, 2**60)
    life = rule.lifetime(
        FactTimes(claim.changed_at, claim.observed_at, claim.verified_at, 2**45, claim.declared_until, learnt)
    )
    assert life.fresh_until <= life.stale_after

    def status(at: int) -> str:
        return assess(claim, _Given(life), state, at, learnt).status

    assert status(life.fresh_until - 1) == "fresh"
    assert status(life.fresh_until) == ("aging" if life.fresh_until < life.stale_after else "stale")
    assert status(life.stale_after) == "stale"


class _Given:
    def __init__(self, life: Any) -> None:
        self._life = life

    def lifetime(self, times: FactTimes) -> Any:
        """Always the same."""
        return self._life


@given(
    changes=st.integers(0, 10**6),
    more=st.integers(0, 10**6),
    watched=st.integers(0, 10**8),
    options=st.fixed_dictionaries({}, optional={"risk": st.floats(0.01, 0.2), "enough": SPANS, "otherwise": SPANS}),
)
def test_more_changes_never_lengthen_a_learnt_lifetime(
    changes: int, more: int, watched: int, options: dict[str, Any]
) -> None:
    """Watched for as long, an attribute that changed more often is never trusted for longer."""
    rule = made("learned", **options)
    clocks = FactTimes(None, 0, 0, 0)
    few, many = (
        rule.lifetime(clocks._replace(learnt=Learnt(count, watched * DAY))) for count in (changes, changes + more)
    )
    assert many.fresh_until <= few.fresh_until
    assert many.stale_after <= few.stale_after


@given(changes=st.integers(0, 10**6), watched=st.integers(400, 10**8), more=st.integers(0, 10**8))
def test_more_watching_without_a_change_never_shortens_it(changes: int, watched: int, more: int) -> None:
    """Once enough was watched, quiet days only ever lengthen a learnt lifetime."""
    rule = made("learned")
    clocks = FactTimes(None, 0, 0, 0)
    short, long = (rule.lifetime(clocks._replace(learnt=Learnt(changes, d * DAY))) for d in (watched, watched + more))
    assert short.fresh_until <= long.fresh_until


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_rule_that_is_offered_is_tried(name: str) -> None:
    """A rule that is added without a place here would not be held to any of this."""
    assert set(OPTIONS) == set(OFFERED)
    assert name in OFFERED
