"""Resolution: claims of one entity to facts. Pure, and the same whatever the order of arrival.

Rules narrow the claims one after the other. One distinct value left: it is known. Several left at the end: a
conflict, both sides shown. None stated: unknown. Among claims that agree, the one cited is chosen by a total order:
latest change of the attribute, then source, stream and record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.errors import PluginError
from groundfact.model import Claim, Fact, Loser, Question
from groundfact.protocols import Collects, SurvivorshipRule
from groundfact.vocabulary import Attribute, compare_key

__all__ = ["Chain", "Chains", "RecordClaims", "claims_about", "decide", "resolve"]


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

    source: str
    stream: str
    record: str
    attributes: Mapping[str, Any]
    changed: Mapping[str, int] | None
    asserted_at: int | None
    observed_at: int
    verified_at: int | None
    url: str | None = None


def claims_about(attribute: str, type_name: str, records: Sequence[RecordClaims]) -> list[Claim]:
    """Every claim about an attribute."""
    found = []
    for record in records:
        if attribute in record.attributes:
            value = record.attributes[attribute]
            changed = record.asserted_at
            if record.changed is not None:
                changed = record.changed.get(attribute, changed)
            found.append(
                Claim(
                    value,
                    compare_key(type_name, value),
                    record.source,
                    record.stream,
                    record.record,
                    changed,
                    record.observed_at,
                    record.verified_at,
                )
            )
    return found


def resolve(
    kind: str, attributes: Mapping[str, Attribute], chains: Chains, records: Sequence[RecordClaims], now: int
) -> dict[str, Fact]:
    """The facts of one entity, for every attribute that some record speaks of, in the vocabulary's order."""
    facts = {}
    for name, spec in attributes.items():
        claims = claims_about(name, spec.type, records)
        if claims:
            facts[name] = decide(claims, chains[name], Question(kind, name, spec.type, now))
    return facts


def decide(claims: Sequence[Claim], chain: Chain, question: Question) -> Fact:
    """One fact from all claims about it (at least one)."""
    if len(claims) == 1 and not chain.collects:
        return Fact(question.attribute, "known", claims[0].value, claims, rule="only_claim")
    live: Sequence[Claim] = claims
    losers: list[Loser] = []
    margin, flips, asked = "", [], ""
    for name, rule in chain.rules:
        if _agree(live) and not chain.collects:
            break
        narrowed = rule.narrow(live, question)
        asked = name
        kept = list(narrowed.kept)
        if len(kept) < len(live):
            losers += [Loser(claim, name, narrowed.code) for claim in _without(live, kept, name)]
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
    return all(claim.key == first for claim in claims)


def _without(live: Sequence[Claim], kept: Sequence[Claim], rule: str) -> list[Claim]:
    """Those of `live` that were dropped; a rule that makes claims up is refused."""
    left = list(live)
    for claim in kept:
        if claim not in left:
            raise PluginError(f"survivorship rule {rule} kept a claim that it was not given: {claim.source}")
        left.remove(claim)
    return left


def _concluded(
    attribute: str, live: Sequence[Claim], losers: list[Loser], asked: str, margin: str, flips: list[str]
) -> Fact:
    ordered = sorted(live, key=tie_key)
    if _agree(ordered):
        rule = (losers[-1].rule if losers else "unanimous") if len(live) + len(losers) > 1 else "only_claim"
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
    changed = claim.changed_at if claim.changed_at is not None else -(2**62)
    return (-changed, claim.source, claim.stream, claim.record)


def _ordered(losers: list[Loser]) -> list[Loser]:
    return sorted(losers, key=lambda loser: tie_key(loser.claim))
