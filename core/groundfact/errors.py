"""Errors, grouped by what the caller should do.

    GroundfactError
    ├── UsageError            call it differently
    │   ├── ConfigError       edit the YAML at file:line
    │   ├── UnknownName       ask for something that exists (`near` lists the closest)
    │   └── Ambiguous         choose one of `candidates`
    ├── Denied                ask as somebody who may, or change the policy
    ├── SourceError           mend the source, then sync again
    │   ├── SourceRefused     credentials, scopes or settings: a person must act
    │   └── SourceUnavailable try again later
    ├── Busy                  wait: somebody else is doing this
    ├── StoreError            mend the store (read-only, full, corrupt, newer version)
    └── PluginError           fix or block the plugin it names

Each carries an exit code for scripts and prints as one paragraph: what, what was tried, the next command.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "Ambiguous",
    "Busy",
    "ConfigError",
    "Denied",
    "GroundfactError",
    "PluginError",
    "SourceError",
    "SourceRefused",
    "SourceUnavailable",
    "StoreError",
    "UnknownName",
    "UsageError",
]


class GroundfactError(Exception):
    """Base of everything groundfact raises on purpose; `hint` is the next thing to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class UsageError(GroundfactError):
    """The call itself cannot be taken."""

    exit_code = 2


class ConfigError(UsageError):
    """A mistake in the YAML; `where` is file:line."""

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message, hint=hint)
        self.where = where


class UnknownName(UsageError):
    """Nothing that the asker may see has this name; `near` holds the closest that do."""

    exit_code = 4

    def __init__(self, message: str, *, near: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.near = tuple(near)


class Ambiguous(UsageError):
    """Several entities answer to this name; `candidates` are dictionaries ready to be shown."""

    exit_code = 5

    def __init__(self, message: str, *, candidates: Sequence[dict[str, object]], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)


class Denied(GroundfactError):
    """The policy gave no permission: nobody asked, or somebody who may not."""

    exit_code = 6


class SourceError(GroundfactError):
    """A source could not be read; its records and cursor are as they were."""

    exit_code = 3


class SourceRefused(SourceError):
    """The source refuses us: credentials, scopes, settings. Trying again will not help."""


class SourceUnavailable(SourceError):
    """The source is down, throttled or answers nonsense. Trying later may help; `after` is in seconds."""

    def __init__(self, message: str, *, after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.after = after


class Busy(GroundfactError):
    """Somebody else holds the lease or the store's write lock."""

    exit_code = 7


class StoreError(GroundfactError):
    """The store cannot be opened, read or written."""

    exit_code = 8


class PluginError(GroundfactError):
    """A plugin does not keep the contract; the message names it."""

    exit_code = 9
