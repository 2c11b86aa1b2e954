"""From what records say to claims, in one total order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.model import Claim
from groundfact.store.reading import VisibleRecord
from groundfact.store.registry import StreamRow
from groundfact.vocabulary import TYPES

__all__ = [
    "ANY",
    "MARKS",
    "NEVER",
    "RecordClaims",
    "Voice",
    "agree",
    "claims_about",
    "claims_of",
    "is_of",
    "stands",
    "tie_key",
    "unexpired",
    "voiced",
    "voices_of",
]

MARKS = "@"
"""Beside its attributes, how a record that was told came about: who said it, whether it was inferred, until when."""
NEVER = 2**62
"""Sorts after every time."""
_UNMARKED = (False, True, False, False, None, None, None, "")
"""How a claim goes on after its times where its record has no marks."""
_new_tuple = tuple.__new__
Voice = tuple[Mapping[str, Any], tuple[Any, ...], Mapping[str, int] | None]
"""What a record says, what a claim of it holds after value and key, and the times of its single attributes."""


class RecordClaims(NamedTuple):
    """What one visible record says. Times are ms since 1970 UTC."""

    attributes: Mapping[str, Any]
    source: str
    stream: str
    record: str
    changed: Mapping[str, int] | None
    asserted_at: int | None
    observed_at: int
    verified_at: int | None


def claims_of(
    records: Iterable[VisibleRecord], streams: Mapping[int, StreamRow], verified: Mapping[int, int]
) -> list[RecordClaims]:
    """Records as resolution wants them; `verified` says up to when each stream confirms all its records."""
    found = []
    for record in records:
        stream = streams[record.stream]
        seen = max(record.observed_at, record.confirmed_at or 0, verified.get(record.stream, 0))
        found.append(
            RecordClaims(
                record.attributes,
                stream.source,
                stream.name,
                record.rec,
                record.changed,
                record.asserted_at,
                record.observed_at,
                seen,
            )
        )
    return found


def claims_about(attribute: str, type_name: str, records: Sequence[RecordClaims]) -> list[Claim]:
    """Every claim about an attribute, in the total order of claims."""
    claims = voiced(attribute, voices_of(records), TYPES[type_name].key)
    claims.sort(key=tie_key)
    return claims


def voices_of(records: Sequence[RecordClaims]) -> list[Voice]:
    """What records say, each with what all its claims have in common."""
    found = []
    for attributes, source, stream, record, changes, changed, observed, verified in records:
        marks = _UNMARKED
        if MARKS in attributes:
            told = attributes[MARKS]
            correction, pinned = bool(told.get("correction")), told.get("pin", "")
            marks = (bool(told.get("inferred")), True, correction, False, None, None, None, pinned)
        found.append((attributes, (source, stream, record, changed, observed, verified, *marks), changes))
    return found


def voiced(attribute: str, voices: Sequence[Voice], key: Callable[[Any], Any] | None = None) -> list[Claim]:
    """One claim for each record that speaks of the attribute, in the order of the records; without a key, each value
    is its own."""
    claims = []
    for attributes, shared, changes in voices:
        if attribute not in attributes:
            continue
        value = attributes[attribute]
        if changes is not None and attribute in changes:
            shared = _timed(shared, changes[attribute])
        own = (value, value if key is None or value is None else key(value))
        # As Claim(...) does, at half its cost: there are more claims than anything else.
        claims.append(_new_tuple(Claim, own + shared))
    return claims


def _timed(shared: tuple[Any, ...], changed: int) -> tuple[Any, ...]:
    """The same with the attribute's own time; below zero, that is only the latest it can have been."""
    return *shared[:3], abs(changed), *shared[4:7], changed < 0, *shared[8:]


def agree(claims: Sequence[Claim]) -> bool:
    """Whether all claims (at least one) mean the same."""
    first = claims[0].key
    for claim in claims:  # noqa: SIM110 - a generator costs twice as much, and this is asked for every fact
        if claim.key != first:
            return False
    return True


def tie_key(claim: Claim) -> tuple[int, str, str, str]:
    """The total order among claims: the latest change of this attribute first, then source, stream, record."""
    changed = claim.changed_at
    return (NEVER if changed is None else -changed, claim.source, claim.stream, claim.record)


def unexpired(records: Sequence[RecordClaims], now: int) -> Sequence[RecordClaims]:
    """The records without what was told for a time that is over, or of a record that is not to be seen."""
    for record in records:
        if MARKS in record.attributes:
            named = [(r.source, r.stream, r.record) for r in records]
            current = [
                r
                for r in records
                if r.attributes.get(MARKS, {}).get("expires", NEVER) > now
                and stands(r.attributes.get(MARKS, {}), named)
            ]
            return [_outspoken(r, current) for r in current]
    return records


def stands(marks: Mapping[str, Any], seen: Iterable[tuple[str, str, str]]) -> bool:
    """Whether the source or record that a steward's word names (if any) is among those that are seen."""
    of = marks.get("pin") or marks.get("ignore", {}).get("of")
    return of in (None, ANY) or any(is_of(of, *record) for record in seen)


ANY = "="
"""Named by a steward who means a value, whoever says it."""


def is_of(named: str, source: str, stream: str, record: str) -> bool:
    """Whether a claim is one of a source, or of the record (`source/stream/record`), that a steward named."""
    return named in (source, f"{source}/{stream}/{record}")


def _outspoken(record: RecordClaims, records: Sequence[RecordClaims]) -> RecordClaims:
    """What sets another claim aside speaks of its attribute, too, and differs: no short cut may then be taken."""
    ignore = record.attributes.get(MARKS, {}).get("ignore")
    if ignore is None:
        return record
    name = ignore["attribute"]
    for other in records:
        if name in other.attributes and is_of(ignore["of"], other.source, other.stream, other.record):
            return record._replace(attributes={name: {"ignored": ignore["value"]}, **record.attributes})
    return record
