"""The YAML that people copy, the starter, and the schema that their editor checks it by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from tests.config.checker import fits

from groundfact.config import schema as yaml_schema
from groundfact.config.build import load_config
from groundfact.config.editor import editor_schema, editor_schema_text
from groundfact.config.load import load_document
from groundfact.config.starter import starter
from groundfact.errors import ConfigError
from groundfact.pipeline.ingest.runtime import SourceRuntime
from groundfact.plugins import Plugins
from groundfact.testing.world_clock import FakeClockWorld

FOLDER = Path(__file__).parents[2] / "config"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
SECRETS = {
    "SALESFORCE_CLIENT_ID": "id", "SALESFORCE_CLIENT_SECRET": "no secret", "HUBSPOT_TOKEN": "no token",
    "ZENDESK_CLIENT_SECRET": "no secret", "SLACK_TOKEN": "no token", "NOTION_TOKEN": "no token",
}  # fmt: skip


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """What is installed."""
    return Plugins()


@pytest.mark.parametrize("name", FILES)
def test_every_yaml_loads_with_the_bundled_components(name: str, plugins: Plugins) -> None:
    """What a user copies works, and holds no secret."""
    assert load_config(FOLDER / name, plugins).sources


@pytest.mark.parametrize("name", ["quickstart.yaml", "full.yaml", "overlay-prod.yaml"])
def test_its_first_line_names_the_schema(name: str) -> None:
    """Editors find the schema without being told."""
    assert (FOLDER / name).read_text().startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("name", FILES)
def test_the_editor_marks_nothing_in_it(name: str) -> None:
    """The schema knows every key of the files that are shipped."""
    schema = json.loads((FOLDER / "schema.json").read_text())
    assert fits(schema, load_document(FOLDER / name).data, schema)


@pytest.mark.parametrize("name", ["quickstart.yaml", "full.yaml"])
def test_every_stream_of_it_can_be_mapped(name: str, plugins: Plugins, tmp_path: Path) -> None:
    """The changes to mappings fit what the bundled connectors declare."""
    config = load_config(FOLDER / name, plugins)
    for source, settings in config.sources.items():
        world = FakeClockWorld(environ=SECRETS)
        runtime = SourceRuntime(source, world, tmp_path)
        for file in ("data/customers.csv", "data/machines.jsonl", "secrets/hubspot"):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text("customer_id\n")
            (tmp_path / file).chmod(0o600)
        streams = settings.component.build(settings.options, runtime).streams()
        config.check_streams(source, streams)
        assert [config.mapping_for(source, spec) for spec in streams if settings.enabled(spec.name)]


def test_the_full_example_has_every_key() -> None:
    """`full.yaml` is the reference in small: no key of the schema is missing in it."""
    data = load_document(FOLDER / "overlay-prod.yaml").data | load_document(FOLDER / "full.yaml").data
    models = {
        "": (yaml_schema.RootConfig, [data]),
        "store": (yaml_schema.Store, [data["store"]]),
        "sources": (yaml_schema.SourceConfig, list(data["sources"].values())),
        "streams": (yaml_schema.StreamConfig, list(data["sources"]["crm"]["streams"].values())),
        "principals": (yaml_schema.PrincipalConfig, list(data["principals"].values())),
        "context": (yaml_schema.ContextConfig, [data["context"]]),
        "links": (yaml_schema.Links, [data["context"]["links"]]),
        "schedule": (yaml_schema.Schedule, [data["schedule"]]),
        "network": (yaml_schema.Network, [data["network"]]),
        "server": (yaml_schema.Server, [data["server"]]),
        "tokens": (yaml_schema.TokenConfig, data["server"]["tokens"]),
        "plugins": (yaml_schema.PluginsConfig, [data["plugins"]]),
        "kinds": (yaml_schema.Kind, list(data["kinds"].values())),
        "attributes": (
            yaml_schema.Attribute,
            [one for kind in (data["attributes"], data["kinds"]) for own in kind.values()
             for one in own.get("attributes", own).values()],
        ),
    }  # fmt: skip
    missing = {
        f"{where}.{field}"
        for where, (model, found) in models.items()
        for field in _fields(model) - {key for one in found for key in one}
    }
    assert missing == set()


def _fields(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_overlay_changes_what_it_says_and_nothing_else(plugins: Plugins) -> None:
    """Production has its own paths and pace; what decides results is the same."""
    full = load_config(FOLDER / "full.yaml", plugins)
    overlaid = load_config(FOLDER / "overlay-prod.yaml", plugins)
    assert overlaid.digest == full.digest
    assert set(full.sources) - set(overlaid.sources) == {"marketing"}
    assert overlaid.where("sources", "crm", "every") == "overlay-prod.yaml:13"
    assert overlaid.where("sources", "crm", "type").startswith("full.yaml:")
    assert overlaid.sources["billing"].options.model_dump()["files"]["customers"]["path"].startswith("/srv/")


def test_the_starter_is_the_quickstart() -> None:
    """`groundfact init` writes what the quickstart page shows (scripts/schema renews it)."""
    assert starter() == (FOLDER / "quickstart.yaml").read_text()


def test_the_starter_loads_where_it_was_written(tmp_path: Path, plugins: Plugins) -> None:
    """Right after `groundfact init` there is somebody who may ask."""
    path = tmp_path / "groundfact.yaml"
    path.write_text(starter())
    assert load_config(path, plugins).principal() is not None


def test_the_schema_is_up_to_date(plugins: Plugins) -> None:
    """config/schema.json is what the code says; `scripts/schema` renews it."""
    assert (FOLDER / "schema.json").read_text(encoding="utf-8") == editor_schema_text(plugins)


@pytest.mark.parametrize(
    "text",
    [
        "sources: {x: {type: hubspot, access: [workspace], access_token: env:X}}",
        "sources: {x: {type: hubspot, access: [workspace], access_token: env:X, every: 5m}}",
        "identity: {account: [{type: shared_key, attribute: domain}]}",
        "attributes: {account: {tier: {survivorship: [most_recent, {type: most_recent}], freshness: heuristic}}}",
        "policies: [clearance]",
        "context: {renderer: {type: json}}",
    ],
)
def test_the_schema_takes_what_loads(text: str, tmp_path: Path, plugins: Plugins) -> None:
    """An editor that checks by it does not mark a file that is right."""
    assert _both(f"workspace: acme\n{text}\n", tmp_path, plugins) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "sources: {x: {type: hubspott, access: [workspace], access_token: env:X}}",
        "sources: {x: {type: hubspot, access_token: env:X}}",
        "sources: {x: {type: hubspot, access: [workspace], access_token: plain}}",
        "sources: {x: {type: hubspot, access: [workspace], access_token: env:X, page: 5}}",
        "sources: {x: {type: hubspot, access: [workspace], access_token: env:X, every: 5}}",
        "sources: {X: {type: hubspot, access: [workspace], access_token: env:X}}",
        "identity: {account: [{type: shared_key}]}",
        "identity: {account: [shared_key]}",
        "attributes: {account: {tier: {survivorship: [most_resent]}}}",
        "attributes: {account: {tier: {survivorship: [{type: most_recent, by: x}]}}}",
        "attributes: {account: {tier: {freshness: {type: fixed}}}}",
        "schedule: {workers: 17}",
        "sourses: {}",
    ],
)
def test_the_schema_marks_what_does_not_load(text: str, tmp_path: Path, plugins: Plugins) -> None:
    """Options of components are part of it: an editor marks a wrong one while it is typed."""
    assert _both(f"workspace: acme\n{text}\n", tmp_path, plugins) == (False, False)


def _both(text: str, folder: Path, plugins: Plugins) -> tuple[bool, bool]:
    """Whether the schema takes it, and whether it loads."""
    path = folder / "groundfact.yaml"
    path.write_text(text)
    schema: dict[str, Any] = editor_schema(plugins)
    try:
        data = load_document(path).data
        loads = bool(load_config(path, plugins))
    except ConfigError:
        loads = False
        if "plain" in text:
            return False, False
    return fits(schema, data, schema), loads
