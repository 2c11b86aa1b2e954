"""What a steward decided: a correction or a pin stands before mirrors and rules, also where sources have moved on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

from groundfact.model import Claim, Fact, Loser, Target
from groundfact.pipeline.deciding.claims import MARKS, RecordClaims, is_of, tie_key

__all__ = ["CORRECTED", "PINNED_OVER", "contest", "fingerprint", "settled", "stewards_word"]

CORRECTED, PINNED_OVER = "corrected", "pinned_over"
"""The codes of what lost to a steward's word."""
_FLIPS = {
    "correction": ("if the correction is forgotten, or somebody corrects it again",),
    "pin": ("if the pin is forgotten, or somebody pins another value",),
}


def stewards_word(claims: Sequence[Claim]) -> Claim | None:
    """The correction or pin that holds: the latest."""
    words = [claim for claim in claims if claim.correction or claim.pinned]
    return min(words, key=tie_key) if words else None


def settled(
    attribute: str, claims: Sequence[Claim], word: Claim, before: Sequence[Loser], alone: Callable[[Claim], Fact] | None
) -> Fact:
    """The fact as a steward decided it. `alone` answers from one claim where the answer is no single value."""
    rule, code = ("correction", CORRECTED) if word.correction else ("pin", PINNED_OVER)
    same = [word] if word.correction or alone is not None else [c for c in claims if c.key == word.key]
    losers = [*before, *(Loser(claim, rule, code) for claim in claims if claim not in same)]
    losers.sort(key=lambda loser: tie_key(loser.claim))
    if alone is not None:
        return alone(word)._replace(losers=losers, rule=rule, flips=_FLIPS[rule], steward=word)
    same.sort(key=lambda claim: (not _named(word, claim), claim is word, tie_key(claim)))
    return Fact(attribute, "known", same[0].value, same, losers, rule, "", _FLIPS[rule], word)


def _named(word: Claim, claim: Claim) -> bool:
    """Whether a pin names this claim: it is cited for as long as it says what was pinned."""
    return is_of(word.pinned, claim.source, claim.stream, claim.record)


def contest(facts: Mapping[str, Fact], records: Sequence[RecordClaims]) -> dict[str, Fact]:
    """The facts, with what sources say against a steward's word that they did not say when it was given."""
    marks = {(r.source, r.stream, r.record): r.attributes[MARKS] for r in records if MARKS in r.attributes}
    if not marks:
        return dict(facts)
    found = {}
    for name, fact in facts.items():
        if fact.steward is not None:
            word = fact.steward
            over = marks[word.source, word.stream, word.record].get("over", {})
            beaten = [loser.claim for loser in fact.losers if loser.code in (CORRECTED, PINNED_OVER)]
            fact = fact._replace(contested=[claim for claim in beaten if _is_news(claim, word, over)])
        found[name] = fact
    return found


def _is_news(claim: Claim, word: Claim, over: Mapping[str, str]) -> bool:
    """Whether a claim says something else than it did when the word was given; what is inferred contests nothing."""
    if claim.inferred or claim.correction or claim.pinned or claim.key == word.key:
        return False
    said = over.get(f"{claim.source}/{claim.stream}/{claim.record}")
    if said is not None:
        return set(said.split()).isdisjoint(fingerprint(claim.key).split())
    # Nobody had seen it: it is new, or not everybody may see it.
    given = word.verified_at or word.observed_at
    return (claim.observed_at if claim.changed_at is None else claim.changed_at) > given


def fingerprint(key: object) -> str:
    """A short name of a value as it is compared, to tell whether it is another one later.

    Two for the other end of a relation, which stays the same while either does: a source may call it otherwise, and
    what it names may turn out to be one with something else.
    """
    if isinstance(key, Target):
        return f"{_fingerprint(key.id)} {_fingerprint(key.said)}"
    # To the keys, 7 and 7.0 are equal.
    return _fingerprint(float(key) if isinstance(key, int) else key)


def _fingerprint(key: object) -> str:
    return blake2b(repr(key).encode("utf-8", "replace"), digest_size=8).hexdigest()
