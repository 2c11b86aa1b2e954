"""The network guard: 33 and more ways to write an inside address, and the names that must go through."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from groundfact.config.network import guard_url, is_public
from groundfact.errors import GroundfactError, SourceRefused, SourceUnavailable
from groundfact.testing.world_clock import FakeClockWorld

HOSTS = ("salesforce.com", "api.hubapi.com")

SPELLINGS = [
    # the plain ones
    "https://127.0.0.1", "https://localhost", "https://10.0.0.8", "https://172.16.3.4", "https://192.168.1.1",
    "https://169.254.169.254", "https://0.0.0.0", "https://255.255.255.255", "https://224.0.0.1",
    "https://100.64.0.1", "https://100.100.100.200", "https://192.0.0.192", "https://198.18.0.1",
    # one address, many spellings
    "https://127.1", "https://127.0.1", "https://2130706433", "https://0x7f000001", "https://0x7f.1",
    "https://017700000001", "https://0177.0.0.1", "https://127.000.000.001", "https://0", "https://00000000",
    "https://127.0.0.1.", "https://①②⑦.⓪.⓪.①", "https://127。0。0。1", "https://１２７.0.0.1",
    # version 6
    "https://[::1]", "https://[::]", "https://[0:0:0:0:0:0:0:1]", "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]", "https://[::127.0.0.1]", "https://[64:ff9b::7f00:1]",
    "https://[64:ff9b::127.0.0.1]", "https://[2002:7f00:1::]", "https://[2001:0:4136:e378::1]",
    "https://[fe80::1]", "https://[fe80::1%25eth0]", "https://[fc00::1]", "https://[fd12:3456::1]",
    "https://[ff02::1]", "https://[2001:db8::1]", "https://[64:ff9b:1::7f00:1]",
    # the vendor's name as decoration
    "https://api.salesforce.com@127.0.0.1", "https://user:hunter2@api.salesforce.com",
    "https://api.salesforce.com.evil.example", "https://evilsalesforce.com", "https://127.0.0.1#.salesforce.com",
    "https://127.0.0.1/?salesforce.com", "https://evil.example\\@api.salesforce.com",
    "https://127.0.0.1\\.salesforce.com", "https://api.salesforce.com:443@evil.example",
    "https://api.salesforce.com%2eevil.example", "https://api.sálesforce.com", "https://api．salesforce.com",
    "https://api.salesforce.com.", "https://.salesforce.com", "https://api..salesforce.com",
    "https://-.salesforce.com", "https://127.0.0.1%00.salesforce.com", "https://127.0.0.1\x00.salesforce.com",
    "https://api.salesforce.com\n.evil.example", "https://api.salesforce.com:0", "https://api.salesforce.com:99999",
    "https://api.salesforce.com:٤٤٣", "https://api.salesforce.com:4x3", "https://api.salesforce.com/?to=evil",
    # other ways than https
    "http://api.salesforce.com", "ftp://api.salesforce.com", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x",
    "//api.salesforce.com", "api.salesforce.com", "https:/api.salesforce.com", "https:api.salesforce.com",
    "https://", "", " https://api.salesforce.com", "javascript:alert(1)", "https:///api.salesforce.com",
]  # fmt: skip

INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.31.255.255", "192.168.0.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "100.127.255.255", "192.0.0.192", "192.0.0.10", "192.0.2.1", "198.51.100.7",
    "203.0.113.9", "198.19.0.1", "192.88.99.1", "224.0.0.251", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:a00:1::",
    "2002:5db8:d80e::", "3fff::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "5f00::1", "", "nonsense", "127.1", "2130706433", "010.0.0.1",
]  # fmt: skip


def guard(url: str, *addresses: str, hosts: Sequence[str] = HOSTS, allow: Sequence[str] = ()) -> str:
    """Ask the guard, in a world where every name stands for `addresses`."""
    world = FakeClockWorld()
    if addresses:
        world.resolve = lambda host: addresses  # type: ignore[method-assign]
    return guard_url(url, hosts, allow, world, "sources.crm")


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_an_inside_address_passes(url: str) -> None:
    """None of these is ever connected to, and the refusal names the source."""
    with pytest.raises(SourceRefused) as refused:
        guard(url)
    assert "sources.crm" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_there_are_at_least_33_spellings() -> None:
    """The list is not shorter than the threat that was measured."""
    assert len(set(SPELLINGS)) >= 33


@pytest.mark.parametrize("address", INSIDE)
def test_a_vendor_name_that_stands_for_an_inside_address_is_refused(address: str) -> None:
    """Every address is looked at: one inside one among public ones is enough to refuse."""
    assert not is_public(address)
    with pytest.raises(SourceRefused, match="not a public address"):
        guard("https://na1.salesforce.com", "93.184.215.14", address)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
def test_public_addresses_pass(address: str) -> None:
    """A vendor's real addresses are not refused, also where the network translates them (NAT64)."""
    assert guard("https://na1.salesforce.com", address) == "https://na1.salesforce.com"


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("https://API.HubAPI.com/", "https://api.hubapi.com"),
        (
            "HTTPS://acme.my.salesforce.com:443/services/data//",
            "https://acme.my.salesforce.com/services/data",
        ),
        ("https://acme.my.salesforce.com:8443/x", "https://acme.my.salesforce.com:8443/x"),
    ],
)
def test_the_address_is_normalised(url: str, normalised: str) -> None:
    """One spelling comes out: lower-case host, no default port, no trailing slash."""
    assert guard(url) == normalised


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("http://[::1]:9", "[::1]"),
        ("http://[::1]:9", "[::1]:9"),
        ("https://crm.internal", "crm.internal:443"),
        ("http://crm.internal", "CRM.internal"),
    ],
)
def test_an_allowed_host_passes(url: str, allow: str) -> None:
    """`network: {allow: […]}` is the one way past the guard, and it also covers http and loopback."""
    assert guard(url, "127.0.0.1", allow=[allow]) == url


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://127.0.0.1:8081", "127.0.0.1:8080"),
        ("http://127.0.0.2", "127.0.0.1"),
        ("https://sub.crm.internal", "crm.internal"),
        ("https://crm.internal.evil.example", "crm.internal"),
        ("http://2130706433", "127.0.0.1"),
        ("http://2130706433", "2130706433"),
        ("http://127.1", "127.1"),
        ("http://0x7f.1", "0x7f.1"),
        ("http://x@crm.internal", "crm.internal"),
    ],
)
def test_an_allowance_is_exact(url: str, allow: str) -> None:
    """Allowing one host allows no other, no other port and no other spelling."""
    with pytest.raises(SourceRefused):
        guard(url, allow=[allow])


def test_the_refusal_says_what_to_write() -> None:
    """The error carries the line that would allow the host, port included."""
    with pytest.raises(SourceRefused) as refused:
        guard("https://crm.internal:8443/x")
    assert "network: {allow: ['crm.internal:8443']}" in str(refused.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://user:hunter2@api.hubapi.com", "user name or password"),
        ("https://api.hubapi.com/crm/ö", "non-ASCII"),
        ("https://api.hubapi.com/crm v3", "spaces"),
        ("https://127.1/x", "unusual way"),
        ("https://api.hubapi.com/?to=x", "query"),
        ("http://api.hubapi.com", "without encryption"),
        ("https://api.example.com", "not a host of this vendor"),
    ],
)
def test_the_refusal_says_what_is_wrong(url: str, says: str) -> None:
    """One reads what to mend, and neither a password nor the rest of the address is repeated."""
    with pytest.raises(SourceRefused, match=says) as refused:
        guard(url)
    assert "hunter2" not in str(refused.value)


def test_a_name_that_cannot_be_looked_up_is_not_a_refusal() -> None:
    """No network is passing trouble, not a wrong setting: it is worth trying again."""

    class Offline(FakeClockWorld):
        def resolve(self, host: str) -> Sequence[str]:
            raise socket.gaierror(-3, "Temporary failure in name resolution")

    with pytest.raises(SourceUnavailable, match="cannot be looked up"):
        guard_url("https://na1.salesforce.com", HOSTS, (), Offline(), "sources.crm")


def test_a_name_without_addresses_is_not_taken_for_safe() -> None:
    """Nothing to check is not the same as nothing wrong."""
    world = FakeClockWorld(hosts={"na1.salesforce.com": []})
    with pytest.raises(GroundfactError):
        guard_url("https://na1.salesforce.com", HOSTS, (), world, "sources.crm")
