"""Every bundled connector is graded against the whole quality scale, and says so in the same few files."""

from __future__ import annotations

import re
from datetime import date
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from typing import Any

import pytest
from ruamel.yaml import YAML

from groundfact.plugins import Plugins

BRONZE = {
    "options_typed", "check_names_scopes", "discovery", "full_and_incremental_converge", "stable_keys",
    "deletes_declared", "errors_classified", "limits_declared", "secrets_typed", "documented", "tests_offline",
}  # fmt: skip
SILVER = {
    "kit_faults", "token_rotation", "loses_at_most_one_page", "deletes_by_feed_or_sweep", "dead_letters_replay",
    "overlap_is_the_lag", "progress_with_total", "bad_record_never_stops", "migrations", "owner", "limitations_page",
}  # fmt: skip
SAME_FILES = {"__init__.py", "source.py", "connector.yaml", "README.md"}
VENDORS_FILES = SAME_FILES | {"streams.py", "mapping.yaml"}
THE_YAML_SAYS = {"files"}
"""Connectors whose streams and mapping are the user's own."""


def _connectors() -> list[Traversable]:
    offered = (point.value for point in entry_points(group="groundfact"))
    return [files(module) for module in sorted(offered) if module.startswith("groundfact_connectors.")]


@pytest.fixture(params=_connectors(), ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Traversable:
    """The folder of a bundled connector."""
    found: Traversable = request.param
    return found


@pytest.fixture
def card(folder: Traversable) -> dict[str, Any]:
    """Its `connector.yaml`."""
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(folder.joinpath("connector.yaml").read_text("utf-8"))
    return read


@pytest.fixture
def readme(folder: Traversable) -> str:
    """Its README."""
    return folder.joinpath("README.md").read_text("utf-8")


def test_every_bundled_connector_is_looked_at() -> None:
    """What is graded here is what is offered, and nothing is offered that is not graded."""
    ours = {name for name in Plugins().connectors if find_spec(f"groundfact_connectors.{name}") is not None}
    assert {folder.name for folder in _connectors()} == ours >= {"files", "hubspot", "salesforce"}


def test_the_folder_has_the_same_few_files(folder: Traversable) -> None:
    """Whoever knows one connector finds their way in the next."""
    there = {entry.name for entry in folder.iterdir()}
    assert (SAME_FILES if folder.name in THE_YAML_SAYS else VENDORS_FILES) <= there


def test_every_rule_of_the_scale_has_a_status(card: dict[str, Any]) -> None:
    """No rule of bronze or silver is passed over in silence, and what is not done has a reason."""
    assert {tier: set(rules) for tier, rules in card["quality"].items()} == {"bronze": BRONZE, "silver": SILVER}
    for rules in card["quality"].values():
        for name, rule in rules.items():
            assert rule["status"] in ("done", "todo", "exempt"), name
            assert rule["reason"], name


def test_bronze_is_not_to_be_done(card: dict[str, Any]) -> None:
    """A bundled connector has earned bronze: nothing there waits, and somebody answers for it."""
    assert "todo" not in {rule["status"] for rule in card["quality"]["bronze"].values()}
    assert card["quality"]["silver"]["owner"] == {"status": "done", "reason": "groundfact maintainers"}


def test_the_card_names_the_connector_and_when_it_was_reviewed(folder: Traversable, card: dict[str, Any]) -> None:
    """Name, title, the vendor's interface, the SDK and the day of the last review are there."""
    assert set(card) == {"name", "title", "vendor_api", "sdk", "last_reviewed", "quality"}
    assert card["name"] == folder.name
    assert isinstance(card["last_reviewed"], date)


def test_the_readme_names_version_review_and_limits(card: dict[str, Any], readme: str) -> None:
    """The README has the versions and the review date of the card, limitations, and links to the vendor."""
    # A vendor without versions of its interface is pinned by the SDK's.
    named = f"{re.sub(r'OAuth [0-9.]+', '', card['vendor_api'])} {card['sdk']}"
    versions = set(re.findall(r"\bv?\d+(?:\.\d+)*\b", named))
    assert versions
    assert {version for version in versions if not re.search(rf"\b{re.escape(version)}\b", readme)} == set()
    assert f"Last reviewed {card['last_reviewed']}" in readme
    assert "## Known limitations" in readme
    assert "](https://" in readme
    assert "remove" in readme.lower()
