"""How trust wears off, and when one source's comes to lie below another's: solved, to the millisecond."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

__all__ = ["CURVES", "Curve", "crossings"]

CURVES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda age: age,
    "early": lambda age: 1 - (1 - age) ** 2,
    "late": lambda age: age**2,
}
"""The share of the loss that has come about, by the share of the time that has passed."""
_SLOPES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda age: 1.0,
    "early": lambda age: 2 * (1 - age),
    "late": lambda age: 2 * age,
}


class Curve(NamedTuple):
    """The trust in one claim over time."""

    trust: float
    least: float
    decay: int
    """Milliseconds from `trust` to `least`; 0: it does not wear off."""
    start: int
    shape: str

    def at(self, now: int) -> float:
        """The trust at an instant."""
        if not self.decay:
            return self.trust
        age = (now - self.start) / self.decay
        age = 0.0 if age < 0.0 else 1.0 if age > 1.0 else age
        return self.trust - (self.trust - self.least) * CURVES[self.shape](age)

    def bends(self) -> tuple[int, ...]:
        """Where it begins and ends to fall."""
        return (self.start, self.start + self.decay) if self.decay else ()

    def slope(self, at: float, inside: float) -> float:
        """How fast it falls at an instant, as it does around `inside`."""
        if not self.decay or not self.start < inside < self.start + self.decay:
            return 0.0
        return (self.trust - self.least) / self.decay * _SLOPES[self.shape]((at - self.start) / self.decay)


def crossings(one: Curve, other: Curve, now: int) -> Iterator[int]:
    """The instants after `now` from which the first is above, level with or below the second otherwise than before."""
    ends = sorted({now, *(at for at in (*one.bends(), *other.bends()) if at > now)})
    for low, high in pairwise(ends):
        # Between two bends the difference is a parabola: it turns at most once, and falls or rises on either side.
        top = _turns_at(one, other, low, high)
        for begin, end in ((low, top), (top, high)):
            yield from _changes(one, other, begin, end)


def _turns_at(one: Curve, other: Curve, low: int, high: int) -> int:
    middle = (low + high) / 2
    first = one.slope(low, middle) - other.slope(low, middle)
    last = one.slope(high, middle) - other.slope(high, middle)
    if first * last >= 0:
        return high
    return min(high, max(low, round(low + (high - low) * first / (first - last))))


def _sign(ahead: float) -> int:
    return (ahead > 0) - (ahead < 0)


def _ahead(one: Curve, other: Curve, at: int) -> float:
    return one.at(at) - other.at(at)


def _changes(one: Curve, other: Curve, low: int, high: int) -> Iterator[int]:
    """Where the sign of the difference changes between two instants within which it only falls or only rises."""
    now, then = _ahead(one, other, low), _ahead(one, other, high)
    while low < high and _sign(now) != _sign(then):
        low = _first(one, other, (low, now), (high, then))
        yield low
        now = _ahead(one, other, low)


def _first(one: Curve, other: Curve, begin: tuple[int, float], end: tuple[int, float]) -> int:
    """The first instant at which the sign is no longer what it is at the beginning."""
    (low, near), (high, far) = begin, end
    before, straight = _sign(near), True
    while high - low > 1:
        # As if the difference fell in a straight line, which it mostly does; every other time in the middle.
        tried = low + int((high - low) * near / (near - far)) if straight else (low + high) // 2
        tried = min(max(tried, low + 1), high - 1)
        ahead = _ahead(one, other, tried)
        if _sign(ahead) == before:
            low, near = tried, ahead
        else:
            high, far = tried, ahead
        straight = not straight
    return high
