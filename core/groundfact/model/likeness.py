"""How much two records look alike, and what follows from it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Bounds", "Guard", "Likeness"]


class Likeness(NamedTuple):
    """What a comparison of two records found."""

    score: float
    """From 0 to 1: how alike they are in what names them."""
    agrees: bool | None
    """Whether something else agrees as well; None: neither agrees nor contradicts; False: what both say differs."""
    evidence: tuple[str, ...]
    """What was found, in words that quote no value: not everybody who reviews may see every attribute."""


class Bounds(NamedTuple):
    """What follows from likeness, and how far it may reach."""

    propose_at: float
    """From this score on, a person is asked."""
    merge_at: float | None
    """From this score on, two records merge by themselves where something else agrees; None: never."""
    crowd: int
    """A block that more different records share is too common to say anything, and skipped."""
    largest: int
    """How many records an entity may have that likeness holds together."""
    chain: int
    """How many likenesses may lie between two records of an entity."""


class Guard(NamedTuple):
    """What keeps records apart although they share a key or look alike."""

    differ: tuple[str, ...] = ()
    """Attributes of which none may differ: where two clusters both say it, they must have a value in common."""
    apart: tuple[str, ...] = ()
    """Attributes by which a list tells its own records apart: two clusters differ where one list has a record in each
    and at least two records of each cluster confirm its value."""
