"""Setting the connector up: options, checks, discovery, and the address guard."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from groundfact.errors import SourceError, SourceRefused
from groundfact.model import RecordRef
from groundfact.protocols import CanSweep
from groundfact.vocabulary import default_vocabulary
from groundfact_connectors.salesforce import SalesforceOptions, register_connectors
from groundfact_connectors.salesforce.soql import long_id
from groundfact_plugins.mapping_fields import FIELDS

from .conftest import all_mapped

KEYS = {"client_id": "env:A", "client_secret": "env:B"}


def _failed(checks):
    return [check for check in checks if not check.ok]


def test_example_builds(org):
    """The example in the component is valid, and building it touches no network."""
    (offered,) = register_connectors()
    given = YAML(typ="safe").load(offered.example)
    assert given.pop("type") == offered.name
    connector = offered.build(offered.options(**given), org.rt)

    names = [spec.name for spec in connector.streams()]
    related = ["contact_roles", "employments", "account_roles"]
    assert names == ["accounts", "contacts", "opportunities", *related, "stages", "users"]
    assert isinstance(connector, CanSweep)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"instance_url": "https://a.my.salesforce.com"}, "client_secret"),
        ({"instance_url": "https://a.my.salesforce.com", "client_id": "env:A"}, "go together"),
        ({"instance_url": "https://a.my.salesforce.com", **KEYS, "access_token": "env:C"}, "either"),
        ({"instance_url": "https://a.my.salesforce.com", "domain": "a.my", **KEYS}, "keep one"),
        (KEYS, "say where the org is"),
        ({"domain": "a.my/evil", **KEYS}, "pattern"),
        ({"domain": "a.my", "access_token": "00D-a-real-token"}, "env:NAME"),
        ({"domain": "a.my", **KEYS, "api_version": "v67.0"}, "pattern"),
        ({"domain": "a.my", **KEYS, "batch_size": 5000}, "2000"),
        ({"domain": "a.my", **KEYS, "tokn": "env:C"}, "tokn"),
    ],
)
def test_mistakes_in_the_options(options, said):
    """A mistake in the options is refused with what to do about it, and a secret is never repeated."""
    with pytest.raises(ValidationError) as caught:
        SalesforceOptions(**options)

    assert said in str(caught.value)


def test_importing_costs_no_sdk():
    """An installed but unused connector does not load the SDK."""
    code = "import sys, groundfact_connectors.salesforce; print({'simple_salesforce'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "set()"


def test_check_of_a_good_org(org):
    """With every permission there, each check is ok and the API calls left are named."""
    checks = list(org.connector().check(all_mapped()))

    assert [check.name for check in checks] == ["login", "accounts", "contacts", "opportunities", "API calls"]
    assert not _failed(checks)
    assert f"{org.fake.used} of 100000" in checks[-1].detail
    assert org.fake.count() <= 8


@pytest.mark.parametrize("path", ["Industry", "Website"])
def test_check_names_a_missing_field(org, path):
    """A mapped field that the user may not see is named, with the permission to give."""
    org.fake.hide_field("Account", path)
    failed = _failed(org.connector().check(all_mapped()))

    assert [check.name for check in failed] == [f"accounts: {path}", "accounts"]
    assert f"Read on Account.{path}" in failed[0].fix


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Custmer_Tier__c", "did you mean Customer_Tier__c?"),
        ("customer_tier__c", "did you mean Customer_Tier__c?"),
        ("Owner.email", "no field Owner.email"),
        ("Account Tier", "no field Account Tier"),
    ],
)
def test_check_finds_a_misspelt_custom_field(org, written, said):
    """A field that only the YAML's own mapping names is tried as well, in the spelling that answers come in."""
    failed = _failed(org.connector().check(all_mapped(tier=written)))

    assert [check.name for check in failed] == [f"accounts: {written}", "accounts"]
    assert said in failed[0].detail
    assert "mapping" in failed[0].fix


def test_a_stream_that_is_off_is_not_checked(org):
    """What the YAML has switched off needs no permission, and is not discovered."""
    org.fake.deny_object("Contact")
    fields = {"accounts": ["Name"]}

    checks = list(org.connector().check(fields))

    assert [check.name for check in checks] == ["login", "accounts", "API calls"]
    assert not _failed(checks)
    assert {item.stream for item in org.connector().discover(fields)} == {"accounts"}


def test_check_names_a_field_missing_behind_a_relationship(org):
    """A field of a related object that the user may not see is found, too."""
    org.fake.hide_field("User", "Name")
    failed = _failed(org.connector().check(all_mapped()))

    assert [check.name for check in failed] == ["accounts", "contacts", "opportunities"]
    assert all("Name" in check.detail and check.fix for check in failed)


def test_check_names_a_missing_object(org):
    """An object that the user may not read is named, and the other objects are still checked."""
    org.fake.deny_object("Contact")
    failed = _failed(org.connector().check(all_mapped()))

    assert [check.name for check in failed] == ["contacts"]
    assert "permission set" in failed[0].fix


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SF_ID": "nobody", "SF_SECRET": "hunter2hunter2"}, "invalid_client_id"),
        ({"SF_ID": "fake-consumer-key", "SF_SECRET": "hunter2hunter2"}, "invalid_client"),
        ({"SF_ID": "fake-consumer-key"}, "SF_SECRET"),
    ],
)
def test_check_with_bad_credentials(org, environ, said):
    """Bad credentials fail the login check alone, once, with the fix and without the secret."""
    org.clock.environ = environ
    (check,) = org.connector().check(all_mapped())

    assert check.name == "login"
    assert not check.ok
    assert said in check.detail
    assert check.fix
    assert "hunter2" not in check.detail + check.fix
    assert org.fake.count("oauth2/token") <= 1


def test_check_warns_when_calls_run_out(org):
    """An org with few API calls left fails the check before a sync does."""
    org.fake.used = org.fake.daily_limit - 100
    (check,) = _failed(org.connector().check(all_mapped()))

    assert check.name == "API calls"
    assert "24 hours" in check.fix


def test_discover(org):
    """Discovery lists every field of every stream, custom ones included, and says which are mapped."""
    found = {(item.stream, item.field): item for item in org.connector().discover(all_mapped())}

    assert not found["accounts", "Customer_Tier__c"].mapped
    assert found["accounts", "Industry"].mapped
    assert found["accounts", "Owner.Name"].mapped
    assert found["contacts", "AccountId"].mapped
    assert found["opportunities", "StageName"].label


@pytest.mark.parametrize("stream", ["accounts", "contacts", "opportunities"])
def test_default_mapping_speaks_the_vocabulary(org, stream):
    """The default mapping reads a record without a problem, its id as an attribute to link other sources by."""
    spec = org.spec(stream)
    mapping = FIELDS.build(FIELDS.options(**spec.mapping), spec.kind, default_vocabulary())
    org.sync(org.connector(), stream, fields=mapping.fields)

    for record in org.records.values():
        mapped = mapping.interpret(mapping.project(record))
        assert not mapped.problems
        assert mapped.attributes["salesforce_id"] == record.id
        assert mapped.attributes["owner"] == record.data["Owner"]["Name"]
        if stream != "accounts":
            assert mapped.parent == RecordRef("accounts", record.data["AccountId"])
        if stream == "opportunities":
            assert mapped.attributes["is_open"] is not record.data["IsClosed"]


def test_manifest_agrees_with_the_code():
    """The manifest names this connector and the API version it speaks."""
    text = files("groundfact_connectors.salesforce").joinpath("connector.yaml").read_text("utf-8")
    manifest = YAML(typ="safe").load(text)
    (offered,) = register_connectors()

    assert manifest["name"] == offered.name
    assert f"REST API {SalesforceOptions(domain='a.my', **KEYS).api_version} " in manifest["vendor_api"]


@pytest.mark.parametrize("allow", [(), ("localhost",), ("10.0.0.1",)])
def test_loopback_is_refused_unless_allowed(org, allow):
    """A base_url on loopback is refused before anything is sent, unless the YAML allows that host."""
    connector = org.connector(allow)
    (check,) = connector.check(all_mapped())
    with pytest.raises(SourceRefused, match=r"127\.0\.0\.1"):
        org.sync(connector, "accounts")

    assert not check.ok
    assert "network" in check.fix
    assert org.fake.count() == 0


def test_foreign_host_is_refused(org):
    """An instance_url that is not Salesforce's is refused before anything is sent."""
    with pytest.raises(SourceRefused, match=r"evil\.example"):
        org.sync(org.connector(instance_url="https://salesforce.com.evil.example", base_url=None), "accounts")


def test_login_cannot_send_the_token_elsewhere(org):
    """The address that a login answers with passes the same guard as the configured one."""
    url = org.fake.url.replace("127.0.0.1", "localhost")
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        org.sync(org.connector(("localhost",), instance_url=url, base_url=None), "accounts")

    assert {call.path for call in org.fake.calls} == {"/services/oauth2/token"}


def test_login_through_instance_url(org):
    """Without base_url, login and calls go to instance_url."""
    org.sync(org.connector(instance_url=org.fake.url, base_url=None), "accounts")

    assert set(org.records) == org.ids("accounts")


def test_netrc_does_not_replace_the_token(org, tmp_path, monkeypatch):
    """A password for the host in ~/.netrc does not overwrite the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login x password y\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    org.sync(org.connector(), "accounts")

    assert set(org.records) == org.ids("accounts")


def test_proxy_is_not_asked_for_loopback(org, monkeypatch):
    """A proxy in the environment is not asked for an address on loopback."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    org.sync(org.connector(), "accounts")

    assert set(org.records) == org.ids("accounts")


def test_long_ids(org):
    """The 15-character form of an id becomes the 18-character one that the API answers with."""
    for row in org.world.records("salesforce", "Contact"):
        assert long_id(row.id[:15]) == long_id(row.id) == row.id
    assert long_id("001aBcDeFgHiJkL") == "001aBcDeFgHiJkL" + long_id("001aBcDeFgHiJkL")[15:]
    with pytest.raises(ValueError, match="not a Salesforce id"):
        long_id("0015")
