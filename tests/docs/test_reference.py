"""The reference pages cover what there is, and nothing else."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel
from sqlmodel import SQLModel
from tests.docs.markdown import ROOT

from groundfact import errors
from groundfact.cli.app import tree
from groundfact.cli.doors import commands_of
from groundfact.config import schema
from groundfact.plugins import COMPONENT_HOOKS, Plugins
from groundfact.store import tables

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """scripts/reference_pages.py."""
    spec = importlib.util.spec_from_file_location("reference_pages", ROOT / "scripts" / "reference_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "components.md", "config.md", "reasons.md"])
def test_a_generated_page_is_current(name: str, maker: ModuleType) -> None:
    """`scripts/docs` would write what is there."""
    pages: dict[Path, str] = maker.generated()
    page = DOCS / "reference" / name
    assert page.read_text("utf-8") == pages[page]


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Every model that a model's fields lead to."""
    found = {model}

    def walk(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
            found.add(annotation)
            for field in annotation.model_fields.values():
                walk(field.annotation)
        for inner in getattr(annotation, "__args__", ()):
            walk(inner)

    for field in model.model_fields.values():
        walk(field.annotation)
    return found


def test_every_key_of_the_yaml_is_in_the_reference(maker: ModuleType) -> None:
    """Each mapping of the YAML has a section in config.md, and each of its keys a row that says something."""
    # A component's own keys are on the page of components.
    assert set(maker.PARTS.values()) == _models(schema.RootConfig) - {schema.ComponentRef}
    text = (DOCS / "reference" / "config.md").read_text("utf-8")
    for place, model in maker.PARTS.items():
        section = text.partition(f"\n## {place if place == 'The file' else f'`{place}`'}\n")[2].partition("\n## ")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE))
        assert set(rows) == {field.alias or name for name, field in model.model_fields.items()}, place
        assert [key for key, row in rows.items() if not re.search(r"\w", row.rpartition(" | ")[2])] == []


def test_every_bundled_component_is_in_the_reference() -> None:
    """components.md has a heading for each, and its example."""
    text = (DOCS / "reference" / "components.md").read_text("utf-8")
    plugins = Plugins()
    for sort in COMPONENT_HOOKS:
        for name, component in plugins.offered(sort).items():
            assert f"\n### {name}\n" in text
            assert component.example in text


def test_the_readme_names_every_command() -> None:
    """The README's table has each command of ours and of the bundled plugins, and no other."""
    named = re.findall(r"^\| `groundfact ([\w-]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    own = tree().commands
    assert sorted(named) == sorted([*own, *commands_of(Plugins(), own)])


def test_the_readme_names_every_connector() -> None:
    """The README links to the page of each bundled connector that has one, and to no other."""
    linked = re.findall(
        r"\(connectors/groundfact_connectors/(\w+)/README\.md\)", (ROOT / "README.md").read_text("utf-8")
    )
    with_page = {page.parent.name for page in (ROOT / "connectors" / "groundfact_connectors").glob("*/README.md")}
    bundled = [name for name in Plugins().connectors if name in with_page]
    assert sorted(linked) == sorted(bundled)


def test_the_readme_names_every_extra() -> None:
    """The extras that the README lists are those of the package."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    sentence = re.search(r"^Extras: (.*?)\. ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sentence is not None
    assert sorted(re.findall(r"`(\w+)`", sentence[1])) == sorted(extras)


def test_exit_codes_are_those_of_the_errors() -> None:
    """Every code that the page for operators gives for an error is the error's."""
    page = DOCS / "how-to" / "operate.md"
    rows = re.findall(r"^\| (\d+) \|(.*?)\|", page.read_text("utf-8"), re.MULTILINE)
    told = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert told
    assert told == {name: getattr(errors, name).exit_code for name in told}


def test_every_table_is_in_the_page_of_the_store() -> None:
    """store.md names each table, and no other."""
    text = (DOCS / "reference" / "store.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"\w+", row)}
    assert named == set(SQLModel.metadata.tables)
    assert len(named) == len(tables.__all__)
