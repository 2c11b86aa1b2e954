"""The cached form of an entity's facts: a document, made straight from what its records say.

Most facts need no rule: all who speak of the attribute write the same. For those no claim is built; the others go
through resolution. What `facts_in` finds in it is what `document(resolve(...))` would be.

A document is `{"agreed": [[rule, by, at, agree, {attribute: value}]…], "decided": {attribute: entry}}`: facts that
nobody disputes and that are cited alike share what is said about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from groundfact.model import Fact, Question
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, NEVER, RecordClaims, unexpired
from groundfact.pipeline.deciding.decide import decide, judged
from groundfact.pipeline.deciding.groups import Asked, grouped
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.store.reading import Said
from groundfact.store.registry import StreamRow

__all__ = ["Documents", "Made", "document", "facts_in"]

_new_tuple = tuple.__new__
_NONE: frozenset[str] = frozenset()


class Made(NamedTuple):
    """A document, with what it is counted and looked for by."""

    text: str
    facts: int
    conflicts: int


_NO_FACTS = Made("{}", 0, 0)


def facts_in(text: str) -> dict[str, dict[str, Any]]:
    """The entry of every fact in a document: status, value, rule, who says so since when, and who says otherwise."""
    doc = orjson.loads(text)
    found: dict[str, dict[str, Any]] = doc.get("decided", {})
    for rule, by, at, agree, values in doc.get("agreed", ()):
        for name, value in values.items():
            found[name] = {"s": "known", "v": value, "rule": rule, "by": by, "at": at, "agree": agree}
    return found


def document(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The entries of facts as `facts_in` finds them."""
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
        self._needing = any(chain.needs for chain in plan.chains.values())
        self._asked = frozenset(name for name, chain in plan.chains.items() if not (chain.plain or chain.group))
        self._groups = list({chain.group.name: chain.group for chain in plan.chains.values() if chain.group}.values())
        self._mirrored = frozenset(name for name, chain in plan.chains.items() if chain.mirrors)
        self._origins: dict[str, frozenset[str]] = {}
        for chain in plan.chains.values():
            for source, origins in chain.mirrors.items():
                self._origins[source] = self._origins.get(source, frozenset()) | origins
        ranked = sorted(streams.values(), key=lambda s: (s.source, s.name))
        self._names = {row.id: (rank, row.source, row.name) for rank, row in enumerate(ranked)}

    def make(self, rows: Iterable[Said], now: int) -> Made:
        """The document of the entity that these records make up."""
        records = unexpired(self._records(rows), now)
        return self._made(records, now) if records else _NO_FACTS

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

    def _made(self, records: Sequence[RecordClaims], now: int) -> Made:
        values, differing, together = _compared([record.attributes for record in records])
        ordered = all(record.changed is None for record in records)
        copied = self._mirrored if self._origins and self._copying(records) else _NONE
        slow = self._slow(records, differing, copied, together) if self._asked or self._groups else differing
        undisputed = [name for name in self._attributes if name in values and name not in slow]
        if together and ordered and not copied:
            alike = [(*_cited(records), {name: values[name] for name in undisputed})] if undisputed else []
            decided: dict[str, Any] = {}
        else:
            alike, decided = self._undisputed(records, undisputed, copied)
        if slow:
            self._decide(records, slow, alike, decided, now)
        conflicts = sum(1 for name in slow if name in decided and decided[name]["s"] == "conflict")
        text = orjson.dumps({"agreed": alike, "decided": decided}).decode()
        return Made(text, sum(len(each[-1]) for each in alike) + len(decided), conflicts)

    def _undisputed(
        self, records: Sequence[RecordClaims], names: Sequence[str], copied: frozenset[str]
    ) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
        """What nobody disputes, of records that do not all speak of the same; and the entries that name a copy."""
        alike: dict[tuple[Any, ...], dict[str, Any]] = {}
        entries: dict[str, Any] = {}
        for name in names:
            speakers = [record for record in records if name in record.attributes]
            if name in copied:
                entries[name] = _copied(name, speakers, self._chains[name].mirrors)
            else:
                cited = _first(name, speakers)
                rule = "unanimous" if len(speakers) > 1 else "only_claim"
                key = rule, (cited.source, cited.stream, cited.record), _changed_at(name, cited), len(speakers)
                alike.setdefault(key, {})[name] = cited.attributes[name]
        return [(*key, values) for key, values in alike.items()], entries

    def _decide(
        self,
        records: Sequence[RecordClaims],
        slow: frozenset[str],
        alike: Sequence[tuple[Any, ...]],
        decided: dict[str, Any],
        now: int,
    ) -> None:
        """Put the entries of what has to be decided with the others."""
        settled = {name: value for *_, values in alike for name, value in values.items()} if self._needing else {}
        settled |= {name: entry["v"] for name, entry in decided.items()}
        for name, type_name, chain in self._steps:
            if name in slow:
                entries = self._decided(name, type_name, chain, records, settled, now)
                decided |= entries
                settled |= {known: entry["v"] for known, entry in entries.items() if entry["s"] == "known"}

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
        settled: Mapping[str, Any],
        now: int,
    ) -> dict[str, Any]:
        """The entry of an attribute, or of all parts of a group where it is the first of them."""
        known = {name: settled[name] for name in chain.needs if name in settled}
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


def _cited(records: Sequence[RecordClaims]) -> tuple[str, tuple[str, str, str], int | None, int]:
    """The rule, who is cited, since when and how many agree, where all records speak and none has field times."""
    first = records[0]
    rule = "unanimous" if len(records) > 1 else "only_claim"
    return rule, (first.source, first.stream, first.record), first.asserted_at, len(records)


def _first(name: str, speakers: Sequence[RecordClaims]) -> RecordClaims:
    """Of the records that say the same of an attribute, the first in the order of claims."""
    if len(speakers) == 1:
        return speakers[0]
    best = (NEVER + 1, "", "", "")
    cited = speakers[0]
    for record in speakers:
        place = _place(name, record)
        if place < best:
            best, cited = place, record
    return cited


def _agreed(name: str, speakers: Sequence[RecordClaims]) -> dict[str, Any]:
    """The entry of an attribute of which all speakers say the same."""
    cited = _first(name, speakers)
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
