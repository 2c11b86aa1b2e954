"""One attribute: from all claims about it to the fact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from groundfact.errors import PluginError
from groundfact.model import Claim, Fact, Loser, Narrowed, Question
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, RecordClaims, Voice, agree, claims_about, tie_key, voiced
from groundfact.pipeline.deciding.ignoring import heard, ignores_of, spoken
from groundfact.pipeline.deciding.settled import settled, stewards_word
from groundfact.pipeline.deciding.validity import dated, in_time
from groundfact.protocols import Demands, SurvivorshipRule
from groundfact.vocabulary import TYPES

__all__ = ["agreed", "decide", "judged", "of_value", "ordered", "undisturbed", "without_copies"]

_NOBODY: Sequence[Loser] = ()
_new_tuple = tuple.__new__


def judged(
    question: Question, chain: Chain, records: Sequence[RecordClaims], seen: Collection[str]
) -> tuple[list[Claim], list[Loser]]:
    """The claims about an attribute, and those that have no say: a steward set them aside, their time is over, or a
    validator drops them; `seen` is what validators may look at beside it."""
    ignores = ignores_of(question.attribute, records)
    claims = claims_about(question.attribute, question.type, spoken(records) if ignores else records)
    claims, dropped = heard(claims, ignores, question.type) if ignores else (claims, [])
    if not (chain.checks or chain.span):
        return claims, dropped
    beside = {(r.source, r.stream, r.record): r.attributes for r in records}
    if chain.span is not None:
        claims, out = in_time(dated(claims, beside, chain.span), question.now)
        dropped += out
    sound: list[Claim] = []
    for claim in claims:
        attributes = beside[claim.source, claim.stream, claim.record]
        told = claim.correction or claim.pinned or claim.value is None
        faults = [] if told else _faults(claim, chain, attributes, seen)
        if name := next((name for name, drop in faults if drop), ""):
            dropped.append(Loser(claim, name, "invalid"))
        else:
            sound.append(claim._replace(doubtful=True) if faults else claim)
    return sound, dropped


def _faults(claim: Claim, chain: Chain, attributes: Mapping[str, Any], seen: Collection[str]) -> list[tuple[str, bool]]:
    beside = {name: value for name, value in attributes.items() if name in seen and name != MARKS}
    return [(name, check.effect == "drop") for name, check in chain.checks if not check.accepts(claim.value, beside)]


def decide(claims: Sequence[Claim], chain: Chain, question: Question, dropped: Sequence[Loser] = _NOBODY) -> Fact:
    """One fact from all claims about it; those `dropped` have lost before."""
    word = stewards_word(claims)
    if word is not None and (chain.collects or chain.demands or not agree(claims)):
        alone = partial(_alone, chain=chain, question=question) if chain.collects else None
        return settled(question.attribute, claims, word, dropped, alone)
    claims, copies = without_copies(claims, chain)
    before = [*dropped, *copies]
    if not claims:
        return Fact(question.attribute, "unknown", None, (), ordered(before), before[0].rule)
    if not chain.collects and not chain.demands and agree(claims):
        return agreed(question.attribute, sorted(claims, key=tie_key), before)
    live, losers = _by_standing(claims)
    asked = losers[0].rule if losers else ""
    return _narrowed(live, chain, question, [*before, *losers], asked)


def undisturbed(question: Question, chain: Chain, voices: Sequence[Voice], *, in_order: bool) -> Fact:
    """The same for a bare chain and records of which none has marks: as nothing is set aside, nothing is looked for.

    `in_order`: the records stand in the order of their claims.
    """
    claims = voiced(question.attribute, voices, TYPES[question.type].key)
    if not in_order:
        claims.sort(key=tie_key)
    return agreed(question.attribute, claims) if agree(claims) else _narrowed(claims, chain, question, [], "")


def _alone(word: Claim, *, chain: Chain, question: Question) -> Fact:
    """What the rules make of a steward's word where the answer is a set."""
    return _narrowed([word], chain, question, [], "")


def _narrowed(live: Sequence[Claim], chain: Chain, question: Question, losers: list[Loser], asked: str) -> Fact:
    """What the rules make of the claims that stand."""
    margin, flips = "", []
    demands = chain.demands and not (live[0].correction or live[0].pinned)
    for name, rule in chain.rules:
        if not chain.collects and not (demands and _demands(rule)) and agree(live):
            if demands:
                continue
            break
        narrowed = rule.narrow(live, question)
        asked = name
        if narrowed.flips:
            flips.append(narrowed.flips)
        # A rule that cannot tell hands back what it was given; of anything else every claim is looked at.
        if narrowed.kept is not live:
            before = len(losers)
            losers += _dropped(live, narrowed, name)
            margin = narrowed.margin if len(losers) > before else margin
            live = list(narrowed.kept)
        if not live or narrowed.collect or narrowed.answer is not None:
            return _answered(question.attribute, narrowed, live, ordered(losers), name, margin, flips)
    return _concluded(chain, question.attribute, live, losers, asked, margin, flips)


def _answered(
    attribute: str, narrowed: Narrowed, kept: Sequence[Claim], losers: list[Loser], rule: str, margin: str, flips: Any
) -> Fact:
    """The fact where a rule had the last word: it believes nobody, or answers with what several come to together."""
    if not kept:
        return Fact(attribute, "unknown", None, (), losers, rule, margin, flips)
    answer = _as_set(kept) if narrowed.answer is None else narrowed.answer
    return Fact(attribute, "known", answer, sorted(kept, key=tie_key), losers, rule, narrowed.margin, flips)


def _demands(rule: SurvivorshipRule) -> bool:
    return isinstance(rule, Demands) and rule.demands


def without_copies(claims: Sequence[Claim], chain: Chain) -> tuple[Sequence[Claim], list[Loser]]:
    """The claims without those of sources that copy one that speaks itself: saying it twice is not saying more."""
    if not chain.mirrors:
        return claims, []
    speaking = {claim.source for claim in claims}
    copying = {name for name in speaking if not speaking.isdisjoint(chain.mirrors.get(name, ()))}
    if not copying:
        return claims, []
    copies = [Loser(claim, "mirror", "mirror") for claim in claims if claim.source in copying]
    return [claim for claim in claims if claim.source not in copying], copies


def _by_standing(claims: Sequence[Claim]) -> tuple[Sequence[Claim], list[Loser]]:
    """Before any rule: what is inferred gives way to what is stated, doubtful to sound."""
    for claim in claims:
        if claim.inferred or claim.doubtful:
            break
    else:
        return claims, []
    losers: list[Loser] = []
    stated = [claim for claim in claims if not claim.inferred]
    if stated and len(stated) < len(claims):
        losers += [Loser(claim, "stated_over_inferred", "inferred") for claim in claims if claim.inferred]
        claims = stated
    sound = [claim for claim in claims if not claim.doubtful]
    if sound and len(sound) < len(claims):
        losers += [Loser(claim, "sound_over_doubtful", "doubtful") for claim in claims if claim.doubtful]
        claims = sound
    return claims, losers


def _dropped(live: Sequence[Claim], narrowed: Narrowed, rule: str) -> list[Loser]:
    """Those of `live` that a rule dropped, each with its reason; a rule that makes claims up is refused."""
    left = _left(live, narrowed.kept, rule)
    if not narrowed.apart:
        return [_new_tuple(Loser, (claim, rule, narrowed.code)) for claim in left]
    # Looked up by equality: a claim whose value is a list has no hash.
    codes = [next((code for other, code in narrowed.apart if other == claim), narrowed.code) for claim in left]
    return [Loser(claim, rule, code) for claim, code in zip(left, codes, strict=True)]


def _left(live: Sequence[Claim], kept: Sequence[Claim], rule: str) -> list[Claim]:
    """What is left of `live` without the claims that were kept."""
    left = []
    found, most = 0, len(kept)
    # Nearly every rule hands back the very claims it was given, in their order.
    for claim in live:
        if found < most and kept[found] is claim:
            found += 1
        else:
            left.append(claim)
    if found == most:
        return left
    left = list(live)
    for claim in kept:
        if claim not in left:
            raise PluginError(f"survivorship rule {rule} kept a claim that it was not given: {claim.source}")
        left.remove(claim)
    return left


def agreed(attribute: str, claims: Sequence[Claim], losers: Sequence[Loser] = _NOBODY) -> Fact:
    """The fact on which all claims, in their order, agree."""
    rule = "unanimous" if len(claims) > 1 else "only_claim"
    return Fact(attribute, "known", claims[0].value, claims, ordered(losers) if losers else (), rule)


def _concluded(
    chain: Chain, attribute: str, live: Sequence[Claim], losers: list[Loser], asked: str, margin: str, flips: list[str]
) -> Fact:
    left = sorted(live, key=tie_key) if len(live) > 1 else live
    if agree(left):
        rule = losers[-1].rule if losers else asked or ("unanimous" if len(left) > 1 else "only_claim")
        return Fact(attribute, "known", left[0].value, left, ordered(losers), rule, margin, flips)
    left = sorted(live, key=_likeliest)
    if chain.prefer:
        same, others = of_value(left, left[0])
        losers = [*losers, *(Loser(claim, "prefer", "not_preferred") for claim in others)]
        return Fact(attribute, "known", left[0].value, same, ordered(losers), "prefer", "", flips)
    sides: dict[Any, Claim] = {}
    for claim in left:
        sides.setdefault(claim.key, claim)
    first = list(sides.values())
    rest = [claim for claim in left if sides[claim.key] is not claim]
    return Fact(attribute, "conflict", None, first + rest, ordered(losers), asked, "", flips)


def _likeliest(claim: Claim) -> tuple[Any, ...]:
    """The total order of claims that no rule could choose from: a change that somebody saw comes before a value of
    which is only known by when it was there."""
    return (claim.at_latest, *tie_key(claim))


def of_value(claims: Sequence[Claim], believed: Claim) -> tuple[list[Claim], list[Claim]]:
    """The claims that mean the same as one of them, and the others."""
    same = [claim for claim in claims if claim.key == believed.key]
    return same, [claim for claim in claims if claim.key != believed.key]


def _as_set(kept: Sequence[Claim]) -> list[Any]:
    """Every distinct value, spelt as the newest claim spells it, in one order."""
    values: dict[Any, Any] = {}
    for claim in sorted(kept, key=tie_key):
        values.setdefault(claim.key, claim.value)
    return sorted(values.values(), key=str)


def ordered(losers: Sequence[Loser]) -> list[Loser]:
    """Losers in the total order of their claims."""
    return sorted(losers, key=_place) if len(losers) > 1 else list(losers)


def _place(loser: Loser) -> tuple[int, str, str, str]:
    return tie_key(loser.claim)
