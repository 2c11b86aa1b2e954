"""A source-of-truth rule whose order of sources depends on what is known about another attribute."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from groundfact.component import Options, component
from groundfact.model import Claim, Narrowed, Question
from groundfact.vocabulary import compare_key
from groundfact_plugins.survivorship import SystemOfRecord, SystemOfRecordOptions

__all__ = ["CONDITIONAL_ORDER", "Case", "ConditionalOptions", "ConditionalOrder"]


class Case(SystemOfRecordOptions):
    """Whom to believe where the other attribute has one of some values."""

    values: list[str | float | bool | None] = Field(
        alias="is", min_length=1, description="Values of the other attribute; null is known to be none."
    )


class ConditionalOptions(Options):
    """An order of sources for each case; the first case that applies counts."""

    when: str = Field(description="The attribute it depends on, of the same kind.", examples=["tier"])
    cases: list[Case] = Field(min_length=1, description="Asked in this order.")
    otherwise: list[str] = Field(
        default=[], description="The order where no case applies, or nothing is known; none: the next rule is asked."
    )


class ConditionalOrder:
    """Believes the first source of the list that belongs to the value of another attribute."""

    def __init__(self, options: ConditionalOptions) -> None:
        self._when = options.when
        self.needs = (options.when,)
        self._cases = [({_key(value) for value in case.values}, SystemOfRecord(case)) for case in options.cases]
        self._otherwise = (
            SystemOfRecord(SystemOfRecordOptions(sources=options.otherwise)) if options.otherwise else None
        )

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims of the best source of the case that applies."""
        rule = self._rule(question)
        if rule is None:
            return Narrowed(claims)
        narrowed = rule.narrow(claims, question)
        if narrowed.kept is claims or not question.explained:
            return narrowed
        return narrowed._replace(flips=f"{narrowed.flips}; or if {self._when} changes")

    def _rule(self, question: Question) -> SystemOfRecord | None:
        if self._when in question.known:
            found = _key(question.known[self._when])
            for keys, rule in self._cases:
                if found in keys:
                    return rule
        return self._otherwise


def _key(value: object) -> object:
    """Texts are compared without case; a list is no case of its own."""
    if isinstance(value, str):
        return compare_key("string", value)
    return str(value) if isinstance(value, (list, tuple)) else value


CONDITIONAL_ORDER = component(
    "conditional_order",
    "Believe the first source of a list that depends on another attribute",
    ConditionalOptions,
    ConditionalOrder,
    example="type: conditional_order\nwhen: tier\ncases: [{is: [Enterprise], sources: [billing, crm]}]\n"
    "otherwise: [crm]",
)
