"""Facts of which it is known what is right, and how often a chain of rules gets them right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from groundfact.model import Claim, Loser, Question
from groundfact.model.voices import is_voice
from groundfact.pipeline.advice.known import Known
from groundfact.pipeline.advice.walk import Group
from groundfact.pipeline.deciding.chains import Chain
from groundfact.pipeline.deciding.claims import RecordClaims
from groundfact.pipeline.deciding.decide import decide, judged
from groundfact.pipeline.deciding.learning import Judged
from groundfact.pipeline.deciding.plan import KindPlan
from groundfact.pipeline.deciding.resolution import known_of, resolve

__all__ = ["FOLDS", "Case", "cases_of", "judgements", "right"]

FOLDS = 5


class Case(NamedTuple):
    """One fact to try rules on, without any steward's word."""

    kind: str
    attribute: str
    known: Known
    claims: Sequence[Claim]
    dropped: Sequence[Loser]
    question: Question
    fold: int
    """All facts of an entity are held out together: they stand and fall with its records."""

    @property
    def place(self) -> str:
        """The attribute, as trust is learnt by it."""
        return f"{self.kind}.{self.attribute}"


def cases_of(plan: KindPlan, group: Group, right: Mapping[str, Known], now: int) -> Iterator[Case]:
    """The cases of an entity; what is a set, a part of a group or a reference is decided otherwise."""
    attributes = plan.kind.attributes
    fold = blake2b(group.entity.encode(), digest_size=2).digest()[0] % FOLDS
    for name, known in right.items():
        chain = plan.chains[name]
        if chain.collects or chain.group is not None or attributes[name].type == "reference":
            continue
        question = Question(plan.name, name, attributes[name].type, now, _known(plan, chain, group.systems, now))
        claims, dropped = judged(question, chain, group.systems, attributes)
        if claims:
            yield Case(plan.name, name, known, claims, dropped, question, fold)


def _known(plan: KindPlan, chain: Chain, records: Sequence[RecordClaims], now: int) -> Mapping[str, Any]:
    if not chain.needs:
        return {}
    return known_of(chain, resolve(plan.name, plan.kind.attributes, plan.chains, records, now))


def judgements(case: Case) -> Iterator[Judged]:
    """Which sources were right; what one has changed since the steward decided is not judged by that."""
    for claim in case.claims:
        said_at = claim.observed_at if claim.changed_at is None else claim.changed_at
        if said_at <= case.known.since and not is_voice(claim.source):
            yield Judged(case.place, claim.source, claim.key == case.known.key)


def right(case: Case, chain: Chain) -> bool:
    """Whether the rules would come to the right value; a conflict or unknown is not right."""
    fact = decide(case.claims, chain, case.question, case.dropped)
    return fact.status == "known" and bool(fact.claims) and fact.claims[0].key == case.known.key
