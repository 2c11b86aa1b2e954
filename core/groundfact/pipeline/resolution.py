"""Resolution: claims of one entity to facts. Pure, and the same whatever the order of arrival.

Rules narrow the claims one after the other. One distinct value left: it is known. Several left at the end: a
conflict, both sides shown. None stated: unknown. Among claims that agree, the one cited is chosen by a total order:
latest change of the attribute, then source, stream and record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.errors import PluginError
from groundfact.model import Claim, Fact, Loser, Narrowed, Question
from groundfact.protocols import Collects, SurvivorshipRule
from groundfact.vocabulary import Attribute, compare_key

__all__ = ["Chain", "Chains", "RecordClaims", "claims_about", "decide", "resolve"]


_NEVER = 2**62
"""Sorts after every time."""
_new_tuple = tuple.__new__


class Chain(NamedTuple):
    """The rules of one attribute, in the order they are asked."""

    rules: Sequence[tuple[str, SurvivorshipRule]]
    collects: bool
    """Whether one of them makes the answer a set."""

    @classmethod
    def of(cls, rules: Sequence[tuple[str, SurvivorshipRule]]) -> Chain:
        """A chain of named rules."""
        return cls(tuple(rules), any(isinstance(rule, Collects) for _, rule in rules))


Chains = Mapping[str, Chain]
"""The chain of each attribute of a kind."""


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


def claims_about(attribute: str, type_name: str, records: Sequence[RecordClaims]) -> list[Claim]:
    """Every claim about an attribute, in the total order of claims."""
    keys = [compare_key(type_name, r.attributes[attribute]) for r in records if attribute in r.attributes]
    claims = _claims(attribute, keys, records)
    claims.sort(key=tie_key)
    return claims


def _claims(attribute: str, keys: Sequence[Any], records: Sequence[RecordClaims]) -> list[Claim]:
    """Claims with given keys, one for each record that speaks of the attribute, in the order of the records."""
    claims = []
    following = iter(keys)
    for attributes, source, stream, record, changes, changed, observed, verified in records:
        if attribute not in attributes:
            continue
        at_latest = True
        if changes is not None and attribute in changes:
            changed = changes[attribute]
            at_latest = changed < 0
            changed = abs(changed)
        said = (attributes[attribute], next(following), source, stream, record, changed, observed, verified)
        # As Claim(...) does, at half its cost: there are more claims than anything else.
        claims.append(_new_tuple(Claim, (*said, False, at_latest)))
    return claims


def resolve(
    kind: str, attributes: Mapping[str, Attribute], chains: Chains, records: Sequence[RecordClaims], now: int
) -> dict[str, Fact]:
    """The facts of one entity, for every attribute that some record speaks of, in the vocabulary's order."""
    said = [record.attributes for record in records]
    if len(records) > 1:
        records = sorted(records, key=_record_order)
    # Where no attribute has a time of its own, the order of the records is the order of their claims.
    ordered = all(record.changed is None for record in records)
    facts = {}
    for name, spec in attributes.items():
        values = [own[name] for own in said if name in own]
        if not values:
            continue
        chain = chains[name]
        if not chain.collects and values.count(values[0]) == len(values):
            # Most facts: all who speak of it write the same. No rule to ask, and a value is its own key.
            claims = _claims(name, values, records)
            if not ordered:
                claims.sort(key=tie_key)
            facts[name] = _agreed(name, claims)
        else:
            facts[name] = decide(claims_about(name, spec.type, records), chain, Question(kind, name, spec.type, now))
    return facts


def _record_order(record: RecordClaims) -> tuple[int, str, str, str]:
    stamp = record.asserted_at
    return (_NEVER if stamp is None else -stamp, record.source, record.stream, record.record)


def _agreed(attribute: str, claims: Sequence[Claim]) -> Fact:
    rule = "unanimous" if len(claims) > 1 else "only_claim"
    return Fact(attribute, "known", claims[0].value, claims, (), rule)


def decide(claims: Sequence[Claim], chain: Chain, question: Question) -> Fact:
    """One fact from all claims about it (at least one)."""
    if not chain.collects and _agree(claims):
        return _agreed(question.attribute, sorted(claims, key=tie_key))
    live: Sequence[Claim] = claims
    losers: list[Loser] = []
    margin, flips, asked = "", [], ""
    for name, rule in chain.rules:
        if _agree(live) and not chain.collects:
            break
        narrowed = rule.narrow(live, question)
        asked = name
        kept = list(narrowed.kept)
        # A rule that cannot tell hands back what it was given; of anything else every claim is looked at.
        dropped = [] if narrowed.kept is live else _dropped(live, narrowed, name)
        if dropped:
            losers += dropped
            margin = narrowed.margin
        if narrowed.flips:
            flips.append(narrowed.flips)
        if narrowed.collect:
            return _collected(question.attribute, kept, losers, name, narrowed.margin, flips)
        live = kept
        if not live:
            return Fact(question.attribute, "unknown", None, (), _ordered(losers), name, margin, flips)
    return _concluded(question.attribute, live, losers, asked, margin, flips)


def _agree(claims: Sequence[Claim]) -> bool:
    first = claims[0].key
    for claim in claims:  # noqa: SIM110 - a generator costs twice as much, and this is asked for every fact
        if claim.key != first:
            return False
    return True


def _dropped(live: Sequence[Claim], narrowed: Narrowed, rule: str) -> list[Loser]:
    """Those of `live` that a rule dropped, each with its reason; a rule that makes claims up is refused."""
    left = list(live)
    for claim in narrowed.kept:
        if claim not in left:
            raise PluginError(f"survivorship rule {rule} kept a claim that it was not given: {claim.source}")
        left.remove(claim)
    # Looked up by equality: a claim whose value is a list has no hash.
    codes = [next((code for other, code in narrowed.apart if other == claim), narrowed.code) for claim in left]
    return [Loser(claim, rule, code) for claim, code in zip(left, codes, strict=True)]


def _concluded(
    attribute: str, live: Sequence[Claim], losers: list[Loser], asked: str, margin: str, flips: list[str]
) -> Fact:
    ordered = sorted(live, key=tie_key)
    if _agree(ordered):
        rule = losers[-1].rule if losers else asked or "only_claim"
        return Fact(attribute, "known", ordered[0].value, ordered, _ordered(losers), rule, margin, flips)
    sides: dict[Any, Claim] = {}
    for claim in ordered:
        sides.setdefault(claim.key, claim)
    first = list(sides.values())
    rest = [claim for claim in ordered if claim not in first]
    return Fact(attribute, "conflict", None, first + rest, _ordered(losers), asked, "", flips)


def _collected(
    attribute: str, kept: list[Claim], losers: list[Loser], rule: str, margin: str, flips: list[str]
) -> Fact:
    ordered = sorted(kept, key=tie_key)
    values: dict[Any, Any] = {}
    for claim in ordered:
        values.setdefault(claim.key, claim.value)
    by_text = sorted(values.values(), key=str)
    return Fact(attribute, "known", by_text, ordered, _ordered(losers), rule, margin, flips)


def tie_key(claim: Claim) -> tuple[int, str, str, str]:
    """The total order among claims: the latest change of this attribute first, then source, stream, record."""
    changed = claim.changed_at
    return (_NEVER if changed is None else -changed, claim.source, claim.stream, claim.record)


def _ordered(losers: list[Loser]) -> list[Loser]:
    return sorted(losers, key=lambda loser: tie_key(loser.claim))
