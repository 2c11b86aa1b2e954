"""Who asks, who may not, and what becomes of an answer that is missing or wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from groundfact.config.config import Config
from groundfact.config.people import EVERYBODY
from groundfact.config.secrets import read_secret
from groundfact.config.suggested import Setting
from groundfact.errors import SourceRefused
from groundfact.model.secret import SecretRef
from groundfact.model.times import parse_instant, to_ms
from groundfact.pipeline.doctor.finding import Finding, Severity
from groundfact.pipeline.doctor.speakers import Speakers
from groundfact.world import World

__all__ = ["askers", "secrets", "teammates", "tokens", "unseen"]

_STEWARDS = {"correct": "set a wrong fact right, pin or merge", "forget": "take back what others told"}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def askers(config: Config) -> Iterator[Finding]:
    """Whether anybody can ask, set right and take back, and who answers for those that are not named."""
    who = sorted(config.principals.items())
    if not who:
        setting = Setting(("principals", "me"), {"kind": "person"})
        yield Finding("error", "askers", "principals", "nobody may ask: every answer is a refusal", settings=[setting])
        return
    lack = [(verb, what) for verb, what in _STEWARDS.items() if not any(verb in one.may for _, one in who)]
    if lack:
        name = next((name for name, one in who if one.kind == "person"), who[0][0])
        may = sorted({*config.root.principals[name].may, *(verb for verb, _ in lack)})
        reason = f"nobody may {' or '.join(what for _, what in lack)}: what is wrong stays until its source changes it"
        yield Finding("warning", "stewards", "principals", reason, settings=[Setting(("principals", name, "may"), may)])
    default, anonymous = config.root.context.default_principal, config.root.server.anonymous
    if anonymous is not None:
        open_to = "everybody who reaches it" if config.root.server.host not in _LOOPBACK else "every program here"
        reason = f"`server: anonymous` answers {open_to} as {anonymous}, without a token"
        if anonymous == default:
            reason += ", and where nobody is named as well: a forgotten token is never noticed"
        severity: Severity = "error" if config.root.server.host not in _LOOPBACK else "warning"
        yield Finding(
            severity, "anonymous", "server.anonymous", reason, ("server", "anonymous"),
            [Setting(("server", "anonymous"), None)], "give each copilot a token of its own under `server: tokens`",
        )  # fmt: skip
    if default is None and not config.root.server.tokens and anonymous is None:
        reason = "where nobody is named the answer is a refusal: every call has to say `principal=` or `--as`"
        yield Finding("note", "default_principal", "context.default_principal", reason, ("context",))


def tokens(config: Config, world: World) -> Iterator[Finding]:
    """Tokens that never end, or have ended."""
    now = to_ms(world.now())
    for index, token in enumerate(config.root.server.tokens):
        at, subject = ("server", "tokens", index), f"server.tokens[{index}]"
        if token.expires is None:
            reason = f"the token of {token.principal} never expires: whoever finds it may ask for ever"
            yield Finding("warning", "tokens", subject, reason, at, do="add `expires: YYYY-MM-DD` to it")
        elif parse_instant(token.expires) <= now:
            reason = f"the token of {token.principal} has expired: it is refused"
            yield Finding("error", "tokens", subject, reason, at, do="put a new token there, with a new `expires:`")


def unseen(config: Config, said: Speakers) -> Iterator[Finding]:
    """Sources whose records nobody may see, and principals that hold nothing beside what everybody may see."""
    held = {label for one in config.principals.values() for label in one.labels} | {EVERYBODY}
    wanted: set[str] = set()
    for source, stream in sorted(said.streams):
        access = config.sources[source].access_to(stream)
        wanted.update(access)
        if held.isdisjoint(access):
            own = stream in config.sources[source].streams and config.sources[source].streams[stream].access is not None
            path = ("sources", source, "streams", stream) if own else ("sources", source)
            reason = f"nobody holds a label of it ({', '.join(access)}): only records with labels of their own are seen"
            subject, do = f"sources.{source}.streams.{stream}", f"give it: `principals: NAME: labels: [{access[0]}]`"
            yield Finding("warning", "unseen", subject, reason, (*path, "access"), do=do)
    if wanted <= {EVERYBODY}:
        return
    for name, one in sorted(config.root.principals.items()):
        if not one.labels and not one.teams:
            hidden = ", ".join(sorted(wanted - {EVERYBODY}))
            reason = f"{name} holds no label: it sees what everybody may see, and nothing of {hidden}"
            yield Finding(
                "note", "labels", f"principals.{name}", reason.replace(f" {EVERYBODY},", ""), ("principals", name)
            )


def teammates(config: Config, said: Speakers) -> Iterator[Finding]:
    """Our own people in several tools: unlinked, one owner is two, and every account's owner a conflict."""
    by = sorted({source for (source, _), kind in said.streams.items() if kind == "teammate"})
    if len(by) > 1 and not config.matchers.get("teammate"):
        reason = f"{', '.join(by)} each name our own people, and nothing links them: the same owner counts as two"
        setting = Setting(("identity", "teammate"), [{"type": "shared_key", "attribute": "email"}])
        yield Finding("warning", "teammates", "identity.teammate", reason, ("identity",), [setting])


def secrets(config: Config, world: World) -> Iterator[Finding]:
    """Secrets that cannot be had here. None is told, and none is kept."""
    for index, token in enumerate(config.root.server.tokens):
        yield from _secret(config, world, token.token, f"server.tokens[{index}]", ("server", "tokens", index))
    for name, settings in config.sources.items():
        for key, ref in _refs(settings.options):
            yield from _secret(config, world, ref, f"sources.{name}.{key}", ("sources", name, key))


def _refs(options: BaseModel) -> Iterator[tuple[str, Any]]:
    for key in type(options).model_fields:
        value = getattr(options, key)
        if isinstance(value, SecretRef):
            yield key, value


def _secret(config: Config, world: World, ref: Any, subject: str, at: tuple[str | int, ...]) -> Iterator[Finding]:
    try:
        read_secret(str(ref), world.environ, config.folder, subject)
    except SourceRefused as error:
        yield Finding("error", "secrets", subject, error.message, at, do=error.hint)
