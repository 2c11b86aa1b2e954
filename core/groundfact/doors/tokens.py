"""Bearer tokens, each bound to one principal. Only their hashes are kept, and all are compared at every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from groundfact.config.config import Config
from groundfact.config.secrets import read_secret
from groundfact.doors.problems import Refusal, problem
from groundfact.errors import ConfigError
from groundfact.model.times import parse_instant
from groundfact.world import World

__all__ = ["PRINCIPAL", "Tokens", "tokens_of"]

PRINCIPAL = "groundfact.principal"
"""Where a request carries who asks, once that is known."""
_SHORTEST = 20
_REALM = 'Bearer realm="groundfact"'


class _Token(NamedTuple):
    digest: bytes
    principal: str
    expires: int | None


@dataclass(frozen=True)
class Tokens:
    """Who asks, from the Authorization header."""

    known: Sequence[_Token]
    anonymous: str | None = None
    """Who asks where no token is sent; None: nobody, so it is refused."""

    def principal(self, headers: Sequence[bytes], now: int) -> str:
        """The principal of a request with these Authorization headers. Raises Refusal (401)."""
        if not headers:
            if self.anonymous is not None:
                return self.anonymous
            raise _refused("send the header `Authorization: Bearer …`; a token in the URL is not looked at")
        scheme, _, secret = headers[0].partition(b" ")
        if len(headers) > 1 or scheme.lower() != b"bearer":
            raise _refused("send one header `Authorization: Bearer …`", "this is not a bearer token")
        digest = sha256(secret.strip()).digest()
        # Every one of them is compared, so that the time it takes tells nothing.
        fitting = [token for token in self.known if compare_digest(token.digest, digest)]
        if not fitting:
            raise _refused("ask for a token that is listed under `server: tokens`", "the token is not known here")
        if fitting[0].expires is not None and fitting[0].expires <= now:
            raise _refused("ask for a new one", "the token has expired")
        return fitting[0].principal


def tokens_of(config: Config, world: World) -> Tokens:
    """Read the tokens of the YAML. Raises SourceRefused for one that cannot be read, ConfigError for a bad one."""
    server = config.root.server
    found: list[_Token] = []
    for index, entry in enumerate(server.tokens):
        where = config.where("server", "tokens", index)
        secret = read_secret(entry.token, world.environ, config.folder, where).strip()
        if len(secret) < _SHORTEST:
            message = f"the token behind {entry.token} has fewer than {_SHORTEST} characters"
            raise ConfigError(message, where=where, hint="draw one with: openssl rand -hex 32")
        digest = sha256(secret.encode()).digest()
        if any(token.digest == digest for token in found):
            raise ConfigError(
                f"the token behind {entry.token} is listed twice", where=where, hint="one token, one principal"
            )
        expires = parse_instant(entry.expires) if entry.expires is not None else None
        found.append(_Token(digest, entry.principal, expires))
    return Tokens(found, server.anonymous)


def _refused(hint: str, wrong: str = "") -> Refusal:
    said = f', error="invalid_token", error_description="{wrong}"' if wrong else ""
    found = problem("unauthorized", "Nobody is asking", 401, detail=wrong or "a bearer token is needed", hint=hint)
    return Refusal(found, {"WWW-Authenticate": _REALM + said})
