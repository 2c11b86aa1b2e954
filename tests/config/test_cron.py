"""`cron:` lines and time zones that cannot be kept are refused where they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.lab import config_of

from groundfact.errors import ConfigError


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("cron: '0 3 * *'", "'0 3 * *' is not five fields (minute hour day month weekday)"),
        ("cron: '61 3 * * *'", "maximum value (59)"),
        ("cron: '0 3 * * 8'", "'8' are no weekdays"),
        ("cron: '0 3 * * fry'", "'fry' is no weekday"),
        ("cron: '0 0 31 2 *'", "'0 0 31 2 *' never comes"),
        ("cron: '@daily'", "is not five fields"),
        ("cron: 0 3 * * *, timezone: Europe/Atlantis", "there is no time zone 'Europe/Atlantis'"),
        ("cron: 0 3 * * *, timezone: ../../etc/passwd", "there is no time zone"),
        ("cron: 0 3 * * *, every: 1h", "it has `every` and `cron`; keep one of them"),
        ("timezone: Europe/Berlin", "it has a `timezone` without a `cron`"),
        ("jitter: soon", "'soon' is not a duration"),
    ],
)
def test_a_rhythm_that_cannot_be_kept_is_a_mistake_with_its_line(tmp_path: Path, options: str, said: str) -> None:
    """Said when the file is loaded, with its line, not when the turn never comes."""
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, "", "a", f", {options}")
    assert said in str(caught.value)
    assert "lab.yaml:" in str(caught.value)
