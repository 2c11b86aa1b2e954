"""Which names a server answers to, and whether it may be started like that at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

from groundfact.config.schema import Server
from groundfact.errors import UsageError

__all__ = ["Names", "is_loopback", "names_of"]

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Names:
    """Hosts by which the server is asked, with a port or for any, and web pages that may ask."""

    hosts: Collection[str]
    origins: Collection[str]

    def knows(self, host: str) -> bool:
        """Whether a Host header names us. A page that points its own name at us is sent away by this."""
        host = host.lower()
        return host in self.hosts or _without_port(host) in self.hosts

    def lets_ask(self, origin: str, host: str) -> bool:
        """Whether a page of that origin may ask; one that we served ourselves may."""
        return origin in self.origins or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def names_of(server: Server, host: str) -> Names:
    """What a server bound to `host` answers to. Raises UsageError where it must not be started like that."""
    local = is_loopback(host)
    if not server.tokens and server.anonymous is None:
        raise UsageError("nobody could ask: `server:` has no tokens", hint=_TOKENS)
    if server.anonymous is not None and not (local and all(map(_is_local, server.allowed_hosts))):
        raise UsageError(
            f"`server: anonymous` lets anybody ask as {server.anonymous}, and others than this machine could reach it",
            hint="use `server: tokens`, or listen on 127.0.0.1 without allowed_hosts",
        )
    own = _LOOPBACK if local else () if _is_any(host) else (_bracketed(host),)
    hosts = {*own, *(name.lower() for name in server.allowed_hosts)}
    if not hosts:
        raise UsageError(
            f"listening on {host} needs `server: allowed_hosts`",
            hint="list the names by which it will be asked, so that no web page can ask under a name of its own",
        )
    return Names(hosts, server.allowed_origins)


_TOKENS = "add `server: {tokens: [{token: env:COPILOT_TOKEN, principal: NAME}]}`, or `anonymous: NAME` on this machine"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_local(host: str) -> bool:
    return is_loopback(_without_port(host.lower()).strip("[]"))


def _is_any(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return host == ""


def _bracketed(host: str) -> str:
    return f"[{host.lower()}]" if ":" in host else host.lower()


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() and (name.endswith("]") or ":" not in name) else host
