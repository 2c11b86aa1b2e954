"""What is due when: the plan alone, with a clock that the test holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.schedule.conftest import Configured

from groundfact.config.config import SourceSettings
from groundfact.schedule.plan import Past, next_turn, past_of, turns
from groundfact.store.runs import RunRow

HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    """`2026-11-02 08:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = utc("2026-11-02 08:00")  # a Monday


def asked(settings: SourceSettings, past: Past | None, now: datetime = NOW) -> datetime | None:
    """The next turn of a source."""
    return next_turn("lab", settings, past, now)


def done(at: datetime, status: str = "done", failures: int = 0) -> Past:
    """A run that ended."""
    return Past(at, status, failures)


def test_a_source_that_was_never_read_is_due_at_once(configured: Configured) -> None:
    """Whatever its rhythm: until it is read, nothing is known of it."""
    assert asked(configured("every: 6h").sources["a"], None) == NOW
    assert asked(configured("cron: 0 3 * * *").sources["a"], None) == NOW


def test_every_counts_from_the_start_of_the_last_run(configured: Configured) -> None:
    """A run that took 50 minutes of an hour does not move the next one."""
    settings = configured("every: 1h").sources["a"]
    assert asked(settings, done(NOW)) == NOW + HOUR
    assert asked(settings, done(NOW, "partial")) == NOW + HOUR


def test_a_source_that_missed_many_turns_runs_once(configured: Configured) -> None:
    """After a week of sleep it is due, and after that run an hour later, not for each of the turns it missed."""
    for options in ("every: 1h", "cron: 0 * * * *"):
        settings = configured(options).sources["a"]
        at = asked(settings, done(NOW - timedelta(days=7)))
        assert at is not None
        assert at <= NOW
        assert asked(settings, done(NOW)) == NOW + HOUR


@pytest.mark.parametrize(
    ("cron", "zone", "last", "wanted"),
    [
        ("0 3 * * *", "UTC", "2026-11-02 03:00", "2026-11-03 03:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-11-02 08:00", "2026-11-03 02:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-07-02 08:00", "2026-07-03 01:00"),
        ("*/15 * * * *", "UTC", "2026-11-02 08:01", "2026-11-02 08:15"),
        # cron counts Sunday as 0 and 7; the library underneath would take 0 for Monday.
        ("0 3 * * 0", "UTC", "2026-11-02 08:00", "2026-11-08 03:00"),
        ("0 3 * * 7", "UTC", "2026-11-02 08:00", "2026-11-08 03:00"),
        ("0 3 * * 1-5", "UTC", "2026-11-06 08:00", "2026-11-09 03:00"),
        ("0 3 * * sat-mon", "UTC", "2026-11-03 08:00", "2026-11-07 03:00"),
        # Either the 20th or a Friday, as cron has it.
        ("0 3 20 * 5", "UTC", "2026-11-02 08:00", "2026-11-06 03:00"),
        ("0 3 20 * 5", "UTC", "2026-11-18 08:00", "2026-11-20 03:00"),
        # The night without 2:30 and the one with two of it.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", "2026-03-29 01:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", "2026-10-25 00:30"),
    ],
)
def test_cron_is_read_as_cron_reads_it(configured: Configured, cron: str, zone: str, last: str, wanted: str) -> None:
    """The first turn after the last run's start, in the source's zone."""
    settings = configured(f"cron: '{cron}', timezone: {zone}").sources["a"]
    assert asked(settings, done(utc(last)), utc(last)) == utc(wanted)


def test_the_schedules_zone_holds_for_every_cron(configured: Configured) -> None:
    """A source without a zone of its own takes the one under `schedule:`."""
    settings = configured("cron: 0 3 * * *", "schedule: {timezone: Asia/Tokyo}\n").sources["a"]
    assert asked(settings, done(NOW)) == utc("2026-11-02 18:00")


def test_a_failing_source_rests_longer_each_time_but_never_less_than_its_rhythm(configured: Configured) -> None:
    """5, 10, 20 minutes … at most six hours for a source that is due every minute; a daily one stays daily."""
    often, daily = configured("every: 1m").sources["a"], configured("every: 1d").sources["a"]
    rests = [asked(often, done(NOW, "failed", n)) for n in (1, 2, 3, 7, 8, 12)]
    assert [(at - NOW) // timedelta(minutes=1) for at in rests if at] == [5, 10, 20, 320, 360, 360]
    assert asked(daily, done(NOW, "failed", 3)) == NOW + timedelta(days=1)
    quarter = configured("cron: '*/15 * * * *'").sources["a"]
    assert asked(quarter, done(NOW, "failed", 1)) == NOW + timedelta(minutes=15)
    assert asked(quarter, done(NOW, "failed", 3)) == NOW + timedelta(minutes=30)


def test_a_stopped_run_goes_on_at_once_and_a_dead_one_after_a_rest(configured: Configured) -> None:
    """Their turn is not over; but a process that dies again and again must not be driven on."""
    settings = configured("every: 1d").sources["a"]
    assert asked(settings, done(NOW - HOUR, "stopped")) == NOW - HOUR
    assert asked(settings, done(NOW, "crashed", 1)) == NOW + timedelta(minutes=5)
    assert asked(settings, done(NOW, "running", 3)) == NOW + timedelta(minutes=20)


def test_what_was_refused_is_left_alone_for_a_while(configured: Configured) -> None:
    """A turn that another process has is skipped, not tried again and again."""
    config = configured("every: 1h", sources="ab")
    refused = {"a": NOW}
    first, second = turns("lab", config.sources.values(), {}, refused, NOW)
    assert (first.source, first.due, second.source, second.due) == ("b", True, "a", False)
    assert second.at == NOW + timedelta(minutes=5)


def test_the_most_overdue_comes_first(configured: Configured) -> None:
    """With few workers nobody waits behind those that came later."""
    config = configured("every: 1h", sources="abc")
    past = {"a": done(NOW - 2 * HOUR), "b": done(NOW - 5 * HOUR), "c": done(NOW)}
    assert [(turn.source, turn.due) for turn in turns("lab", config.sources.values(), past, {}, NOW)] == [
        ("b", True),
        ("a", True),
        ("c", False),
    ]


def test_jitter_spreads_turns_and_is_the_same_whenever_it_is_asked_for(configured: Configured) -> None:
    """Within its bounds, another one for each source and each turn; the same again for the same turn."""
    config = configured("every: 1h, jitter: 10m", sources="abc")
    starts = [NOW + n * HOUR for n in range(4)]
    found = [[asked(source, done(at), at) for source in config.sources.values()] for at in starts]
    shifts = [at - (NOW + (n + 1) * HOUR) for n, row in enumerate(found) for at in row if at]
    assert all(timedelta(0) <= shift < timedelta(minutes=10) for shift in shifts)
    assert len(set(shifts)) == 12
    assert found[0] == [asked(source, done(NOW)) for source in config.sources.values()]


def test_a_clock_that_was_set_back_stops_nothing(configured: Configured) -> None:
    """A last run in the future counts as now."""
    settings = configured("every: 1h").sources["a"]
    assert asked(settings, done(NOW + timedelta(days=300))) == NOW + HOUR


def test_failures_are_counted_from_the_last_run_backwards() -> None:
    """One that arrived ends the row."""

    def run(status: str) -> RunRow:
        return RunRow(1, "a", 1_000, 2_000, status, {}, None)

    past = past_of([run(status) for status in ("failed", "crashed", "failed", "done", "failed")])
    assert past is not None
    assert (past.status, past.failures) == ("failed", 3)
    assert past_of([]) is None


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("every: 2h", timedelta(hours=6)),
        ("cron: 0 3 * * *", timedelta(days=3)),
        # From Friday to Wednesday: three turns in a row over a weekend.
        ("cron: 0 3 * * 1-5", timedelta(days=5)),
        ("cron: 0 3 * * *, behind_after: 30h", timedelta(hours=30)),
    ],
)
def test_a_source_is_behind_after_three_missed_turns(configured: Configured, options: str, wanted: timedelta) -> None:
    """The promise follows from the rhythm, unless the YAML makes another."""
    assert configured(options).sources["a"].behind_after == wanted
