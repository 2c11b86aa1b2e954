"""What decides about one attribute: its rules, and what stands before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from groundfact.protocols import Collects, Demands, Needs, SurvivorshipRule, Validator

__all__ = ["Chain", "Chains", "Group", "Span"]


class Group(NamedTuple):
    """Attributes whose values come from one record, so that no street meets another one's city."""

    name: str
    parts: Sequence[str]
    """The first one leads: the record that wins it supplies the others."""
    most_parts: bool = False
    """Only the records that speak of most parts come into question."""


class Span(NamedTuple):
    """Attributes of the same record that say when a claim is true, and until when it may be relied on."""

    begins: str | None = None
    ends: str | None = None
    declared: str | None = None


class Chain(NamedTuple):
    """The rules of one attribute, in the order they are asked, and what stands before them."""

    rules: Sequence[tuple[str, SurvivorshipRule]]
    collects: bool
    """Whether one of them makes the answer a set."""
    demands: bool = False
    """Whether one of them may refuse what nobody disputes."""
    needs: Sequence[str] = ()
    """Other attributes that one of them looks at: those are decided before."""
    checks: Sequence[tuple[str, Validator]] = ()
    """Validators by name: what they find fault with is dropped, or gives way."""
    mirrors: Mapping[str, frozenset[str]] = MappingProxyType({})
    """By source that copies others: where any of those speaks, it has no vote."""
    prefer: bool = False
    """Where the rules leave several values, the first in the total order is the answer."""
    group: Group | None = None
    """The group it is a part of: it is not decided by itself."""
    span: Span | None = None
    """Where a record itself says when it is true: a claim whose time has not come or is over has no say."""

    @classmethod
    def of(cls, rules: Sequence[tuple[str, SurvivorshipRule]]) -> Chain:
        """A chain of named rules."""
        built = [rule for _, rule in rules]
        needs = {name for rule in built if isinstance(rule, Needs) for name in rule.needs}
        return cls(
            tuple(rules),
            any(isinstance(rule, Collects) for rule in built),
            any(isinstance(rule, Demands) and rule.demands for rule in built),
            tuple(sorted(needs)),
        )

    @property
    def plain(self) -> bool:
        """Whether what all records write the same is the answer, without asking anything."""
        return not (self.collects or self.demands or self.checks or self.group or self.span)

    @property
    def bare(self) -> bool:
        """Whether nothing stands before the rules, and only a dispute is put to them."""
        return not (self.collects or self.demands or self.checks or self.group or self.span or self.mirrors)


Chains = Mapping[str, Chain]
"""The chain of each attribute of a kind; an attribute comes after those that it needs."""
