"""Trying the token, finding the fields, and which addresses are let through."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from groundfact.errors import SourceRefused
from groundfact.testing.hubspot_schema import PROPERTIES
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.hubspot import register_connectors
from groundfact_connectors.hubspot.streams import OBJECTS, specs

from .conftest import Desk, OpenDesk, all_mapped

SCOPES = [
    "crm.objects.companies.read", "crm.objects.contacts.read", "crm.objects.deals.read", "crm.objects.owners.read",
    "crm.schemas.companies.read", "crm.schemas.contacts.read", "crm.schemas.deals.read",
]  # fmt: skip


def test_a_good_token_passes_every_check(desk: Desk) -> None:
    """Token, seven scopes, the pipelines and the mapped fields of six streams are tried and fine."""
    checks = list(desk.source.check(all_mapped()))
    assert [check.name for check in checks if check.name in SCOPES] == [*SCOPES[:4], *SCOPES[4:]]
    assert all(check.ok for check in checks)
    assert checks[0].name == "token"
    assert "19000042" in checks[0].detail
    assert len([check for check in checks if "mapped" in check.name]) == 6


@pytest.mark.parametrize("scope", SCOPES)
def test_a_missing_scope_fails_by_itself_and_says_what_to_do(desk: Desk, scope: str) -> None:
    """Only the scope that is missing fails, with what cannot be read without it, and the fix names it."""
    desk.vendor.scopes.discard(scope)
    failed = [check for check in desk.source.check(all_mapped()) if not check.ok]
    assert [check.name for check in failed] == [scope, *(["stages"] if scope == "crm.objects.deals.read" else [])]
    assert all(scope in check.fix for check in failed)


def test_a_wrong_token_is_the_only_finding(open_desk: OpenDesk) -> None:
    """With a bad token nothing else is tried."""
    checks = list(open_desk(token="pat-wrong").source.check(all_mapped()))
    assert [(check.name, check.ok) for check in checks] == [("token", False)]
    assert "access_token" in checks[0].fix


def test_an_unreachable_hubspot_is_a_finding_not_a_crash(desk: Desk) -> None:
    """A check during an outage ends with the outage as its finding."""
    desk.vendor.faults.add("502", times=None)
    checks = list(desk.source.check(all_mapped()))
    assert len(checks) == 1
    assert "unwell" in checks[0].detail


def test_a_mapped_property_that_is_not_there_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapping that reads a property the account lacks is found before the sync."""
    left = {name: item for name, item in PROPERTIES["deals"].items() if name != "deal_currency_code"}
    monkeypatch.setitem(PROPERTIES, "deals", left)
    failed = [check for check in desk.source.check(all_mapped()) if not check.ok]
    assert [check.name for check in failed] == ["deals: mapped fields"]
    assert "properties.deal_currency_code" in failed[0].detail


@pytest.mark.parametrize("written", ["customer_tier", "properties.customer_teir", "property.customer_tier"])
def test_a_misspelt_custom_property_is_found(desk: Desk, written: str) -> None:
    """A path that only the YAML's own mapping has is tried, and the right spelling named."""
    failed = [check for check in desk.source.check(all_mapped(tier=written)) if not check.ok]
    assert [check.name for check in failed] == ["companies: mapped fields"]
    assert f"{written} (did you mean properties.customer_tier?)" in failed[0].detail
    assert "mapping" in failed[0].fix


def test_a_stream_that_is_off_needs_nothing(desk: Desk) -> None:
    """Without deals no scope of theirs is tried, and without an owner in a mapping, none for owners."""
    fields = {"contacts": ["properties.email", "associations.company"]}
    names = [check.name for check in desk.source.check(fields)]
    scopes = ["crm.objects.companies.read", "crm.objects.contacts.read", "crm.schemas.contacts.read"]
    assert names == ["token", *scopes, "contacts: mapped fields"]
    assert {item.stream for item in desk.source.discover(fields)} == {"contacts"}


def test_an_account_without_the_salesforce_integration_is_fine(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cross reference to Salesforce is optional, and its absence is said."""
    left = {name: item for name, item in PROPERTIES["companies"].items() if name != "salesforceaccountid"}
    monkeypatch.setitem(PROPERTIES, "companies", left)
    found = next(check for check in desk.source.check(all_mapped()) if check.name == "companies: mapped fields")
    assert found.ok
    assert "properties.salesforceaccountid" in found.detail


def test_every_field_is_discovered_custom_ones_included(desk: Desk) -> None:
    """All properties and what the connector adds are listed, each with whether the mapping reads it."""
    found = {(item.stream, item.field): item for item in desk.source.discover(all_mapped())}
    for kind in OBJECTS:
        assert {field for stream, field in found if stream == kind} >= {f"properties.{n}" for n in PROPERTIES[kind]}
        mapped = {field for (stream, field), item in found.items() if stream == kind and item.mapped}
        assert mapped == set(all_mapped()[kind])
    tier = found["companies", "properties.customer_tier"]
    assert (tier.type, tier.label, tier.mapped) == ("enumeration", "Customer Tier", False)
    assert ("companies", "associations.company") not in found


def test_loopback_is_refused_unless_the_yaml_allows_it(open_desk: OpenDesk) -> None:
    """A base URL on this machine is let through only where `network: {allow: …}` names it."""
    with pytest.raises(SourceRefused):
        open_desk(allow=[])
    assert open_desk(allow=["127.0.0.1"])


@pytest.mark.parametrize(
    "address", ["https://api.hubapi.com.evil.example", "http://api.hubapi.com", "https://10.0.0.1"]
)
def test_the_token_goes_to_hubspot_only(open_desk: OpenDesk, address: str) -> None:
    """Another host, plain http and private addresses are refused before the first call."""
    with pytest.raises(SourceRefused):
        open_desk(base_url=address)


def test_the_european_address_is_hubspots(open_desk: OpenDesk) -> None:
    """Hosts below hubapi.com are let through as they are."""
    assert open_desk(base_url="https://api-eu1.hubapi.com", allow=[])


def test_the_mapping_speaks_the_vocabulary() -> None:
    """Every mapped attribute is one the stream's kind has, and each parent is a stream."""
    mappings = YAML(typ="safe").load(files("groundfact_connectors.hubspot").joinpath("mapping.yaml").read_text())
    kinds = {spec.name: spec.kind for spec in specs()}
    for name, mapping in mappings.items():
        assert mapping["attributes"].keys() <= default_vocabulary()[kinds[name]].attributes.keys()
        assert mapping.get("parent", {"stream": "companies"})["stream"] in OBJECTS


def test_the_example_is_valid_and_a_token_in_the_yaml_is_not() -> None:
    """The shown options load; a token written into the YAML is refused without repeating it."""
    offered = register_connectors()[0]
    example = YAML(typ="safe").load(offered.example)
    assert example.pop("type") == offered.name
    assert offered.options.model_validate(example).history
    with pytest.raises(ValidationError) as wrong:
        offered.options.model_validate({"access_token": "pat-eu1-secret"})
    assert "pat-eu1-secret" not in wrong.value.errors(include_input=False)[0]["msg"]


def test_the_sdk_is_imported_only_when_a_source_is_built() -> None:
    """Registering the connector does not load HubSpot's SDK."""
    code = (
        "import sys, groundfact_connectors.hubspot as h; h.register_connectors();"
        "sys.exit(any(name.partition('.')[0] in ('hubspot', 'urllib3') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
