"""What stewards tell beside corrections: that a value is the one to believe, or that one does not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from groundfact.errors import UsageError
from groundfact.model import Claim, Principal, Target
from groundfact.model.times import iso
from groundfact.model.voices import voice_of
from groundfact.pipeline.deciding.claims import ANY, claims_about, is_of, unexpired
from groundfact.pipeline.deciding.ignoring import spoken
from groundfact.pipeline.deciding.settled import fingerprint
from groundfact.pipeline.identity.linking import attached_to
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.stewarding.telling import (
    Audience,
    Telling,
    attachable,
    checked_marks,
    expiry_of,
    known_attribute,
    statement,
    telling_id,
)
from groundfact.store import reading, registry
from groundfact.vocabulary import BadValue, compare_key, convert

__all__ = ["Why", "ignore_telling", "pin_telling"]

_MOST_NAMED = 10


class Why(NamedTuple):
    """On what grounds a steward decides, and for how long."""

    reason: str
    evidence: str | None = None
    expires: str | None = None


class _Meant(NamedTuple):
    """What is decided about: claims of one value, what they are called together, and who may see them."""

    claims: Sequence[Claim]
    of: str
    audience: Audience


def pin_telling(
    reader: Reader, who: Principal, view: EntityView, attribute: str, value: Any, source: str | None, why: Why
) -> Telling:
    """That a value is to be believed: one that somebody says, or what a source or a record says now."""
    if (value is None) == (source is None):
        raise UsageError(
            "pin either a value or what a source says", hint="name the value, or the source: not both, not neither"
        )
    claims = _claims(reader, who, view, attribute)
    if source is None:
        meant = _of_value(reader, view, attribute, claims, value)
    else:
        meant = _of_source(reader, view, attribute, claims, source)
    expires = expiry_of(why.expires, reader.now)
    marks = {"pin": meant.of, "reason": why.reason, "evidence": why.evidence, "expires": expires}
    made = statement(reader, who, view, attribute, _stored(meant.claims[0]), meant.audience, marks)
    told = {**made.told, "type": "pin", **_of(meant.of), "reason": why.reason, "evidence": why.evidence}
    return made._replace(about=_first(reader, view, meant, made.about), told=told)


def ignore_telling(reader: Reader, who: Principal, view: EntityView, attribute: str, source: str, why: Why) -> Telling:
    """That what a source (or a record of it) says now does not count, for as long as it says that."""
    meant = _of_source(reader, view, attribute, _claims(reader, who, view, attribute), source)
    value, key = _stored(meant.claims[0]), meant.claims[0].key
    expires = expiry_of(why.expires, reader.now)
    ignore = {"attribute": attribute, "value": value, "of": meant.of, **_said(meant.claims[0])}
    marks = {"ignore": ignore, "reason": why.reason, "evidence": why.evidence, "expires": expires}
    records = attachable(reader, view, meant.audience)
    voice = voice_of(who.name, who.kind)
    anchor = reader.record_name(records[0].stream, records[0].rec)
    rec = telling_id(voice, "ignore", meant.audience.scope, anchor, attribute, meant.of, fingerprint(key))
    told = {
        "id": rec, "about": view.id, "name": view.title, "type": "ignore", "attribute": attribute, "value": value,
        "of": meant.of, "scope": meant.audience.scope, "by": who.name, "reason": why.reason,
        "evidence": why.evidence, "expires": iso(expires),
    }  # fmt: skip
    about = _first(reader, view, meant, [attached_to(record.stream, record.rec) for record in records])
    said = {"@": checked_marks(who, marks)}
    return Telling(voice, view.kind, rec, meant.audience.labels, said, None, about, told)


def _stored(claim: Claim) -> Any:
    """A value as it can be told: what refers to an entity is told by its id."""
    return claim.value.id if isinstance(claim.value, Target) else claim.value


def _said(claim: Claim) -> dict[str, str]:
    """Of a relation also how its source says it: that holds when the other end becomes another entity."""
    return {"said": claim.value.said} if isinstance(claim.value, Target) else {}


def _of(named: str) -> dict[str, str]:
    return {} if named == ANY else {"of": named}


def _claims(reader: Reader, who: Principal, view: EntityView, attribute: str) -> list[Claim]:
    """What is said of an attribute, without stewards' own words."""
    spec = known_attribute(reader, who, view, attribute)
    records = spoken(unexpired(reader.claims(list(view.records)), reader.now))
    found = claims_about(attribute, spec.type, records)
    return [claim for claim in found if not (claim.correction or claim.pinned)]


def _of_source(reader: Reader, view: EntityView, attribute: str, claims: Sequence[Claim], source: str) -> _Meant:
    """What a source, or a record like `crm/42`, says. Raises UsageError where that is nothing, or several things."""
    asked = source.strip()
    found = [c for c in claims if is_of(asked, c.source, c.stream, c.record) or asked == f"{c.source}/{c.record}"]
    if not found:
        raise UsageError(f"{asked!r} says nothing about {attribute} of {view.title}", hint=_who_says(claims))
    if len({claim.key for claim in found}) > 1:
        hint = f"name one of its records: {', '.join(_name(claim) for claim in found[:_MOST_NAMED])}"
        raise UsageError(f"the records of {asked} say different things about {attribute}", hint=hint)
    of = asked if all(claim.source == asked for claim in found) else _name(found[0])
    return _Meant(found, of, _audience(reader, view, found))


def _of_value(reader: Reader, view: EntityView, attribute: str, claims: Sequence[Claim], value: Any) -> _Meant:
    """The claims of a value. Raises UsageError where nobody says it."""
    type_name = reader.plans[view.kind].kind.attributes[attribute].type
    try:
        wanted = compare_key(type_name, convert(type_name, value))
    except BadValue as error:
        raise UsageError(f"{attribute}: {str(value)[:100]!r} {error}") from None
    found = [claim for claim in claims if wanted in (claim.key, _stored(claim))]
    if not found:
        hint = f"{_who_says(claims)}; to say something else, `correct` it"
        raise UsageError(f"nobody says {str(value)[:100]!r} about {attribute} of {view.title}", hint=hint)
    return _Meant(found, ANY, _audience(reader, view, found))


def _who_says(claims: Sequence[Claim]) -> str:
    names = ", ".join(_name(claim) for claim in claims[:_MOST_NAMED])
    return f"those who say something: {names}" if names else "nobody says anything about it"


def _name(claim: Claim) -> str:
    return f"{claim.source}/{claim.stream}/{claim.record}"


def _audience(reader: Reader, view: EntityView, claims: Sequence[Claim]) -> Audience:
    """Who may be told what these say: everybody where one of them is for everybody, else those who see the first."""
    public = set(registry.public_label_sets(reader.tx, reader.workspace))
    sets = registry.label_sets(reader.tx, reader.workspace)
    names = {_name(claim) for claim in claims}
    ids = sorted((r.stream, r.rec) for r in view.records if reader.record_name(r.stream, r.rec) in names)
    labels = reading.labels_of(reader.tx, reader.view, ids)
    if any(number in public for number in labels.values()):
        return Audience("workspace", (registry.EVERYBODY,))
    first = next(r for r in ids if reader.record_name(*r) == _name(claims[0]))
    own = tuple(sorted(sets[labels[first]].labels))
    return Audience(" ".join(own), own)


def _first(reader: Reader, view: EntityView, meant: _Meant, about: Sequence[str]) -> list[str]:
    """Where it hangs: what it speaks of comes first, so that it goes where that goes."""
    names = {_name(claim) for claim in meant.claims}
    own = {attached_to(r.stream, r.rec) for r in view.records if reader.record_name(r.stream, r.rec) in names}
    return sorted(about, key=lambda one: one not in own)
