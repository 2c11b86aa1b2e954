"""`diff`: which winners are others under other rules, or at another instant. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from groundfact.errors import UnknownName
from groundfact.model import Fact, Target
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.vocabulary import compare_key

__all__ = ["Differences", "Flipped"]

Progress = Callable[[str, int], None]
_EVERY = 200


class Flipped(NamedTuple):
    """One fact that is another one on the other side."""

    kind: str
    entity: str
    name: str
    attribute: str
    before: Mapping[str, Any]
    """`status`, `value` (for a conflict all its sides), `source` and `rule`."""
    after: Mapping[str, Any]


@dataclass
class Differences:
    """A comparison of two looks at one store, entity by entity; iterate it once, then read the numbers."""

    before: Reader
    after: Reader
    progress: Progress
    entities: int = 0
    appeared: int = 0
    """Entities that are there only on the other side."""
    vanished: int = 0
    compared: int = 0
    """Facts that are there on either side."""
    flips: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and attribute."""

    def each(self, kinds: list[str]) -> Iterator[Flipped]:
        """Every fact that differs, kind by kind, in the order of the entities' ids."""
        for kind in kinds:
            if kind not in self.before.plans and kind not in self.after.plans:
                known = list(self.after.plans)
                raise UnknownName(f"there is no kind {kind!r}", near=known, hint=f"there are: {', '.join(known)}")
            sides = self._side(self.before, kind), self._side(self.after, kind)
            for old, new in _paired(*sides):
                self.entities += 1
                if self.entities % _EVERY == 0:
                    self.progress(kind, self.entities)
                if old is None or new is None:
                    self.appeared += old is None
                    self.vanished += new is None
                    continue
                yield from self._compared(old, new)
        self.progress("", self.entities)

    def _side(self, reader: Reader, kind: str) -> Iterator[EntityView]:
        return reader.each(kind) if kind in reader.plans else iter(())

    def _compared(self, old: EntityView, new: EntityView) -> Iterator[Flipped]:
        names = list(dict.fromkeys((*old.facts, *new.facts)))
        self.compared += len(names)
        for name in names:
            before, after = old.facts.get(name), new.facts.get(name)
            if not self._same(before, after, new.kind):
                self.flips[new.kind, name] += 1
                yield Flipped(new.kind, new.id, new.title, name, _told(before), _told(after))

    def _same(self, before: Fact | None, after: Fact | None, kind: str) -> bool:
        """Whether both sides come to the same; another spelling of the same value is no flip."""
        if before is None or after is None:
            return before is after
        if before.status != after.status:
            return False
        if before.status == "conflict":
            return {repr(claim.key) for claim in before.claims} == {repr(claim.key) for claim in after.claims}
        if before.value == after.value:
            return True
        sides = [_key(before, self.before, kind), _key(after, self.after, kind)]
        return None not in sides and sides[0] == sides[1]


def _key(fact: Fact, reader: Reader, kind: str) -> Any:
    """What a value is compared by; what several claims come to together is nobody's own, and has none."""
    if not fact.claims or fact.claims[0].value != fact.value:
        return None
    # Not the claim's own key: where all write the same, that is the value as it is written.
    return compare_key(reader.plans[kind].kind.attributes[fact.attribute].type, fact.value)


def _paired(
    old: Iterator[EntityView], new: Iterator[EntityView]
) -> Iterator[tuple[EntityView | None, EntityView | None]]:
    """Both sides side by side: each comes in the order of the ids."""
    one, other = next(old, None), next(new, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.id < other.id):
            yield one, None
            one = next(old, None)
        elif one is None or other.id < one.id:
            yield None, other
            other = next(new, None)
        else:
            yield one, other
            one, other = next(old, None), next(new, None)


def plain(value: Any) -> Any:
    """A value as JSON has it; what refers to an entity is told by its name."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Target) else value


def _told(fact: Fact | None) -> dict[str, Any]:
    if fact is None:
        return {"status": "unknown", "value": None, "source": None, "rule": None}
    value = sorted({str(c.value) for c in fact.claims}) if fact.status == "conflict" else plain(fact.value)
    source = fact.claims[0].source if fact.status == "known" and fact.claims else None
    return {"status": fact.status, "value": value, "source": source, "rule": fact.rule}
