"""Trying the token, finding the properties, and which addresses and options are let through."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from groundfact.errors import SourceRefused
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.notion import NotionOptions, register_connectors
from groundfact_connectors.notion.streams import notion_streams

from .conftest import PLAN, Desk, OpenDesk

KEY = "2f26ee68df3042518aad48ddc420cba3"


def failed(desk: Desk) -> list[tuple[str, str, str]]:
    """The checks that fail: name, detail and fix."""
    return [(c.name, c.detail, c.fix) for c in desk.source.check(desk.mapped()) if not c.ok]


def test_a_good_connection_passes_every_check(desk: Desk) -> None:
    """Token, each place, the mapped properties and three capabilities are tried and fine."""
    checks = list(desk.source.check(desk.mapped()))
    assert [check.name for check in checks] == [
        "token", "plans", "plans: rows", "plans: mapped fields", "pages", "read content", "read comments",
        "read user information",
    ]  # fmt: skip
    assert all(check.ok for check in checks)
    assert checks[0].detail == "connection groundfact of Northlane"


@pytest.mark.parametrize(
    ("capability", "names"),
    [
        ("read comments", ["read comments"]),
        ("read users", ["read user information"]),
        ("read content", ["plans", "pages"]),
    ],
)
def test_a_missing_capability_fails_by_itself(desk: Desk, capability: str, names: list[str]) -> None:
    """Only what needs the capability fails, and the fix says to grant it."""
    desk.vendor.capabilities.discard(capability)
    assert [name for name, _, _ in failed(desk)] == names
    assert all("connection" in fix for _, _, fix in failed(desk))


def test_a_bad_token_is_told_once(desk: Desk) -> None:
    """Nothing else is tried with a token that Notion does not take."""
    desk.vendor.expire_token("another")
    checks = list(desk.source.check(desk.mapped()))
    assert [(check.name, check.ok) for check in checks] == [("token", False)]
    assert "behind `token`" in checks[0].fix


def test_the_id_of_a_database_is_told_apart(open_desk: OpenDesk, desk: Desk) -> None:
    """Where somebody copied the database's id, the check names the data sources in it."""
    wrong = open_desk(plans={"id": desk.plans.database})
    ((name, detail, fix),) = failed(wrong)
    assert (name, detail) == ("plans", "Notion does not have it, or has not shared it")
    assert fix == f"that is a database; its data sources are Accounts: {desk.plans.id}"


def test_an_unshared_data_source_says_how_to_share_it(desk: Desk) -> None:
    """Neither there as a data source nor as a database: share it, or mend the id."""
    desk.space.unshare(desk.plans)
    ((name, _, fix),) = failed(desk)
    assert name == "plans"
    assert "••• → Connections" in fix
    assert "Copy data source ID" in fix


def test_a_connection_that_sees_no_page_fails(desk: Desk) -> None:
    """`pages: true` without a single shared page was forgotten, not empty."""
    for page in desk.space.pages.values():
        page.shared = False
    assert ("pages", "no page is shared") in [(name, detail) for name, detail, _ in failed(desk)]


def test_a_property_that_is_not_there_is_named_with_the_one_that_was_meant(open_desk: OpenDesk) -> None:
    """A wrong name in `attributes:` fails the check of its stream."""
    desk = open_desk(plans={"attributes": {"name": "Account", "tier": "tier", "phone": "Telephone"}})
    ((name, detail, _),) = failed(desk)
    assert name == "plans: mapped fields"
    assert detail == "not in this data source: tier (did you mean Tier?), Telephone"


def test_a_stream_that_is_switched_off_needs_nothing(desk: Desk) -> None:
    """What is not in `fields` is not tried."""
    only = {"plans": desk.mapped()["plans"]}
    desk.space.pages.clear()
    assert [check.name for check in desk.source.check(only)] == [
        "token", "plans", "plans: rows", "plans: mapped fields",
    ]  # fmt: skip


def test_every_property_is_discovered(desk: Desk) -> None:
    """All 15 columns with their types, what a page has besides, and what is mapped of it."""
    found = {(one.stream, one.field): one for one in desk.source.discover(desk.mapped())}
    columns = {field: one for (stream, field), one in found.items() if stream == "plans" and "." in field}
    assert {field.removeprefix("properties."): one.type for field, one in columns.items()} == desk.plans.schema
    assert [one.label for one in columns.values() if one.mapped] == ["Account", "Domain", "Owner", "Renewal", "Tier"]
    assert found["pages", "text"].mapped
    assert found["comments", "page"].mapped
    assert not found["pages", "edited_by"].mapped


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://api.notion.com.evil.example", "not a host of this vendor"),
        ("http://api.notion.com", "without encryption"),
        ("https://user:pass@api.notion.com", "user name or password"),
        ("https://127.0.0.1", "not a host of this vendor"),
        ("https://169.254.169.254", "not a host of this vendor"),
    ],
)
def test_other_addresses_are_refused(open_desk: OpenDesk, url: str, said: str) -> None:
    """The token is sent to Notion, or to a host that the YAML allows by name."""
    with pytest.raises(SourceRefused, match=said):
        open_desk(base_url=url, allow=[])


def test_notions_own_address_is_the_default(open_desk: OpenDesk) -> None:
    """Without a base URL it is api.notion.com, which has to be a public address."""
    assert open_desk(base_url=None, allow=[]).source._client._sdk.options.base_url == "https://api.notion.com"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "nothing to read"),
        ({"pages": True, "token": "ntn_plain"}, "token"),
        ({"data_sources": {"plans": {"id": "my plans", "kind": "account", "attributes": {"name": "N"}}}}, "32 hexa"),
        ({"data_sources": {"plans": {"id": KEY, "kind": "account"}}}, "say which property means what"),
        ({"data_sources": {"pages": {"id": KEY, "kind": "page"}}}, "a stream of this connector"),
        ({"data_sources": {"a": {"id": KEY, "kind": "page"}, "b": {"id": KEY, "kind": "page"}}}, "the same id"),
        ({"data_sources": {"Plans": {"id": KEY, "kind": "page"}}}, "pattern"),
        ({"pages": True, "depth": 3}, "Extra inputs"),
        (
            {"data_sources": {"a": {"id": KEY, "kind": "page"}, "a_comments": {"id": KEY[::-1], "kind": "page"}}},
            "a stream of this connector",
        ),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], said: str) -> None:
    """Each mistake in the YAML is told before anything is read."""
    with pytest.raises(ValidationError, match=said):
        NotionOptions.model_validate({"token": "env:T", **options})


def test_any_kind_and_every_form_of_a_mapping_can_be_named() -> None:
    """A data source may be about a kind of one's own; properties are named as Notion shows them, in every form."""
    told = {
        "id": KEY, "kind": "term", "parent": {"stream": "plans", "field": "Plan"}, "text": False,
        "attributes": {"name": "Term", "full": ["A", "B"], "state": {"field": "On", "values": {"true": "yes"}}},
        "access": {"field": "Team", "label": "team:{value}"},
    }  # fmt: skip
    options = NotionOptions.model_validate({"token": "env:T", "data_sources": {"terms": told}})
    (stream,) = notion_streams(options).values()
    assert stream.data_source == "2f26ee68-df30-4251-8aad-48ddc420cba3"
    assert (stream.spec.name, stream.spec.kind) == ("terms", "term")
    assert stream.spec.mapping == {
        "attributes": {
            "name": "properties.Term",
            "full": ["properties.A", "properties.B"],
            "state": {"field": "properties.On", "values": {"true": "yes"}},
        },
        "parent": {"stream": "plans", "field": "properties.Plan"},
        "access": {"field": "properties.Team", "label": "team:{value}"},
    }


def test_a_data_source_of_kind_page_needs_no_attributes() -> None:
    """Title, author and date come by themselves, and the text."""
    told = {"token": "env:T", "data_sources": {"notes": {"id": KEY, "kind": "page"}}, "comments": True}
    streams = notion_streams(NotionOptions.model_validate(told))
    assert streams["notes"].spec.mapping["attributes"].keys() == {"title", "author", "edited_at"}
    assert streams["notes"].spec.mapping["text"] == ["text"]
    assert streams["notes_comments"].spec.mapping["parent"] == {"stream": "notes", "field": "page"}


def test_the_default_mappings_speak_the_vocabulary() -> None:
    """Every attribute of the shipped mapping is one of its kind."""
    told = YAML(typ="safe").load(files("groundfact_connectors.notion").joinpath("mapping.yaml").read_text("utf-8"))
    vocabulary = default_vocabulary()
    for name, kind in (("pages", "page"), ("comments", "note")):
        assert told[name]["attributes"].keys() <= vocabulary[kind].attributes.keys()
    assert PLAN["attributes"].keys() <= vocabulary["account"].attributes.keys()


def test_the_connector_is_described_without_importing_it() -> None:
    """`connector.yaml` can be read by itself, and gives every rule of the bronze tier a status and a reason."""
    told = YAML(typ="safe").load(files("groundfact_connectors.notion").joinpath("connector.yaml").read_text("utf-8"))
    assert told["name"] == "notion"
    rules = [rule for tier in told["quality"].values() for rule in tier.values()]
    assert all(rule["status"] in ("done", "todo", "exempt") and rule["reason"] for rule in rules)
    assert {rule["status"] for rule in told["quality"]["bronze"].values()} == {"done"}


def test_offering_the_connector_imports_no_sdk() -> None:
    """Installed and not used it costs nothing."""
    program = (
        "import sys, groundfact_connectors.notion as n; n.register_connectors();"
        "print({'notion_client', 'httpx', 'ssl'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_the_example_is_valid() -> None:
    """The snippet that is shown to people passes the options."""
    offered = register_connectors()[0]
    told = YAML(typ="safe").load(offered.example)
    assert told.pop("type") == "notion"
    assert offered.options.model_validate(told).pages
