"""Trying the token, the scopes and the channels, and which addresses are let through."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from groundfact.errors import SourceRefused
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.slack import register_connectors
from groundfact_connectors.slack.streams import FIELDS, specs
from groundfact_plugins.mapping_fields import FIELDS as MAPPING

from .conftest import Desk, OpenDesk

SCOPES = ["channels:read", "groups:read", "channels:history", "groups:history", "users:read", "users:read.email"]


def test_a_good_token_passes_every_check(desk: Desk) -> None:
    """Token, six scopes, channels and mapped fields are tried and fine."""
    checks = desk.checks()
    assert {"token", *SCOPES, "channels", "messages: mapped fields"} <= checks.keys()
    assert all(check.ok for check in checks.values())
    assert "@groundfact" in checks["token"].detail


@pytest.mark.parametrize("scope", SCOPES)
def test_a_missing_scope_fails_and_says_what_to_do(desk: Desk, scope: str) -> None:
    """The scope that is missing fails under its own name, and the fix names it."""
    desk.vendor.scopes.discard(scope)
    check = desk.checks()[scope]
    assert not check.ok
    assert scope in check.fix


def test_private_channels_need_no_scope_when_they_are_left_out(open_desk: OpenDesk) -> None:
    """With `private: false` an app without `groups:` scopes has nothing to complain of."""
    desk = open_desk(channels={"private": False})
    desk.vendor.scopes -= {"groups:read", "groups:history"}
    assert all(check.ok for check in desk.checks().values())


def test_without_addresses_in_the_mapping_none_are_needed(desk: Desk) -> None:
    """`users:read.email` is asked for only by a mapping that reads the address of an author or of our people."""
    desk.vendor.scopes.discard("users:read.email")
    assert all(check.ok for check in desk.source.check({"messages": ["text"], "users": ["name"]}))
    assert not all(check.ok for check in desk.source.check({"users": ["email"]}))


def test_a_stream_that_is_switched_off_needs_only_the_token(desk: Desk) -> None:
    """Nothing else is tried for it, and it offers no field."""
    desk.vendor.scopes.clear()
    assert [(check.name, check.ok) for check in desk.source.check({})] == [("token", True)]
    assert list(desk.source.discover({})) == []


def test_a_wrong_token_is_the_only_finding(open_desk: OpenDesk) -> None:
    """With a bad token nothing else is tried."""
    (check,) = open_desk(token="xoxb-wrong").checks().values()
    assert (check.name, check.ok) == ("token", False)
    assert "`token`" in check.fix


def test_an_unreachable_slack_is_a_finding_not_a_crash(desk: Desk) -> None:
    """A check during an outage ends with the outage as its finding."""
    desk.vendor.faults.add("502", times=None)
    (check,) = desk.checks().values()
    assert "unwell" in check.detail


def test_a_channel_that_is_named_and_not_open_is_found_before_the_sync(open_desk: OpenDesk) -> None:
    """A misspelt name and a channel without the app each fail with what to do."""
    desk = open_desk(channels={"include": ["general", "genral", "secrets"]})
    desk.vendor.create("secrets", bot=False)
    failed = {name: check for name, check in desk.checks().items() if not check.ok}
    assert failed.keys() == {"channel genral", "#secrets"}
    assert "/invite @groundfact" in failed["#secrets"].fix


def test_an_app_that_is_in_no_channel_is_told_so(desk: Desk) -> None:
    """Nothing to read is a finding: a sync would find nothing, successfully."""
    for channel in desk.vendor.workspace.channels.values():
        channel.members.clear()
    check = desk.checks()["channels"]
    assert not check.ok
    assert "/invite @groundfact" in check.fix


def test_the_members_of_a_private_channel_are_named_with_its_label(desk: Desk) -> None:
    """So that the YAML can grant the label to those who may see the channel in Slack."""
    detail = desk.checks()["#deal-desk"].detail
    assert "slack:C0DEALDESK" in detail
    assert "dana.whitlock@northlane.example" in detail
    desk.vendor.errors["conversations.members"] = "fetch_members_failed"
    check = desk.checks()["#deal-desk"]
    assert not check.ok
    assert "nobody sees it" in check.fix


def test_a_mapped_field_that_is_not_there_is_named(desk: Desk) -> None:
    """A mapping that reads what no message has is found before the sync, with what was probably meant."""
    check = desk.checks("author.mail")["messages: mapped fields"]
    assert not check.ok
    assert "author.mail (did you mean author.email?)" in check.detail


def test_every_field_of_a_record_is_discovered(desk: Desk) -> None:
    """What `discover` lists is what a record holds, and the mapping's fields are marked."""
    record = next(row for batch in desk.batches() for row in batch.rows)
    (people,) = desk.source.read(desk.spec("users"), [], None, desk.world.now)
    held = {
        f"{name}.{part}" if isinstance(value, dict) else name
        for name, value in record.data.items()  # type: ignore[union-attr]
        for part in (value if isinstance(value, dict) else [""])
    }
    found = {item.field: item.mapped for item in desk.source.discover({"messages": ["text"]})}
    assert found.keys() == held == FIELDS["messages"].keys()
    assert [field for field, mapped in found.items() if mapped] == ["text"]
    found = {item.field: item.mapped for item in desk.source.discover({"users": ["name"]})}
    assert found.keys() == people.rows[0].data.keys() == FIELDS["users"].keys()  # type: ignore[union-attr]


def test_the_mapping_speaks_the_vocabulary() -> None:
    """The default mapping builds, and reads only what records hold."""
    for declared in specs(register_connectors()[0].options.model_fields["lookback"].default):
        mapping = MAPPING.build(MAPPING.options(**declared.mapping), declared.kind, default_vocabulary())
        assert set(mapping.fields) <= FIELDS[declared.name].keys()


def test_loopback_is_refused_unless_the_yaml_allows_it(open_desk: OpenDesk) -> None:
    """A base URL on this machine is let through only where `network: {allow: …}` names it."""
    with pytest.raises(SourceRefused):
        open_desk(allow=[])
    assert open_desk(allow=["127.0.0.1"])


@pytest.mark.parametrize(
    "address", ["https://slack.com.evil.example/api/", "http://slack.com/api/", "https://10.0.0.1/api/", "file:///etc"]
)
def test_the_token_goes_to_slack_only(open_desk: OpenDesk, address: str) -> None:
    """Another host, plain http and private addresses are refused before the first call."""
    with pytest.raises(SourceRefused):
        open_desk(base_url=address)


def test_the_example_is_valid_and_a_token_in_the_yaml_is_not() -> None:
    """The shown options load; a token written into the YAML, or a lookback of minutes, is refused."""
    offered = register_connectors()[0]
    example = YAML(typ="safe").load(offered.example)
    assert example.pop("type") == offered.name
    assert offered.options.model_validate(example).lookback.days == 14
    with pytest.raises(ValidationError) as wrong:
        offered.options.model_validate({"token": "xoxb-secret"})
    assert "xoxb-secret" not in wrong.value.errors(include_input=False)[0]["msg"]
    with pytest.raises(ValidationError, match="at least 1h"):
        offered.options.model_validate({**example, "lookback": "5m"})


def test_the_card_lists_every_rule_with_a_status() -> None:
    """`connector.yaml` grades each rule as done, todo or exempt, with a reason."""
    card = YAML(typ="safe").load(files("groundfact_connectors.slack").joinpath("connector.yaml").read_text())
    rules = [rule for tier in card["quality"].values() for rule in tier.values()]
    assert rules
    assert all(rule["status"] in ("done", "todo", "exempt") and rule["reason"] for rule in rules)


def test_the_sdk_is_imported_only_when_a_source_is_built() -> None:
    """Registering the connector does not load Slack's SDK."""
    code = (
        "import sys, groundfact_connectors.slack as s; s.register_connectors();"
        "sys.exit(any(name.partition('.')[0] in ('slack_sdk', 'urllib3') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
