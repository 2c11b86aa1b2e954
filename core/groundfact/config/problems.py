"""Mistakes are collected, so that one run shows all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from groundfact.errors import ConfigError

__all__ = ["Problems"]


@dataclass
class Problems:
    """The mistakes found so far, each with its file:line."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, message: str) -> None:
        """Note a mistake; the same one twice is noted once."""
        if (where, message) not in self.found:
            self.found.append((where, message))

    def stop_if_any(self, hint: str = "") -> None:
        """Raise one ConfigError with a line for every mistake, in the order of the file."""
        if not self.found:
            return
        self.found.sort(key=_position)
        where, first = self.found[0]
        others = [f"{place}: {message}" for place, message in self.found[1:]]
        raise ConfigError("\n".join([first, *others]), where=where, hint=hint)


def _position(problem: tuple[str, str]) -> tuple[str, int]:
    file, _, line = problem[0].rpartition(":")
    return (file, int(line)) if line.isdigit() else (problem[0], 0)
