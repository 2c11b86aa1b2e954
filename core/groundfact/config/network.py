"""The network guard: which address a connector may talk to.

A base URL comes from a file people edit and copy, so a mistyped or planted one must not carry a company's
token to somebody else or reach the inside of the network. The name has to belong to the vendor, and every
address behind it has to be public. The one way past it stands in the YAML: `network: {allow: [host]}`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from groundfact.errors import SourceRefused, SourceUnavailable
from groundfact.world import World

__all__ = ["guard_url", "is_public"]

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_PORTS = {"https": 443, "http": 80}

_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # public by number, but the host agent of every Azure machine
    )
)  # fmt: skip
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _Target(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def guard_url(url: str, hosts: Sequence[str], allow: Sequence[str], world: World, where: str) -> str:
    """The normalised URL (no trailing slash) once it is known to be safe to send a token to.

    `hosts` are the vendor's host suffixes, `allow` the exact hosts (or host:port) of `network: allow:`.
    Raises SourceRefused, or SourceUnavailable where the name cannot be looked up.
    """
    target = _parsed(url, where)
    normalised = f"{target.scheme}://{target.authority}{target.path}".rstrip("/")
    if _allowed(target, allow):
        return normalised
    if not any(_below(target.host, suffix) for suffix in hosts):
        raise _refused(where, target, f"is not a host of this vendor ({', '.join(sorted(hosts))})")
    if target.scheme != "https":
        raise _refused(where, target, "would be reached without encryption (http, not https)")
    for address in _addresses(target.host, world, where):
        if not is_public(address):
            raise _refused(where, target, f"stands for {address[:60]}, which is not a public address")
    return normalised


def is_public(address: str) -> bool:
    """Whether an address is on the public internet; anything special, translated or unreadable is not.

    An own list, because `ipaddress.is_global` differs between Python releases and knows neither the Azure
    host agent nor what a translated address (IPv4-mapped, NAT64) leads to.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inner is None:
            return ip in _OPEN_V6 and not any(ip in block for block in _CLOSED_V6)
        ip = inner
    return not any(ip in block for block in _CLOSED_V4)


def _parsed(url: str, where: str) -> _Target:
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise _odd(where, "has characters that do not belong into an address (spaces, backslash, non-ASCII)")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _odd(where, "cannot be read as an address") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not url[len(scheme) :].startswith("://"):
        raise _odd(where, "does not begin with https://")
    if "@" in parts.netloc:
        raise _odd(where, "holds a user name or password before the host")
    if "?" in url or "#" in url:
        raise _odd(where, "has a query or fragment; a base URL ends with its path")
    host = _host(parts.netloc.lower(), where)
    if port == 0:
        raise _odd(where, "has port 0")
    return _Target(scheme, host, port or _PORTS[scheme], parts.path.rstrip("/"))


def _host(netloc: str, where: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::[0-9]{1,5})?", netloc)
    if not match:
        raise _odd(where, "has no readable host")
    host = match[1]
    try:
        # A number has one spelling here: octal, hexadecimal and shortened ones are how filters are passed.
        if host.startswith("["):
            return str(ipaddress.IPv6Address(host[1:-1]))
        if _NUMERIC.fullmatch(host.rpartition(".")[2]):
            return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise _odd(where, "writes a number as its host in an unusual way; write it like 192.0.2.7") from None
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise _odd(where, "has no readable host (a trailing dot, an empty part or an unusual character)")
    return host


def _allowed(target: _Target, allow: Sequence[str]) -> bool:
    host = f"[{target.host}]" if ":" in target.host else target.host
    names = {target.host, host, f"{host}:{target.port}"}
    return any(entry.strip().lower() in names for entry in allow)


def _below(host: str, suffix: str) -> bool:
    suffix = suffix.lower().lstrip(".")
    return host == suffix or host.endswith(f".{suffix}")


def _addresses(host: str, world: World, where: str) -> Sequence[str]:
    cause: Exception | None = None
    found: Sequence[str] = ()
    try:
        found = world.resolve(host)
    except (OSError, UnicodeError) as error:
        cause = error
    if not found:
        raise SourceUnavailable(
            f"{where}: the host {host} cannot be looked up",
            hint="check the network and the spelling of `base_url`, then sync again",
        ) from cause
    return found


def _odd(where: str, problem: str) -> SourceRefused:
    # The URL is not repeated: what is wrong with it may be a password.
    return SourceRefused(f"{where}: the base URL {problem}", hint="write it like https://host/path")


def _refused(where: str, target: _Target, problem: str) -> SourceRefused:
    return SourceRefused(
        f"{where}: {target.host} {problem}; nothing was sent",
        hint=f"mend `base_url`; if this host is meant, add `network: {{allow: [{target.authority!r}]}}`",
    )
