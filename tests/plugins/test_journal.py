"""The journal: one line for each event, and never a value."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from groundfact.plugins import Plugins

EVENTS: dict[str, dict[str, Any]] = {
    "sync_started": {"source": "crm", "run": 3},
    "sync_finished": {"source": "crm", "run": 3, "counts": {"new": 2, "calls": 5}},
    "sync_failed": {"source": "crm", "run": 3, "error": "canary-value in row 7"},
    "match_needs_review": {"kind": "account", "source": "crm", "record": "9", "entities": ("e1", "e2")},
    "fact_changed": {
        "kind": "account",
        "entity": "e1",
        "attribute": "tier",
        "before": "canary-value",
        "after": {"x": "canary-value"},
    },
    "context_served": {"principal": "bot", "kind": "account", "entity": "e1", "tokens": 300},
}


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_one_line_of_ids_and_counts(event: str, caplog: pytest.LogCaptureFixture) -> None:
    """The line is JSON, names the event and what it is about, and holds no value and no error text."""
    caplog.set_level(logging.INFO, "groundfact.journal")
    Plugins().tell(event, **EVENTS[event])
    (line,) = [record.getMessage() for record in caplog.records if record.name == "groundfact.journal"]
    entry = json.loads(line)
    assert entry.pop("event") == event
    assert entry.pop("timestamp").endswith("Z")
    left_out = {"error", "before", "after"}
    wanted = {key: value for key, value in EVENTS[event].items() if key not in left_out}
    assert entry == json.loads(json.dumps(wanted))
    assert "canary-value" not in line


def test_an_unread_journal_writes_nothing(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """Below INFO nothing is written, least of all to standard output, where scripts read JSON."""
    caplog.set_level(logging.WARNING, "groundfact.journal")
    Plugins().tell("context_served", **EVENTS["context_served"])
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


def test_an_unread_journal_costs_nothing() -> None:
    """While nobody reads it, not even structlog is loaded: a sync tells of every fact that changes."""
    program = (
        "import sys\nfrom groundfact.plugins import Plugins\n"
        "Plugins().tell('sync_started', source='crm', run=1)\nprint('structlog' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
