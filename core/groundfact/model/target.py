"""The other end of a relation, as a claim says it once it is read."""

from __future__ import annotations

__all__ = ["Target"]


class Target(str):
    """An entity that another one refers to: reads as its name, and is equal to what means the same entity.

    Two companies of one name are two targets; one that was merged is the target of every reference to its parts.
    """

    __slots__ = ("id", "kind", "said")
    id: str
    """The entity's id; empty where nothing that may be seen answers to the reference (yet)."""
    kind: str
    said: str
    """The reference that leads to it, as its source says it; that stays when the entity becomes another one."""

    def __new__(cls, name: str, id: str, kind: str, said: str = "") -> Target:
        """A target by its name, id and kind."""
        target = super().__new__(cls, name)
        target.id, target.kind, target.said = id, kind, said
        return target

    @classmethod
    def nobody(cls, kind: str, said: str = "") -> Target:
        """What a reference comes to that nothing answers to; the same whether it is hidden or not there."""
        return cls(f"{kind} not (yet) known", "", kind, said)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Target):
            return (self.kind, self.id) == (other.kind, other.id)
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__
