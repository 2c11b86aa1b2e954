"""The one place that asks the policies. No principal, no answer or a failing policy: denied."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from groundfact.errors import Denied
from groundfact.model import Access, Decision, Principal
from groundfact.protocols import Policy
from groundfact.vocabulary import Vocabulary

__all__ = ["access_for"]

_log = logging.getLogger("groundfact.access")


def access_for(principal: Principal | None, policies: Sequence[Policy], vocabulary: Vocabulary) -> Access:
    """What a principal may see. Raises Denied where nobody is named."""
    if principal is None:
        hint = "name who asks (`--as NAME`), or set `context: {default_principal: NAME}` for single-user use"
        raise Denied("nobody is asking, so nothing may be shown", hint=hint)
    who = principal

    @lru_cache(maxsize=4096)
    def decide(kind: str, attribute: str) -> Decision:
        spec = vocabulary[kind].attributes.get(attribute) if kind in vocabulary else None
        if spec is None:
            return "deny"
        return _combined([_asked(policy, who, kind, attribute, spec.sensitivity) for policy in policies])

    return Access(who.name, who.labels, decide)


def _asked(policy: Policy, who: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
    try:
        return policy.decide(who, kind, attribute, sensitivity)
    except Exception:
        # A policy that cannot answer must not open what it was written to close.
        _log.exception("policy %s failed on %s.%s: denied", type(policy).__name__, kind, attribute)
        return "deny"


def _combined(answers: Sequence[Decision | None]) -> Decision:
    """Deny wins over redact, redact over permit; no answer is deny."""
    if "deny" in answers or ("permit" not in answers and "redact" not in answers):
        return "deny"
    return "redact" if "redact" in answers else "permit"
