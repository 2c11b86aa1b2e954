"""Policies: which attributes a principal may see. Deny wins over redact over permit; silence is deny."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from groundfact.component import Options, component
from groundfact.model import Decision, Principal
from groundfact_plugins.no_options import NoOptions

__all__ = ["ATTRIBUTES", "CLEARANCE", "AttributesOptions", "AttributesPolicy", "Clearance"]

_LEVELS: Mapping[str, int] = {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}
Sensitivity = Literal["public", "internal", "confidential", "restricted"]
AttributePattern = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9_*]+\.[a-z0-9_*]+)$")]


class Clearance:
    """Permits what is not more sensitive than the principal's clearance, and denies the rest."""

    def __init__(self, options: NoOptions) -> None:
        pass

    def decide(self, principal: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
        """Always speaks; a level that nobody knows is above every clearance."""
        if sensitivity not in _LEVELS or principal.clearance not in _LEVELS:
            return "deny"
        return "permit" if _LEVELS[sensitivity] <= _LEVELS[principal.clearance] else "deny"


class AttributesOptions(Options):
    """One sentence: to these principals, this effect, for these attributes. What is left out matches all."""

    effect: Decision = Field(description="`permit`, `redact` (hide the value, say that there is one) or `deny`.")
    principals: Sequence[str] = Field(("*",), min_length=1, description='Names of principals, or `"*"`.')
    kinds: Sequence[str] | None = Field(None, min_length=1, description="Kinds: `account`, `contact`, …")
    attributes: Sequence[AttributePattern] | None = Field(
        None,
        min_length=1,
        description="Kind and attribute; `*` stands for any.",
        examples=[["account.annual_revenue", "contact.*"]],
    )
    sensitivity: Sequence[Sensitivity] | None = Field(
        None, min_length=1, description="Sensitivities, as the vocabulary gives them to attributes."
    )

    @model_validator(mode="after")
    def _says_what(self) -> AttributesOptions:
        if self.kinds is None and self.attributes is None and self.sensitivity is None:
            raise ValueError('says nothing about which attributes: name them, or write `attributes: ["*"]`')
        return self


class AttributesPolicy:
    """Speaks where all that its sentence names fits the case."""

    def __init__(self, options: AttributesOptions) -> None:
        self._options = options

    def decide(self, principal: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
        """The effect, or None where the sentence is about something else."""
        says = self._options
        fits = (
            ("*" in says.principals or principal.name in says.principals)
            and (says.kinds is None or kind in says.kinds)
            and (says.sensitivity is None or sensitivity in says.sensitivity)
            and (says.attributes is None or _fits(f"{kind}.{attribute}", says.attributes))
        )
        return says.effect if fits else None


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


CLEARANCE = component(
    "clearance",
    "Permit what is not more sensitive than the principal's clearance",
    NoOptions,
    Clearance,
    example="type: clearance",
)
ATTRIBUTES = component(
    "attributes",
    "Permit, redact or deny named attributes to named principals",
    AttributesOptions,
    AttributesPolicy,
    example="""
type: attributes
effect: redact
principals: [support_copilot]
attributes: [account.annual_revenue, "contact.*"]
""",
)
