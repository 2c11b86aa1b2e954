"""The cached form of an entity's facts: a document, made straight from what its records say.

Most facts need no rule: all who speak of the attribute write the same. For those no claim is built; the others go
through resolution. The outcome is that of `document(resolve(...))`, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.model import Fact, Question
from groundfact.pipeline.chains import Chain
from groundfact.pipeline.claims import MARKS, NEVER, RecordClaims, unexpired
from groundfact.pipeline.decide import decide, judged
from groundfact.pipeline.groups import Asked, grouped
from groundfact.pipeline.plan import KindPlan
from groundfact.store.reading import Said
from groundfact.store.registry import StreamRow

__all__ = ["Documents", "document"]

_new_tuple = tuple.__new__
_NONE: frozenset[str] = frozenset()


def document(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The cached form: status, value, who says so since when, the rule, and who says otherwise."""
    return {name: _entry(fact) for name, fact in facts.items()}


def _entry(fact: Fact) -> dict[str, Any]:
    entry: dict[str, Any] = {"s": fact.status, "v": fact.value, "rule": fact.rule}
    if fact.claims:
        first = fact.claims[0]
        entry["by"] = [first.source, first.stream, first.record]
        entry["at"] = first.changed_at
        entry["agree"] = len(fact.claims)
    if fact.status == "conflict":
        entry["v"] = [claim.value for claim in fact.claims]
    if fact.losers:
        entry["against"] = [[x.claim.source, x.claim.record, x.claim.value, x.code] for x in fact.losers]
    return entry


class _Compared(NamedTuple):
    """What several records say, laid on top of each other."""

    values: Mapping[str, Any]
    """Of each attribute, the value of the first record that speaks of it."""
    differing: frozenset[str]
    together: bool
    """Whether every record speaks of every attribute."""


class Documents:
    """Makes the documents of one kind."""

    def __init__(self, plan: KindPlan, streams: Mapping[int, StreamRow]) -> None:
        self._kind = plan.name
        self._attributes, self._chains = plan.kind.attributes, plan.chains
        self._steps: list[tuple[str, str, Chain]] = [
            (name, self._attributes[name].type, chain) for name, chain in plan.chains.items()
        ]
        self._reordered = list(plan.chains) != list(self._attributes)
        self._asked = frozenset(name for name, chain in plan.chains.items() if not (chain.plain or chain.group))
        self._groups = list({chain.group.name: chain.group for chain in plan.chains.values() if chain.group}.values())
        self._mirrored = frozenset(name for name, chain in plan.chains.items() if chain.mirrors)
        self._origins: dict[str, frozenset[str]] = {}
        for chain in plan.chains.values():
            for source, origins in chain.mirrors.items():
                self._origins[source] = self._origins.get(source, frozenset()) | origins
        ranked = sorted(streams.values(), key=lambda s: (s.source, s.name))
        self._names = {row.id: (rank, row.source, row.name) for rank, row in enumerate(ranked)}

    def text(self, rows: Iterable[Said], now: int) -> str:
        """The document of the entity that these records make up."""
        records = unexpired(self._records(rows), now)
        return orjson.dumps(self._document(records, now)).decode() if records else "{}"

    def _records(self, rows: Iterable[Said]) -> Sequence[RecordClaims]:
        """The records in the order of their claims where no attribute has a time of its own."""
        said = []
        for _, stream, rec, attributes, changed, at, seen in rows:
            rank, source, name = self._names[stream]
            told = (orjson.loads(attributes), source, name, rec, orjson.loads(changed) if changed else None)
            record = _new_tuple(RecordClaims, (*told, at, seen, seen))
            # Rank and id are no record's but its own: the comparison never gets to what it says.
            said.append((NEVER if at is None else -at, rank, rec, record))
        said.sort()
        return [record for _, _, _, record in said]

    def _document(self, records: Sequence[RecordClaims], now: int) -> dict[str, Any]:
        values, differing, together = _compared([record.attributes for record in records])
        ordered = all(record.changed is None for record in records)
        copied = self._mirrored if self._origins and self._copying(records) else _NONE
        slow = self._slow(records, differing, copied, together) if self._asked or self._groups else differing
        first = records[0]
        by = [first.source, first.stream, first.record]
        rule = "unanimous" if len(records) > 1 else "only_claim"
        doc: dict[str, Any] = {}
        for name, type_name, chain in self._steps:
            if name in slow:
                doc |= self._decided(name, type_name, chain, records, doc, now)
            elif name not in values:
                continue
            elif name in copied:
                doc[name] = _copied(name, [record for record in records if name in record.attributes], chain.mirrors)
            elif together and ordered:
                doc[name] = {
                    "s": "known",
                    "v": values[name],
                    "rule": rule,
                    "by": by,
                    "at": first.asserted_at,
                    "agree": len(records),
                }
            else:
                doc[name] = _agreed(name, [record for record in records if name in record.attributes])
        return {name: doc[name] for name in self._attributes if name in doc} if self._reordered else doc

    def _copying(self, records: Sequence[RecordClaims]) -> bool:
        """Whether one of the records may be a copy of what another one's source says."""
        speaking = {record.source for record in records}
        return any(not speaking.isdisjoint(self._origins.get(source, ())) for source in speaking)

    def _slow(
        self, records: Sequence[RecordClaims], differing: frozenset[str], copied: frozenset[str], together: bool
    ) -> frozenset[str]:
        """The attributes that have to be decided: somebody differs, a rule asks anyway, or a group is not whole."""
        slow = differing | self._asked
        told = any(MARKS in record.attributes for record in records)
        for group in self._groups:
            asked = any(not self._chains[name]._replace(group=None).plain for name in group.parts)
            if asked or told or not together or not (slow | copied).isdisjoint(group.parts):
                slow |= frozenset(group.parts)
        return slow

    def _decided(
        self,
        name: str,
        type_name: str,
        chain: Chain,
        records: Sequence[RecordClaims],
        doc: Mapping[str, Any],
        now: int,
    ) -> dict[str, Any]:
        """The entry of an attribute, or of all parts of a group where it is the first of them."""
        known = {name: doc[name]["v"] for name in chain.needs if name in doc and doc[name]["s"] == "known"}
        if chain.group is not None:
            if name != chain.group.parts[0]:
                return {}
            return document(
                grouped(chain.group, self._chains, records, Asked(self._kind, self._attributes, now, known))
            )
        question = Question(self._kind, name, type_name, now, known)
        claims, dropped = judged(question, chain, records, self._attributes)
        return {name: _entry(decide(claims, chain, question, dropped))} if claims or dropped else {}


def _compared(said: Sequence[Mapping[str, Any]]) -> _Compared:
    first = said[0]
    if len(said) == 1:
        return _Compared(first, frozenset(), True)
    values: dict[str, Any] = {}
    for own in reversed(said):
        values.update(own)
    differing: set[str] = set()
    together = len(first) == len(values)
    for own in said[1:]:
        together = together and len(own) == len(values)
        if not own.items() <= values.items():
            differing.update(name for name, value in own.items() if values[name] != value)
    return _Compared(values, frozenset(differing), together)


def _agreed(name: str, speakers: Sequence[RecordClaims]) -> dict[str, Any]:
    """The entry of an attribute of which all speakers say the same, citing the first in the order of claims."""
    best = (NEVER + 1, "", "", "")
    cited = speakers[0]
    for record in speakers:
        place = _place(name, record)
        if place < best:
            best, cited = place, record
    return {
        "s": "known",
        "v": cited.attributes[name],
        "rule": "unanimous" if len(speakers) > 1 else "only_claim",
        "by": [cited.source, cited.stream, cited.record],
        "at": _changed_at(name, cited),
        "agree": len(speakers),
    }


def _copied(name: str, speakers: Sequence[RecordClaims], mirrors: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """The same where some of them may only copy another one: those have no vote."""
    speaking = {record.source for record in speakers}
    copying = {source for source in speaking if source in mirrors and not speaking.isdisjoint(mirrors[source])}
    entry = _agreed(name, [record for record in speakers if record.source not in copying])
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
