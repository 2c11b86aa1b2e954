"""Validators: what each of them accepts, and that anybody can offer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from groundfact.component import Component, component
from groundfact.config.build import load_config
from groundfact.hookspecs import hookimpl
from groundfact.plugins import Plugins
from groundfact_plugins.no_options import NoOptions

OFFERED = Plugins().validators


def check(name: str, **options: Any) -> Any:
    """A validator as the YAML would build it."""
    offered = OFFERED[name]
    return offered.build(offered.options.model_validate(options))


@pytest.mark.parametrize(
    ("name", "options", "good", "bad"),
    [
        ("format", {"pattern": "[A-Z]{2}-[0-9]+"}, ["DE-1", ["DE-1", "FR-2"]], ["DE-1x", "xDE-1", ["DE-1", "de"], 7]),
        ("range", {"at_least": 1, "at_most": 9}, [1, 9.0], [0, 10, "5"]),
        ("range", {"at_least": "2020-01-01"}, ["2020-01-01", "2026-01-01"], ["2019-12-31", 2026]),
        ("one_of", {"values": ["Gold", 3, True]}, ["gold", 3, True, ["GOLD"]], ["Tin", 4, ["Gold", "Tin"]]),
    ],
)
def test_what_is_accepted(name: str, options: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    """Whole values, item by item in lists; what cannot be compared with a bound is not within it."""
    found = check(name, **options)
    assert [value for value in good if not found.accepts(value, {})] == []
    assert [value for value in bad if found.accepts(value, {})] == []


@pytest.mark.parametrize(
    ("must_be", "value", "other", "accepted"),
    [
        ("at_least", "2026-02-01", "2026-01-01", True),
        ("at_least", "2025-02-01", "2026-01-01", False),
        ("at_most", 5, 4, False),
        ("equal_to", "Acme", "ACME", True),
        ("other_than", "Acme", "ACME", False),
        ("at_least", 5, "many", True),
        ("at_least", 5, None, True),
    ],
)
def test_a_value_has_to_fit_another_one(must_be: str, value: Any, other: Any, accepted: bool) -> None:
    """Compared by type; where the other one is not stated, or of another type, nothing can be said against it."""
    found = check("cross_field", must_be=must_be, attribute="start")
    assert found.accepts(value, {"start": other}) is accepted
    assert found.accepts(value, {})


def test_a_validator_says_what_becomes_of_a_bad_value() -> None:
    """It is dropped, or gives way where it is told to."""
    assert check("one_of", values=["a"]).effect == "drop"
    assert check("one_of", values=["a"], effect="downgrade").effect == "downgrade"


class _Even:
    effect: Literal["drop", "downgrade"] = "drop"

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        return bool(value % 2 == 0)


class _Plugin:
    @hookimpl
    def register_validators(self) -> Sequence[Component[Any, Any]]:
        return [component("even", "Even numbers", NoOptions, lambda options: _Even(), example="type: even")]


def test_a_plugin_offers_its_own(tmp_path: Path) -> None:
    """What `register_validators` offers can be named in the YAML."""
    path = tmp_path / "groundfact.yaml"
    path.write_text("workspace: w\nattributes: {account: {employees: {validate: [even]}}}\n")
    config = load_config(path, Plugins(extra={"mine": _Plugin()}))
    ((name, found),) = config.deciding.checks("account", "employees")
    assert (name, found.accepts(3, {})) == ("even", False)
