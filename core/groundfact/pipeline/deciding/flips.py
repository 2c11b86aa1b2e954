"""What would change an answer: on which day by itself, and if which source says otherwise. Tried out, not guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from groundfact.model import Claim, Fact, Question, Target
from groundfact.model.times import MAX_MS, iso
from groundfact.model.voices import is_voice
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, NEVER, RecordClaims, claims_about
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.resolution import resolve
from groundfact.pipeline.deciding.turning import Turn, expiries, turns_of
from groundfact.pipeline.deciding.validity import dated
from groundfact.protocols import Needs
from groundfact.vocabulary import Attribute, BadValue, compare_key, convert

__all__ = ["flips_of"]

_MOST_TRIED = 200
_MOST_TOLD = 5
_MOST_VALUES = 3
_INVENTED: Mapping[str, Any] = {
    "email": "otherwise@otherwise.example",
    "domain": "otherwise.example",
    "url": "https://otherwise.example/",
    "phone": "+49 30 1234567",
    "time": "23:59",
    "list": ["something else"],
}
"""A value of a type that nobody states, to try what one more statement would do."""


def flips_of(
    plan: KindPlan, shown: Mapping[str, Attribute], records: Sequence[RecordClaims], attribute: str, now: int
) -> list[dict[str, Any]]:
    """What would flip an attribute: first what time alone does, then what a source could say."""
    # What was told for a time that is over says nothing any more, and nothing is tried with it.
    live = [record for record in records if record.attributes.get(MARKS, {}).get("expires", NEVER) > now]
    asked = _Asked(plan, shown, live, attribute)
    return [*_by_itself(asked, now), *_if_said(asked, now)]


class _Asked:
    """One attribute of one entity, and what it would be if."""

    def __init__(
        self, plan: KindPlan, shown: Mapping[str, Attribute], records: Sequence[RecordClaims], attribute: str
    ) -> None:
        self.plan, self.records, self.attribute = plan, records, attribute
        self.type = shown[attribute].type
        names = _looked_at(plan.chains, attribute)
        self._shown = {name: spec for name, spec in shown.items() if name in names}
        self.chains = {name: chain for name, chain in plan.chains.items() if name in names}

    def fact(self, now: int, records: Sequence[RecordClaims] | None = None) -> Fact | None:
        """What the rules make of it at an instant."""
        found = resolve(self.plan.name, self._shown, self.chains, self.records if records is None else records, now)
        return found.get(self.attribute)

    def type_of(self, name: str) -> str:
        """The type of an attribute that is looked at."""
        return self._shown[name].type

    def claims(self) -> Iterator[tuple[str, Chain, list[Claim]]]:
        """The claims about it and about what its rules look at, with their own times."""
        beside = {(r.source, r.stream, r.record): r.attributes for r in self.records}
        for name, chain in self.chains.items():
            if name in self._shown:
                claims = claims_about(name, self._shown[name].type, self.records)
                yield name, chain, dated(claims, beside, chain.span) if chain.span else claims


def _looked_at(chains: Mapping[str, Chain], attribute: str) -> set[str]:
    """The attribute, and all that its rules, its group and its validators look at."""
    found: set[str] = set()
    todo = [attribute]
    while todo:
        name = todo.pop()
        if name in found or name not in chains:
            continue
        found.add(name)
        chain = chains[name]
        todo += [*chain.needs, *(chain.group.parts if chain.group else ())]
        todo += [other for _, check in chain.checks if isinstance(check, Needs) for other in check.needs]
    return found


def _outcome(asked: _Asked, fact: Fact | None) -> Any:
    """What an answer comes to; two that are equal are no flip."""
    if fact is None or fact.status == "unknown":
        return None
    if fact.status == "conflict":
        return ["conflict", sorted({repr(claim.key) for claim in fact.claims})]
    # What several claims come to together is nobody's own.
    own = bool(fact.claims) and fact.claims[0].value == fact.value
    # Not by the claim's key: where all write the same, that is the value as it is written.
    return ["known", compare_key(asked.type, fact.value) if own else fact.value]


def _flip(because: str, at: int | None, fact: Fact | None) -> dict[str, Any]:
    known = fact is not None and fact.status == "known"
    value = fact.value if fact is not None and known else None
    told = {"at": iso(at), "because": because, "to": str(value) if isinstance(value, Target) else value}
    return {**told, "status": fact.status if fact is not None else "unknown"}


def _by_itself(asked: _Asked, now: int) -> Iterator[dict[str, Any]]:
    """When the answer changes if nobody says anything any more."""
    causes: dict[int, str] = {}
    for turn in sorted(_turns(asked, now)):
        if now < turn.at <= MAX_MS:
            causes.setdefault(turn.at, turn.because)
    before = _outcome(asked, asked.fact(now))
    told = 0
    for at, because in list(causes.items())[:_MOST_TRIED]:
        fact = asked.fact(at)
        after = _outcome(asked, fact)
        if after != before:
            yield _flip(because, at, fact)
            told += 1
        if told == _MOST_TOLD:
            return
        before = after


def _turns(asked: _Asked, now: int) -> Iterator[Turn]:
    """Every instant at which the answer may change, with what happens then."""
    yield from expiries(asked.records)
    for name, chain, claims in asked.claims():
        yield from turns_of(chain, claims, Question(asked.plan.name, name, asked.type_of(name), now))


def _if_said(asked: _Asked, now: int) -> Iterator[dict[str, Any]]:
    """Which sources of the entity would change the answer by saying otherwise, each tried with what others say."""
    fact = asked.fact(now)
    before = _outcome(asked, fact)
    values = _others(asked, fact)
    for source in sorted({record.source for record in asked.records if not is_voice(record.source)}):
        for value in values or [None]:
            said = value if values else _otherwise(asked.type, fact)
            told = asked.fact(now, _saying(asked, source, said, now))
            if _outcome(asked, told) != before:
                yield _flip(
                    f"{source} says {'otherwise' if not values else _quoted(said)}", None, told if values else None
                )
                break


def _others(asked: _Asked, fact: Fact | None) -> list[Any]:
    """What is stated besides the answer, each value once, in one order."""
    known = fact is not None and fact.status == "known" and fact.claims
    answer = compare_key(asked.type, fact.claims[0].value) if fact is not None and known else None
    own = next((claims for name, _, claims in asked.claims() if name == asked.attribute), [])
    said = {repr(claim.key): claim.value for claim in own if claim.key != answer and claim.value is not None}
    return [said[key] for key in sorted(said)][:_MOST_VALUES]


def _otherwise(type_name: str, fact: Fact | None) -> Any:
    value = fact.value if fact is not None and fact.status == "known" else None
    if type_name == "boolean":
        return value is not True
    if type_name in ("integer", "number"):
        return value + 1 if isinstance(value, (int, float)) else 1
    if type_name in ("date", "datetime"):
        first = date.fromisoformat(str(value)[:10]) if value else date(2000, 1, 1)
        other = (first + timedelta(days=1 if first == date.min else -1)).isoformat()
        return other if type_name == "date" else f"{other}T00:00:00Z"
    try:
        return convert(type_name, _INVENTED.get(type_name, "something else"))
    except BadValue:
        return "something else"


def _saying(asked: _Asked, source: str, value: Any, now: int) -> list[RecordClaims]:
    """The records as they would be if all of a source's said so; where none speaks of it, its first one."""
    own = [record for record in asked.records if record.source == source]
    speaking = [record for record in own if asked.attribute in record.attributes]
    changing = {id(record) for record in speaking or [min(own, key=lambda record: (record.stream, record.record))]}
    found = []
    for record in asked.records:
        if id(record) in changing:
            attributes = {**record.attributes, asked.attribute: value}
            changed = {**(record.changed or {}), asked.attribute: now}
            record = record._replace(attributes=attributes, changed=changed, verified_at=now)
        found.append(record)
    return found


def _quoted(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
