"""Options, checks, discovery: what a person sees before the first read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from groundfact.plugins import Plugins
from groundfact_connectors.files import FILES

from .conftest import Make, Source

MAPPED = {"rows": ["name"]}


def test_the_example_is_one_that_works() -> None:
    """The component's example validates and gives a stream for each file."""
    said = YAML(typ="safe", pure=True).load(FILES.example)
    said.pop("type")
    options = FILES.options.model_validate(said)

    streams = Source(Path(), said["files"]).connector.streams()

    assert [(s.name, s.kind) for s in streams] == [("providers", "account"), ("people", "contact")]
    assert streams[1].mapping == {
        "attributes": {"name": "name", "email": "mail"},
        "parent": {"stream": "providers", "field": "company_id"},
        "text": ["notes"],
    }
    assert options.files["people"].is_json


def test_the_connector_is_offered_by_entry_point() -> None:
    """`type: files` is found like a stranger's plugin."""
    assert Plugins().connectors["files"] is FILES


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"path": "rows.txt"}, "does not say what it holds"),
        ({"path": "rows.csv", "delimiter": '"'}, "cannot separate columns"),
        ({"path": "rows.jsonl", "encoding": "cp1252"}, "always UTF-8"),
        ({"path": "rows.csv", "colums": []}, "Extra inputs"),
    ],
)
def test_options_that_cannot_work_are_refused(said: dict[str, Any], why: str) -> None:
    """A mistake in the options is found before any file is opened."""
    with pytest.raises(ValidationError, match=why):
        FILES.options.model_validate({"files": {"rows": {"kind": "account", **said}}})


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("rows.csv", "id,nmae\n1,One\n", "has no column `name` (did you mean `nmae`?)"),
        ("rows.csv", "", "is empty"),
        ("rows.jsonl", '{"ID": 1, "name": "x"}\n', "has no id"),
        ("rows.csv.gz", "\x1f\x8b\x08 not gzip", "cut off or damaged"),
    ],
)
def test_check_names_what_is_wrong_and_the_fix(source: Make, name: str, content: str, detail: str) -> None:
    """Each file that cannot be read as the YAML says has a check that fails, says why and what to do."""
    data = content.encode("latin-1")

    checks = list(source(name, data).connector.check(MAPPED))

    assert [(c.name, c.ok, detail in c.detail, bool(c.fix)) for c in checks] == [("rows", False, True, True)]


def test_check_is_content_with_a_good_file(source: Make) -> None:
    """A readable file with all its columns passes; a field that JSONL objects lack is only mentioned."""
    csv, jsonl = source("a.csv", "id,name\n"), source("a.jsonl", '{"id": 1, "nmae": "x"}')

    (good,), (rare,) = csv.connector.check(MAPPED), jsonl.connector.check(MAPPED)

    assert good.ok
    assert rare.ok
    assert "`name` (did you mean `nmae`?)" in rare.detail


def test_check_knows_the_columns_of_the_mapping_in_the_yaml(source: Make) -> None:
    """A column that only `streams:` of the YAML names is looked for, too; a stream that is off is not opened."""
    connector = source("a.csv", "id,name,tier\n").connector

    (check,) = connector.check({"rows": ["name", "teir"]})

    assert not check.ok
    assert "`teir` (did you mean `tier`?)" in check.detail
    assert list(connector.check({})) == list(connector.discover({})) == []


def test_discovery_lists_every_column_and_which_are_read(source: Make) -> None:
    """All columns are listed, nested ones by their path, whether the mapping reads them or not."""
    csv = source("a.csv", "id,name,fax\n", id="missing")
    jsonl = source("a.jsonl", '{"id": 1, "name": "x"}\n{"id": 2, "at": {"city": "Berlin", "zip": 5}}')

    columns = list(csv.connector.discover(MAPPED))
    assert [(d.field, d.mapped) for d in columns] == [("id", False), ("name", True), ("fax", False)]
    assert [(d.field, d.type) for d in jsonl.connector.discover(MAPPED)] == [
        ("id", "int"),
        ("name", "str"),
        ("at.city", "str"),
        ("at.zip", "int"),
    ]
