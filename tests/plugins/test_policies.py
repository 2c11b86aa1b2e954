"""Policies: clearance and sentences about attributes."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from groundfact.model import Principal
from groundfact.plugins import Plugins

OFFERED = Plugins().policies
LEVELS = ("public", "internal", "confidential", "restricted")


def policy(name: str, **options: Any) -> Any:
    """A policy as the YAML would build it."""
    offered = OFFERED[name]
    return offered.build(offered.options.model_validate(options))


def who(clearance: str = "internal", name: str = "bot") -> Principal:
    """A principal."""
    return Principal(name, "copilot", frozenset(), clearance)


@pytest.mark.parametrize(("clearance", "sensitivity"), list(product(LEVELS, LEVELS)))
def test_clearance_permits_up_to_its_level(clearance: str, sensitivity: str) -> None:
    """Public < internal < confidential < restricted; above the clearance is denied."""
    allowed = LEVELS.index(sensitivity) <= LEVELS.index(clearance)
    assert policy("clearance").decide(who(clearance), "account", "tier", sensitivity) == (
        "permit" if allowed else "deny"
    )


@pytest.mark.parametrize(("clearance", "sensitivity"), [("", "public"), ("restricted", "secret")])
def test_an_unknown_level_is_denied(clearance: str, sensitivity: str) -> None:
    """A level that nobody knows opens nothing."""
    assert policy("clearance").decide(who(clearance), "account", "tier", sensitivity) == "deny"


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        ({"attributes": ["account.annual_revenue"]}, "redact"),
        ({"attributes": ["contact.*", "account.annual_*"]}, "redact"),
        ({"attributes": ["*"], "principals": ["bot", "jane"]}, "redact"),
        ({"kinds": ["account"], "sensitivity": ["confidential"]}, "redact"),
        ({"attributes": ["account.tier"]}, None),
        ({"attributes": ["*"], "principals": ["jane"]}, None),
        ({"kinds": ["account"], "sensitivity": ["public"]}, None),
        ({"kinds": ["contact"], "attributes": ["account.annual_revenue"]}, None),
    ],
)
def test_a_sentence_speaks_only_to_its_case(options: dict[str, Any], decision: str | None) -> None:
    """The effect where all that is named fits, else no answer."""
    made = policy("attributes", effect="redact", **options)
    assert made.decide(who(), "account", "annual_revenue", "confidential") == decision


def test_a_sentence_must_say_about_what() -> None:
    """An effect without attributes is refused: it would open or close everything by omission."""
    with pytest.raises(ValueError, match='write `attributes: \\["\\*"\\]`'):
        policy("attributes", effect="permit", principals=["bot"])
