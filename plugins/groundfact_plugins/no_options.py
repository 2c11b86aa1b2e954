"""The options of a component that has nothing to set."""

from __future__ import annotations

from groundfact.component import Options

__all__ = ["NoOptions"]


class NoOptions(Options):
    """Nothing to set."""
