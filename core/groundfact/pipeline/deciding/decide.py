"""One attribute: from all claims about it to the fact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from groundfact.errors import PluginError
from groundfact.model import Claim, Fact, Loser, Narrowed, Question
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import MARKS, RecordClaims, agree, claims_about, tie_key
from groundfact.pipeline.deciding.ignoring import heard, ignores_of, spoken
from groundfact.pipeline.deciding.settled import settled, stewards_word
from groundfact.pipeline.deciding.validity import dated, in_time
from groundfact.protocols import Demands, SurvivorshipRule

__all__ = ["agreed", "decide", "judged", "of_value", "ordered", "without_copies"]

_NOBODY: Sequence[Loser] = ()


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
        kept = list(narrowed.kept)
        # A rule that cannot tell hands back what it was given; of anything else every claim is looked at.
        lost = [] if narrowed.kept is live else _dropped(live, narrowed, name)
        if lost:
            losers += lost
            margin = narrowed.margin
        if narrowed.flips:
            flips.append(narrowed.flips)
        if not kept:
            return Fact(question.attribute, "unknown", None, (), ordered(losers), name, margin, flips)
        if narrowed.collect or narrowed.answer is not None:
            answer = _as_set(kept) if narrowed.answer is None else narrowed.answer
            cited = sorted(kept, key=tie_key)
            return Fact(question.attribute, "known", answer, cited, ordered(losers), name, narrowed.margin, flips)
        live = kept
    return _concluded(chain, question.attribute, live, losers, asked, margin, flips)


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
    left = list(live)
    for claim in narrowed.kept:
        if claim not in left:
            raise PluginError(f"survivorship rule {rule} kept a claim that it was not given: {claim.source}")
        left.remove(claim)
    if not narrowed.apart:
        return [Loser(claim, rule, narrowed.code) for claim in left]
    # Looked up by equality: a claim whose value is a list has no hash.
    codes = [next((code for other, code in narrowed.apart if other == claim), narrowed.code) for claim in left]
    return [Loser(claim, rule, code) for claim, code in zip(left, codes, strict=True)]


def agreed(attribute: str, claims: Sequence[Claim], losers: Sequence[Loser] = _NOBODY) -> Fact:
    """The fact on which all claims, in their order, agree."""
    rule = "unanimous" if len(claims) > 1 else "only_claim"
    return Fact(attribute, "known", claims[0].value, claims, ordered(losers) if losers else (), rule)


def _concluded(
    chain: Chain, attribute: str, live: Sequence[Claim], losers: list[Loser], asked: str, margin: str, flips: list[str]
) -> Fact:
    left = sorted(live, key=tie_key) if len(live) > 1 else list(live)
    if agree(left):
        rule = losers[-1].rule if losers else asked or ("unanimous" if len(left) > 1 else "only_claim")
        return Fact(attribute, "known", left[0].value, left, ordered(losers), rule, margin, flips)
    if chain.prefer:
        same, others = of_value(left, left[0])
        losers = [*losers, *(Loser(claim, "prefer", "not_preferred") for claim in others)]
        return Fact(attribute, "known", left[0].value, same, ordered(losers), "prefer", "", flips)
    sides: dict[Any, Claim] = {}
    for claim in left:
        sides.setdefault(claim.key, claim)
    first = list(sides.values())
    rest = [claim for claim in left if claim not in first]
    return Fact(attribute, "conflict", None, first + rest, ordered(losers), asked, "", flips)


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
    return sorted(losers, key=lambda loser: tie_key(loser.claim)) if len(losers) > 1 else list(losers)
