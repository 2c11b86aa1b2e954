"""What the rules of a kind come to for the fact cache: known once for a configuration, not once for each write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from groundfact.pipeline.deciding.chains import Chain, Chains, Group
from groundfact.pipeline.deciding.turning import may_turn
from groundfact.vocabulary import Attribute

__all__ = ["Shape"]

_MOST_SHAPES = 1024
"""Sets of attribute names of which it is remembered in which order they are asked; sources have few of them."""


class Shape:
    """Which attributes of a kind have to be asked about although nobody disputes them, and in which order."""

    def __init__(self, attributes: Mapping[str, Attribute], chains: Chains) -> None:
        self.chains = chains
        self.needing = any(chain.needs for chain in chains.values())
        self.asked = frozenset(name for name, chain in chains.items() if not (chain.plain or chain.group))
        self.groups: Sequence[Group] = list({c.group.name: c.group for c in chains.values() if c.group}.values())
        self.mirrored = frozenset(name for name, chain in chains.items() if chain.mirrors)
        self.origins: dict[str, frozenset[str]] = {}
        """By source that copies others, those that it copies anything of."""
        for chain in chains.values():
            for source, origins in chain.mirrors.items():
                self.origins[source] = self.origins.get(source, frozenset()) | origins
        self.turning = frozenset(name for name, chain in chains.items() if may_turn(chain))
        self.whole = not (self.asked or self.groups or self.origins)
        """Whether what all records write the same is the answer, whatever it is."""
        self._place = {name: place for place, name in enumerate(attributes)}
        self.in_order = lru_cache(maxsize=_MOST_SHAPES)(self._in_order)
        self.steps = lru_cache(maxsize=_MOST_SHAPES)(self._steps)

    def _in_order(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that are attributes, in the vocabulary's order."""
        place = self._place
        return tuple(sorted((name for name in names if name in place), key=place.__getitem__))

    def _steps(self, names: frozenset[str]) -> Sequence[tuple[str, Chain, bool]]:
        """The chains of the names, each after those that it needs; and whether its rules alone are asked."""
        chains = [(name, chain) for name, chain in self.chains.items() if name in names]
        return [(name, chain, chain.bare and not chain.needs) for name, chain in chains]
