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
from groundfact.model.times import MAX_MS
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, NEVER, RecordClaims, Voice, claims_about, unexpired, voices_of
from groundfact.pipeline.deciding.decide import decide, judged, undisturbed
from groundfact.pipeline.deciding.groups import Asked, grouped
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.turning import expiries, turns_of
from groundfact.pipeline.deciding.undisputed import (
    Shared,
    by_speakers,
    cited_by_all,
    compared,
    copied_entry,
    shared_of,
)
from groundfact.pipeline.deciding.validity import dated
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
    due: int | None = None
    """When time alone may change it."""


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


class _Told(NamedTuple):
    """What the records of an entity say."""

    records: Sequence[RecordClaims]
    voices: Sequence[Voice]
    told: bool
    """Whether a person or a copilot told one of them."""


class Documents:
    """Makes the documents of one kind."""

    def __init__(self, plan: KindPlan, streams: Mapping[int, StreamRow]) -> None:
        shape = plan.shape
        self._kind, self._attributes, self._chains = plan.name, plan.kind.attributes, plan.chains
        self._needing, self._asked, self._groups = shape.needing, shape.asked, shape.groups
        self._mirrored, self._origins, self._turning = shape.mirrored, shape.origins, shape.turning
        self._in_order, self._steps, self._whole = shape.in_order, shape.steps, shape.whole
        self._questions: dict[str, Question] = {}
        self._now = -1
        ranked = sorted(streams.values(), key=lambda s: (s.source, s.name))
        self._names = {row.id: (rank, row.source, row.name) for rank, row in enumerate(ranked)}
        self._voices = frozenset(row.source for row in ranked if is_voice(row.source))

    def make(self, rows: Sequence[Said], now: int) -> Made:
        """The document of the entity that these records make up."""
        if self._whole and _written_alike(rows):
            attributes = orjson.loads(rows[0][3])
            if MARKS not in attributes:
                return self._alike(rows, attributes)
        records = self._records(rows, now)
        told = any([MARKS in record.attributes for record in records])
        if told:
            records = unexpired(records, now)
        return self._made(records, now, told=told) if records else _NO_FACTS

    def _alike(self, rows: Sequence[Said], attributes: dict[str, Any]) -> Made:
        """The document of records that are written the same, or of a single one: most entities."""
        # Where their claims stand: the latest first, then by source and stream, then by id.
        of = self._names
        standing = [(NEVER if row[5] is None else -row[5], of[row[1]], row[2]) for row in rows]
        at, (_, source, name), rec = min(standing)
        names = tuple(attributes)
        known = self._in_order(names)
        values = attributes if known == names else {name: attributes[name] for name in known}
        rule = "unanimous" if len(rows) > 1 else "only_claim"
        return _packed([(rule, (source, name, rec), None if at == NEVER else -at, len(rows), values)], {})

    def _records(self, rows: Iterable[Said], now: int) -> Sequence[RecordClaims]:
        """The records in the order of their claims where no attribute has a time of its own.

        They count as confirmed now: when a source was last read is never stored, and a read that brings nothing new
        decides no document again.
        """
        said = []
        for _, stream, rec, attributes, changed, at, seen in rows:
            rank, source, name = self._names[stream]
            told = (orjson.loads(attributes), source, name, rec, orjson.loads(changed) if changed else None)
            record = _new_tuple(RecordClaims, (*told, at, seen, seen if source in self._voices else now))
            # Rank and id are no record's but its own: the comparison never gets to what it says.
            said.append((NEVER if at is None else -at, rank, rec, record))
        said.sort()
        return [record for _, _, _, record in said]

    def _made(self, records: Sequence[RecordClaims], now: int, *, told: bool) -> Made:
        values, differing, together = compared([record.attributes for record in records])
        copied = self._mirrored if self._origins and self._copying(records) else _NONE
        slow = differing
        if self._asked or self._groups:
            slow = self._slow(differing, copied, whole=together and not told)
        undisputed = [name for name in self._in_order(tuple(values)) if name not in slow]
        decided: dict[str, Any] = {}
        if copied or not all([record.changed is None for record in records]):
            alike, decided = self._undisputed(records, undisputed, copied)
        elif together:
            alike = {cited_by_all(records): {name: values[name] for name in undisputed}} if undisputed else {}
        else:
            alike = by_speakers(undisputed, values, records)
        if slow:
            settled = (
                {name: value for facts in alike.values() for name, value in facts.items()} if self._needing else {}
            )
            settled |= {name: entry["v"] for name, entry in decided.items()}
            decided |= self._decided(_Told(records, voices_of(records), told), slow, settled, now)
        due = self._due(records, slow & self._turning, now) if told or self._turning else None
        return _packed([(*shared, facts) for shared, facts in alike.items()], decided, due)

    def _due(self, records: Sequence[RecordClaims], turning: Iterable[str], now: int) -> int | None:
        """The first instant at which time alone may change what is decided: where nobody disagrees, it does not."""
        turns = [turn.at for turn in expiries(records)]
        for name in turning:
            chain, question = self._chains[name], self._question(name, now)
            claims = claims_about(name, question.type, records)
            if claims and chain.span is not None:
                beside = {(r.source, r.stream, r.record): r.attributes for r in records}
                claims = dated(claims, beside, chain.span)
            turns += [turn.at for turn in turns_of(chain, claims, question)]
        return min((at for at in turns if now < at <= MAX_MS), default=None)

    def _undisputed(
        self, records: Sequence[RecordClaims], names: Sequence[str], copied: frozenset[str]
    ) -> tuple[dict[Shared, dict[str, Any]], dict[str, Any]]:
        """What nobody disputes, of records of which some have times of single attributes, or copy each other; and the
        entries that name a copy."""
        alike: dict[Shared, dict[str, Any]] = {}
        entries: dict[str, Any] = {}
        for name in names:
            speakers = [record for record in records if name in record.attributes]
            if name in copied:
                entries[name] = copied_entry(name, speakers, self._chains[name].mirrors)
            else:
                shared, value = shared_of(name, speakers)
                alike.setdefault(shared, {})[name] = value
        return alike, entries

    def _decided(self, said: _Told, slow: frozenset[str], settled: dict[str, Any], now: int) -> dict[str, Any]:
        """The entries of what has to be decided; `settled` is what is known besides, and is added to."""
        decided: dict[str, Any] = {}
        in_order = all([changes is None for _, _, changes in said.voices])
        for name, chain, alone in self._steps(slow):
            if alone and not said.told:
                fact = undisturbed(self._question(name, now), chain, said.voices, in_order=in_order)
                entries = {name: _entry(fact)}
            else:
                entries = self._entries(name, chain, said.records, settled, now)
            decided |= entries
            if self._needing:
                settled |= {known: entry["v"] for known, entry in entries.items() if entry["s"] == "known"}
        return decided

    def _copying(self, records: Sequence[RecordClaims]) -> bool:
        """Whether one of the records may be a copy of what another one's source says."""
        speaking = {record.source for record in records}
        return any(not speaking.isdisjoint(self._origins.get(source, ())) for source in speaking)

    def _slow(self, differing: frozenset[str], copied: frozenset[str], *, whole: bool) -> frozenset[str]:
        """The attributes that have to be decided: somebody differs, a rule asks anyway, or a group is not whole."""
        slow = differing | self._asked
        for group in self._groups:
            asked = any(not self._chains[name]._replace(group=None).plain for name in group.parts)
            if asked or not whole or not (slow | copied).isdisjoint(group.parts):
                slow |= frozenset(group.parts)
        return slow

    def _entries(
        self, name: str, chain: Chain, records: Sequence[RecordClaims], settled: Mapping[str, Any], now: int
    ) -> dict[str, Any]:
        """The entry of an attribute, or of all parts of a group where it is the first of them."""
        known = {name: settled[name] for name in chain.needs if name in settled}
        if chain.group is not None:
            if name != chain.group.parts[0]:
                return {}
            asked = Asked(self._kind, self._attributes, now, known, explained=False)
            return document(grouped(chain.group, self._chains, records, asked))
        question = self._question(name, now)._replace(known=known)
        claims, dropped = judged(question, chain, records, self._attributes)
        return {name: _entry(decide(claims, chain, question, dropped))} if claims or dropped else {}

    def _question(self, name: str, now: int) -> Question:
        """What is asked about an attribute where nothing needs to be known: the same of every entity."""
        if now != self._now:
            self._questions.clear()
            self._now = now
        question = self._questions.get(name)
        if question is None:
            question = Question(self._kind, name, self._attributes[name].type, now, explained=False)
            self._questions[name] = question
        return question


def _written_alike(rows: Sequence[Said]) -> bool:
    """Whether all records are written the same, and none has times of single attributes."""
    said = rows[0][3]
    for row in rows:  # noqa: SIM110 - a generator costs twice as much, and this is asked for every entity
        if row[3] != said or row[4] is not None:
            return False
    return True


def _packed(alike: Sequence[tuple[Any, ...]], decided: Mapping[str, Any], due: int | None = None) -> Made:
    alike = [group for group in alike if group[-1]]
    conflicts = sum([entry["s"] == "conflict" for entry in decided.values()])
    text = orjson.dumps({"agreed": alike, "decided": decided}).decode()
    return Made(text, sum([len(group[-1]) for group in alike]) + len(decided), conflicts, due)
