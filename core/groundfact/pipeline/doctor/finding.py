"""What a check-up says: what is wrong or undecided, why that matters, and where in the YAML it is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

from groundfact.config.config import Config
from groundfact.config.suggested import Setting, snippet

__all__ = ["SEVERITIES", "Finding", "Severity", "ordered"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: Sequence[str] = get_args(Severity)
"""error: it cannot do what it says; warning: something should be decided; note: good to know."""


class Finding(NamedTuple):
    """One answer of the checklist."""

    severity: Severity
    check: str
    """What was asked, as a word that a script can count."""
    subject: str
    """A part of the YAML, dotted: `account.tier`, `sources.crm`."""
    reason: str
    path: Sequence[str | int] = ()
    """The key that decides it, or the place where it would stand."""
    settings: Sequence[Setting] = ()
    """What to write there."""
    do: str = ""
    """What else to do: a command, or a sentence."""
    number: int | None = None

    def told(self, config: Config) -> dict[str, Any]:
        """The finding as plain data, with file:line."""
        path = self.path or (self.settings[0].path if self.settings else ())
        return {
            "severity": self.severity,
            "check": self.check,
            "subject": self.subject,
            "reason": self.reason,
            "where": config.where(*path) if path else "",
            "lines": snippet(self.settings),
            "do": self.do,
            "count": self.number,
        }


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first, then by check and subject."""
    return sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), one.check, one.subject, one.reason))
