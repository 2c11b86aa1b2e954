"""What people and copilots tell the memory: facts, preferences, instructions and notes, as claims of their own.

A statement becomes a record version of the source `people` or `copilot:NAME` and goes the way of all records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from groundfact.errors import Denied, UnknownName, UsageError
from groundfact.model import Principal
from groundfact.model.durations import parse_duration
from groundfact.model.scopes import WORKSPACE
from groundfact.model.text import writable
from groundfact.model.times import iso, parse_instant
from groundfact.model.voices import personal_label, team_label, voice_of
from groundfact.pipeline.deciding.claims import claims_about
from groundfact.pipeline.deciding.settled import fingerprint
from groundfact.pipeline.identity.linking import attached_to
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.scopes import scopes_of
from groundfact.store import reading, registry
from groundfact.store.reading import VisibleRecord
from groundfact.vocabulary import Attribute, BadValue, convert

__all__ = [
    "Audience",
    "Scope",
    "Statement",
    "Telling",
    "attachable",
    "audience_of",
    "checked_marks",
    "correction",
    "expiry_of",
    "known_attribute",
    "statement",
    "telling_id",
    "telling_of",
]

Scope = Literal["user", "team", "workspace"]
TextType = Literal["note", "preference", "instruction"]
_LONGEST = {"note": 20_000, "preference": 1_000, "instruction": 1_000}
_LONGEST_REASON = 500
_MOST_SCOPES = 200


class Audience(NamedTuple):
    """Who is to see what is told."""

    scope: str
    labels: tuple[str, ...]


class Telling(NamedTuple):
    """One statement on its way into the store."""

    source: str
    kind: str
    rec: str
    labels: tuple[str, ...]
    attributes: Mapping[str, Any]
    text: str | None
    about: Sequence[str]
    told: Mapping[str, Any]
    """What the one who told it gets back."""


class Statement(NamedTuple):
    """What somebody wants remembered, as it was said: the arguments of `Memory.remember`."""

    text: str | None = None
    about: str | None = None
    kind: str = "account"
    attribute: str | None = None
    value: Any = None
    type: Literal["note", "preference", "instruction", "fact"] | None = None
    inferred: bool | None = None
    scope: Scope = "workspace"
    team: str | None = None
    expires: str | None = None


def telling_of(reader: Reader, who: Principal, said: Statement) -> Telling:
    """A statement, checked and addressed. Raises UsageError, UnknownName, Ambiguous or Denied."""
    as_fact = said.attribute is not None
    if as_fact != (said.text is None) or (said.type not in (None, "fact") if as_fact else said.type == "fact"):
        raise UsageError("remember either a text, or an attribute and its value", hint="not both, not neither")
    if said.kind not in reader.plans:
        raise UnknownName(f"there is no kind {said.kind!r}", near=list(reader.plans), hint=", ".join(reader.plans))
    until = expiry_of(said.expires, reader.now)
    view = None if said.about is None else find(reader, said.kind, said.about, briefly=True)
    audience = audience_of(who, said.scope, said.team, directs=said.type in ("preference", "instruction"))
    if said.attribute is None:
        return text_telling(reader, who, view, said.text or "", _text_type(said.type), audience, until)
    if view is None:
        raise UsageError("a fact is about something", hint="say about which account: `about=`")
    inferred = who.kind == "copilot" if said.inferred is None else said.inferred
    return statement(reader, who, view, said.attribute, said.value, audience, {"inferred": inferred, "expires": until})


def _text_type(name: str | None) -> TextType:
    if name == "preference":
        return "preference"
    return "instruction" if name == "instruction" else "note"


def correction(
    reader: Reader,
    who: Principal,
    view: EntityView,
    attribute: str,
    value: Any,
    reason: str,
    expires: str | None,
    evidence: str | None = None,
) -> Telling:
    """That a fact is set right for everybody."""
    marks = {"correction": True, "reason": reason, "evidence": evidence, "expires": expiry_of(expires, reader.now)}
    return statement(reader, who, view, attribute, value, audience_of(who, "workspace", None, directs=False), marks)


def audience_of(who: Principal, scope: str, team: str | None, *, directs: bool) -> Audience:
    """Who is to see it. Raises Denied where `who` may not speak to them; `directs`: it tells them what to do."""
    if scope == "user":
        return Audience(scope, (personal_label(who.name),))
    if scope == "team":
        teams = ", ".join(sorted(who.teams)) or "none"
        if team is None:
            raise UsageError("a team has to be named", hint=f"`team=` or `--team`; {who.name}'s teams: {teams}")
        if team not in who.teams:
            raise Denied(f"{who.name} is not in the team {team!r}", hint=f"its teams: {teams}; name one of them")
        audience = Audience(f"team:{team}", (team_label(team),))
    elif scope == "workspace":
        audience = Audience(scope, (registry.EVERYBODY,))
    else:
        raise UsageError(f"there is no scope {scope!r}", hint="it is one of user, team, workspace")
    if directs and "direct" not in who.may:
        raise Denied(
            f"{who.name} may not tell others how to behave",
            hint=f"use the scope `user`, or grant it: `principals: {{{who.name}: {{may: [direct]}}}}`",
        )
    return audience


def expiry_of(expires: str | None, now: int) -> int | None:
    """When it ends: an instant, a date, or so long from now."""
    if expires is None:
        return None
    if expires[:4].isdigit() and "-" in expires:
        at = parse_instant(expires)
    else:
        try:
            at = now + round(parse_duration(expires).total_seconds() * 1000)
        except ValueError as error:
            raise UsageError(f"expires: {error}", hint="write a date, a time, or a span like 30d") from None
    if at <= now:
        raise UsageError(f"{expires!r} is already over", hint="choose a time in the future")
    return at


def statement(
    reader: Reader,
    who: Principal,
    view: EntityView,
    attribute: str,
    value: Any,
    audience: Audience,
    marks: Mapping[str, Any],
) -> Telling:
    """That an attribute has a value. `marks`: `inferred`, `correction`, `pin`, `reason`, `evidence`, `expires` (ms)."""
    type_name = known_attribute(reader, who, view, attribute).type
    try:
        read = convert(type_name, value)
    except BadValue as error:
        raise UsageError(f"{attribute}: {str(value)[:100]!r} {error}") from None
    if read is None and attribute == reader.plans[view.kind].kind.title:
        hint = "say what it is called"
        raise UsageError(f"{attribute}: {str(value)[:100]!r} says nothing, and this is what it is called by", hint=hint)
    records = attachable(reader, view, audience)
    source = voice_of(who.name, who.kind)
    # Who says the same of the same thing again replaces what he said before; of a steward, whoever it is.
    said = next((word for word in ("correction", "pin") if marks.get(word)), who.name)
    marked = checked_marks(who, marks)
    if said != who.name:
        marked["over"] = _said_now(reader, attribute, type_name, records)
    rec = telling_id(source, said, audience.scope, _name(reader, records[0]), attribute)
    told = {
        "id": rec, "about": view.id, "name": view.title, "type": "fact", "attribute": attribute, "value": read,
        "scope": audience.scope, "by": who.name, "inferred": bool(marks.get("inferred")),
        "expires": iso(marks.get("expires")),
    }  # fmt: skip
    about = [attached_to(record.stream, record.rec) for record in records]
    return Telling(source, view.kind, rec, audience.labels, {attribute: read, "@": marked}, None, about, told)


def known_attribute(reader: Reader, who: Principal, view: EntityView, attribute: str) -> Attribute:
    """An attribute that `who` may speak of. Raises UnknownName or Denied."""
    kind = reader.plans[view.kind].kind
    if attribute not in kind.attributes:
        known = ", ".join(name for name, spec in kind.attributes.items() if not spec.hidden)
        raise UnknownName(f"{view.kind} has no attribute {attribute!r}", near=list(kind.attributes), hint=known)
    if reader.access.decide(view.kind, attribute) != "permit":
        raise Denied(f"{who.name} may not see {view.kind}.{attribute}", hint="so it may not state it either")
    return kind.attributes[attribute]


def checked_marks(who: Principal, marks: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept beside a statement. Raises UsageError where somebody tells a novel."""
    marked = {key: mark for key, mark in {**marks, "by": who.name}.items() if mark not in (None, False, "")}
    for name in ("reason", "evidence"):
        if name in marked:
            marked[name] = writable(marked[name])
        if len(marked.get(name, "")) > _LONGEST_REASON:
            raise UsageError(f"the {name} is longer than {_LONGEST_REASON} characters", hint="say it in a sentence")
    return marked


def _said_now(reader: Reader, attribute: str, type_name: str, records: Sequence[VisibleRecord]) -> dict[str, str]:
    """What each record says when a steward decides, as fingerprints: what differs later has changed since."""
    said = claims_about(attribute, type_name, reader.claims(list(records)))
    found = dict.fromkeys((_name(reader, record) for record in records), "")
    return found | {f"{claim.source}/{claim.stream}/{claim.record}": fingerprint(claim.key) for claim in said}


def attachable(reader: Reader, view: EntityView, audience: Audience) -> list[VisibleRecord]:
    """The records that the statement can be about: those which everybody sees who will see the statement."""
    sets = reader.label_sets
    labels = reading.labels_of(reader.tx, reader.view, {(record.stream, record.rec) for record in view.records})
    said = {record: sets[number] for record, number in labels.items()}
    own = frozenset(audience.labels)
    fits = [r for r in view.records if registry.EVERYBODY in said[r.stream, r.rec] or said[r.stream, r.rec] == own]
    # Not what was told before: that may be forgotten.
    systems = [r for r in fits if not r.rec.startswith(_PREFIX)] or fits
    if not systems:
        raise Denied(
            f"not everybody who would see this may see {view.title}",
            hint="keep it as a note with the scope `user`",
        )
    return sorted(systems, key=lambda record: _name(reader, record))


def text_telling(
    reader: Reader,
    who: Principal,
    view: EntityView | None,
    text: str,
    type_name: TextType,
    audience: Audience,
    expires: int | None,
) -> Telling:
    """A preference, an instruction or a note; about the whole workspace without a view."""
    text = writable(text).strip()
    if not text or len(text) > _LONGEST[type_name]:
        raise UsageError(
            f"a {type_name} of {len(text)} characters cannot be kept",
            hint=f"between 1 and {_LONGEST[type_name]:,} characters",
        )
    scopes = sorted(scopes_of(reader, [view]))[:_MOST_SCOPES] if view is not None else [WORKSPACE]
    source = voice_of(who.name, who.kind)
    anchor = view.id if view is not None else "workspace"
    rec = telling_id(source, who.name, audience.scope, anchor, type_name, text)
    told: dict[str, Any] = {"id": rec, "about": anchor, "type": type_name, "text": text, "scope": audience.scope}
    told.update(by=who.name, expires=iso(expires), **({"name": view.title} if view is not None else {}))
    if type_name == "note":
        attributes: dict[str, Any] = {"author": who.name, "written_at": iso(reader.now)}
        if expires is not None:
            attributes["@"] = {"expires": expires, "by": who.name}
        return Telling(source, "note", rec, audience.labels, attributes, text, scopes, told)
    attributes = {"type": type_name, "by": who.name, "scope": audience.scope}
    if expires is not None:
        attributes["expires_at"] = iso(expires)
    return Telling(source, "directive", rec, audience.labels, attributes, text, scopes, told)


_PREFIX = "mem-"


def telling_id(*parts: str) -> str:
    """The id under which a statement is kept: the same for the same parts."""
    return _PREFIX + blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _name(reader: Reader, record: VisibleRecord) -> str:
    return reader.record_name(record.stream, record.rec)
