"""What nobody disputes: most facts. Their entries are made from what records say, without a claim or a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.pipeline.deciding.claims import NEVER, RecordClaims

__all__ = ["Compared", "Shared", "by_speakers", "cited_by_all", "compared", "copied_entry", "shared_of"]

Shared = tuple[str, tuple[str, str, str], int | None, int]
"""What a document says of facts that are cited alike: the rule, who says so, since when, and how many agree."""


class Compared(NamedTuple):
    """What several records say, laid on top of each other."""

    values: Mapping[str, Any]
    """Of each attribute, the value of the first record that speaks of it."""
    differing: frozenset[str]
    together: bool
    """Whether every record speaks of every attribute."""


def compared(said: Sequence[Mapping[str, Any]]) -> Compared:
    """Lay what records say on top of each other."""
    first, *others = said
    if not others:
        return Compared(first, frozenset(), True)
    differing: set[str] = set()
    together = True
    for own in others:
        together = together and own.keys() == first.keys()
    if together:
        for own in others:
            if own != first:
                differing.update([name for name, value in own.items() if first[name] != value])
        return Compared(first, frozenset(differing), True)
    values: dict[str, Any] = {}
    for own in reversed(said):
        values.update(own)
    for own in others:
        differing.update([name for name, value in own.items() if values[name] != value])
    return Compared(values, frozenset(differing), False)


def cited_by_all(records: Sequence[RecordClaims]) -> Shared:
    """What is said of facts that all records state, in their order, where none has times of single attributes."""
    first = records[0]
    rule = "unanimous" if len(records) > 1 else "only_claim"
    return rule, (first.source, first.stream, first.record), first.asserted_at, len(records)


def by_speakers(
    names: Sequence[str], values: Mapping[str, Any], records: Sequence[RecordClaims]
) -> dict[Shared, dict[str, Any]]:
    """Undisputed facts by what is said of them, where not all records speak of the same, and none has times of single
    attributes: who is cited is the first in the order of the records."""
    alike: dict[Shared, dict[str, Any]] = {}
    told: dict[int, dict[str, Any]] = {}
    said = [(1 << place, record.attributes) for place, record in enumerate(records)]
    for name in names:
        speaking = 0
        for bit, own in said:
            if name in own:
                speaking |= bit
        group = told.get(speaking)
        if group is None:
            speakers = [record for record in records if name in record.attributes]
            group = told[speaking] = alike.setdefault(cited_by_all(speakers), {})
        group[name] = values[name]
    return alike


def shared_of(name: str, speakers: Sequence[RecordClaims]) -> tuple[Shared, Any]:
    """What is said of an attribute of which all speakers say the same, and its value."""
    cited = min(speakers, key=lambda record: _place(name, record)) if len(speakers) > 1 else speakers[0]
    rule = "unanimous" if len(speakers) > 1 else "only_claim"
    by = (cited.source, cited.stream, cited.record)
    return (rule, by, _changed_at(name, cited), len(speakers)), cited.attributes[name]


def copied_entry(name: str, speakers: Sequence[RecordClaims], mirrors: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """The entry of such an attribute where some of them may only copy another one: those have no vote."""
    speaking = {record.source for record in speakers}
    copying = {source for source in speaking if source in mirrors and not speaking.isdisjoint(mirrors[source])}
    (rule, by, at, agree), value = shared_of(name, [record for record in speakers if record.source not in copying])
    entry = {"s": "known", "v": value, "rule": rule, "by": by, "at": at, "agree": agree}
    if copying:
        copies = sorted((_place(name, record), record) for record in speakers if record.source in copying)
        entry["against"] = [[r.source, r.record, r.attributes[name], "mirror"] for _, r in copies]
    return entry


def _place(name: str, record: RecordClaims) -> tuple[int, str, str, str]:
    """Where a record's claim stands in the total order of claims."""
    at = _changed_at(name, record)
    return (NEVER if at is None else -at, record.source, record.stream, record.record)


def _changed_at(name: str, record: RecordClaims) -> int | None:
    changes = record.changed
    return abs(changes[name]) if changes is not None and name in changes else record.asserted_at
