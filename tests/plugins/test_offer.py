"""What the bundled plugins offer, and that it can be used as shown."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from ruamel.yaml import YAML

from groundfact.plugins import Plugins
from groundfact.vocabulary import default_vocabulary

PLUGINS = Plugins()
BUNDLED = {
    "mappings": {"fields"},
    "matchers": {"shared_key", "compound_key", "phone_key", "registry_id", "cross_reference", "similar"},
    "survivorship_rules": {
        "system_of_record",
        "most_recent",
        "most_common",
        "longest",
        "min",
        "max",
        "all_values",
        "trust",
        "weighted_vote",
        "quorum",
        "unanimous",
        "earliest",
        "shortest",
        "ignore_empty",
        "combine",
        "union",
        "intersection",
        "conditional_order",
    },
    "validators": {"format", "range", "one_of", "cross_field"},
    "freshness_rules": {"fixed", "heuristic"},
    "policies": {"clearance", "attributes"},
}
OFFERED = [(what, name) for what, names in BUNDLED.items() for name in sorted(names)]


@pytest.mark.parametrize("what", BUNDLED)
def test_every_bundled_component_is_offered(what: str) -> None:
    """The entry point `defaults` offers them all."""
    assert BUNDLED[what] <= set(PLUGINS.offered(what))


@pytest.mark.parametrize(("what", "name"), OFFERED)
def test_an_example_works_as_it_stands(what: str, name: str) -> None:
    """The example names its component, its options are valid, and it builds."""
    offered = PLUGINS.offered(what)[name]
    written: dict[str, Any] = YAML(typ="safe").load(offered.example)
    assert written.pop("type") == name
    options = offered.options.model_validate(written)
    assert offered.build(options, "account", default_vocabulary()) if what == "mappings" else offered.build(options)


@pytest.mark.parametrize(("what", "name"), OFFERED)
def test_every_option_is_described(what: str, name: str) -> None:
    """The reference page and the editor have a sentence for each option, and an unknown one is refused."""
    options = PLUGINS.offered(what)[name].options
    schema = options.model_json_schema()
    assert all(option.get("description") for option in schema.get("properties", {}).values())
    with pytest.raises(ValueError, match="Extra inputs"):
        options.model_validate({**YAML(typ="safe").load(PLUGINS.offered(what)[name].example), "bogus": 1})


def test_offering_costs_no_import() -> None:
    """Importing the plugin module loads no component, no structlog and no fake vendors."""
    program = (
        "import sys, groundfact_plugins\n"
        "print([name for name in sys.modules if name.startswith(('groundfact_plugins.', 'structlog', 'typer',"
        " 'groundfact.testing'))])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
