"""Pure values that flow through groundfact; no I/O, no clock. Public to plugin authors."""

from groundfact.model.claim import Claim, Fact, Loser, Narrowed, Question
from groundfact.model.freshness import FactTimes, Freshness, Learnt, Lifetime
from groundfact.model.likeness import Bounds, Guard, Likeness
from groundfact.model.mapped import KeyRef, Mapped, Problem, RecordRef
from groundfact.model.policy import Access, Decision, Principal
from groundfact.model.record import Batch, Cursor, Gone, Record, Reject
from groundfact.model.secret import SecretRef
from groundfact.model.stream import Check, Discovered, Limit, StreamSpec, Verdict
from groundfact.model.target import Target

__all__ = [
    "Access",
    "Batch",
    "Bounds",
    "Check",
    "Claim",
    "Cursor",
    "Decision",
    "Discovered",
    "Fact",
    "FactTimes",
    "Freshness",
    "Gone",
    "Guard",
    "KeyRef",
    "Learnt",
    "Lifetime",
    "Likeness",
    "Limit",
    "Loser",
    "Mapped",
    "Narrowed",
    "Principal",
    "Problem",
    "Question",
    "Record",
    "RecordRef",
    "Reject",
    "SecretRef",
    "StreamSpec",
    "Target",
    "Verdict",
]
