"""The reference pages say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from groundfact import errors
from groundfact.cli.failures import BROKEN_PIPE, INTERRUPTED
from groundfact.cli.reference import page

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_of_commands_is_current() -> None:
    """docs/reference/cli.md is what `python -m groundfact.cli.reference` writes."""
    assert (REFERENCE / "cli.md").read_text() == page()


def test_every_error_is_in_the_table_of_exit_codes() -> None:
    """docs/reference/exit-codes.md names every class of error with its code, and no other."""
    rows = re.findall(r"^\| (\d+) \|(.*?)\|", (REFERENCE / "exit-codes.md").read_text(), re.MULTILINE)
    told = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    classes = [getattr(errors, name) for name in errors.__all__]
    assert told == {each.__name__: each.exit_code for each in classes}
    assert {int(code) for code, _ in rows} >= {0, INTERRUPTED, BROKEN_PIPE}
